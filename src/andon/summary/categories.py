"""Values of category columns with their counts: exact, mergeable, capped."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from andon.summary.facts import CategoryFacts

MOST_VALUES = 100_000


def count_values(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """`value` (String) and `count` (Int64) of one column; nulls are left out."""
    values = frame.select(value=pl.col(name).cast(pl.String, strict=False)).drop_nulls()
    return cap(values.group_by("value").agg(count=pl.len().cast(pl.Int64)))


def merge(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Add the counts of several blocks."""
    return cap(pl.concat(parts).group_by("value").agg(pl.col("count").sum()))


def cap(values: pl.DataFrame) -> pl.DataFrame:
    """Keep the `MOST_VALUES` values with the smallest hashes: whoever is kept at the end was kept in every block, so
    its count is exact (a bottom-k sketch, see `sample`)."""
    if len(values) <= MOST_VALUES:
        return values
    return values.bottom_k(MOST_VALUES, by=pl.col("value").hash(seed=0))


def facts(values: pl.DataFrame, rows: int, missing: int) -> CategoryFacts:
    """Most frequent first, ties by value."""
    ranked = values.sort("count", "value", descending=[True, False])
    counts = dict(ranked.iter_rows())
    return CategoryFacts(missing=missing, counts=counts, overflow=rows - missing - sum(counts.values()))
