"""`Span`: a stretch of one unit's rows with one fault; spans of one kind and column become one finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from andon.checks.finding import Finding
from andon.checks.series.words import of_clock, of_sensor
from andon.checks.walk import FIRST

SHOWN = 3
"""Places that a finding spells out."""


@dataclass(frozen=True, slots=True)
class Span:
    """One fault: its `kind`, the number of the unit among those seen, first and last row of the file, and the times
    there (ticks of `Clocked`). `column` is empty where the clock is at fault; `other` is the second sensor of two that
    were changed over; `figure` is what the sentence shows (a value, a factor, an offset in seconds)."""

    kind: str
    unit: int
    first: int
    last: int
    begin: float = np.nan
    end: float = np.nan
    column: str = ""
    other: str = ""
    figure: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Named:
    """How units and times are spelt: names of the units by number (none: one series without a unit's column), and
    whether times are dates (µs since 1970), numbers, or missing."""

    units: list[str]
    time: str = ""
    dates: bool = False

    def moment(self, tick: float) -> str:
        """A time as people write it, to the minute where seconds are zero."""
        if not self.dates:
            return f"{tick:g}"
        text = str(np.datetime64(int(tick), "us").astype("datetime64[s]")).replace("T", " ")
        return text.removesuffix(":00") if text.endswith(":00") else text

    def place(self, span: Span) -> str:
        """Unit, first and last time (rows where there is no time)."""
        if self.time and np.isfinite(span.begin):
            stretch = f"{self.moment(span.begin)} – {self.moment(span.end)}"
        else:
            stretch = f"№ {span.first:,} – {span.last:,}"
        first, _, last = stretch.partition(" – ")
        stretch = first if first == last else stretch
        held = f"'{self.units[span.unit]}' {stretch}" if self.units else stretch
        return held + (f" ({span.note})" if span.note else "")


def joined(spans: Iterable[Span], named: Named) -> list[Finding]:
    """One finding per kind and column: how many places in how many units, the first few spelt out."""
    kin: dict[tuple[str, str, str], list[Span]] = {}
    for span in sorted(spans, key=lambda one: (one.first, one.last)):
        kin.setdefault((span.kind, span.column, span.other), []).append(span)
    found = []
    for (kind, column, other), same in kin.items():
        units = len({span.unit for span in same})
        where = _where(same, units, named)
        words = of_sensor(kind, column, other, where) if column else of_clock(kind, named.time, where)
        found.append(Finding(
            level=words.level, code=kind, column=column or named.time, what=words.what, why=words.why, fix=words.fix,
            rows=sum(span.last - span.first + 1 for span in same), first_rows=[span.first for span in same[:FIRST]],
            unit=named.units[same[0].unit] if named.units and units == 1 else "",
            figures={"places": float(len(same)), "units": float(units), "figure": same[0].figure},
            columns=[column, other] if other else [],
        ))  # fmt: skip
    return found


def _where(same: list[Span], units: int, named: Named) -> str:
    """The places in words."""
    shown = ", ".join(named.place(span) for span in same[:SHOWN])
    places = len(same)
    if places <= SHOWN:
        return shown
    if units == 1:
        return f"{places:,} places, as {shown}"
    return f"{places:,} places in {units:,} units, as {shown}"
