"""Rows of units, in time, to their histories: one kernel for a whole table, a block of a stream or a single row.

A history begins with a unit (or a life of one) and again after a gap in time. Of each unit a stream remembers the last
rows and the first ones, how many there were and when the history began: no more, however long it lives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from andon.clean.units import order_of
from andon.encode.block import Arrays, Block
from andon.encode.windows import Windows

UNIT, TIME = "__unit__", "__time__"
SERIES, FIRST, AGE = "series", "first", "age"


class History(Struct, frozen=True, kw_only=True):
    """How histories are laid out. Kept in `state/encoding.json`."""

    columns: list[str]
    "Columns that windows hold, in order."
    coded: int = 0
    "How many of them, at the end, are categories by their codes: settings that tell a regime."
    steps: int
    "Rows of a window, the row itself included."
    gap: float | None = None
    "A history begins anew after more than this: seconds, or the time column's own unit."
    first: int = 20
    "Rows at the beginning of a history that say what is usual for the unit; 0: none are kept."
    exact: bool = False
    "Whether magnitudes ask for float64."
    age: bool = True
    "Whether the time since a history began is an input."


@dataclass
class Past:
    """What is remembered of one unit."""

    head: np.ndarray
    "The first rows of its history (at most `first`, C)."
    rows: np.ndarray
    "Its last rows (at most steps - 1, C)."
    age: int = 0
    "Rows of the history so far."
    begun: float = np.nan
    "Time of its first row."
    time: float = np.nan
    "Time of its last row."


Pasts = dict[int, Past]


def encoded(history: History, pasts: Pasts, block: Block) -> tuple[Arrays, dict[int, str]]:
    """`series` and `first` (Windows) and `age` (N,) of a block, and the rows that come too late.

    `block` has `__unit__` (absent: one unit) and `__time__`; rows come in any order of units, and within a unit a row
    that is not later than the one before it is left to itself: its reason is given and nothing remembers it.
    """
    values = np.stack([block[name] for name in history.columns], axis=1).astype(_dtype(history), copy=False)
    time = block.get(TIME)
    order = order_of(block)
    ends = [*order.starts[1:].tolist(), len(order.rows)]
    late: dict[int, str] = {}
    laid = _Laid(history, values)
    for unit, start, end in zip(order.units.tolist(), order.starts.tolist(), ends, strict=True):
        rows = order.rows[start:end]
        past = pasts.get(unit) or Past(values[:0], values[:0])
        if time is not None:
            rows, refused = _in_time(rows, time, past)
            late |= refused
        ages, since = _ages(history, None if time is None else time[rows], past, len(rows))
        pasts[unit] = laid.add(rows, ages, since, past)
    return laid.arrays(), late


class _Laid:
    """The flat array that grows unit by unit, and where in it each row of the block ends up."""

    def __init__(self, history: History, values: np.ndarray) -> None:
        self.history, self.values = history, values
        front = max(history.steps, history.first)
        self.pieces = [np.full((front, values.shape[1]), np.nan, values.dtype)]
        self.filled = front
        self.last, self.age = np.zeros(len(values), np.int64), np.zeros(len(values), np.int64)
        self.begin = np.zeros(len(values), np.int64)
        self.since = np.zeros(len(values))

    def add(self, rows: np.ndarray, ages: np.ndarray, since: np.ndarray, past: Past) -> Past:
        """Lay out a unit's first rows, its last ones and these; what is to be remembered of it afterwards."""
        if not len(rows):
            return past
        history, own = self.history, self.values[rows]
        places = np.arange(len(rows))
        at = self.filled + len(past.head) + len(past.rows)
        self.pieces += [past.head, past.rows, own]
        self.last[rows], self.age[rows], self.since[rows] = at + places, ages, since
        begun = places - ages  # negative: before this block, where the head lies
        self.begin[rows] = np.where(begun >= 0, at + begun, self.filled)
        if history.first and (short := np.flatnonzero((begun < 0) & (past.age < history.first))).size:
            # the head goes on into this block: lay the two side by side once more
            self.filled = at + len(rows)
            self.pieces += [past.head, own[: short[-1] + 1]]
            self.begin[rows[short]] = self.filled
            self.filled += len(past.head) + len(short)
        else:
            self.filled = at + len(rows)
        start = int(begun[-1])
        head = own[start : start + history.first] if start >= 0 else np.concatenate([past.head, own])[: history.first]
        kept = (
            np.concatenate([past.rows, own])[len(past.rows) + len(own) - (history.steps - 1) :]
            if (len(past.rows) + len(own) >= history.steps)
            else np.concatenate([past.rows, own])
        )
        # copies: a view would keep the whole block alive
        return Past(head.copy(), kept.copy(), int(ages[-1]) + 1, past.begun, past.time)

    def arrays(self) -> Arrays:
        """Windows and ages of the block's rows."""
        flat, history = np.concatenate(self.pieces), self.history
        found: Arrays = {SERIES: Windows(flat, self.last, self.age, history.steps)}
        if history.first:
            known = np.minimum(self.age, history.first - 1)
            found[FIRST] = Windows(flat, self.begin + known, known, history.first)
        if history.age:
            found[AGE] = self.since
        return found


def _dtype(history: History) -> type[np.floating]:
    return np.float64 if history.exact else np.float32


def _in_time(rows: np.ndarray, time: np.ndarray, past: Past) -> tuple[np.ndarray, dict[int, str]]:
    """The rows of a unit that are later than all before them, and why the others are not answered."""
    moments = time[rows]
    before = np.fmax.accumulate(np.concatenate([[past.time], moments]))[:-1]
    good = ~(moments <= before) & ~np.isnan(moments)
    if good.all():
        return rows, {}
    why = np.where(np.isnan(moments), "its time is missing", np.where(
        moments == before, "a row of this unit and time was seen before", "a later row of this unit was seen before"
    ))  # fmt: skip
    return rows[good], {int(row): str(reason) for row, reason in zip(rows[~good], why[~good], strict=True)}


def _ages(history: History, moments: np.ndarray | None, past: Past, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows since the history began (count,), and time since then (rows where there is no time); moves `past` on."""
    if not count:
        return np.zeros(0, np.int64), np.zeros(0)
    places = np.arange(count)
    if moments is None:
        ages = past.age + places
        return ages, ages.astype(np.float64)
    new = np.zeros(count, bool)
    new[0] = past.age == 0
    if history.gap is not None:
        new |= np.diff(moments, prepend=past.time) > history.gap  # false for NaN: a new unit has no gap
    latest = np.maximum.accumulate(np.where(new, places, -1))
    ages = np.where(latest >= 0, places - latest, past.age + places)
    begun = np.where(latest >= 0, moments[np.maximum(latest, 0)], past.begun)
    past.begun, past.time = float(begun[-1]), float(moments[-1])
    return ages, moments - begun
