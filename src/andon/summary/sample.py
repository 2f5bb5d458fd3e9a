"""A sample of rows that any order of any blocks agrees on: the rows with the smallest hashes.

Bottom-k sketch (Cohen & Kaplan 2007, "Summarizing data using bottom-k sketches"), kept over distinct rows with exact
counts: a hash among the k smallest of the whole is among the k smallest of every block that holds it, so nothing that
counts is ever dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from andon.summary.rows import row_hash

SAMPLE_ROWS = 16_384
HEAVY = 8.0
"""A row that occurs this many times as often as a sample stands for is given its exact share."""


@dataclass(frozen=True)
class Sample:
    """Distinct rows with the smallest hashes, ascending; `hashes` uint64 and `counts` int64, one per row."""

    frame: pl.DataFrame
    hashes: np.ndarray
    counts: np.ndarray

    @property
    def full(self) -> bool:
        """Whether rows may have been left out."""
        return len(self.hashes) >= SAMPLE_ROWS

    @property
    def limit(self) -> int:
        """Largest hash that could still get in."""
        return int(self.hashes[-1]) if self.full else 2**64 - 1

    def __add__(self, other: Self) -> Self:
        """Merge: distinct hashes, counts added, the smallest kept."""
        if not len(other.hashes):
            return self
        hashes, first, inverse = np.unique(
            np.concatenate([self.hashes, other.hashes]), return_index=True, return_inverse=True
        )
        counts = np.zeros(len(hashes), np.int64)
        np.add.at(counts, inverse, np.concatenate([self.counts, other.counts]))
        frame = pl.concat([self.frame, other.frame])[first[:SAMPLE_ROWS]]
        return type(self)(frame, hashes[:SAMPLE_ROWS], counts[:SAMPLE_ROWS])

    def spread(self, rows: int) -> pl.DataFrame:
        """At most `SAMPLE_ROWS` rows that stand for all `rows`, each row in proportion to how often it occurs.

        Where rows were left out, a row seen very often has its exact share of all rows, and the others share the rest.
        """
        weights = self.counts.astype(np.float64)
        total = weights.sum()
        if total <= len(weights):
            return self.frame
        heavy = self.counts > HEAVY * rows / SAMPLE_ROWS
        if self.full and not heavy.all():
            weights[~heavy] *= max(rows - weights[heavy].sum(), 0.0) / weights[~heavy].sum()
        edges = np.rint(np.cumsum(weights) / weights.sum() * min(total, SAMPLE_ROWS)).astype(np.int64)
        return self.frame[np.repeat(np.arange(len(weights)), np.diff(edges, prepend=0))]


def smallest(frame: pl.DataFrame, columns: Sequence[str], limit: int = 2**64 - 1) -> Sample:
    """Sample of one block; `limit` is the largest hash that is of any use to the asker."""
    hashes = row_hash(frame, columns)
    near = np.flatnonzero(hashes <= np.uint64(limit))
    kept, first, counts = np.unique(hashes[near], return_index=True, return_counts=True)
    return Sample(frame.select(columns)[near[first[:SAMPLE_ROWS]]], kept[:SAMPLE_ROWS], counts[:SAMPLE_ROWS])
