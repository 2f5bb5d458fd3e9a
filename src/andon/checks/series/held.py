"""Sensors that stay at one value, and sensors whose range ends below what they should read.

A sensor that usually moves does not read the same for long: the longest repeat that chance makes follows from the share
of equal neighbours. What it reads again and again while it rests (0 of a machine that stands) is no fault. A range that
ends too soon shows as a maximum (or minimum) that many rows share and hardly any just misses.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from andon.checks.facts import Codes, Floats
from andon.checks.series.pieces import Piece
from andon.checks.series.spans import Span

LEAST = 8
"""Rows of the shortest repeat that is kept; and rows at one end of a window's range that make it worth keeping."""
SHORTEST = 12
MOVES = 0.6
"""Share of equal neighbours above which a column is a setting or a state, which may stay as it is."""
STEPPED = 0.9
"""Share of the rows within long repeats, from which a column is a setting however short the record."""
COUNTS = 0.02
"""Share of the changes that go the other way, up to which a column counts: what it counts may stand still."""
MOST = 4_096
"""Repeats kept per column, the longest ones."""
WINDOW = 64
"""Rows of a window in which the ends of the range are looked at."""
FINE = 0.5
"""Share of different values among the rest of a window, below which a column is written too coarsely to say."""
TESTED = 200
"""Windows after which it is known whether a column is written finely enough."""
REST = 12
"""Readings of a window apart from its end, without which nothing is said of how fine they are."""
OFTEN = 0.25
"""Share of the units from which what looks like a fault is how the machine works."""
AGAIN = 3
"""Repeats of the same value from which it is where a sensor rests."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Rows that read the same: value, length, unit, first and last row of the file, times there."""

    value: float
    length: int
    unit: int
    first: int
    last: int
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Edge:
    """A window whose end of the range many rows share: which end (1: top), its value, how many rows, of how many."""

    side: int
    value: float
    count: int
    rows: int
    unit: int
    first: int
    last: int
    begin: float
    end: float


