"""What of a life's age and of its counters is looked at."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from test_shown_lives import readings

from andon.api.learning.calibration import lives_of
from andon.api.plans import resolve
from andon.api.ready import ready, scaling_of
from andon.encode.histories import AGE, SERIES
from andon.scale.motion import REGISTERS
from andon.simulate import histories


def prepared(folder, *options, censored=0.5):
    """Presses, and the list of their failures and changes."""
    made = histories(20, seed=1, rows=400, life_h=10.0, stops=False, censored=censored)
    made.events.write_csv(folder / "events.csv")
    events = f"data.with=[{{path: {folder}/events.csv, on: unit, as_of: time}}]"
    return ready(resolve("remaining_life", ["accept=['*']", events, *options]), made.frame)


@pytest.mark.parametrize(
    ("censored", "said", "seen"),
    [(0.6, "auto", False), (0.0, "auto", True), (0.6, "true", True), (0.0, "false", False)],
)
def test_age_is_left_out_where_few_lives_are_seen_to_their_end(tmp_path, censored, said, seen):
    """Old are then those that were changed: age would tell of the plan of changes. Whoever says what he wants gets it."""
    found = prepared(tmp_path, f"series={{cap: 8, lookback: 40, age: {said}}}", censored=censored)

    assert found.encoding.history.age is seen
    assert (AGE in next(spec.columns for spec in found.specs if spec.name == "numbers")) is seen
    if said == "auto" and not seen:
        assert found.plan.series["age"] is False
        assert "changed" in found.reasons["series.age"]


def test_the_level_of_a_counter_that_runs_over_is_not_looked_at(tmp_path):
    """At sixty-five thousand strokes it begins again: a worn tool would look like a new one. Its steps stay."""
    found = prepared(tmp_path, "series={cap: 8, lookback: 40}")
    history, kept = found.encoding.history, scaling_of(found)[SERIES]["kept"]

    assert np.nanmax(found.stored.arrays[SERIES].flat[:, history.columns.index("strokes")]) < REGISTERS[2]
    assert history.over == ["strokes"]
    assert history.columns.index("strokes") not in kept
    assert history.columns.index("strokes.step") in kept


def test_lives_are_counted_and_not_units():
    """What is promised of a life stands on as many as were seen to fail; of a unit that events cut there are several."""
    unit = np.array([1, 1, 1, 1, 1, 2, 2, 2])
    left = np.array([1.0, 0.0, np.nan, 1.0, 0.0, 5.0, 4.0, 3.0])

    assert lives_of(unit, left, cut=True) == 3
    assert lives_of(unit, left, cut=False) == 2
    assert lives_of(unit[:0], left[:0], cut=True) == 0


def machines(name, value, *options):
    """Units that wear, with another column of this name and value, made ready."""
    frame = readings(8).with_columns(value.alias(name))
    return ready(resolve("remaining_life", ["accept=['*']", "series={cap: 50, lookback: 10}", *options]), frame)


def test_the_age_of_a_machine_is_another_than_that_of_its_history():
    """A column called `age` is scaled as it is, and the age of the history by what the training rows say of it."""
    found = machines("age", (pl.col("unit").rank("dense") % 3).cast(pl.Float64))
    columns = next(spec.columns for spec in found.specs if spec.name == "numbers")
    scaling, ages = scaling_of(found)["numbers"], found.stored.arrays["numbers"][found.learn][:, columns.index(AGE)]

    assert len(set(columns)) == len(columns) == 2
    assert scaling["center"][columns.index(AGE)] == pytest.approx(ages.mean())
    assert scaling["center"][columns.index("age")] < 3


def test_an_age_by_quantiles_is_told_apart_to_the_end():
    """Knots are those of the ages: with others every age beyond the first would be the same."""
    found = machines("line", pl.lit(1.0), "scale.method=quantile")
    columns = next(spec.columns for spec in found.specs if spec.name == "numbers")
    knots = scaling_of(found)["numbers"]["knots"][columns.index(AGE)]

    assert knots[0] == 0
    assert knots[-1] > 60


@pytest.mark.parametrize("name", ["life", "life_ends"])
def test_without_events_the_names_of_lives_are_names_as_any_other(name):
    """A battery's `life` in percent is a reading, and no number of a life."""
    assert machines(name, 100 - pl.col("wear")).encoding.history.columns[-1] == name


def test_a_target_called_life_leaves_counters_and_angles_known():
    """It falls from row to row, which starts no life anew."""
    frame = readings(8).with_columns(strokes=pl.int_range(pl.len()).over("unit") * 7 + 3)
    left = frame.with_columns(life=pl.col("cycle").max().over("unit") - pl.col("cycle"))
    words = ["accept=['*']", "target=life", "series={cap: 50, lookback: 10}"]

    assert ready(resolve("remaining_life", words), left).encoding.history.counters == ["strokes"]
