"""A historian's long layout: a row is one reading, and what it is of stands beside it."""

from datetime import datetime

import polars as pl
import pytest
from planted import coded, judge

UNIT, TIME = {"unit": "unit", "time": "time"}, ["unit", "time"]


def wide(rows=40):
    """Two machines with four sensors that read at the same hours."""
    hours = pl.datetime_range(datetime(2025, 1, 6), datetime(2025, 3, 1), "1h", eager=True).head(rows)
    moments = pl.concat([pl.DataFrame({"unit": name, "time": hours}) for name in ("A", "B")])
    return moments.with_columns(pl.int_range(pl.len()).cast(float).mul(i).alias(f"s{i}") for i in range(1, 5))


def told(frame, job="remaining_life"):
    """What is said of rows that share a moment."""
    found = judge(frame, None, job=job, **UNIT)
    return [*coded(found, "long_table"), *coded(found, "same_unit_and_time")]


@pytest.mark.parametrize("again", [0, 3])
def test_a_long_table_is_told_with_the_line_that_turns_it(again):
    """Also where a few messages were sent again; what the line says gives the wide table."""
    long = wide().unpivot(index=TIME, variable_name="tag", value_name="value")

    found = told(pl.concat([long, long.head(again).with_columns(pl.col("value") + 1)]))

    assert [(one.code, one.level, one.column) for one in found] == [("long_table", "warning", "tag")]
    line = found[0].fix.partition("first: table")[2]
    assert eval(f"long{line}").sort(TIME).equals(wide().sort(TIME))


def test_a_wide_table_is_no_long_one():
    """Nor is one whose rows share moments for another reason, nor one that is asked row by row."""
    long = wide().unpivot(index=TIME, variable_name="tag", value_name="value")

    assert told(wide()) == []
    assert [one.code for one in told(long.with_columns(more=pl.col("value") * 2))] == ["same_unit_and_time"]
    assert [one.code for one in told(long.with_columns(tag=pl.lit("s1")))] == ["same_unit_and_time"]
    assert [one.code for one in told(long, job="regress")] == ["same_unit_and_time"]
