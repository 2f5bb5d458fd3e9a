"""The shared pass: blocks of any size give the same findings, large tables are judged by a share of their rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from planted import SomeParts, clean, coded, judge, judge_parts

from andon.checks import walk


def faulty() -> pl.DataFrame:
    """A table with many faults at once."""
    frame = pl.concat([clean(), clean().head(50)]).with_row_index("no")
    temperature = frame["temperature"].to_numpy().copy()
    temperature[[3, 800, 801, 1549]] = -999.0
    return frame.with_columns(
        pl.Series("temperature", temperature), flow=pl.when(pl.col("no") % 7 == 0).then(None).otherwise("flow")
    )


@pytest.mark.parametrize("size", [1, 13, 1550])
def test_blocks_of_any_size_give_the_same_findings(monkeypatch, size):
    """Where a block ends says nothing about the data."""
    frame = faulty() if size > 1 else faulty().head(60)
    codes = (np.arange(frame.height) % 4).astype(np.uint8)
    records, parts = judge(frame), judge_parts(frame, SomeParts(codes))

    monkeypatch.setattr(walk, "BLOCK", size)

    assert judge(frame) == records
    assert judge_parts(frame, SomeParts(codes)) == parts


def test_large_tables_are_judged_by_the_rows_with_small_hashes(monkeypatch):
    """Twins share their hash, so a share of the hashes keeps twins whole and their number can be scaled up."""
    twins = clean(rows=4000)
    other = twins.with_columns(scrap=pl.when(pl.col("scrap") == "good").then(pl.lit("scrap")).otherwise(pl.lit("good")))
    monkeypatch.setattr(walk, "MOST_HASHES", 2000)

    found = coded(judge(pl.concat([twins, other])), "label_conflict")

    assert found[0].what.startswith("about ")
    assert found[0].rows == pytest.approx(8000, rel=0.1)


def test_evenly_spaced_rows_are_numbered():
    """Row numbers of the spaced rows are those of the file."""
    spaced = walk.Spaced(["no"], 1000, most=100)
    for start in range(0, 1000, 333):
        spaced.see(start, pl.DataFrame({"no": np.arange(start, min(start + 333, 1000))}))

    frame, numbers = spaced.finish()

    assert frame["no"].to_list() == numbers.tolist() == list(range(0, 1000, 10))
