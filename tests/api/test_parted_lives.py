"""Lives of training and test files whose units have the same numbers, judged by a run."""

import polars as pl
from tests.conftest import pumps

import andon


def test_units_of_one_number_in_two_parts_are_judged_as_two(life_run):
    """Judging training and test records together is judging each machine by its own life."""
    own = pl.col("pump").str.split("-").list.last()
    parts = {
        part: pumps(4, seed=seed).with_columns(own, hour=pl.int_range(pl.len()).over("pump").cast(pl.Float64))
        for part, seed in (("train", 8), ("test", 9))
    }

    found = andon.evaluate(life_run, pl.concat([f.with_columns(set=pl.lit(part)) for part, f in parts.items()]))

    each = [andon.evaluate(life_run, frame) for frame in parts.values()]
    assert found["groups"] == 8
    assert found["rows"] == sum(one["rows"] for one in each)
