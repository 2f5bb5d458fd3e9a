"""Values of category columns with their counts: exact, mergeable, capped.

Beyond `MOST_VALUES` distinct values those with the smallest hashes are kept: whoever is kept at the end was kept in
every block, so its count is exact (a bottom-k sketch, see `sample`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import polars as pl

from andon.summary.facts import CategoryFacts

MOST_VALUES = 100_000
MOST_PARTS = 64
LAST = 2**64 - 1


@dataclass(frozen=True)
class Values:
    """Counts of one column. `parts` are frames of `value`, `hash` and `count`, added up only now and then; `limit` is
    the largest hash that a value may have to be kept."""

    parts: tuple[pl.DataFrame, ...]
    limit: int = LAST

    def __add__(self, other: Self) -> Self:
        """Merge, in any order."""
        both = type(self)(self.parts + other.parts, min(self.limit, other.limit))
        wide = sum(len(part) for part in both.parts) > 2 * MOST_VALUES
        return both.together() if wide or len(both.parts) > MOST_PARTS else both

    def together(self) -> Self:
        """One part, each value once, capped."""
        values = pl.concat(self.parts).filter(pl.col("hash") <= self.limit)
        values = values.group_by("value").agg(pl.col("hash").first(), pl.col("count").sum())
        if len(values) < MOST_VALUES:
            return type(self)((values,), self.limit)
        values = values.bottom_k(MOST_VALUES, by="hash")
        return type(self)((values,), int(values["hash"].max() or 0))  # type: ignore[arg-type]

    def facts(self, rows: int, missing: int) -> CategoryFacts:
        """Most frequent first, ties by value."""
        ranked = self.together().parts[0].sort("count", "value", descending=[True, False])
        counts = dict(ranked.select("value", "count").iter_rows())
        return CategoryFacts(missing=missing, counts=counts, overflow=rows - missing - sum(counts.values()))


def count_values(frame: pl.DataFrame, name: str, limit: int = LAST) -> Values:
    """Counts of one column of a block; nulls are left out, and values whose hash is beyond `limit`."""
    values = frame.select(value=pl.col(name).cast(pl.String, strict=False)).drop_nulls()
    hashed = values.with_columns(hash=pl.col("value").hash(seed=0))
    if limit < LAST:
        hashed = hashed.filter(pl.col("hash") <= limit)
    counted = hashed.group_by("value").agg(pl.col("hash").first(), count=pl.len().cast(pl.Int64))
    return Values((counted,), limit)
