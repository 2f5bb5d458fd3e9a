"""Counts, extremes and moments of number columns, as arrays with one entry per column.

Moments merge by Chan, Golub & LeVeque (1979, "Updating formulae and a pairwise algorithm for computing sample
variances"). Differs from the paper: the mean is kept in two float64 parts (Dekker 1971), so that a column at
1e9 with a spread of 1 loses no digits to the merging.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    """Numbers of one block, in two looks: sums, counts and extremes; then moments around the block's own mean."""
    columns = frame.select(pl.col(name).cast(pl.Float64, strict=False).alias(name) for name in names)
    nulls = np.array([frame[name].null_count() for name in names], np.int64)
    first = _look(columns, _FIRST)
    strange = ~np.isfinite(first[0])
    if strange.any():  # rare: only then is a mask worth its time
        odd = [name for name, s in zip(names, strange, strict=True) if s]
        columns = columns.with_columns(pl.when(pl.col(odd).is_finite()).then(pl.col(odd)).name.keep())
        first = _look(columns, _FIRST)
    total, low, high, zeros, held = first
    with np.errstate(over="ignore", invalid="ignore"):
        centre = np.nan_to_num(np.divide(total, held, out=np.zeros(len(names)), where=held > 0), posinf=0.0, neginf=0.0)
        away = columns.select(pl.col(name) - value for name, value in zip(names, centre.tolist(), strict=True))
        rest, variance = _look(away, _SECOND)
        mean, rest = _two_sum(centre, np.divide(rest, held, out=np.zeros(len(names)), where=held > 0))
        square = np.where(held > 0, variance * held, 0.0)
    constant = low == high  # the rounded mean of equal values may lie a digit beside them
    return Numbers(
        count=held.astype(np.int64),
        missing=nulls,
        not_finite=len(frame) - nulls - held.astype(np.int64),
        zeros=zeros.astype(np.int64),
        low=low + 0.0,  # -0.0 becomes 0.0, whichever came first
        high=high + 0.0,
        mean=np.where(constant, low, mean) + 0.0,
        rest=np.where(constant, 0.0, rest),
        square=np.where(constant, 0.0, square),
    )


_FIRST: tuple[Callable[[pl.Expr], pl.Expr], ...] = (
    pl.Expr.sum, pl.Expr.min, pl.Expr.max, lambda x: (x == 0).sum(), pl.Expr.count,
)  # fmt: skip
_SECOND: tuple[Callable[[pl.Expr], pl.Expr], ...] = (pl.Expr.sum, lambda x: x.var(ddof=0))


def _look(columns: pl.DataFrame, facts: Sequence[Callable[[pl.Expr], pl.Expr]]) -> np.ndarray:
    """Facts of each column, float64 of shape (facts, C), null as NaN; asked column by column, while it is in cache."""
    asked = [
        fact(pl.col(name)).alias(f"{place}.{number}")
        for place, name in enumerate(columns.columns)
        for number, fact in enumerate(facts)
    ]
    found = columns.select(asked).row(0) if asked else ()
    return np.array(found, np.float64).reshape(-1, len(facts)).T
