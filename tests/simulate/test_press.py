"""Simulated presses: what wears, what is seen of it, and what can be known at best."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from andon.errors import Problem
from andon.simulate import histories
from andon.simulate.press.faults import LEAST, SUMMER
from andon.simulate.press.options import CLOCK_FAULTS, SENSOR_FAULTS
from andon.simulate.press.sensors import ROLLOVER, SENSORS


@pytest.fixture(scope="module")
def plain():
    """Sixty presses, two weeks."""
    return histories(60, seed=3)


@pytest.fixture(scope="module")
def spoilt():
    """The same presses with two faults of each kind."""
    return histories(60, seed=3, faults=dict.fromkeys((*SENSOR_FAULTS, *CLOCK_FAULTS), 2))


def one_row_per_life(made, seed=0):
    """A row of each life, drawn while it runs."""
    rows = made.truth.rows.with_row_index("row").with_columns(unit=made.frame["unit"])
    rows = rows.filter(pl.col("left_h").is_not_null() & (pl.col("life") > 0))
    return rows.sample(fraction=1, shuffle=True, seed=seed).unique(["unit", "life"], keep="first", maintain_order=True)


def test_the_same_seed_makes_the_same_histories(plain):
    """Equal to the last cell; another seed makes others."""
    again = histories(60, seed=3)

    assert again.frame.equals(plain.frame)
    assert again.truth.rows.equals(plain.truth.rows)
    assert again.events.equals(plain.events)
    assert not histories(60, seed=4).frame.equals(plain.frame)


def test_an_option_moves_nothing_but_its_own_matter(plain):
    """Noise and lost cells leave wear and events as they were; lost cells leave the others as they were."""
    loud, lost = histories(60, seed=3, noise=3), histories(60, seed=3, missing=0.1)

    assert loud.truth.rows.equals(plain.truth.rows)
    assert lost.events.equals(plain.events)
    both = plain.frame.select(list(SENSORS)).to_numpy(), lost.frame.select(list(SENSORS)).to_numpy()
    same = both[0] == both[1]
    assert (same | np.isnan(both[0]) | np.isnan(both[1])).all()
    assert np.isnan(both[1]).mean() == pytest.approx(0.1, abs=0.005)


def test_a_record_is_regular_and_sorted(plain):
    """One row every ten minutes for each unit, units one after the other."""
    steps = plain.frame.select(pl.col("time").diff().over("unit").drop_nulls().unique()).to_series()

    assert plain.frame.height == 60 * 2000
    assert steps.dt.total_minutes().to_list() == [10]
    assert plain.frame["unit"].rle().struct.field("value").to_list() == [f"P{n:03d}" for n in range(1, 61)]
    assert plain.frame.group_by("unit").agg(pl.col("model", "year").n_unique())["model"].max() == 1


@pytest.mark.parametrize("share", [0.4, 0.6, 0.85])
def test_as_many_lives_are_censored_as_asked(share):
    """Share of the lives whose failure the record does not show, over 100 units."""
    made = histories(100, seed=1, censored=share, life_h=35)

    assert made.truth.censored == pytest.approx(share, abs=0.06)


def test_a_tool_fails_when_its_wear_reaches_one(plain):
    """At each failure wear is 1, no life is left, the press stands still; a row before, it ran."""
    keyed = plain.frame.select("unit", "time", "running").hstack(plain.truth.rows).with_row_index("row")
    failed = plain.events.filter(kind="failure").join(keyed, on=["unit", "time"], maintain_order="left")
    before = keyed[(failed["row"].cast(pl.Int64) - 1).to_list()]

    assert failed.height > 50
    assert failed["wear"].unique().to_list() == [1.0]
    assert failed["running"].sum() == 0
    assert failed["left_h"].null_count() == failed.height
    ran = before.filter(pl.col("running") == 1)
    np.testing.assert_allclose(ran["left_h"], 1 / 6)
    np.testing.assert_allclose(before["clock_left_h"], 1 / 6)
    assert (before["wear"] < 1).all()


def test_life_is_counted_in_hours_of_running(plain):
    """Within a life the hours left fall by a step where the press runs and stay where it stands."""
    rows = plain.truth.rows.with_columns(unit=plain.frame["unit"], running=plain.frame["running"])
    fall = rows.filter(pl.col("left_h").is_not_null()).with_columns(
        fall=-pl.col("left_h").diff().over("unit", "life"), ran=pl.col("running").shift().over("unit", "life")
    ).drop_nulls("fall")  # fmt: skip

    np.testing.assert_allclose(fall["fall"] * 6, fall["ran"], atol=1e-9)
    assert fall.filter(pl.col("ran") == 0).height > 100


def test_what_is_expected_is_what_happens():
    """The forecast from true wear and rate is calibrated: over lives, chances of what came are uniform, the mean is
    right, and a tool outlives its safe hours as often as said."""
    made = histories(150, seed=11, rows=3000)
    lives = one_row_per_life(made)
    rows, left = lives["row"].to_numpy(), lives["left_h"].to_numpy()
    chance = np.array(
        [made.truth.survival([row], [hours - 1 / 12])[0, 0] for row, hours in zip(rows, left, strict=True)]
    )
    expected, safe = made.truth.expected_life(rows), made.truth.safe_hours(rows, 0.9)

    assert len(rows) > 600
    distance = np.abs(np.sort(chance) - (np.arange(len(chance)) + 0.5) / len(chance)).max()
    assert distance < 1.63 / np.sqrt(len(chance))
    error = left - 1 / 12 - expected
    assert abs(error.mean()) < 3 * error.std() / np.sqrt(len(error))
    assert (left >= safe).mean() == pytest.approx(0.9, abs=0.04)
    assert np.corrcoef(expected, left)[0, 1] > 0.9


def test_repairs_leave_wear_and_changes_do_not(plain):
    """The first row after a repair has about a tenth of the wear; after a change, and with `repair=1`, none."""
    for made, mean in ((plain, 0.1), (histories(60, seed=3, repair=1.0), 0.0)):
        rows = made.truth.rows.with_columns(unit=made.frame["unit"], time=made.frame["time"])
        repaired = made.events.filter(kind="repair").join(rows, on=["unit", "time"])["wear"]
        assert repaired.mean() == pytest.approx(mean, abs=0.02)


def test_sensors_tell_of_wear_and_regime(plain):
    """Within a recipe vibration rises with wear and the air pressure does not; across recipes force differs."""
    both = plain.frame.hstack(plain.truth.rows).filter(pl.col("running") == 1)
    within = both.group_by("recipe").agg(
        vibration=pl.corr("vibration_mm_s", "wear"), air=pl.corr("air_pressure_bar", "wear"),
        force=pl.col("peak_force_kn").mean(),
    )  # fmt: skip

    assert within["vibration"].min() > 0.4
    assert within["air"].abs().max() < 0.1
    assert within["force"].max() - within["force"].min() > 200


def test_the_counter_resets_and_the_angle_wraps(plain):
    """Strokes fall to 0 at a new tool and at 65,536; angles near the dead centre lie at both ends of 0 to 360."""
    strokes, angle = plain.frame["strokes"], plain.frame["peak_deg"]
    falls = plain.frame.filter(pl.col("strokes").diff().over("unit") < 0)

    assert strokes.min() >= 0
    assert strokes.max() < ROLLOVER
    assert falls.height > 3 * 60
    assert angle.min() >= 0
    assert angle.max() < 360
    assert ((angle > 350).any(), (angle < 10).any()) == (True, True)
    assert not angle.is_between(30, 330).any()


def test_each_planted_fault_is_where_the_truth_says(plain, spoilt):
    """Two of each kind; outside their rows and units every cell is as it was."""
    faults = spoilt.truth.faults
    assert faults.group_by("kind").len()["len"].unique().to_list() == [2]
    for kind, column, _, unit, first, last in faults.rows():
        inside = spoilt.frame[first : last + 1]
        assert inside["unit"].unique().to_list() == [unit], kind
        if kind == "stuck":
            assert inside[column].drop_nulls().n_unique() == 1
            assert inside.height >= LEAST
        if kind == "saturated":
            assert (inside[column] == inside[column].max()).mean() > 0.1
        if kind == "clock_jump":
            around = spoilt.frame[first - 1 : first + 1, "time"].diff()[1].total_seconds()
            assert around % 600 != 0
        if kind == "dst":
            assert inside["time"][0].hour == 3 or inside["time"][0].timestamp() * 1e6 >= SUMMER
        if kind == "step_back":
            assert spoilt.frame["time"][last] < spoilt.frame["time"][last - 1]
    clocks = faults.filter(pl.col("column") == "")["unit"]
    quiet = ~spoilt.frame["unit"].is_in(clocks.to_list())
    base = plain.frame.filter(~pl.col("unit").is_in(clocks.to_list()))
    changed = spoilt.frame.filter(quiet)
    touched = faults.filter(pl.col("column") != "")
    names = {*touched["column"], *touched["other"]}
    assert changed.drop([n for n in names if n]).equals(base.drop([n for n in names if n]))


def test_truth_stays_beside_its_rows_when_rows_go_missing(spoilt):
    """Gaps and late messages move rows of frame and truth alike."""
    assert spoilt.truth.rows.height == spoilt.frame.height
    same = spoilt.truth.rows["regime"].cast(pl.Int64) + 1 == spoilt.frame["recipe"].str.slice(1).cast(pl.Int64)
    assert same.all()


def test_what_cannot_be_simulated_is_a_problem():
    """A word that is no option or no fault, and more faults than units, are named."""
    with pytest.raises(Problem, match="wear"):
        histories(3, wear=2)
    with pytest.raises(Problem, match="Did you mean 'stuck'"):
        histories(3, faults={"stack": 1})
    with pytest.raises(Problem, match="more faults of clocks than units"):
        histories(3, faults={"gap": 4})
    with pytest.raises(Problem, match="life_h"):
        histories(3, life_h=1, step_min=10)
