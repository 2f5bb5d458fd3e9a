"""Monday morning: which machines need somebody first, and what is missing by name."""

import polars as pl
import pytest
from tests.conftest import pumps

from andon.api.predict import predict_to_file
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
