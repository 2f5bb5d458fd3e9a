"""Clocks: set to another time, summer time, late messages, gaps, odd intervals. Needs the intervals between rows alone.

A unit's step is the median of its intervals. Those that are no multiple of it, that go back, or leave three rows or
more out are kept (`EVENTS` of them at most) and read afterwards: a run of odd ones is a stretch sampled irregularly, a
lone one is a clock that was set, one that goes back and catches up is a message that came late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from andon.checks.facts import Codes, Floats
from andon.checks.series.pieces import Piece
from andon.checks.series.spans import Span

EVENTS = 200_000
OFF = 0.05
"""Share of a step by which an interval may miss a multiple of it."""
GAP = 4.0
"""Steps from one row to the next, from which rows are missing."""
AHEAD = 50
"""Rows within which a clock that goes back has caught up, if it was a late message."""
MANY, DENSE = 12, 0.3
"""Odd intervals that make an irregular stretch, and their least share of its rows."""
NATURAL = 0.3
"""Share of odd intervals from which a unit's rows come as they come: parts, events, not samples."""
UNSORTED = 0.05
"""Share of intervals that go back, from which the rows are in no order of time at all."""
HOUR = 3_600e6
"""µs."""


@dataclass(frozen=True, slots=True)
class Event:
    """An odd interval: the row after it (place within the unit, number in the file), time before and after, step of
    the unit, and after how many rows a clock that went back has caught up by a jump (0: never)."""

    place: int
    row: int
    before: float
    after: float
    step: float
    caught: int

    @property
    def steps(self) -> float:
        """Length in steps of the unit."""
        return (self.after - self.before) / self.step

    @property
    def odd(self) -> bool:
        """No multiple of the step."""
        return abs(self.steps - round(self.steps)) > OFF


