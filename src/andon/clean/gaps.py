"""Carrying values over gaps, along the rows of each unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from andon.clean.step import TIME, Block
from andon.clean.units import Order


@dataclass(frozen=True)
class Gaps:
    """For each row, sorted by unit: `last`, the place of the last value of its unit at or before it (-1: none in this
    block); `age`, how many rows ago that was, the block before included (NaN: never)."""

    order: Order
    last: np.ndarray
    age: np.ndarray

    @classmethod
    def find(cls, values: np.ndarray, order: Order, past: np.ndarray) -> Self:
        """`values` (N,) sorted by unit; `past` (U, 2): value and age at the end of the unit's block before."""
        here = np.arange(len(values))
        start = order.starts[order.place]
        last = np.maximum.accumulate(np.where(np.isnan(values), -1, here)) if len(values) else here
        last = np.where(last >= start, last, -1)
        age = np.where(last >= 0, here - last, past[order.place, 1] + (here - start + 1))
        return cls(order, last, age)

    def past(self, values: np.ndarray, past: np.ndarray) -> np.ndarray:
        """Last value and its age at the end of this block, (U, 2)."""
        ends = np.append(self.order.starts, len(values))[1:] - 1
        last = self.last[ends]
        value = np.where(last >= 0, values[np.maximum(last, 0)], past[:, 0])
        return np.stack([value, self.age[ends]], axis=1)


def carry(values: np.ndarray, gaps: Gaps, before: np.ndarray, limit: int) -> np.ndarray:
    """The last value fills what follows, `limit` rows at most (0: all). `before` (U,): values of the block before."""
    previous = np.where(gaps.last >= 0, values[np.maximum(gaps.last, 0)], before[gaps.order.place])
    near = gaps.age <= limit if limit else np.ones(len(values), bool)
    return np.where(np.isnan(values) & near, previous, values)


def join(values: np.ndarray, filled: np.ndarray, gaps: Gaps, order: Order, block: Block, limit: int) -> np.ndarray:
    """A straight line in time over gaps whose both ends stand in this block; other gaps keep what `filled` has.

    It needs the value after the gap, so a row that comes alone can't have it: there it is `previous`. Without a time
    column, or where times do not rise, rows are taken as evenly spaced.
    """
    rows = np.arange(len(values))
    ends = np.append(order.starts, len(values))[1:][order.place]
    after = np.minimum.accumulate(np.where(np.isnan(values), len(values), rows)[::-1])[::-1] if len(values) else rows
    inside = np.isnan(values) & (gaps.last >= 0) & (after < ends)
    if limit:
        inside &= gaps.age <= limit
    at = np.flatnonzero(inside)
    left, right = gaps.last[at], after[at]
    share = (at - left) / (right - left)
    if TIME in block:
        time = block[TIME][order.rows]
        span, gone = time[right] - time[left], time[at] - time[left]
        share = np.divide(gone, span, out=share, where=(span > 0) & (gone >= 0) & (gone <= span))
    out = filled.copy()
    out[at] = values[left] + share * (values[right] - values[left])
    return out
