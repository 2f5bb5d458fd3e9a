"""`Pasts`: what a stream remembers of each unit's history, side by side in arrays that grow with the units seen.

Of a unit the last rows are kept, the first ones, how many there were, when the history began and when it was last heard
of: no more, however long it lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

import numpy as np
from msgspec import Struct

from andon.clean.step import TIME
from andon.clean.units import Order, order_of
from andon.encode.block import Block


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
    turns: dict[str, float] = {}
    "Columns of the records that hold angles, each with a whole turn; windows hold their sine and cosine."
    waves: list[str] = []
    "Columns of the records that hold waveforms; windows hold figures of them."
    counters: list[str] = []
    "Columns that count; windows hold their steps beside them."
    over: list[str] = []
    "Those of them that begin again where their register is full: their steps alone are looked at."
    several: bool = False
    "Whether a moment may have several rows, which follow each other as they come."

    @property
    def dtype(self) -> np.dtype:
        """That of windows."""
        return np.dtype(np.float64 if self.exact else np.float32)

    @property
    def kept(self) -> int:
        """Rows of a unit that later ones may look at: those of a window, or of a beginning that is not over."""
        return max(self.steps, self.first, 2 if self.counters else 1) - 1

    @property
    def derives(self) -> bool:
        """Whether some of the columns are made of others."""
        return bool(self.turns or self.waves or self.counters)


class Pasts:
    """The pasts of U units, each with a slot of its own; C columns.

    `age` (U,): rows of the history so far; `begun`, `time` (U,): time of its first row and of the last (-inf: none
    yet); `rows` (U, K, C): the last rows, at the right, K up to `history.kept` and as large as any history is old;
    `head` (U, first, C): the first rows. What lies outside a history is of any content.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self.slots: dict[int, int] = {}
        self.free: list[int] = []
        width = len(history.columns)
        self.age, self.begun, self.time = np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
        self.rows = np.empty((0, 0, width), history.dtype)
        self.head = np.empty((0, history.first, width), history.dtype)

    def slots_of(self, units: np.ndarray) -> np.ndarray:
        """The slots of units (U,); new ones get one."""
        slots, found = self.slots, np.empty(len(units), np.int64)
        for place, unit in enumerate(units.tolist()):
            slot = slots.get(unit)
            if slot is None:
                slot = slots[unit] = self.free.pop() if self.free else len(slots)
            found[place] = slot
        if len(slots) > len(self.age):
            self._grow(max(len(slots), 2 * len(self.age)), self.rows.shape[1])
        return found

    def forget(self, units: Iterable[int]) -> None:
        """Let go of the pasts of some units; their slots are for others now."""
        gone = [slot for unit in units if (slot := self.slots.pop(unit, None)) is not None]
        self.free += gone
        self.age[gone], self.begun[gone], self.time[gone] = 0, -np.inf, -np.inf

    def room_for(self, age: int) -> None:
        """Make room for histories that are so old."""
        needed, there = min(age, self.history.kept), self.rows.shape[1]
        if needed > there:
            self._grow(len(self.age), min(self.history.kept, max(needed, 2 * there)))

    def _grow(self, units: int, kept: int) -> None:
        """Larger arrays with the same content."""
        more = units - len(self.age)
        self.age = np.concatenate([self.age, np.zeros(more, np.int64)])
        self.begun, self.time = (np.concatenate([a, np.full(more, -np.inf)]) for a in (self.begun, self.time))
        rows = np.empty((units, kept, self.rows.shape[2]), self.rows.dtype)
        rows[: len(self.rows), kept - self.rows.shape[1] :] = self.rows
        head = np.empty((units, *self.head.shape[1:]), self.head.dtype)
        head[: len(self.head)] = self.head
        self.rows, self.head = rows, head

    def late(self, block: Block) -> dict[int, str]:
        """The rows of a block that have no place in a history, and why: within a unit each must be later than all
        before it, or as late where a moment has several. Nothing is remembered of them."""
        if TIME not in block:
            return {}
        order = order_of(block)
        moments, slots = block[TIME][order.rows], [self.slots.get(unit) for unit in order.units.tolist()]
        last = np.array([-np.inf if slot is None else self.time[slot] for slot in slots])
        before, several = self.times_before(moments, order, last), self.history.several
        odd = ~((moments >= before) if several else (moments > before))  # a missing time is never later
        if not odd.any():
            return {}
        found: dict[int, str] = {}
        for place in np.unique(order.place[odd]).tolist():
            own = order.place == place
            found |= _refused(moments[own], order.rows[own], last[place], several=several)
        return found

    @staticmethod
    def times_before(moments: np.ndarray, order: Order, last: np.ndarray) -> np.ndarray:
        """The time of the row of its unit before each row, in the order of units, of which the `last` (U,) came before
        all of them; -inf where there is none."""
        before = np.empty_like(moments)
        before[1:] = moments[:-1]
        before[order.starts] = last
        return before

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it as plain arrays of U rows, to be kept."""
        count = len(self.slots)
        used = np.fromiter(self.slots.values(), np.int64, count)
        own = {name: getattr(self, name)[used] for name in ("age", "begun", "time", "rows", "head")}
        return {"units": np.fromiter(self.slots, np.int64, count), **own}

    @classmethod
    def of(cls, history: History, arrays: Mapping[str, np.ndarray]) -> Self:
        """From what `arrays` gave."""
        found = cls(history)
        found.slots = {unit: slot for slot, unit in enumerate(arrays["units"].tolist())}
        found.age, found.begun, found.time = arrays["age"], arrays["begun"], arrays["time"]
        found.rows, found.head = arrays["rows"], arrays["head"]
        return found


def _refused(moments: np.ndarray, rows: np.ndarray, time: float, *, several: bool) -> dict[int, str]:
    """The rows of one unit (in the order they came) that are not later than all before them, or `several` as late; it
    was last heard of at `time`."""
    before = np.fmax.accumulate(np.concatenate([[time], moments]))[:-1]
    lost, same = np.isnan(moments), moments == before
    why = np.where(lost, "its time is missing", np.where(
        same, "a row of this unit and time was seen before", "a later row of this unit was seen before"
    ))  # fmt: skip
    odd = lost | ((moments < before) if several else (moments <= before))
    return {int(row): str(reason) for row, reason in zip(rows[odd], why[odd], strict=True)}
