"""Rows of units, in time, to their histories: one kernel for a whole table, a block of a stream or a single row.

A history begins with a unit (or a life of one) and again after a gap in time. In one flat array the rows of a unit
follow those that are remembered of it, and windows are views of that.
"""

from __future__ import annotations

import numpy as np

from andon.clean.step import TIME
from andon.clean.units import Order, order_of
from andon.encode.block import Arrays, Block
from andon.encode.derived import STEP, derived
from andon.encode.pasts import History, Pasts
from andon.encode.windows import Windows

SERIES, FIRST, AGE = "series", "first", "(age)"


def encoded(history: History, pasts: Pasts | None, block: Block) -> Arrays:
    """`series` and `first` (Windows) and `(age)` (N,) of a block: so called that no column bears its name.

    `block` has `__unit__` (absent: one unit) and `__time__` (absent: rows are counted); rows come in any order of
    units, and within a unit each is later than the one before it (`Pasts.late` names the others). Histories go on from
    `pasts` and move it on; without it the block is a table of its own and nothing is remembered.
    """
    order = order_of(block)
    past = Pasts(history) if pasts is None else pasts
    slots = past.slots_of(order.units)
    time = block[TIME][order.rows] if TIME in block else None
    spans = _Spans(past, slots, order, time)
    if history.turns or history.waves:
        block = derived(block, history.turns, history.waves)
    if history.counters:
        block = block | {f"{name}{STEP}": block[name] for name in history.counters}
    values = side_by_side([block[name] for name in history.columns], history.dtype)[order.rows]
    laid = _Laid(past, slots, spans)
    laid.fill(values)
    if history.counters:
        laid.step()
    if pasts is not None and len(values):
        laid.remember()
    return laid.arrays(order)


def side_by_side(columns: list[np.ndarray], dtype: np.dtype | type[np.float64]) -> np.ndarray:
    """Columns (N,) -> (N, C). For a single row it is much faster than `numpy.stack`."""
    found = np.empty((len(columns[0]), len(columns)), dtype)
    for place, column in enumerate(columns):
        found[:, place] = column
    return found


class _Spans:
    """Which history each row belongs to. All arrays are in the order of units; n rows, U units.

    `starts`, `ends` (U,): where the rows of a unit are; `place` (n,): its number; `age` (n,): rows of the history
    before the row; `new` (n,): whether its history began in this block; `before` (U,): rows before the block of the
    history that a unit's first row belongs to; `begun`, `since` (n,): when the history began, and the time since then.
    """

    def __init__(self, past: Pasts, slots: np.ndarray, order: Order, time: np.ndarray | None) -> None:
        self.place, self.starts, self.time = order.place, order.starts, time
        places = np.arange(len(order.rows))
        self.ends = np.append(order.starts, len(places))[1:]
        old, anew = past.age[slots], np.zeros(len(places), bool)
        anew[self.starts] = old == 0
        if time is not None and past.history.gap is not None:
            anew |= time - past.times_before(time, order, past.time[slots]) > past.history.gap
        begin = places
        if len(places) > len(slots):
            begin = places * anew
            begin[self.starts] = self.starts
            begin = np.maximum.accumulate(begin)
        self.new, self.before = anew[begin], np.where(anew[self.starts], 0, old)
        self.age = places - begin + np.where(self.new, 0, old[self.place])
        if time is None:
            self.begun, self.since = np.zeros(len(places)), self.age.astype(np.float64)
        else:
            self.begun = np.where(self.new, time[begin], past.begun[slots[self.place]])
            self.since = time - self.begun


class _Laid:
    """The flat array, and where in it each row of the block (`last`) and the beginning of its history (`begin`) are.

    Some rows of any content; the first rows of units whose beginning lies far back (`heads`: unit, place); then unit by
    unit the rows remembered of it (`held`) and, from `at` on, those of the block. They are copied unit by unit: slices
    are faster than one gather.
    """

    def __init__(self, past: Pasts, slots: np.ndarray, spans: _Spans) -> None:
        self.past, self.slots, self.spans = past, slots.tolist(), spans
        history, before = past.history, spans.before.tolist()
        first, place = history.first, max(history.steps, history.first)
        self.held = [min(rows, history.kept) for rows in before]
        self.heads: list[tuple[int, int]] = []
        for unit, rows in enumerate(before) if first else ():
            if rows > history.kept:
                self.heads.append((unit, place))
                place += first
        self.at = []
        for held, start, end in zip(self.held, spans.starts.tolist(), spans.ends.tolist(), strict=True):
            place += held
            self.at.append(place)
            place += end - start
        self.last = (np.array(self.at, np.int64) - spans.starts)[spans.place] + np.arange(len(spans.place))
        self.begin = self.last - spans.age
        for unit, head in self.heads:
            rows = slice(spans.starts[unit], spans.ends[unit])
            self.begin[rows][~spans.new[rows]] = head
        self.flat = np.empty((place, past.rows.shape[2]), history.dtype)

    def fill(self, values: np.ndarray) -> None:
        """Put down the rows of the block (n, C) and what is remembered."""
        past, kept, first = self.past, self.past.rows.shape[1], self.past.history.first
        for unit, head in self.heads:
            self.flat[head : head + first] = past.head[self.slots[unit]]
        for slot, at, held in zip(self.slots, self.at, self.held, strict=True):
            if held:
                self.flat[at - held : at] = past.rows[slot, kept - held :]
        self.flat[self.last] = values

    def step(self) -> None:
        """Counters: what was added since the row before; where they start again, what they have come to since."""
        columns = self.past.history.columns
        fresh = self.spans.age == 0
        for name in self.past.history.counters:
            now = self.flat[self.last, columns.index(name)]
            step = now - self.flat[self.last - 1, columns.index(name)]
            step = np.where(step < 0, now, step)
            self.flat[self.last, columns.index(f"{name}{STEP}")] = np.where(fresh, np.nan, step)

    def remember(self) -> None:
        """Move the pasts on."""
        past, spans, slots = self.past, self.spans, self.slots
        newest, first, old = spans.ends - 1, self.past.history.first, self.past.age[slots].tolist()
        ages = (spans.age[newest] + 1).tolist()
        past.room_for(max(ages))
        kept = past.rows.shape[1]
        for slot, age, last in zip(slots, ages, self.last[newest].tolist(), strict=True):
            held = min(age, past.history.kept)
            past.rows[slot, kept - held :] = self.flat[last + 1 - held : last + 1]
        for unit, new in enumerate(spans.new[newest].tolist()):
            if new or old[unit] < first:
                begin, known = self.begin[newest[unit]], min(first, ages[unit])
                past.head[slots[unit], :known] = self.flat[begin : begin + known]
        past.age[slots], past.begun[slots] = ages, spans.begun[newest]
        if spans.time is not None:
            past.time[slots] = spans.time[newest]

    def arrays(self, order: Order) -> Arrays:
        """Windows and ages of the block's rows, as they came."""
        history, last, begin, age, since = self.past.history, self.last, self.begin, self.spans.age, self.spans.since
        if len(last) > 1:
            back = np.empty(len(last), np.int64)
            back[order.rows] = np.arange(len(last))
            last, begin, age, since = last[back], begin[back], age[back], since[back]
        found: Arrays = {SERIES: Windows(self.flat, last, age, history.steps)}
        if history.first:
            known = np.minimum(age, history.first - 1)
            found[FIRST] = Windows(self.flat, begin + known, known, history.first)
        if history.age:
            found[AGE] = since
        return found
