"""Monday morning: which machines need somebody first, and what is missing by name."""

from contextlib import closing

import polars as pl
import pytest
from tests.conftest import pumps

from andon.api.following import follow
from andon.api.predict import predict, predict_to_file
from andon.errors import DataProblem


@pytest.fixture
def week(tmp_path):
    """Four pumps' rows; the newest of the last one cannot be read."""
    frame = pumps(4, seed=9)
    last = (pl.col("pump") == "P9-3") & (pl.col("hour") == pl.col("hour").max().over("pump"))
    frame = frame.with_columns(flow=pl.when(last).then(pl.lit("broken")).otherwise(pl.col("flow").cast(pl.String)))
    frame.write_csv(tmp_path / "week.csv")
    return tmp_path, frame


def test_units_that_need_somebody_first_are_named(life_run, week):
    """The newest row of each unit, those without an answer first, then by until when they are safe."""
    folder, frame = week

    done = predict_to_file(life_run.folder, str(folder / "week.csv"), folder / "out.csv")

    assert {unit["unit"] for unit in done.soonest} == set(frame["pump"])
    assert done.soonest[0]["unit"] == "P9-3"
    assert "broken" in done.soonest[0]["problem"]
    safe = [unit["safe_until"] for unit in done.soonest[1:]]
    assert safe == sorted(safe)
    newest = dict(frame.group_by("pump").agg(pl.col("hour").max()).iter_rows())
    assert all(unit["time"] == newest[unit["unit"]] for unit in done.soonest)


@pytest.mark.parametrize("name", ["pump", "hour"])
def test_rows_that_say_not_whose_they_are_or_when_are_refused(life_run, week, name):
    """All machines together are no history of one."""
    folder, frame = week
    frame.drop(name).write_csv(folder / "some.csv")

    with pytest.raises(DataProblem, match=f"column '{name}' is missing"):
        predict_to_file(life_run.folder, str(folder / "some.csv"), folder / "out.csv")


@pytest.mark.parametrize("row", [0, 7])
def test_a_time_that_is_none_costs_its_own_row(life_run, tmp_path, row):
    """A word where a time should be has its reason, and all other rows their answers, in a file as in a stream."""
    frame = pumps(2, seed=4).head(30)
    spoilt = frame.with_columns(
        hour=pl.when(pl.int_range(pl.len()) == row).then(pl.lit("abc")).otherwise(pl.col("hour").cast(pl.String))
    )
    spoilt.write_csv(tmp_path / "line.csv")
    frame.filter(pl.int_range(pl.len()) != row).write_csv(tmp_path / "others.csv")

    predict_to_file(life_run.folder, str(tmp_path / "line.csv"), tmp_path / "whole.csv")
    with closing(follow(life_run.folder, str(tmp_path / "line.csv"), tmp_path / "out.csv")) as steps:
        next(step for step in steps if step.waiting)

    whole = pl.read_csv(tmp_path / "whole.csv")
    assert whole["problem"][row] == "column 'hour': 'abc' is not a number"
    others = predict(life_run, str(tmp_path / "others.csv"))
    assert whole.filter(pl.col("row") != row)["answer"].to_list() == pytest.approx(others["answer"].to_list())
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert predict(life_run, spoilt)["problem"][row] == "column 'hour': 'abc' is not a number"
