"""Rows that occur more than once, found by hash partition: flat memory, no pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from andon.summary.rows import hash_of

FIRST = 20


@dataclass(frozen=True)
class Duplicates:
    """`count` rows are copies of an earlier row (the first of each is not counted); `first_rows` are the first few of
    the copies, `copies` all of them: row numbers, int64, ascending."""

    count: int
    first_rows: list[int]
    copies: np.ndarray


def duplicate_rows(lazy: pl.LazyFrame, columns: Sequence[str] | None = None) -> Duplicates:
    """Copies of earlier rows, over `columns` (default: all). Nulls count as values."""
    names = list(columns) if columns is not None else lazy.collect_schema().names()
    hashes = lazy.select(hash_of(names)).collect(engine="streaming").to_series().to_numpy()
    copies = _copies(hashes)
    return Duplicates(len(copies), copies[:FIRST].tolist(), copies)


def _copies(hashes: np.ndarray) -> np.ndarray:
    """Row numbers of values that stand earlier as well."""
    order = np.argsort(hashes, kind="stable")
    ranked = hashes[order]
    return np.sort(order[1:][ranked[1:] == ranked[:-1]])
