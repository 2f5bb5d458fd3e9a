"""Duplicate rows by hash partition."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from andon.summary import duplicate_rows

ROWS = st.lists(st.tuples(st.sampled_from([None, 0.0, 1.0, -0.0]), st.sampled_from([None, "a", "b"])), max_size=60)


@given(rows=ROWS)
@settings(max_examples=40, deadline=None)
def test_copies_are_those_that_pairwise_comparison_finds(rows):
    """Every row equal to an earlier one is a copy of the first such row, nulls being values; no other row is."""
    keys = [(None if x is None else x + 0.0, word) for x, word in rows]
    firsts = [keys.index(key) for key in keys]

    found = duplicate_rows(pl.DataFrame(rows, schema={"x": pl.Float64, "w": pl.String}, orient="row").lazy())

    assert found.groups().tolist() == firsts
    assert found.copies.tolist() == [k for k, first in enumerate(firsts) if first < k]
    assert found.keep().tolist() == [first == k for k, first in enumerate(firsts)]


def test_partitions_on_disk_find_the_same(monkeypatch):
    """Partitions that outgrow memory and wait in temporary files give the same answer."""
    frame = pl.DataFrame({"x": np.random.default_rng(0).integers(0, 20_000, 30_000)}).lazy()
    whole = duplicate_rows(frame)

    monkeypatch.setattr("andon.summary.duplicates.IN_MEMORY", 64)
    again = duplicate_rows(frame)

    assert whole.count == 30_000 - frame.collect().n_unique()
    assert again.groups().tolist() == whole.groups().tolist()


def test_some_columns_alone_can_be_compared():
    """Same unit and time is a duplicate even where the readings differ."""
    frame = pl.DataFrame({"unit": ["a", "a", "b"], "time": [1, 1, 1], "x": [1.0, 2.0, 3.0]}).lazy()

    assert duplicate_rows(frame, ["unit", "time"]).first_rows == [1]
    assert duplicate_rows(frame).count == 0


def test_pictures_can_be_compared():
    """Equal pictures are found by their pixels."""
    pixels = np.zeros((3, 4, 4), np.uint8)
    pixels[1, 2, 2] = 1

    assert duplicate_rows(pl.DataFrame({"p": pixels}).lazy()).first_rows == [2]
