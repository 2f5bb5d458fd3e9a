"""`Roll`: whose histories a stream still knows. Units come and go for months, and what is remembered stays bounded.

A life that is over is forgotten as soon as a later life of its unit begins. Beyond `most` histories those that were
silent longest are forgotten. A block of rows is answered whole before anything is forgotten, and the names of what was
forgotten last are kept (`NAMES`), so that a row that would go on with it says so instead of beginning anew.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from typing import Self

import numpy as np

from andon.clean.step import TIME, UNIT
from andon.encode.block import Block
from andon.encode.pasts import History

WHOSE, LIVES = "__whose__", "__life__"
"""Of each row of a block its unit whatever its life (int64), and the number of its life (float64; NaN: between two)."""
MOST_BYTES, LEAST, PLAIN = 128 << 20, 1_000, 100_000
"""What histories may take, how many there may be at the least, and how many where only cleaning remembers."""
NAMES = 100_000
OVER = "a later life of its unit has begun, and this one is forgotten"
FORGOTTEN = "its unit was silent so long that its history is forgotten"
LATE = "a later row of this unit was seen before"
SPAN = 1 << 40
"""More than any number of lives."""


def most_of(history: History | None) -> int:
    """How many histories a stream remembers."""
    if history is None:
        return PLAIN
    rows = history.kept + history.first
    return max(LEAST, MOST_BYTES // max(1, rows * len(history.columns) * history.dtype.itemsize))


class Roll:
    """`heard`: last time and unit of each history, that which was silent longest first; `newest`: per unit its history
    and the number of its life; `gone`: per unit that was forgotten its last time and the number of its life."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.heard: OrderedDict[int, tuple[float, int]] = OrderedDict()  # whose beginning is found at once
        self.newest: dict[int, tuple[int, float]] = {}
        self.gone: OrderedDict[int, tuple[float, float]] = OrderedDict()

    def refused(self, block: Block, gap: float | None) -> dict[int, str]:
        """Rows that would go on with what is forgotten, and why. After a hole of more than `gap` a history begins anew
        in any case."""
        found = dict.fromkeys(np.flatnonzero(self._older(block)).tolist(), OVER)
        if not self.gone or UNIT not in block:
            return found
        owners = _owners(block)
        for owner in set(owners.tolist()) & self.gone.keys():
            for row in np.flatnonzero(owners == owner).tolist():
                last, life = self.gone[owner]
                if row in found or (WHOSE in block and math.isnan(block[LIVES][row])):
                    continue
                time = float(block[TIME][row]) if TIME in block else math.nan
                if (WHOSE in block and block[LIVES][row] > life) or (gap is not None and time - last > gap):
                    break  # it begins anew
                found[row] = LATE if time <= last else FORGOTTEN
                self.gone[owner] = (max(last, time) if time == time else last, life)
        return found

    def _older(self, block: Block) -> np.ndarray:
        """Mask of the rows whose unit has begun a later life before them; rows without a time are of none."""
        if WHOSE not in block or not len(block[WHOSE]):
            return np.zeros(0, bool)
        lives = np.where(np.isnan(block[TIME]), math.nan, block[LIVES]) if TIME in block else block[LIVES]
        if len(lives) == 1:  # what a stream of single rows asks for
            return np.asarray(lives < self._life(int(block[WHOSE][0])))
        units, place = np.unique(block[WHOSE], return_inverse=True)
        number = np.where(np.isnan(lives), 0, lives + 1).astype(np.int64)
        known = np.array([self._life(unit) + 1 for unit in units.tolist()], np.int64)
        order = np.argsort(place, kind="stable")
        line = place[order] * SPAN + number[order]
        reached = np.maximum(np.maximum.accumulate(line), place[order] * SPAN + known[place[order]])
        mask = np.zeros(len(place), bool)
        mask[order] = (number[order] > 0) & (line < reached)
        return mask

    def _life(self, owner: int) -> float:
        """The number of the last life of a unit that is known; -1: none."""
        return self.newest[owner][1] if owner in self.newest else self.gone.get(owner, (0.0, -1.0))[1]

    def call(self, block: Block) -> list[int]:
        """Note the rows that were taken in, in their order; the histories that are to be forgotten now."""
        if UNIT not in block:
            return []
        rows = len(block[UNIT])
        last = np.zeros(rows, np.int64)  # row of each history
        if rows > 1:
            last = np.sort(rows - 1 - np.unique(block[UNIT][::-1], return_index=True)[1])
        units, owners = block[UNIT][last].tolist(), _owners(block)[last].tolist()
        times = block[TIME][last].tolist() if TIME in block else [math.nan] * len(units)
        lives = block[LIVES][last].tolist() if WHOSE in block else [0.0] * len(units)
        over: list[int] = []
        for unit, time, owner, life in zip(units, times, owners, lives, strict=True):
            self.heard[unit] = (time, owner)
            self.heard.move_to_end(unit)
            if math.isnan(life):
                continue
            before = self.newest.get(owner)
            if before is not None and before[0] != unit:
                over.append(before[0])
                self.heard.pop(before[0], None)
            self.newest[owner] = (unit, life)
            self.gone.pop(owner, None)
        while len(self.heard) > self.most:
            unit, (time, owner) = self.heard.popitem(last=False)
            over.append(unit)
            if owner in self.newest and self.newest[owner][0] == unit:
                self.gone[owner] = (time, self.newest.pop(owner)[1])
        while len(self.gone) > NAMES:
            self.gone.popitem(last=False)
        return over

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it as plain arrays, to be kept."""
        heard, newest = list(self.heard.values()), list(self.newest.values())
        return {
            "heard": _whole(self.heard), "time": np.array([t for t, _ in heard], np.float64),
            "owner": _whole(o for _, o in heard), "units": _whole(self.newest),
            "newest": _whole(u for u, _ in newest), "life": np.array([n for _, n in newest], np.float64),
            "gone": _whole(self.gone), "gone_time": np.array([t for t, _ in self.gone.values()], np.float64),
            "gone_life": np.array([n for _, n in self.gone.values()], np.float64),
        }  # fmt: skip

    @classmethod
    def of(cls, most: int, kept: Mapping[str, np.ndarray]) -> Self:
        """From what `arrays` gave."""
        found = cls(most)
        if kept:
            plain = {name: array.tolist() for name, array in kept.items()}
            found.heard.update(zip(plain["heard"], zip(plain["time"], plain["owner"], strict=True), strict=True))
            found.newest = dict(zip(plain["units"], zip(plain["newest"], plain["life"], strict=True), strict=True))
            gone = zip(plain["gone_time"], plain["gone_life"], strict=True)
            found.gone.update(zip(plain["gone"], gone, strict=True))
        return found


def _owners(block: Block) -> np.ndarray:
    """The unit of each row, whatever its life."""
    return block[WHOSE] if WHOSE in block else block[UNIT]


def _whole(values: object) -> np.ndarray:
    """Whole numbers of 64 bits."""
    return np.array(list(values), np.int64)  # type: ignore[call-overload]