@dataclass
class Clock:
    """Reads intervals along a pass. `begins`: rows at which files after the first begin: what one file's clock says of
    another's is nothing. `steps`: per unit its step and how many rows that is of."""

    dates: bool
    begins: Sequence[int] = ()
    steps: dict[int, tuple[float, int]] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    events: dict[int, list[Event]] = field(default_factory=dict)
    odd: dict[int, int] = field(default_factory=dict)
    kept: int = 0
    last: tuple[float, int, int] = (np.nan, 0, 0)
    "Time, place within its unit and file of the last row seen."

    def see(self, piece: Piece) -> None:
        """Take one piece into account."""
        time = piece.time
        assert time is not None
        before = np.r_[self.last[0], time[:-1]]
        before[piece.fresh()] = np.nan
        file = np.searchsorted(self.begins, piece.rows, side="right")
        before[np.diff(file, prepend=self.last[2]) != 0] = np.nan
        interval = time - before
        counts = np.diff(piece.edges)
        step = self._steps(piece, interval, counts)
        place = np.arange(len(time)) - np.repeat(piece.edges[:-1], counts)
        if piece.continued:
            place[: piece.edges[1]] += self.last[1] + 1
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = interval / np.repeat(step, counts)
            odd = np.abs(ratio - np.round(ratio)) > OFF
            told = (interval < 0) | odd | (ratio >= GAP)
            if self.dates:
                told |= np.abs(np.abs(interval - np.repeat(step, counts)) - HOUR) < 1e6
        self._count(piece, odd, counts)
        rows = np.flatnonzero(told & np.isfinite(ratio))[: max(EVENTS - self.kept, 0)]
        self.kept += len(rows)
        owner = piece.unit[rows] if len(rows) else rows
        for row, unit in zip(rows.tolist(), owner.tolist(), strict=True):
            usual, former = self.steps[unit][0], float(before[row])
            caught = _caught(time, row, former, usual) if interval[row] < 0 else 0
            event = Event(int(place[row]), int(piece.rows[row]), former, float(time[row]), usual, caught)
            self.events.setdefault(unit, []).append(event)
        self.last = (float(time[-1]), int(place[-1]), int(file[-1]))

    def _steps(self, piece: Piece, interval: Floats, counts: Codes) -> Floats:
        """The step of each unit in the piece: the median of its intervals, forward or back, of the
        larger share of its rows where an earlier piece had some of them."""
        forward = np.where(interval != 0, np.abs(interval), np.nan)
        code = np.repeat(np.arange(len(counts)), counts)
        order = np.lexsort((forward, code))  # NaN last
        known = np.add.reduceat(np.isfinite(forward), piece.edges[:-1]).astype(np.int64)
        middle = forward[order][np.minimum(piece.edges[:-1] + np.maximum(known - 1, 0) // 2, len(forward) - 1)]
        for unit, step, count in zip(piece.numbers.tolist(), middle.tolist(), known.tolist(), strict=True):
            if count > self.steps.get(unit, (np.nan, 0))[1]:
                self.steps[unit] = (step, count)
        return np.array([self.steps.get(unit, (np.nan, 0))[0] for unit in piece.numbers.tolist()])

    def _count(self, piece: Piece, odd: np.ndarray, counts: Codes) -> None:
        """Rows and odd intervals of each unit."""
        odds = np.add.reduceat(odd.astype(np.int64), piece.edges[:-1])
        for unit, rows, wrong in zip(piece.numbers.tolist(), counts.tolist(), odds.tolist(), strict=True):
            self.rows[unit] = self.rows.get(unit, 0) + rows
            self.odd[unit] = self.odd.get(unit, 0) + wrong

    def natural(self) -> bool:
        """Do rows come as they come in most units, so that nothing can be said of steps?"""
        total = sum(self.rows.values())
        return sum(n for unit, n in self.rows.items() if self.odd[unit] > NATURAL * n) > 0.5 * max(total, 1)

    def spans(self) -> list[Span]:
        """Everything that is wrong with the clocks."""
        natural = self.natural() or self.kept >= EVENTS
        found: list[Span] = []
        for unit, events in self.events.items():
            back = [one for one in events if one.after < one.before]
            if len(back) >= MANY and len(back) > UNSORTED * self.rows[unit]:
                found.append(Span("rows_in_no_order", unit, events[0].row, events[-1].row, begin=events[0].before,
                                  end=events[-1].after))  # fmt: skip
                continue
            if natural or self.odd[unit] > NATURAL * self.rows[unit]:
                found += [_span("time_steps_back", unit, one, rows=one.caught) if one.caught else self._set(unit, one)
                          for one in back]  # fmt: skip
                continue
            found += self._of(unit, events)
        return found

    def _of(self, unit: int, events: list[Event]) -> list[Span]:
        """What a unit's odd intervals mean."""
        irregular, lone = _stretches(events)
        found = [Span("irregular_sampling", unit, a.row, b.row, begin=a.before, end=b.after, figure=a.step)
                 for a, b in irregular]  # fmt: skip
        until, skip = -1, -1
        for number, one in enumerate(lone):
            shift = one.after - one.before - one.step
            if one.place <= until or number == skip:
                continue
            following = lone[number + 1] if number + 1 < len(lone) else None
            if one.after < one.before and one.caught:
                found.append(_span("time_steps_back", unit, one, rows=one.caught))
                until = one.place + one.caught
            elif self.dates and abs(abs(shift) - HOUR) < 2e6 and _summer_time(one.before):
                found.append(_span("summer_time", unit, one, figure=shift / 1e6))
            elif one.after < one.before:
                found.append(self._set(unit, one))
            elif one.odd and following and following.place - one.place <= AHEAD and _undone(one, following):
                skip = number + 1  # one row was stamped early or late, the clock is right
            elif one.odd:
                found.append(self._set(unit, one))
            elif one.steps >= GAP:
                found.append(_span("gap", unit, one, figure=one.steps - 1))
        return found

    def _set(self, unit: int, one: Event) -> Span:
        """A clock that was set: how far."""
        shift = one.after - one.before - one.step
        note = f"{shift / 60e6:+.4g} min" if self.dates else f"{shift:+.4g}"
        return replace(_span("clock_set", unit, one, figure=shift), note=note.replace("-", "−"))


def _caught(time: Floats, row: int, before: float, step: float) -> int:
    """Rows after which time is past `before` again by way of a jump; 0 if it is not within `AHEAD` rows, or if it got
    there step by step, as a clock does that was set back."""
    ahead = time[row : row + AHEAD]
    past = np.flatnonzero(ahead > before)
    if not len(past) or not past[0]:
        return 0
    at = int(past[0])
    return at if ahead[at] - ahead[at - 1] > 1.5 * step else 0


def _undone(one: Event, other: Event) -> bool:
    """Do two odd intervals make a multiple of the step together?"""
    both = one.steps + other.steps
    return other.odd and abs(both - round(both)) <= OFF


def _stretches(events: list[Event]) -> tuple[list[tuple[Event, Event]], list[Event]]:
    """Stretches of many odd intervals (first and last), and the events outside of them."""
    odd = [one for one in events if one.odd]
    stretches: list[tuple[Event, Event]] = []
    start = 0
    for i in range(1, len(odd) + 1):
        if i == len(odd) or odd[i].place - odd[i - 1].place > 10:
            first, last = odd[start], odd[i - 1]
            if i - start >= MANY and i - start >= DENSE * (last.place - first.place + 1):
                stretches.append((first, last))
            start = i
    inside = [one for one in events if any(a.place <= one.place <= b.place for a, b in stretches)]
    return stretches, [one for one in events if one not in inside] if inside else events


def _span(kind: str, unit: int, one: Event, *, rows: int = 1, figure: float = 0.0) -> Span:
    """A span from an event on."""
    return Span(kind, unit, one.row, one.row + rows - 1, begin=one.before, end=one.after, figure=figure)


def _summer_time(tick: float) -> bool:
    """Is this within hours of a change of clocks: the last Sunday of March or October (Europe), the second of March or
    the first of November (North America), or a Sunday of April or October in the south?"""
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=tick)
    if day.weekday() == 5 and day.hour >= 21:
        day += timedelta(days=1)
    if day.weekday() != 6 or (3 < day.hour < 21):
        return False
    week, last = (day.day - 1) // 7, day.day + 7 > (30 if day.month in (4, 6, 9, 11) else 31)
    return {3: last or week == 1, 10: last or week == 0, 11: week == 0, 4: week == 0}.get(day.month, False)
