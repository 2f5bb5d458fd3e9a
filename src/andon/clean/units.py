"""Rows of a block by unit, and the past of each unit joined in front: what steps that remember share.

Everything is one array operation over all units, whether the block is a table or a single row, and every result
depends on a unit's own earlier values alone: so whole, blocks and rows agree to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from andon.clean.step import UNIT, Block, Memory, rows_of


class Order(Struct, frozen=True):
    """Rows sorted by unit, in their order within each.

    `units` (U,): ids; `rows` (N,): row numbers in sorted order; `place` (N,): index into `units`, in sorted order;
    `starts` (U,): where each unit begins.
    """

    units: np.ndarray
    rows: np.ndarray
    place: np.ndarray
    starts: np.ndarray


def order_of(block: Block) -> Order:
    """Order of a block; without a `__unit__` column all rows are of one unit."""
    rows = rows_of(block)
    if UNIT not in block:
        units = np.zeros(min(rows, 1), np.int64)
        return Order(units, np.arange(rows), np.zeros(rows, np.int64), np.zeros(len(units), np.int64))
    if rows == 1:  # nothing to sort: what a stream of single rows asks for
        nought = np.zeros(1, np.int64)
        return Order(block[UNIT], nought, nought, nought)
    units, inverse = np.unique(block[UNIT], return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    place = inverse[order]
    return Order(units, order, place, np.searchsorted(place, np.arange(len(units))))


def recall(memory: Memory, units: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """What is remembered of each unit, (U, *shape); NaN for a new one."""
    found = np.full((len(units), *shape), np.nan)
    for place, unit in enumerate(units.tolist()):
        if unit in memory:
            found[place] = memory[unit]
    return found


def remember(memory: Memory, units: np.ndarray, past: np.ndarray) -> None:
    """Write back."""
    for place, unit in enumerate(units.tolist()):
        memory[unit] = past[place].copy()


class Sequences(Struct, frozen=True):
    """The finite values of one column, unit after unit, each with its past in front.

    `values` (S,); `new` (n,): where the block's own finite values are in it; `rank` (n,): how many values of the same
    unit stand before each; `starts`, `ends` (U,).
    """

    values: np.ndarray
    new: np.ndarray
    rank: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    def windows(self, width: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Pairs of positions in `new` and their last `width` values, (k, m), oldest first; m < `width` only where a
        unit has no more values yet."""
        size = np.minimum(self.rank + 1, width)
        for m in np.unique(size).tolist():
            at = np.flatnonzero(size == m)
            yield at, self.values[self.new[at][:, None] + np.arange(1 - m, 1)]

    def past(self, length: int) -> np.ndarray:
        """The last `length` values of each unit, (U, length), NaN in front where there are fewer."""
        place = self.ends[:, None] + np.arange(-length, 0)
        there = place >= self.starts[:, None]
        return np.where(there, self.values[np.where(there, place, 0)] if len(self.values) else np.nan, np.nan)


def sequences(values: np.ndarray, place: np.ndarray, past: np.ndarray) -> Sequences:
    """Join finite `values` (n,) of units `place` (n,), sorted by unit, with each unit's `past` (U, K)."""
    held = np.isfinite(past)
    before = held.sum(axis=1)
    count = np.bincount(place, minlength=len(past))
    ends = np.cumsum(before + count)
    starts = ends - before - count
    rank = np.arange(len(values)) - (np.cumsum(count) - count)[place] + before[place]
    joined = np.empty(len(values) + int(before.sum()))
    old = np.nonzero(held)[0]
    joined[starts[old] + np.arange(len(old)) - (np.cumsum(before) - before)[old]] = past[held]
    new = starts[place] + rank
    joined[new] = values
    return Sequences(joined, new, rank, starts, ends)
