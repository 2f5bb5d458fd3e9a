"""Several files of one table: each has a clock of its own, whatever the order of their names."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from andon.api.check import check

CLOCK = {"clock_set", "gap", "time_steps_back", "rows_in_no_order", "summer_time"}


def months(folder, machines=1):
    """An hour a row, a file a month: `month_10` is read before `month_2`."""
    for month in range(1, 13):
        first, end = datetime(2023, month, 1), datetime(2023 + month // 12, month % 12 + 1, 1)
        hours = pl.datetime_range(first, end, "1h", closed="left", eager=True)
        values = np.random.default_rng(month).normal(size=(machines * len(hours), 2)).round(3)
        frame = pl.DataFrame({"machine": np.tile([f"M{n}" for n in range(machines)], len(hours)),
                              "time": np.repeat(hours.to_numpy(), machines), "heat": values[:, 0],
                              "yield": values[:, 1]})  # fmt: skip
        (frame if machines > 1 else frame.drop("machine")).write_csv(folder / f"month_{month}.csv")


def clocks(folder):
    """Kinds and places of what is said of clocks."""
    found = check(str(folder), job="regress", target="yield").findings
    return [(one.code, one.what) for one in found if one.code in CLOCK]


@pytest.mark.parametrize("machines", [1, 3])
def test_where_a_file_ends_no_clock_jumps(tmp_path, machines):
    """Neither for one machine nor for several whose rows take turns in every file."""
    months(tmp_path, machines)

    assert clocks(tmp_path) == []


def test_a_clock_that_is_set_within_a_file_is_told(tmp_path):
    """Half an hour on from a day of May on: where it happened, and that alone."""
    months(tmp_path)
    frame = pl.read_csv(tmp_path / "month_5.csv", try_parse_dates=True)
    on = pl.when(pl.col("time") >= datetime(2023, 5, 9)).then(timedelta(minutes=30)).otherwise(timedelta())
    frame.with_columns(pl.col("time") + on).write_csv(tmp_path / "month_5.csv")

    assert [(code, "2023-05-08 23:00" in what) for code, what in clocks(tmp_path)] == [("clock_set", True)]
