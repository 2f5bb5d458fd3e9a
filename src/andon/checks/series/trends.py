"""Sensors whose zero point wanders: a unit's column runs away from what the others let expect, as no other unit's does.

And, as an info, columns that run one way along nearly every unit's record: they tell of age, which is what a network is
to learn of remaining life and what gives it away elsewhere.
"""

from __future__ import annotations

import numpy as np

from andon.checks.facts import Floats
from andon.checks.finding import Finding
from andon.checks.series.levels import span_of
from andon.checks.series.segments import Expected, Segments, expected
from andon.checks.series.spans import Span

UNITS, STRETCHES = 8, 16
"""Units without which there is nobody to compare with, and stretches of each."""
FAR = 5.0
"""Robust deviations from the other units' slopes."""
MOSTLY, TAIL = 0.85, 2.6
"""Times further than so many of the units go: slopes that differ much from unit to unit are how the machine wears."""
SIZE = 0.6
"""Spreads of the column that it wanders over the record at least."""
STEADY = 0.25
"""Share of the whole way that each half must go at least: a step does it all at once, wear towards the end."""
ALIKE = 0.9
"""Share of the units that must run the same way before it is said of the column."""
AGAIN, MODELS = 4, 12
"""Columns of a unit that are taken out one after the other, and forecasts without some columns that are made for it."""


def drifts(cut: Segments, seen: Expected, taken: set[tuple[int, str]]) -> list[Span]:
    """Wandering sensors; `taken` are unit and column of faults found already, which explain what they explain."""
    units = [own for own in cut.of_units() if own.stop - own.start >= STRETCHES]
    if len(units) < UNITS:
        return []
    found: list[Span] = []
    models: dict[tuple[int, ...], tuple[Floats, Expected]] = {(): (_away(units, seen), seen)}
    for number, own in enumerate(units):
        unit = int(cut.unit[own.start])
        out = tuple(sorted(cut.columns.index(name) for one, name in taken if one == unit))
        for _ in range(AGAIN):
            if out not in models:
                if len(models) >= MODELS:
                    break
                model = expected(cut.means, without=out)
                models[out] = (_away(units, model), model)
            away, model = models[out]
            far = np.abs(away[number])
            far[list(out)] = 0.0
            column = int(far.argmax())
            if far[column] < FAR:
                break
            if _steady(model.left[own, column]):
                found.append(span_of(cut, own, "sensor_drift", column, figure=float(_slope(model.left[own])[column])))
            out = tuple(sorted({*out, column}))
    return found


def _slope(values: Floats) -> Floats:
    """How far columns (S, C) run from the first to the last stretch, by least squares (C,)."""
    place = np.linspace(-0.5, 0.5, len(values))
    slope: Floats = place @ values / (place @ place)
    return slope


def _away(units: list[slice], model: Expected) -> Floats:
    """Robust deviations of each unit's slopes from the others', (U, C); 0 where a slope is small."""
    slopes = np.stack([_slope(np.clip(model.left[own], -50, 50)) for own in units])
    usual = slopes - np.median(slopes, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(usual), axis=0), 0.05)
    spread = np.maximum(spread, TAIL * np.quantile(np.abs(usual), MOSTLY, axis=0) / FAR)
    itself = np.stack([_slope(np.clip(model.scaled[own], -50, 50)) for own in units])
    moved = itself * np.sign(usual) > 0.3 * np.abs(usual)  # not only what it is held against
    away: Floats = np.where((np.abs(usual) >= SIZE) & model.moves & moved, usual / spread, 0.0)
    return away


def _steady(left: Floats) -> bool:
    """Does it go on from third to third?"""
    low, middle, high = (float(part.mean()) for part in np.array_split(np.clip(left, -50, 50), 3))
    way = high - low
    return bool(min((middle - low) / way, (high - middle) / way) >= STEADY) if way else False


def ageing(cut: Segments, seen: Expected) -> list[Finding]:
    """Columns that rise, or fall, along nearly every unit's record."""
    units = [own for own in cut.of_units() if own.stop - own.start >= STRETCHES]
    if len(units) < UNITS:
        return []
    slopes = np.stack([_slope(np.clip(seen.scaled[own], -10, 10)) for own in units])
    found = []
    for column in np.flatnonzero(seen.moves).tolist():
        rising = float((slopes[:, column] > 0).mean())
        size = float(np.median(np.abs(slopes[:, column])))
        if max(rising, 1 - rising) >= ALIKE and size >= SIZE:
            way = "rises" if rising > 0.5 else "falls"
            count = round(max(rising, 1 - rising) * len(units))
            found.append(Finding(
                level="info", code="runs_along_units", column=cut.columns[column], rows=int(cut.last.max()) + 1,
                what=f"'{cut.columns[column]}' {way} along the record of {count:,} of {len(units):,} units",
                why="it tells how old a unit's record is: what remaining life is learnt from, and what gives away "
                    "whatever else comes late in a record",
                fix="split by unit or by time, and compare the scores with those of a model without it",
                figures={"share": max(rising, 1 - rising), "size": size},
            ))  # fmt: skip
    return found
