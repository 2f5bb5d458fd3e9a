"""Groups: what was labelled as a whole is kept together without being asked."""

from __future__ import annotations

import msgspec
import polars as pl
import pytest
from reading_aids import column, plan_for

from andon.plan.settings import Joined, Known
from andon.records import Records, read


def readings(runs: int = 12, steps: int = 20, name: str = "run") -> pl.DataFrame:
    """Rows of several runs, which stand together."""
    rows = [(r, 0.1 * s + r) for r in range(runs) for s in range(steps)]
    return pl.DataFrame(rows, schema=[name, "force"], orient="row")


def labelled(tmp_path, frame: pl.DataFrame, key: str, **more) -> Records:
    """The rows with the target of a second source, one for each value of the key."""
    verdicts = frame.select(key).unique(maintain_order=True).with_row_index("n")
    verdicts = verdicts.select(key, verdict=pl.when(pl.col("n") % 2 == 0).then(pl.lit("ok")).otherwise(pl.lit("ng")))
    verdicts.write_csv(tmp_path / "lab.csv")
    return read(plan_for(joined=[Joined(path=str(tmp_path / "lab.csv"), on=key)], target="verdict", **more), frame)


@pytest.mark.parametrize("key", ["run", "Prüfling"])
def test_a_key_that_brings_one_target_to_many_rows_is_the_group(tmp_path, key):
    """Rows that have their answer from one line of the laboratory's are no rows of their own, whatever the key is
    called."""
    records = labelled(tmp_path, readings(name=key), key)

    assert (records.the("group"), column(records, key).kind) == (key, "category")
    assert column(records, key).why.endswith(f"have their 'verdict' from one row of {tmp_path / 'lab.csv'}")


def test_the_plan_says_otherwise(tmp_path):
    """A group that is named is the group, and a key that is left out stays so."""
    frame = readings().with_columns(day=pl.col("force").round(0).cast(pl.Int64))

    assert labelled(tmp_path, frame, "run", group="day").the("group") == "day"
    assert labelled(tmp_path, frame, "run", known=Known(ignore=["run"])).the("group") is None
    assert labelled(tmp_path, frame, "run", unit="run").named("unit", "group") == ["run"]


def test_a_key_of_single_rows_is_no_group(tmp_path):
    """Where each row has an answer of its own nothing is kept together; where some parts were judged twice, their rows
    are, unless the time splits them."""
    single, twice = readings(steps=1, runs=40), readings(steps=1, runs=40).vstack(readings(steps=1, runs=3))
    when = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 2, 18), "1h", eager=True).head(43)

    assert labelled(tmp_path, single, "run").the("group") is None
    assert labelled(tmp_path, twice, "run").the("group") == "run"
    assert labelled(tmp_path, twice.with_columns(time=when), "run").the("group") is None


def test_of_several_keys_the_one_with_most_values_is_the_group(tmp_path):
    """Two keys name a part together: the finer of them keeps its rows together."""
    frame = readings().with_columns(line=pl.col("run") % 2)
    frame.select("run", "line").unique().with_columns(bend=pl.col("run") * 0.5).write_csv(tmp_path / "lab.csv")
    wish = Joined(path=str(tmp_path / "lab.csv"), on=["line", "run"])

    assert read(plan_for(joined=[wish], target="bend"), frame).the("group") == "run"


@pytest.mark.parametrize("name", ["run", "Experiment No.", "lot_id", "批号"])
def test_runs_and_lots_of_one_target_each_are_the_group(name):
    """In one table the name says it, and the target bears it out; in any order of the rows."""
    frame = readings(name=name).with_columns(worn=(pl.col(name) > 5).cast(pl.String))

    assert read(plan_for(target="worn"), frame).the("group") == name
    assert read(plan_for(target="worn"), frame.sample(fraction=1.0, shuffle=True, seed=1)).the("group") == name
    measured = frame.with_columns(wear=pl.col(name) * 0.25)
    regress = msgspec.structs.replace(plan_for(target="wear"), job="regress")
    assert read(regress, measured.drop("worn")).the("group") == name


@pytest.mark.parametrize(
    ("name", "target"),
    [
        pytest.param("material", pl.col("run") > 5, id="an ordinary category"),
        pytest.param("run", pl.col("force") > 6, id="a target that changes within a run"),
        pytest.param("run", pl.col("run"), id="one run of each class"),
        pytest.param("run", pl.lit("ok"), id="one class"),
    ],
)
def test_what_was_not_labelled_as_a_whole_stays_an_input(name, target):
    """Neither a category whose values happen to have one answer each, nor a run within which the answer changes, nor
    runs that cannot be told from classes."""
    frame = readings().with_columns(verdict=target.cast(pl.String)).rename({"run": name} if name != "run" else {})

    assert column(read(plan_for(target="verdict"), frame), name).role == "input"


def test_new_rows_are_of_the_group_that_training_met(tmp_path):
    """A run's group stays one where its rows are judged anew, also where nothing is said of the target."""
    records = labelled(tmp_path, readings(), "run")

    assert read(plan_for(), readings(), known=records.columns, answering=True).the("group") == "run"
    assert read(plan_for(), readings().drop("run"), known=records.columns, answering=True).the("group") is None
