"""The Weibull rival: what it takes for lives, and for their ages."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from andon.api.fit import ready
from andon.api.plans import resolve
from andon.api.rivals.aged import law_of_lives
from andon.simulate import histories

OPTIONS = ["accept=['*']", "series={cap: 60, lookback: 10}"]


def units(count=30, seed=0):
    """Units of their own lengths that are recorded until they fail, a row per cycle."""
    rng = np.random.default_rng(seed)
    lengths = np.round(40 + 100 * rng.weibull(2.0, count)).astype(int)
    frames = [
        pl.DataFrame({"unit": f"U{u:02d}", "cycle": np.arange(n), "hum": rng.normal(0, 1, n)})
        for u, n in enumerate(lengths)
    ]
    return pl.concat(frames), lengths


def test_lives_are_those_of_the_training_part_and_answers_go_by_the_age():
    """Of units run until they failed each is a life; the answer falls with the age and stays within the cap."""
    frame, lengths = units()
    prepared = ready(resolve("remaining_life", OPTIONS), frame)
    rows = prepared.rows("test")

    law, answers = law_of_lives(prepared, rows)

    learnt = frame[prepared.parts.rows("train")]["unit"].n_unique()
    assert (law.failed, law.open) == (learnt, 0)
    assert 0.6 * np.median(lengths) < law.scale < 1.7 * np.median(lengths)
    age = frame["cycle"].to_numpy()[rows]
    assert answers.shape == (len(rows), 1)
    assert np.array_equal(np.argsort(age, kind="stable"), np.argsort(-answers[:, 0], kind="stable"))
    assert answers.max() <= 60


def test_a_life_left_in_another_unit_than_the_time_makes_the_same_law():
    """Life left given in minutes beside a time in hours: the age is taken in minutes."""
    frame, _ = units()
    given = frame.with_columns(rul=60.0 * (pl.col("cycle").max().over("unit") - pl.col("cycle")))
    law, _ = law_of_lives(ready(resolve("remaining_life", OPTIONS), frame), np.arange(5))

    minutes, _ = law_of_lives(ready(resolve("remaining_life", [*OPTIONS, "target=rul"]), given), np.arange(5))

    assert minutes.shape == pytest.approx(law.shape)
    assert minutes.scale == pytest.approx(60 * law.scale)


def test_lives_that_are_not_over_count_as_such(tmp_path):
    """Tools changed before they failed lengthen the law; dropped, they would leave the short lives alone."""
    made = histories(20, seed=1, rows=200, life_h=10.0, stops=False, censored=0.5)
    made.events.write_csv(tmp_path / "events.csv")
    listed = f"data.with=[{{path: {tmp_path}/events.csv, on: unit, as_of: time}}]"
    prepared = ready(resolve("remaining_life", [*OPTIONS, listed]), made.frame)

    law, _ = law_of_lives(prepared, prepared.rows("test"))

    assert law.open > 0
    assert law.failed > 0