@dataclass
class Held:
    """Watches one column along a pass."""

    column: str
    pairs: int = 0
    equal: int = 0
    rises: int = 0
    long: int = 0
    "Equal neighbours within kept repeats."
    repeats: list[Repeat] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    units: int = 0
    tested: int = 0
    fine: int = 0
    "Windows with many rows at an end, and those of them whose other readings are all different."

    def see(self, piece: Piece) -> None:
        """Take one piece into account. A repeat that goes across two pieces is two repeats."""
        values = piece.values[self.column]
        self.units = int(piece.numbers[-1]) + 1
        known = np.flatnonzero(~np.isnan(values)) if np.isnan(values).any() else None
        seen = values if known is None else values[known]
        if len(seen) < 2:
            return
        new = piece.edges[:-1] if known is None else np.searchsorted(known, piece.edges[:-1])
        changed = seen[1:] != seen[:-1]
        changed[new[(new > 0) & (new < len(seen))] - 1] = True
        starts = np.r_[0, np.flatnonzero(changed) + 1]
        lengths = np.diff(np.r_[starts, len(seen)])
        self.pairs += len(seen) - len(new)
        self.equal += len(seen) - len(starts)
        self.rises += int((seen[1:] > seen[:-1]).sum())
        places = np.arange(len(values)) if known is None else known
        kept = np.flatnonzero(lengths >= LEAST)
        self.long += int(lengths[kept].sum())
        if self.settled():
            self.repeats, self.edges = [], []
            return
        self._repeats(piece, seen, places, starts[kept], lengths[kept])
        self._ends(piece, seen, places, new)

    def settled(self) -> bool:
        """Is this a setting, a state or a counter rather than a sensor that moves?"""
        return self.pairs > 1000 and self.equal > MOVES * self.pairs

    @property
    def counts(self) -> bool:
        """Does this count up or down, but to begin again?"""
        changes = max(self.pairs - self.equal, 1)
        return min(self.rises, changes - self.rises) <= COUNTS * changes

    def _repeats(self, piece: Piece, seen: Floats, places: Codes, starts: Codes, lengths: Codes) -> None:
        """Keep long repeats."""
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
            first, last = int(places[start]), int(places[start + length - 1])
            self.repeats.append(Repeat(float(seen[start]), length, *_where(piece, first, last)))
        if len(self.repeats) > 2 * MOST:
            self.repeats = sorted(self.repeats, key=lambda one: -one.length)[:MOST]

    def _ends(self, piece: Piece, seen: Floats, places: Codes, new: Codes) -> None:
        """Keep windows whose maximum or minimum many rows share."""
        if self.tested > TESTED and self.fine < 0.05 * self.tested:
            return  # written too coarsely for its ends to say anything
        bounds = np.unique(np.r_[new[new < len(seen)], np.arange(0, len(seen), WINDOW)])
        sizes = np.diff(np.r_[bounds, len(seen)])
        for side in (1, -1):
            ends = (np.maximum if side > 0 else np.minimum).reduceat(seen, bounds)
            counts = np.add.reduceat((seen == np.repeat(ends, sizes)).astype(np.int32), bounds)
            for at in np.flatnonzero((counts >= LEAST) | (counts >= 0.5 * sizes) & (counts >= 4)).tolist():
                part = seen[bounds[at] : bounds[at] + sizes[at]]
                rest = part[part != ends[at]]
                near = int((rest == (rest.max() if side > 0 else rest.min())).sum()) if len(rest) else 0
                self.tested += 1
                fine = len(rest) < REST or len(np.unique(rest)) > FINE * len(rest)
                self.fine += fine
                if fine and counts[at] >= 3 * near + 5:
                    first, last = int(places[bounds[at]]), int(places[bounds[at] + sizes[at] - 1])
                    self.edges.append(Edge(side, float(ends[at]), int(counts[at]), int(sizes[at]),
                                           *_where(piece, first, last)))  # fmt: skip
        if len(self.edges) > 4 * MOST:
            self.edges = sorted(self.edges, key=lambda one: -one.count)[: 2 * MOST]

    def spans(self) -> list[Span]:
        """Stuck and saturated stretches."""
        if self.settled() or self.pairs < 50 or self.counts or self.long > STEPPED * self.pairs:
            return []
        limit = self._limit()
        long = [one for one in self.repeats if one.length >= limit]
        if self.units >= 4 and len({one.unit for one in long}) > OFTEN * self.units:
            long = []  # a counter while the machine stands, say
        values = Counter(one.value for one in self.repeats)
        resting = {value for value, count in values.items() if count >= (AGAIN if value else 2)}
        ends = self._saturated(resting)
        stuck = [one for one in _merged(long) if one.value not in resting]
        stuck = [one for one in stuck if not any(_overlap(end, one) for end in ends)]
        return ends + [
            Span("stuck_sensor", one.unit, one.first, one.last, begin=one.begin, end=one.end, column=self.column,
                 figure=one.value, note=f"{one.value:g}")
            for one in stuck
        ]  # fmt: skip

    def _limit(self) -> float:
        """Rows from which a repeat is none of chance (one in a hundred tables like this has one), and far longer than
        what other units have where the column is written coarsely."""
        share = max(self.equal - self.long, 0) / max(self.pairs - self.long, 1)
        if share <= 0:
            return SHORTEST
        chance = 1 + math.log(max(self.pairs, 10) / 0.01) / -math.log(min(share, 0.99))
        longest: dict[int, int] = {}
        for one in self.repeats:
            longest[one.unit] = max(longest.get(one.unit, 0), one.length)
        usual = 0.0
        if share >= 0.1 and self.units >= 4:
            usual = 3 * float(np.quantile([longest.get(unit, 0) for unit in range(min(self.units, 10_000))], 0.75))
        elif share >= 0.1 and len(self.repeats) > 10:
            usual = 3 * float(sorted(one.length for one in self.repeats)[-10])
        return max(SHORTEST, chance, usual)

    def _saturated(self, resting: set[float]) -> list[Span]:
        """Windows of one unit that share an end of the range, put together; where a single repeat makes most of them,
        the sensor is stuck and not saturated."""
        found: list[Span] = []
        groups: dict[tuple[int, int, float], list[Edge]] = {}
        for one in self.edges:
            groups.setdefault((one.unit, one.side, one.value), []).append(one)
        for windows in groups.values():
            windows.sort(key=lambda one: one.first)
        everywhere = Counter(value for _, _, value in groups)
        longest: dict[tuple[int, float], int] = {}
        for repeat in self.repeats:
            key = repeat.unit, repeat.value
            longest[key] = max(longest.get(key, 0), repeat.length)
        for (unit, side, value), windows in groups.items():
            count, rows = sum(one.count for one in windows), sum(one.rows for one in windows)
            outside = count - longest.get((unit, value), 0)
            floor = value == 0 or (everywhere[value] > OFTEN * self.units and self.units > 3 and value in resting)
            if count < SHORTEST or outside < 6 or floor or count < 0.1 * rows:
                continue
            if not any(one.count <= one.rows - REST for one in windows):
                continue
            found.append(Span(
                "saturated_sensor", unit, windows[0].first, windows[-1].last, begin=windows[0].begin,
                end=windows[-1].end, column=self.column, figure=value, note=f"{'≤' if side > 0 else '≥'} {value:g}",
            ))  # fmt: skip
        return found


def _overlap(span: Span, one: Repeat) -> bool:
    """Do they share rows, or the value, of a unit?"""
    shared = span.first <= one.last and one.first <= span.last
    return span.unit == one.unit and (shared or span.figure == one.value)


def _where(piece: Piece, first: int, last: int) -> tuple[int, int, int, float, float]:
    """Unit, rows of the file and times of a stretch within a piece."""
    unit = int(piece.numbers[np.searchsorted(piece.edges, first, side="right") - 1])
    begin, end = (float(piece.time[at]) if piece.time is not None else np.nan for at in (first, last))
    return unit, int(piece.rows[first]), int(piece.rows[last]), begin, end


def _merged(repeats: list[Repeat]) -> list[Repeat]:
    """Repeats of one value that a border of two pieces parted, put together."""
    out: list[Repeat] = []
    for one in sorted(repeats, key=lambda r: (r.unit, r.first)):
        before = out[-1] if out else None
        if before and before.unit == one.unit and before.value == one.value and 0 <= one.first - before.last <= 2:
            out[-1] = Repeat(
                one.value, before.length + one.length, one.unit, before.first, one.last, before.begin, one.end
            )
        else:
            out.append(one)
    return out
