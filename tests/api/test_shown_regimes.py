"""Regimes as the page tells them: in the units and words of the records, each with its rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from andon.api.fit import ready, scaling_of
from andon.api.plans import resolve
from andon.api.shown.regimes import regimes
from andon.run.files import write_json
from andon.run.folder import Run


def told(folder, frame, *settings):
    """What is told of a frame's regimes, and how many rows train."""
    prepared = ready(resolve("remaining_life", ["accept=['*']", "series={cap: 60, lookback: 10}", *settings]), frame)
    (folder / "state").mkdir()
    write_json(folder / "state/scaling.json", scaling_of(prepared))
    return regimes(Run(folder), prepared), prepared


def units(recipes, seed=0):
    """Twelve units; each row runs one of so many recipes, which move the speed and what is measured."""
    rng = np.random.default_rng(seed)
    frames = []
    for unit in range(12):
        rows = int(rng.integers(100, 160))
        recipe = rng.choice(recipes, rows, p=np.arange(1, recipes + 1) / sum(range(1, recipes + 1)))
        frames.append(pl.DataFrame({
            "unit": f"U{unit:02d}", "cycle": np.arange(rows), "speed_setpoint": 900.0 + 150 * recipe,
            "recipe": np.array(["soft", "hard", "mixed"])[recipe], "force": 5.0 * recipe + rng.normal(0, 1, rows),
        }))  # fmt: skip
    return pl.concat(frames)


def test_centres_are_in_the_units_and_words_of_the_records(tmp_path):
    """A speed as it is set, a recipe by its name, and the rows of the training part that ran there."""
    found, prepared = told(tmp_path, units(3))

    assert found["columns"] == ["speed_setpoint", "recipe"]
    own = {each["center"][1]: each for each in found["regimes"]}
    assert {word: each["center"][0] for word, each in own.items()} == pytest.approx(
        {"soft": 900, "hard": 1050, "mixed": 1200}
    )
    learnt = prepared.records.frame.collect()[prepared.learn]
    counted = dict(learnt.group_by("recipe").len().rows())
    assert {word: each["rows"] for word, each in own.items()} == counted


def test_one_regime_is_none_to_tell_of(tmp_path):
    """Where nothing is set, or the plan wants no regimes, the page says nothing."""
    assert told(tmp_path, units(3), "regimes=none")[0] is None
