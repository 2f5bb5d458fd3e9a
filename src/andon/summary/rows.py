"""One 64-bit number per row: equal rows, equal numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl


def row_hash(frame: pl.DataFrame, columns: Sequence[str] | None = None) -> np.ndarray:
    """Hash of each row's content over `columns` (default: all), uint64 of shape (rows,).

    Nulls are values like others; 0.0 and -0.0 are the same, and so are all NaN. It depends on the columns' order and
    types, not on where the row stands. The same within one version of Polars.
    """
    names = list(columns) if columns is not None else frame.columns
    if not names:
        return np.zeros(len(frame), np.uint64)
    return frame.select(hash_of(names)).to_series().to_numpy()


def hash_of(names: Sequence[str]) -> pl.Expr:
    """`row_hash` as an expression: hashes of the cells, each with its column's own seed, added modulo 2^64."""
    return pl.sum_horizontal(pl.col(name).hash(seed=place + 1) for place, name in enumerate(names)).alias("__hash__")
