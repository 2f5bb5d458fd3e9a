"""Roles: what the plan says, else the names people use, if the values bear them out."""

from datetime import datetime, timedelta

import msgspec
import numpy as np
import polars as pl
import pytest
from reading_aids import column, plan_for

from andon.errors import Problem, SettingProblem
from andon.plan.settings import Joined, Known
from andon.records import read

START = datetime(2024, 1, 1)


def series(name: str, units: int = 4, steps: int = 30) -> pl.DataFrame:
    """Rows of several units, evenly spaced in time."""
    rows = [(f"M{u}", START + timedelta(minutes=5 * s), float(s)) for u in range(units) for s in range(steps)]
    return pl.DataFrame(rows, schema=[name, "timestamp", "v"], orient="row")


@pytest.mark.parametrize("name", ["machine", "unit_id", "unique_id", "item_id", "serial", "设备编号"])
def test_series_get_their_unit_and_time(name):
    """Evenly spaced rows per value under a usual name are series."""
    records = read(plan_for(), series(name))

    assert (records.the("unit"), records.the("time")) == (name, "timestamp")
    assert "evenly spaced" in column(records, name).why


def test_a_machine_of_a_process_table_stays_an_input():
    """Lots that went over five machines at odd times are no series of five units."""
    rows = [(f"M{i * 7 % 5}", START + timedelta(seconds=(i * 7919) % 100_000), float(i)) for i in range(400)]
    records = read(plan_for(), pl.DataFrame(rows, schema=["machine", "time", "v"], orient="row"))

    assert (column(records, "machine").role, column(records, "machine").kind) == ("input", "category")
    assert records.the("unit") is None


def test_a_machine_without_time_stays_an_input():
    """Without time there are no series."""
    records = read(plan_for(), pl.DataFrame({"machine": ["A", "B"] * 50, "v": range(100)}))

    assert column(records, "machine").role == "input"


def test_cycles_count_as_time_of_units():
    """Run-to-failure tables count cycles instead of telling the time."""
    frame = pl.DataFrame({"unit_id": [1] * 20 + [2] * 30, "cycle": [*range(20), *range(30)], "v": [0.5] * 50})
    records = read(plan_for(), frame)

    assert (records.the("unit"), records.the("time")) == ("unit_id", "cycle")
    assert records.frame.collect_schema()["unit_id"] == pl.String


def test_the_plan_wins():
    """A unit named by the plan is the unit, series or not."""
    frame = pl.DataFrame({"machine": ["A", "B"] * 50, "press": ["C", "D"] * 50, "v": range(100)})
    records = read(plan_for(unit="press", group="machine"), frame)

    assert (records.the("unit"), records.the("group")) == ("press", "machine")
    assert "the plan says so" in column(records, "press").why


@pytest.mark.parametrize("name", ["y", "Target", "label", "Class", "合格", "结果", "不良"])
def test_targets_by_the_names_people_use(name):
    """The target is found without being named."""
    assert read(plan_for(), pl.DataFrame({"a": [1.5, 2.5], name: ["u", "v"]})).the("target") == name


def test_the_jobs_names_come_first():
    """A job's own words for its target win over the general ones, the plan over both."""
    frame = pl.DataFrame({"label": ["a", "b"], "scrap": [0, 1], "yield": [0.5, 0.7]})

    assert read(plan_for(), frame, target_names=("scrap", "yield")).the("target") == "scrap"
    assert read(plan_for(target="yield"), frame, target_names=("scrap",)).the("target") == "yield"


def test_parts_are_known_by_their_words():
    """A column of train and test says who trains; a column of part numbers does not."""
    words = read(plan_for(), pl.DataFrame({"split": ["train", "test"] * 9, "v": range(18)}))
    numbers = read(plan_for(), pl.DataFrame({"part": ["P1", "P2"] * 9, "v": range(18)}))

    assert words.the("part") == "split"
    assert numbers.the("part") is None


@pytest.mark.parametrize(
    ("more", "setting"),
    [
        ({"target": "scarp"}, "target"),
        ({"unit": "scarp"}, "data.rows.unit"),
        ({"known": Known(after=["scarp"])}, "known.after.0"),
        ({"known": Known(ignore=["scarp"])}, "known.ignore.0"),
    ],
)
def test_a_name_that_is_no_column_is_answered_with_the_nearest(more, setting):
    """The setting and the right word are in the sentence."""
    with pytest.raises(SettingProblem, match="Did you mean 'scrap'") as problem:
        read(plan_for(**more), pl.DataFrame({"scrap": [1, 2], "v": [1, 2]}))

    assert problem.value.key == setting


