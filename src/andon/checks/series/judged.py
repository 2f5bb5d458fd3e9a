"""`series`: one pass over the records unit by unit, and all that is said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from andon.checks.facts import Facts, Floats
from andon.checks.finding import Finding
from andon.checks.series.clock import Clock
from andon.checks.series.held import Held
from andon.checks.series.levels import swaps, unit_jumps
from andon.checks.series.pieces import SHARE, Piece, TurnsTaken, pieces, ticks
from andon.checks.series.rates import PerUnit, single_rows, step_tells
from andon.checks.series.segments import Cut, expected
from andon.checks.series.spans import Named, Span, joined
from andon.checks.series.trends import ageing, drifts
from andon.records.records import Records

MOST_COLUMNS = 600
MOST_CLASSES = 50
LEAST = 100
"""Rows below which nothing is said of sensors."""
MOST_UNITS = 200_000
"""Units from which it is looked whether they have rows at all."""
STRETCHES = 50
"""Stretches of rows below which nothing is said of levels."""


@dataclass
class Seen:
    """Everything that reads along."""

    clock: Clock | None
    held: list[Held]
    cut: Cut
    units: PerUnit
    names: list[str]

    def see(self, piece: Piece) -> None:
        """Hand a piece to all."""
        if self.clock:
            self.clock.see(piece)
        for column in self.held:
            column.see(piece)
        self.units.see(piece)
        if self.cut.columns:
            self.cut.see(piece)


def series(facts: Facts, read: Records | None = None) -> list[Finding]:
    """Findings about clocks, sensors and units of records that have a unit or a time. `read`: the same records as they
    were read, where those of the facts were put in order and cut into lives, after which no clock steps back."""
    if not facts.records.named("unit", "time") or not facts.rows:
        return []
    seen, classes = _walked(facts)
    clocks = seen if read is None else _walked(replace(facts, records=read), sensors=False)[0]
    spans, more = _judged(facts, seen)
    found = joined(_wrong(facts, clocks), _named(facts, clocks.names)) + joined(spans, _named(facts, seen.names)) + more
    found += single_rows(facts, seen.units, seen.names)
    if seen.clock:
        found += step_tells(facts, seen.units, seen.clock.steps, classes)
    return found


def spans_of(facts: Facts) -> tuple[list[Span], list[str]]:
    """Every fault by itself, and the names of the units; for who wants to mark or count them."""
    if not facts.records.named("unit", "time") or not facts.rows:
        return [], []
    seen, _ = _walked(facts)
    return _wrong(facts, seen) + _judged(facts, seen)[0], seen.names


def _wrong(facts: Facts, seen: Seen) -> list[Span]:
    """What is wrong with the clocks: rows may be as far apart as a repair or a change between them took."""
    spans, events = seen.clock.spans() if seen.clock else [], facts.records.events
    if not spans or events is None or events.frame.is_empty():
        return spans
    dtype = facts.records.frame.collect_schema()[str(facts.records.the("time"))]
    told = events.frame.select("unit", moment=pl.Series(ticks(events.frame["time"].cast(dtype))))
    happened = {unit: own["moment"].to_numpy() for (unit,), own in told.group_by("unit")}

    def between(span: Span) -> bool:
        moments = happened.get(seen.names[span.unit], np.empty(0))
        return bool(((span.begin <= moments) & (moments <= span.end)).any())

    return [span for span in spans if span.kind not in ("clock_set", "gap") or not between(span)]


def _walked(facts: Facts, *, sensors: bool = True) -> tuple[Seen, list[str]]:
    """One pass (two where units take turns); and the classes of the target, empty for numbers."""
    records, target = facts.records, facts.target
    classes: list[str] = []
    frame = records.frame
    if target and facts.task == "classification":
        classes = facts.classes()[1][:MOST_CLASSES]
        codes = pl.col(target).cast(pl.String).replace_strict(
            classes, range(len(classes)), default=None, return_dtype=pl.Float64
        )  # fmt: skip
        frame = frame.with_columns(codes.alias(target))
    elif target and records.kind(target) != "number":
        target = None
    held = set(facts.summary.numbers)
    enough = sensors and facts.rows >= LEAST
    columns = [c for c in records.inputs("number") if c in held][:MOST_COLUMNS] if enough else []
    for shares in (0, -(-facts.rows // SHARE)):
        seen = _fresh(facts, columns, target)
        try:
            walk = pieces(
                frame, [*columns, *([target] if target else [])], seen.names, unit=records.the("unit"),
                time=records.the("time"), shares=shares,
            )  # fmt: skip
            for piece in walk:
                seen.see(piece)
                if len(seen.names) > MOST_UNITS and len(seen.names) > 0.5 * sum(seen.units.rows.values()):
                    return _fresh(facts, [], None, units=seen), []  # names of rows, not of units
            break
        except TurnsTaken:
            continue
    return seen, classes


def _fresh(facts: Facts, columns: list[str], target: str | None, *, units: Seen | None = None) -> Seen:
    """Readers that have seen nothing yet, but the units of others."""
    time = facts.records.the("time")
    dates = time is not None and facts.records.kind(time) == "date"
    usable = time is not None and (dates or facts.records.kind(time) == "number")
    level = [name for name in columns if not _wraps(facts.numbers(name))]
    return Seen(
        clock=Clock(dates, facts.records.begins) if usable else None,
        held=[Held(name) for name in columns], cut=Cut(level, facts.rows),
        units=units.units if units else PerUnit(target), names=units.names if units else [],
    )  # fmt: skip


def _wraps(values: Floats) -> bool:
    """Is this an angle around zero, so that a mean of 359 and 1 says nothing?"""
    values = values[np.isfinite(values)]
    if not len(values) or values.min() < 0 or values.max() > 360:
        return False
    ends = float((values < 10).mean()), float((values > 350).mean())
    return min(ends) > 0.001 and sum(ends) > 0.5


def _named(facts: Facts, names: list[str]) -> Named:
    """How units and times are spelt."""
    time = facts.records.the("time") or ""
    return Named(names if facts.records.the("unit") else [], time, bool(time) and facts.records.kind(time) == "date")


def _judged(facts: Facts, seen: Seen) -> tuple[list[Span], list[Finding]]:
    """Faults of sensors, and what runs along all units."""
    spans: list[Span] = []
    for one in seen.held:
        spans += one.spans()
    if not seen.cut.columns or not seen.cut.parts:
        return spans, []
    cut = seen.cut.finish()
    if len(cut.unit) < STRETCHES or not cut.columns:
        return spans, []
    model = expected(cut.means)
    exchanged = [span for span in swaps(cut, model) if not _faulty(spans) & _faulty([span])]
    jumps = [span for span in unit_jumps(cut, model) if not _faulty(exchanged) & _faulty([span])]
    rounded = _faulty(jumps)  # another unit has other digits
    spans = [span for span in spans if (span.unit, span.column) not in rounded] + exchanged + jumps
    counters = {one.column for one in seen.held if one.counts}  # where one begins again says nothing of its zero point
    wandering = [span for span in drifts(cut, model, _faulty(spans)) if span.column not in counters]
    return spans + wandering, ageing(cut, model)


def _faulty(spans: list[Span]) -> set[tuple[int, str]]:
    """Units and columns of spans."""
    return {(span.unit, name) for span in spans for name in (span.column, span.other) if name}
