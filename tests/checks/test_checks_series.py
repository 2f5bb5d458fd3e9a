"""Faults of sensors, clocks and records of series: found where they are, and not where they are not."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from planted import coded, judge, loud, records_of

from andon.api.check import check
from andon.checks import Facts
from andon.checks.series import series, spans_of
from andon.locale import translate
from andon.plan.settings import Plan
from andon.simulate import histories
from andon.simulate.press.options import CLOCK_FAULTS, SENSOR_FAULTS
from andon.summary import fold

KINDS = dict(
    zip(
        (*SENSOR_FAULTS, *CLOCK_FAULTS),
        ("stuck_sensor", "saturated_sensor", "unit_jump", "swapped_sensors", "sensor_drift", "clock_set", "summer_time",
         "gap", "time_steps_back", "irregular_sampling"),
        strict=True,
    )
)  # fmt: skip
DATA = Path(os.environ.get("ANDON_DATA", "../shared/data")) / "series"


def facts_of(frame: pl.DataFrame, **roles: str) -> Facts:
    """What a check may look at."""
    records = records_of(frame, roles or {"unit": "unit", "time": "time"})
    task = "classification" if "target" in roles.values() else ""
    return Facts(records, fold(records.frame, {c.name: c.kind for c in records.columns}), Plan(job="classify"), task)


def said(frame: pl.DataFrame, **roles: str):
    """What is found of a series."""
    return series(facts_of(frame, **roles))


def made_up(units: int = 12, rows: int = 400, seed: int = 0) -> pl.DataFrame:
    """Units with three sensors that follow one load, a setting, a state and a constant, a row a minute."""
    g = np.random.default_rng(seed)
    load = np.repeat(g.uniform(40, 90, (units, rows // 20)), 20, axis=1)
    start = np.datetime64("2024-05-06T00:00", "us") + g.integers(0, 1000, (units, 1)) * np.timedelta64(1, "m")
    return pl.DataFrame(
        {
            "unit": np.repeat([f"M{n:02d}" for n in range(units)], rows),
            "time": (start + np.arange(rows) * np.timedelta64(1, "m")).ravel(),
            "load": load.ravel().round(0),
            "power": (load * 2 + g.normal(0, 3, load.shape)).ravel().round(2),
            "heat": (load * 0.8 + 20 + g.normal(0, 2, load.shape)).ravel().round(2),
            "sound": (load * 0.3 + 30 + g.normal(0, 1, load.shape)).ravel().round(3),
            "on": np.ones(load.size, int),
            "plate": np.full(load.size, 7.25),
        }
    )


def put(frame: pl.DataFrame, column: str, rows: slice, values: object) -> pl.DataFrame:
    """A frame with other values in some rows of a column."""
    held = frame[column].to_numpy().copy()
    held[rows] = values
    return frame.with_columns(pl.Series(column, held))


@pytest.fixture(scope="module")
def presses():
    """Forty presses with three faults of each kind, and what is found."""
    made = histories(40, seed=21, faults=dict.fromkeys(KINDS, 3))
    return made, *spans_of(facts_of(made.frame))


def test_planted_faults_are_found_in_their_place(presses):
    """Nine in ten of thirty are named with kind, unit, column and rows, and one of each kind at least."""
    made, spans, units = presses
    named = [(span.kind, units[span.unit], {span.column, span.other}, span.first, span.last) for span in spans]

    found = [
        kind for kind, column, other, unit, first, last in made.truth.faults.rows()
        if any(k == KINDS[kind] and u == unit and {column, other} <= columns | {""} and a <= last and first <= b
               for k, u, columns, a, b in named)
    ]  # fmt: skip

    assert made.truth.faults.height == 30
    assert set(found) == set(KINDS)
    assert len(found) >= 27


def test_hardly_anything_else_is_found(presses):
    """Thirty faults planted: at most two spans beyond them, infos too."""
    made, spans, units = presses
    planted = {(KINDS[kind], unit) for kind, unit in made.truth.faults.select("kind", "unit").rows()}

    assert len([span for span in spans if (span.kind, units[span.unit]) not in planted]) <= 2


def test_presses_without_faults_are_left_in_peace():
    """Recipes, stops, repairs, a counter that resets and an angle that wraps: at most one finding in 560 days."""
    spans, _ = spans_of(facts_of(histories(40, seed=22).frame))

    assert len(spans) <= 1


def test_a_clean_series_says_nothing():
    """Settings, states and constants that stay as they are: nothing of their own to say here."""
    assert said(made_up()) == []


def test_one_fault_in_many_units_is_one_finding():
    """Six units with the same sensor stuck: how many places, in how many units, and the first three by name and time."""
    frame = made_up(units=40)
    for unit in range(2, 8):
        frame = put(frame, "heat", slice(unit * 400 + 100, unit * 400 + 160), 66.6 + unit)

    found = coded(said(frame), "stuck_sensor")

    assert len(found) == 1
    assert found[0].what.startswith("'heat' keeps one value: 6 places in 6 units, as 'M02' 2024-05-06 ")
    assert found[0].first_rows == [900, 1300, 1700, 2100, 2500]
    assert found[0].rows == 360
    assert found[0].figures["units"] == 6


def test_missing_cells_do_not_hide_that_a_sensor_is_stuck():
    """Every fifth cell empty, and it is still one stretch."""
    frame = put(made_up(), "heat", slice(1000, 1060), 71.5)
    frame = frame.with_columns(heat=pl.when(pl.int_range(pl.len()) % 5 > 0).then("heat"))

    found = coded(said(frame), "stuck_sensor", "heat")

    assert [f.unit for f in found] == ["M02"]
    assert found[0].first_rows[0] in (1000, 1001)
    assert "(71.5)" in found[0].what


def test_a_range_that_ends_too_soon_is_told_with_its_limit():
    """Readings above 75 come as 75."""
    frame = made_up()
    frame = frame.with_columns(
        heat=pl.when(pl.col("unit") == "M03").then(pl.col("heat").clip(upper_bound=75)).otherwise("heat")
    )

    found = coded(said(frame), "saturated_sensor")

    assert [(f.column, f.unit) for f in found] == [("heat", "M03")]
    assert "≤ 75" in found[0].what


@pytest.mark.parametrize("share", [2_000_000, 1500])
def test_units_that_take_turns_are_judged_like_units_one_after_the_other(share, monkeypatch):
    """A file in order of time has the same faults, with its own row numbers, also where it is sorted share by share."""
    monkeypatch.setattr("andon.checks.series.judged.SHARE", share)
    frame = put(made_up(), "heat", slice(1000, 1060), 71.5)
    turns = frame.with_row_index("was").sort("time", maintain_order=True)
    (one,), names = spans_of(facts_of(frame))
    (other,), others = spans_of(facts_of(turns.drop("was")))

    assert (one.kind, names[one.unit], one.begin) == (other.kind, others[other.unit], other.begin)
    assert turns["was"][other.first] == 1000


def test_cycles_count_as_time_and_rows_stand_in_for_none():
    """A place is told by what there is: cycles, or numbers of rows."""
    frame = put(made_up(), "heat", slice(1000, 1060), 71.5).with_columns(time=pl.int_range(pl.len()).over("unit") + 1)

    assert "'M02' 201 – 260 (71.5)" in said(frame)[0].what
    assert "'M02' № 1,000 – 1,059 (71.5)" in said(frame.drop("time"), unit="unit")[0].what


def test_an_hour_that_comes_twice_in_autumn_is_summer_time():
    """Local time on the last Sunday of October."""
    times = [datetime(2024, 10, 26) + timedelta(minutes=10 * n) for n in range(500)]
    times = [t if t < datetime(2024, 10, 27, 3) else t - timedelta(hours=1) for t in times]
    frame = pl.DataFrame(
        {"time": pl.Series(times, dtype=pl.Datetime("us")), "heat": np.random.default_rng(0).normal(size=500)}
    )

    found = said(frame, time="time")

    assert [(f.code, f.first_rows) for f in found] == [("summer_time", [162])]
    assert "2024-10-27 02:50" in found[0].what


def test_rows_that_come_as_they_come_have_no_step():
    """Parts finished at random times: nothing is odd about their intervals, unless time goes back."""
    g = np.random.default_rng(1)
    seconds = np.cumsum(g.gamma(4, 30, 2000))
    frame = pl.DataFrame(
        {
            "time": np.datetime64("2024-01-01", "us") + (seconds * 1e6).astype("timedelta64[us]"),
            "x": g.normal(size=2000),
        }
    )

    assert said(frame, time="time") == []
    back = put(frame, "time", slice(700, 701), frame["time"].to_numpy()[650])
    assert [f.code for f in said(back, time="time")] == ["time_steps_back"]


def test_rows_in_no_order_are_one_finding():
    """Shuffled, or the newest first, as exports are: told once, and no warning, for the split goes by time itself."""
    frame = made_up(units=3)
    for order in (np.random.default_rng(0).permutation(1200), np.arange(1200)[::-1]):
        found = coded(said(frame[order.tolist()]), "rows_in_no_order")
        assert [(f.level, f.figures["places"]) for f in found] == [("info", 3.0)]


def test_a_unit_in_every_row_is_told_without_reading_on(monkeypatch):
    """A million serial numbers are no units, and nobody sums them up one by one."""
    monkeypatch.setattr("andon.checks.series.judged.MOST_UNITS", 1000)
    frame = made_up(units=6).with_columns(unit=pl.int_range(pl.len()).cast(pl.String))

    assert [f.code for f in said(frame)] == ["single_row_units"]


def test_a_step_that_tells_the_class_is_told():
    """Faulty machines recorded at twice the rate, as a set of bearings has it."""
    frame = made_up(units=20).with_columns(number=pl.col("unit").str.slice(1).cast(pl.Int64))
    frame = frame.with_columns(
        time=pl.datetime(2024, 5, 6) + pl.duration(seconds=pl.int_range(pl.len()).over("unit") * pl.when(pl.col("number") < 8).then(30).otherwise(60)),
        state=pl.when(pl.col("number") < 8).then(pl.lit("worn")).otherwise(pl.lit("good")),
    ).drop("number")  # fmt: skip

    found = coded(said(frame, unit="unit", time="time", state="target"), "sampling_step_tells")

    assert [f.level for f in found] == ["warning"]
    assert found[0].figures["told"] == 1.0
    same = frame.with_columns(time=pl.datetime(2024, 5, 6) + pl.duration(minutes=pl.int_range(pl.len()).over("unit")))
    assert coded(said(same, unit="unit", time="time", state="target"), "sampling_step_tells") == []


def test_units_of_one_row_are_told():
    """A few are an info with their names; if all are, the column is no unit."""
    frame = made_up(units=6)
    few = pl.concat([frame, frame[:2].with_columns(unit=pl.Series(["M1O", "MO2"]))])
    found = coded(said(few), "single_row_units")
    assert [(f.level, f.rows) for f in found] == [("info", 2)]
    assert "'M1O', 'MO2'" in found[0].what

    all_single = frame.with_columns(unit=pl.int_range(pl.len()).cast(pl.String))
    assert [f.level for f in coded(said(all_single), "single_row_units")] == ["warning"]


def test_a_column_that_runs_along_every_record_is_an_info():
    """Age is told, since it is what remaining life is learnt from and what leaks elsewhere."""
    frame = made_up().with_columns(wear=pl.int_range(pl.len()).over("unit") * 0.01 + pl.col("sound"))

    found = coded(said(frame), "runs_along_units", "wear")

    assert [f.level for f in found] == ["info"]
    assert "rises along the record of 12 of 12 units" in found[0].what


def test_the_checks_of_a_table_include_those_of_series():
    """`check_records` says each fault once, and a unit jump with its unit and time."""
    frame = made_up(units=30).with_columns(scrap=pl.lit("good"))
    frame = put(frame, "heat", slice(5 * 400 + 200, 6 * 400), frame["heat"].to_numpy()[2200:2400] * 1.8 + 32)

    found = coded(judge(frame, None, unit="unit", time="time", scrap="ignore"), "unit_jump")

    assert [(f.column, f.unit) for f in found] == [("heat", "M05")]
    assert "°C and °F" in found[0].what


def test_a_table_without_unit_and_time_is_no_series():
    """Nothing of this is said of it."""
    assert series(facts_of(made_up().drop("unit", "time"), load="ignore")) == []
    assert spans_of(facts_of(made_up().drop("unit", "time"), load="ignore")) == ([], [])


def test_places_are_told_in_chinese():
    """The sentence around unit and time is translated, they are not."""
    frame = put(made_up(), "heat", slice(1000, 1060), 71.5)

    told = translate("zh").retell(said(frame)[0].what)

    assert told.startswith("“heat”停在同一个值：'M02' 2024-05-06 ")


@pytest.mark.data
@pytest.mark.parametrize("name", ["FD001", "FD002"])
def test_engines_are_not_flooded(name):
    """Constant sensors, two-valued ones, six regimes, wear to the end: at most two findings that are no info."""
    names = ["unit", "time", *(f"setting{i}" for i in range(1, 4)), *(f"s{i}" for i in range(1, 22))]
    frame = pl.read_csv(
        DATA / f"cmapss_{name}" / f"train_{name}.txt.gz", separator=" ", has_header=False, infer_schema_length=None
    )
    frame = frame[:, :26].rename(dict(zip(frame.columns[:26], names, strict=True)))

    assert len(loud(said(frame.with_columns(pl.col("unit").cast(pl.String))))) <= 2


def test_settings_and_counters_of_short_records_are_not_stuck():
    """One machine, two hundred rows: recipes change in steps, a counter stands while nothing is made."""
    rows = np.arange(200)
    frame = made_up(1, 200).with_columns(
        load=pl.Series(np.repeat([40.0, 70.0, 50.0, 80.0], 50)),
        parts=pl.Series(np.minimum(rows, np.maximum(120, rows - 40))),
    )

    assert [finding.what for finding in said(frame) if finding.code == "stuck_sensor"] == []
    stuck = put(frame, "power", slice(60, 120), 99.0)
    assert [finding.column for finding in said(stuck) if finding.code == "stuck_sensor"] == ["power"]


def test_clocks_go_by_the_records_as_they_were_read():
    """A job that looks back puts rows in order; a message that came late is told all the same."""
    frame = made_up(2, 200)
    late = pl.concat([frame[:50], frame[51:55], frame[50:51], frame[55:]])
    facts, read = facts_of(late.sort("unit", "time")), records_of(late, {"unit": "unit", "time": "time"})

    assert "time_steps_back" not in [finding.code for finding in series(facts)]
    assert "time_steps_back" in [finding.code for finding in series(facts, read)]


def test_lives_are_numbers_and_slow_sensors_are_no_holes():
    """A small table of lives left is no set of classes, and a value once in eight rows is a slow sensor."""
    frame = made_up(3, 80).with_columns(
        rul=pl.lit(80) - pl.int_range(pl.len()).over("unit"),
        iron=pl.when(pl.int_range(pl.len()) % 8 == 0).then(pl.col("heat")),
    )

    found = {finding.code: finding for finding in check(frame, job="remaining_life").findings}

    assert "few_rows_per_class" not in found
    assert (found["read_seldom"].column, found["read_seldom"].level) == ("iron", "info")
    assert {f.code for f in check(frame, job="regress").findings if f.column == "iron"} == {"missing"}


def test_lives_below_nought_are_told():
    """Rows after the failure belong to no life; a table that asks something else may go below."""
    frame = made_up(3, 80).with_columns(rul=pl.lit(70) - pl.int_range(pl.len()).over("unit"))

    below = [f.rows for f in check(frame, job="remaining_life").findings if f.code == "life_below_nought"]

    assert below == [27]
    assert "life_below_nought" not in {f.code for f in check(frame, job="regress", target="rul").findings}


def test_a_counter_that_does_not_begin_again_wanders_nowhere():
    """Where the others' registers run over and one's does not, no zero point creeps."""
    frame = made_up()
    start = [0 if unit == 0 else 130_000 + 900 * unit for unit in range(12)]
    strokes = np.concatenate([(begin + 600 * np.arange(400)) % 262_144 for begin in start]).astype(float)

    found = said(frame.with_columns(strokes=pl.Series(strokes)))

    assert [finding for finding in found if finding.code == "sensor_drift"] == []


def test_sensors_that_never_spoke_change_nothing_for_the_others():
    """Columns without a single reading are passed over without a word of NumPy's; alone they are no series at all."""
    frame = made_up(rows=600)
    frame = frame.with_columns(heat=pl.when(pl.int_range(pl.len()).is_between(1000, 1250)).then(71.5).otherwise("heat"))
    silent = pl.lit(None, pl.Float64)

    assert said(frame.with_columns(dead=silent)) == said(frame) != []
    assert said(frame.select("unit", "time", dead=silent)) == said(frame.select("unit", "time"))