def test_new_rows_need_no_target():
    """With `answering`, columns that the plan names may be absent."""
    plan = plan_for(target="scrap", weight="w", known=Known(after=["rework"]))

    assert read(plan, pl.DataFrame({"v": [1.5]}), answering=True).named("target") == []


def test_a_target_cannot_be_left_out():
    """One column cannot be the target and ignored."""
    with pytest.raises(Problem, match=r"target and in known\.ignore"):
        read(plan_for(target="a", known=Known(ignore=["a"])), pl.DataFrame({"a": [1], "b": [2]}))


def test_a_time_that_cannot_be_read_is_refused_with_the_reason():
    """Ordering rows by text dates would be wrong."""
    with pytest.raises(SettingProblem, match="cannot be the time"):
        read(plan_for(time="when"), pl.DataFrame({"when": ["01/02/2024", "03/04/2024"], "b": [1, 2]}))


def test_known_after_and_ignored_are_no_inputs():
    """What exists only after the fact never becomes an input."""
    records = read(plan_for(known=Known(after=["b"], ignore=["c"])), pl.DataFrame({"a": [1], "b": [2], "c": [3]}))

    assert records.inputs() == ["a"]
    assert (records.named("after"), records.named("ignore")) == (["b"], ["c"])


def test_new_rows_are_read_as_the_run_was_trained():
    """Kinds and formats of a run carry over to a single row that could not settle them itself."""
    train = pl.DataFrame(
        {"when": ["13/02/2024", "01/02/2024"], "temp": ["1.234,5 °C", "7,5 °C"], "shift": [1, 2], "y": ["a", "b"]}
    )
    learnt = read(plan_for(), train)

    row = pl.DataFrame({"when": ["03/04/2024"], "temp": ["2,125 °C"], "shift": [1]})
    new = read(plan_for(), row, known=learnt.columns, answering=True).frame.collect()

    assert new.row(0) == (datetime(2024, 4, 3), 2.125, "1")


def test_a_cell_that_cannot_be_read_keeps_its_text_in_new_rows():
    """The run-time must name the bad row, so the cell is not made missing silently."""
    learnt = read(plan_for(), pl.DataFrame({"temp": ["1,5", "7,5"], "y": ["a", "b"]}))

    new = read(plan_for(), pl.DataFrame({"temp": ["2,5", "hot", "n/a"]}), known=learnt.columns, answering=True)

    assert new.frame.collect()["temp"].to_list() == ["2.5", "hot", None]


def test_files_called_after_parts_say_the_part_of_their_rows(tmp_path):
    """What was shipped to judge by (test.csv) is never trained on."""
    for name, rows in (("train", 6), ("test", 3)):
        pl.DataFrame({"x": range(rows), "y": range(rows)}).write_csv(tmp_path / f"{name}.csv")

    records = read(plan_for(tmp_path, target="y"))

    assert records.the("part") == "part"
    assert records.frame.select("part").collect()["part"].value_counts().sort("part").rows() == [
        ("test", 3),
        ("train", 6),
    ]


def test_units_may_be_recorded_at_steps_of_their_own():
    """A machine read twice a minute stands beside one that is read once."""
    slow, fast = series("machine"), series("machine").with_columns(machine=pl.col("machine") + "x")
    first = pl.col("timestamp").min().over("machine")
    fast = fast.with_columns(timestamp=first + (pl.col("timestamp") - first) / 2)

    assert read(plan_for(), pl.concat([slow, fast])).the("unit") == "machine"


def test_a_job_that_looks_back_takes_the_machine_by_its_name():
    """Readings at odd times are histories where histories are asked about, and series nowhere else."""
    rng = np.random.default_rng(0)
    hours = np.sort(rng.exponential(1.0, (3, 50)).cumsum(1).ravel())
    odd = pl.DataFrame({"machine": rng.choice(["a", "b", "c"], 150), "cycle": hours, "bar": rng.normal(size=150)})
    lives = msgspec.structs.replace(plan_for(), job="remaining_life")

    assert read(plan_for(), odd).the("unit") is None
    found = read(lives, odd)
    assert (found.the("unit"), found.the("time")) == ("machine", "cycle")
    assert read(lives, odd.rename({"cycle": "row"})).the("unit") == "machine"


@pytest.mark.parametrize("name", ["press", "Pump ID", "泵编号"])
def test_a_job_that_looks_back_knows_kinds_of_machines(name):
    """Names of presses and pumps are units; a reading of that name is none, nor is it where rows stand alone."""
    frame = series(name)
    looking = msgspec.structs.replace(plan_for(), job="remaining_life")

    assert read(looking, frame).the("unit") == name
    assert read(plan_for(), frame).the("unit") is None
    runs = series("pump").with_columns(pump=pl.int_range(pl.len()).mod(2))
    assert read(looking, runs).the("unit") is None


