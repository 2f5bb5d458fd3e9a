"""Counts, extremes and moments of number columns, as arrays with one entry per column.

Moments merge by Chan, Golub & LeVeque (1979, "Updating formulae and a pairwise algorithm for computing sample
variances"). Differs from the paper: the mean is kept in two float64 parts (Dekker 1971), so that a column at
1e9 with a spread of 1 loses no digits to the merging.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl


@dataclass(frozen=True)
class Numbers:
    """State of C number columns: every array has shape (C,). `mean + rest` is the mean, `square` the sum of squared
    distances from it; both are of finite values, 0 where there are none."""

    count: np.ndarray
    missing: np.ndarray
    not_finite: np.ndarray
    zeros: np.ndarray
    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray
    rest: np.ndarray
    square: np.ndarray

    def __add__(self, other: Self) -> Self:
        """Merge two disjoint sets of rows."""
        count = self.count + other.count
        share = np.divide(other.count, count, out=np.zeros(len(count)), where=count > 0)
        with np.errstate(over="ignore", invalid="ignore"):  # values near 1e308 have no variance in float64
            step = (other.mean - self.mean) + (other.rest - self.rest)
            mean, rest = _two_sum(self.mean, self.rest + step * share)
            square = self.square + other.square + step * step * share * self.count
        empty, alone = self.count == 0, other.count == 0
        return type(self)(
            count=count,
            missing=self.missing + other.missing,
            not_finite=self.not_finite + other.not_finite,
            zeros=self.zeros + other.zeros,
            low=np.fmin(self.low, other.low),
            high=np.fmax(self.high, other.high),
            mean=np.where(empty, other.mean, np.where(alone, self.mean, mean)),
            rest=np.where(empty, other.rest, np.where(alone, self.rest, rest)),
            square=np.where(empty, other.square, np.where(alone, self.square, square)),
        )


def _two_sum(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rounded sum and what rounding took away, exactly (Knuth, TAOCP 2, section 4.2.2)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def measure(frame: pl.DataFrame, names: Sequence[str]) -> Numbers:
    """Numbers of one block. Two looks: sums, counts and extremes; then squares around the block's own mean."""
    columns = frame.select(pl.col(name).cast(pl.Float64, strict=False).alias(name) for name in names)
    nulls = np.array([frame[name].null_count() for name in names], np.int64)
    strange = np.array([not np.isfinite(s) for s in _row(columns.select(pl.all().sum()))], bool)
    if strange.any():  # rare: only then is a mask worth its time
        odd = [name for name, s in zip(names, strange, strict=True) if s]
        masked = pl.when(pl.col(odd).is_finite()).then(pl.col(odd)).name.keep()
        columns = columns.with_columns(masked)
    held = _row(columns.select(pl.all().count())).astype(np.int64)
    centre = np.nan_to_num(_row(columns.select(pl.all().mean())), posinf=0.0, neginf=0.0)
    away = [pl.col(name) - value for name, value in zip(names, centre, strict=True)]
    first = _row(columns.select(d.sum() for d in away))
    square = _row(columns.select((d * d).sum() for d in away))
    # + 0.0 makes -0.0 the same as 0.0, whichever came first
    low, high = _row(columns.select(pl.all().min())) + 0.0, _row(columns.select(pl.all().max())) + 0.0
    shift = np.divide(first, held, out=np.zeros(len(names)), where=held > 0)
    with np.errstate(over="ignore", invalid="ignore"):
        mean, rest = _two_sum(centre, shift)
        square = np.maximum(square - first * shift, 0.0)
    constant = low == high  # the rounded mean of equal values may lie a digit beside them
    return Numbers(
        count=held,
        missing=nulls,
        not_finite=len(frame) - nulls - held,
        zeros=_row(columns.select((pl.all() == 0).sum())).astype(np.int64),
        low=low,
        high=high,
        mean=np.where(constant, low, mean),
        rest=np.where(constant, 0.0, rest),
        square=np.where(constant, 0.0, square),
    )


def _row(frame: pl.DataFrame) -> np.ndarray:
    """The one row of a frame as float64; null becomes NaN."""
    return np.array(frame.row(0) if frame.width else (), np.float64)
