"""Lookback, what stands between readings, and family: found on validation lives, or obeyed."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from andon.api.fit import ready, scaling_of, write_prepared
from andon.api.learning.family import RIVALS, USUAL, with_family
from andon.api.learning.lookback import clearly, looking_back
from andon.api.plans import resolve
from andon.encode.series import STEPS, aligned, read_series
from andon.errors import SettingProblem
from andon.run.folder import Run

ASKED = ["accept=['*']", "threads=1", "device=cpu"]


def presses(units=40, rows=700, noise=3.0, every=1, seed=0):
    """Units that wear in a straight line to their end, read with much noise, the wear each `every` rows."""
    rng = np.random.default_rng(seed)
    frames = []
    for unit in range(units):
        count = int(rng.integers(rows // 2, rows))
        left = np.arange(count)[::-1]
        wear = -left / 150 + noise * rng.normal(size=count)
        wear[np.arange(count) % every > 0] = np.nan
        frames.append(pl.DataFrame({
            "unit": f"U{unit:02d}", "cycle": np.arange(count), "wear": wear, "hum": rng.normal(size=count),
        }).with_columns(pl.col("wear").fill_nan(None)))  # fmt: skip
    return pl.concat(frames)


def test_slow_wear_under_much_noise_asks_to_look_further_back():
    """Where a mean over hundreds of rows tells more, windows become longer, and the plan that is kept says so."""
    made = ready(resolve("remaining_life", [*ASKED, "series={cap: 300}"]), presses(60, 1000, noise=6.0))
    told = made.tried["series.lookback"]

    assert int(told["taken"]) > STEPS
    assert made.encoding.history.steps == made.plan.series["lookback"] == int(told["taken"])
    assert made.reasons["series.lookback"] == "clearly better on validation lives than the usual"
    assert min(told["judged"], key=told["judged"].get) == told["taken"]
    spec = made.specs[0]
    assert spec.shape[0] == int(told["taken"])
    assert made.take(made.learn[:3])["series"].shape == (3, *spec.shape)


def test_what_the_plan_says_is_not_tried():
    """A lookback of the user's own is obeyed, and costs nothing."""
    made = ready(resolve("remaining_life", [*ASKED, "series={cap: 100, lookback: 24}"]), presses(20, 120))

    assert made.tried == {}
    assert made.encoding.history.steps == 24


def test_too_few_lives_keep_the_usual_and_say_so():
    """The plan that is kept has the lookback all the same."""
    made = ready(resolve("remaining_life", [*ASKED, "series={cap: 100}"]), presses(12, 120))

    assert made.plan.series["lookback"] == STEPS
    assert made.reasons["series.lookback"] == "too few validation lives to try others"


def test_a_slow_sensor_is_tried_three_ways():
    """One is taken, with its reason, and is part of what the graph is built from."""
    made = ready(resolve("remaining_life", [*ASKED, "series={cap: 100, lookback: 60}"]), presses(30, 160, every=12))
    told = made.tried["series.align"]

    assert set(told["judged"]) == {"none", "last", "mean"}
    assert made.plan.series["align"] == told["taken"]
    assert scaling_of(made)["series"]["align"] == [told["taken"]] * 2


def test_windows_are_made_longer_without_reading_again():
    """The same rows, more of them before each."""
    made = ready(resolve("remaining_life", [*ASKED, "series={cap: 100, lookback: 24}"]), presses(12, 120))
    longer = looking_back(made, 80)
    rows = made.learn[-5:]

    assert longer.stored.arrays["series"].flat is made.stored.arrays["series"].flat
    np.testing.assert_array_equal(longer.take(rows)["series"][:][:, -24:], made.take(rows)["series"][:])


def test_a_lead_in_one_life_alone_is_not_clear():
    """Rows of a life are no news of each other: a thousand rows of one life do not outvote nine others."""
    lives = np.repeat(np.arange(10), 100)
    usual, own = np.ones(1000), np.where(lives == 0, 0.0, 1.02)

    assert own.mean() < 0.95 * usual.mean()
    assert not clearly(own, usual, lives)
    assert clearly(usual * 0.9 + 0.01 * np.sin(np.arange(1000)), usual, lives)


@pytest.mark.parametrize(
    ("node", "found"),
    [({"align": "last"}, ["last", "last"]), ({"align": None}, ["none", "none"]), ("auto", ["none", "none"]),
     ({"align": {"hum": "mean"}}, ["none", "mean"])],
)  # fmt: skip
def test_alignment_is_for_all_or_by_sensor(node, found):
    """A sensor that is not named keeps its gaps; so does everything where nobody chose."""
    assert aligned(read_series(node), ["wear", "hum"]) == found


@pytest.mark.parametrize("node", [{"align": "previous"}, {"align": {"hum": 3}}])
def test_a_strange_way_of_aligning_is_told(node):
    """With the place in the plan."""
    with pytest.raises(SettingProblem, match="series.align"):
        read_series(node)


def test_a_sensor_that_is_none_is_told():
    """With the nearest name."""
    with pytest.raises(SettingProblem, match="hum"):
        aligned(read_series({"align": {"hun": "last"}}), ["wear", "hum"])


def begun(tmp_path, *words, frame=None):
    """Records ready to be trained on, and the run that has begun."""
    resolved = resolve("remaining_life", [*ASKED, "series={cap: 60, lookback: 24}", "network.size=tiny", *words])
    made = ready(resolved, presses(16, 90, noise=0.3) if frame is None else frame)
    write_prepared(Run(tmp_path), made, resolved)
    return made


def test_a_short_run_tries_no_family(tmp_path):
    """It says so."""
    made = with_family(Run(tmp_path), begun(tmp_path, "epochs=2"))

    assert made.plan.network.family == USUAL
    assert made.tried["network.family"]["why"] == "the run is too short to try others"


def test_a_long_run_tries_families_within_a_tenth_of_its_updates(tmp_path):
    """One is taken, and a run that goes on takes what was found then, whatever a trial would say now."""
    prepared = begun(tmp_path, "epochs=500", "batch=256")
    made = with_family(Run(tmp_path), prepared)
    told = made.tried["network.family"]

    assert USUAL in told["judged"]
    assert len(told["judged"]) >= 2
    assert made.plan.network.family == told["taken"]
    other = {**told, "taken": RIVALS[0]}
    (tmp_path / "state/choices.json").write_text(json.dumps({"settings": {}, "choices": {"network.family": other}}))
    assert with_family(Run(tmp_path), prepared).plan.network.family == RIVALS[0]


def test_a_family_that_is_named_is_not_tried(tmp_path):
    """The plan is obeyed."""
    prepared = begun(tmp_path, "epochs=500", "network.family=attention")

    assert with_family(Run(tmp_path), prepared) is prepared