def test_engines_as_the_public_sets_name_them():
    """`unit_nr` and `time_cycles`, in Chinese too."""
    frame = series("unit_nr").with_columns(cycle=pl.int_range(pl.len()).over("unit_nr")).drop("timestamp")

    for unit, time in (("unit_nr", "time_cycles"), ("发动机编号", "循环数"), ("Unit Number", "time, in cycles")):
        found = read(plan_for(), frame.rename({"unit_nr": unit, "cycle": time}))
        assert (found.the("unit"), found.the("time")) == (unit, time)


@pytest.mark.parametrize(
    ("unit", "time"),
    [("cell_id", "cycle"), ("Bearing", "minute"), ("Data_No", "Time (s)"), ("tool", "cut"), ("电芯编号", "循环")],
)
def test_what_wears_out_is_the_unit_of_a_job_that_looks_back(unit, time):
    """Cells, bearings, filters and tools are called by what they are; of lots on a machine a tool is an input."""
    rows = [(u + 1, s + 1, 0.1 * s) for u in range(5) for s in range(30 + 3 * u)]
    frame = pl.DataFrame(rows, schema=[unit, time, "v"], orient="row")

    records = read(msgspec.structs.replace(plan_for(), job="remaining_life"), frame)

    assert (records.the("unit"), records.the("time")) == (unit, time)
    assert read(plan_for(), frame.with_columns(scrap=1)).the("unit") is None


def test_a_unit_under_any_name_is_where_the_counter_begins_again():
    """Rows of one value stand together and count up, and the next value begins anew: that is a unit, whatever it is
    called; what stays the same over several of them is not."""
    rows = [(f"x{u}", "AB"[u // 3], s + 1, 0.1 * s) for u in range(6) for s in range(30 + 3 * u)]
    frame = pl.DataFrame(rows, schema=["Prüfling", "rig", "cycle", "v"], orient="row")

    records = read(msgspec.structs.replace(plan_for(), job="remaining_life"), frame)

    assert (records.the("unit"), records.the("time")) == ("Prüfling", "cycle")
    assert "begins again" in column(records, "Prüfling").why
    mixed = frame.sample(fraction=1.0, shuffle=True, seed=1)
    assert read(msgspec.structs.replace(plan_for(), job="remaining_life"), mixed).the("unit") is None


@pytest.mark.parametrize("name", ["cycle", "flight_no", "运行小时"])
def test_a_unit_that_is_named_leaves_the_counter_to_be_found(name, tmp_path):
    """Who names the unit loses nothing: what counts its rows is the time of a job that looks back, evenly or not."""
    rows = [(u, s + 1, 0.1 * s) for u in range(6) for s in range(30 + 3 * u)]
    frame = pl.DataFrame(rows, schema=["rig", name, "v"], orient="row")
    looking = msgspec.structs.replace(plan_for(unit="rig"), job="remaining_life")

    records = read(looking, frame)

    assert (records.the("unit"), records.the("time")) == ("rig", name)
    assert column(records, name).why.endswith("it counts the rows of each 'rig'")
    assert read(looking, frame.with_columns(pl.col(name) ** 2)).the("time") == name
    pl.DataFrame({"rig": range(6), "owner": [*"abcdef"]}).write_csv(tmp_path / "rigs.csv")
    beside = plan_for(unit="owner", joined=[Joined(path=str(tmp_path / "rigs.csv"), on="rig")])
    assert read(msgspec.structs.replace(beside, job="remaining_life"), frame.reverse()).the("time") == name
    assert read(plan_for(unit="rig"), frame).the("time") is None
    assert read(plan_for(unit="rig", time="v"), frame).the("time") == "v"


def test_of_several_counters_the_one_counts_that_goes_on_evenly():
    """A step of the recipe is no time where a cycle stands beside it; nor is a counter that is ignored."""
    rows = [(u, "abcab"[s % 5], s % 5, s, 0.1 * s) for u in range(6) for s in range(40)]
    frame = pl.DataFrame(rows, schema=["rig", "recipe", "step", "minutes", "v"], orient="row")

    looking = msgspec.structs.replace(plan_for(unit="rig"), job="remaining_life")

    assert read(looking, frame).the("time") == "minutes"
    other = msgspec.structs.replace(looking, known=Known(ignore=("minutes",)))
    assert read(other, frame.rename({"step": "shots"})).the("time") is None
