"""Sensors that read another unit of measurement for a while, and two sensors that were changed over.

Both are judged against what the other columns let expect, so that recipes, loads and wear are no level changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from andon.checks.facts import Floats
from andon.checks.series.segments import Expected, Segments, expected
from andon.checks.series.spans import Span
from andon.checks.units import CONVERSIONS, Conversion

ODD = 5.0
"""Usual sizes of what is left over, from which a stretch is odd."""
LEAST = 6
"""Stretches that a jump lasts at least."""
APART = 8
"""Stretches that may lie between two odd ones: the machine stands, and zero is zero in any unit."""
CLOSER = 0.25
"""Share of the distance that may remain once the conversion is undone."""
NOISE = 6.0
"""Times that short-term noise may differ from what the conversion makes of it."""
RARE = 0.1
"""Share of the units that may show the same, before it is how the machine works."""
ORDERED = 0.85
"""Share of stretches in which one of two columns lies above the other, from which the order means something."""
MOST_PAIRS, MOST_MODELS = 400, 20
"""Pairs of columns that are looked at, and those for which forecasts without them are made."""


@dataclass(frozen=True)
class _Odd:
    """An odd stretch: the unit's stretches, which of them it has, which are odd anywhere, number of the column and
    whether it is a logarithm."""

    unit: slice
    inside: NDArray[np.bool_]
    far: NDArray[np.bool_]
    column: int
    log: bool

    def image(self, meant: Floats, one: Conversion) -> Floats:
        """What is expected in the other unit of measurement; logarithms come and go as such."""
        image: Floats
        if not self.log:
            image = meant * one.factor + one.offset
        else:
            image = np.log(np.maximum(np.exp(np.minimum(meant, 500)) * one.factor + one.offset, 1e-300))
        return image


def unit_jumps(cut: Segments, seen: Expected) -> list[Span]:
    """Stretches of a unit in which a column is the image of what is expected under a known conversion: as it is, and by
    its logarithm where all of it lies above zero, in which a factor is as far for small readings as for large ones."""
    found = _jumps(cut, seen, np.zeros(len(cut.columns), bool))
    above = (np.nan_to_num(cut.means, nan=1.0) > 0).all(axis=0) & seen.moves
    if not above.any():
        return found
    logs = replace(cut, means=np.where(above, np.log(np.where(above, cut.means, 1.0)), cut.means))
    known = {(span.unit, span.column) for span in found}
    more = _jumps(logs, expected(logs.means), above)
    return found + [span for span in more if (span.unit, span.column) not in known]


def _jumps(cut: Segments, seen: Expected, logs: NDArray[np.bool_]) -> list[Span]:
    """The same for means of which some columns (`logs`, (C,)) are logarithms."""
    found: list[Span] = []
    far = np.abs(seen.left) > ODD * seen.usual
    for own in cut.of_units():
        for column in np.flatnonzero(far[own].sum(axis=0) >= LEAST).tolist():
            for start, stop in _runs(far[own, column]):
                span = slice(own.start + start, own.start + stop)
                inside = np.zeros(own.stop - own.start, bool)
                inside[start:stop] = True
                odd = _Odd(own, inside, far[own, column], column, bool(logs[column]))
                fit = _conversion(cut, seen, odd)
                if fit and _rare(cut, seen, span, column):
                    found.append(span_of(cut, span, "unit_jump", column, figure=fit.factor, note=fit.name))
    return found


def _runs(far: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Stretches that are mostly odd: odd ones hardly apart, at least `LEAST`, three fifths of them odd."""
    places = np.flatnonzero(far)
    if len(places) < LEAST:
        return
    for part in np.split(places, np.flatnonzero(np.diff(places) > APART) + 1):
        start, stop = int(part[0]), int(part[-1]) + 1
        if len(part) >= LEAST and len(part) >= 0.6 * (stop - start):
            yield start, stop


def _conversion(cut: Segments, seen: Expected, odd: _Odd) -> Conversion | None:
    """The conversion that brings a stretch nearest to what is expected, if it is near enough and short-term noise is
    larger or smaller by the same factor. What is expected is moved by what the unit's other rows miss it by."""
    column, name = odd.column, cut.columns[odd.column]
    spread = seen.spread[column]
    meant = seen.expected[odd.unit, column] * spread + seen.centre[column]
    read = cut.means[odd.unit, column]
    known = np.isfinite(read)
    rest, here = known & ~odd.far, known & odd.inside
    if here.sum() < LEAST:
        return None
    if rest.sum() >= LEAST:
        meant = meant + np.median(read[rest] - meant[rest])
    away = float(np.median(np.abs(read - meant)[here]))
    if not _sharp(read - meant, known, odd, 0.5 * away):
        return None
    noise = [float(np.median(np.abs(np.diff(read[part])))) if part.sum() >= LEAST else 0.0 for part in (here, rest)]
    best: tuple[float, Conversion] | None = None
    for one in CONVERSIONS:
        if not one.fits(name):
            continue
        size = 1.0 if odd.log else abs(one.factor)
        missed = float(np.median(np.abs(read - odd.image(meant, one))[here]))
        alike = noise[1] * size <= NOISE * noise[0] and (not noise[1] or noise[0] <= NOISE * noise[1] * size)
        near = missed <= min(CLOSER * away, 4 * seen.usual[column] * spread * size)
        if alike and near and (best is None or missed < best[0]):
            best = (missed, one)
    return best[1] if best else None


def _sharp(missed: Floats, known: NDArray[np.bool_], odd: _Odd, least: float) -> bool:
    """Does it begin all at once, as a setting does that somebody changed, soon after the first odd stretch?"""
    start = int(np.argmax(odd.inside))
    near = np.flatnonzero(known[: start + 16])
    near = near[near >= start - 2]
    if start < 2 or len(near) < 4:
        return True
    return bool(np.abs(missed[near][2:] - missed[near][:-2]).max() >= least)


def _rare(cut: Segments, seen: Expected, span: slice, column: int) -> bool:
    """Is what is left over here found in hardly any other unit? A state of the machine that the forecast misses is in
    most of them."""
    here = float(np.median(seen.left[span, column]))
    alike = seen.left[:, column] * np.sign(here) > 0.5 * abs(here)
    counts = np.bincount(cut.unit[alike], minlength=int(cut.unit.max()) + 1)
    counts[cut.unit[span.start]] = 0
    return bool((counts >= 3).sum() <= RARE * len(counts))


def swaps(cut: Segments, seen: Expected) -> list[Span]:
    """Stretches of a unit in which each of two columns reads what is expected of the other."""
    found: list[Span] = []
    units, models = cut.of_units(), 0
    for a, b in _pairs(cut, seen):
        apart = cut.means[:, a] - cut.means[:, b]
        usual = np.nanmedian(apart)
        wrong = np.sign(apart) == -np.sign(usual)
        far = wrong & (np.abs(apart) > 0.3 * abs(usual))
        if not far.any() or models == MOST_MODELS:
            continue
        model: Expected | None = None
        for own in units:
            for start, stop in _runs(far[own]):
                if model is None:
                    model, models = expected(cut.means, without=(a, b)), models + 1
                span = slice(own.start + start, own.start + stop)
                if _exchanged(cut, model, span, a, b):
                    found.append(span_of(cut, span, "swapped_sensors", a, other=cut.columns[b]))
    return found


def _pairs(cut: Segments, seen: Expected) -> list[tuple[int, int]]:
    """Columns that move together at about one level, one of them nearly always above the other; closest pairs first."""
    clipped = np.clip(seen.scaled, -3, 3)
    together = clipped.T @ clipped / len(clipped)
    low, high = np.nan_to_num(np.nanquantile(cut.means, [0.02, 0.98], axis=0))
    ratio = seen.spread / np.where(seen.moves, seen.spread, 1.0)[:, None]
    meet = (low[:, None] <= high) & (low <= high[:, None]) & (ratio > 0.3) & (ratio < 3.3)
    near = np.triu(meet & (together > 0.3) & seen.moves & seen.moves[:, None], 1)
    pairs = []
    for a, b in sorted(np.argwhere(near).tolist(), key=lambda pair: -float(together[pair[0], pair[1]]))[:MOST_PAIRS]:
        apart = cut.means[:, a] - cut.means[:, b]
        above = float((apart > 0).sum() / max(np.isfinite(apart).sum(), 1))
        if max(above, 1 - above) >= ORDERED:
            pairs.append((a, b))
    return pairs


def _exchanged(cut: Segments, model: Expected, span: slice, a: int, b: int) -> bool:
    """Is each nearer to what is expected of the other, and near enough?"""
    read, meant = cut.means[span][:, [a, b]], (model.expected[span] * model.spread + model.centre)[:, [a, b]]
    known = np.isfinite(read).all(axis=1)
    if known.sum() < LEAST:
        return False
    straight = np.median(np.abs(read - meant)[known], axis=0)
    crossed = np.median(np.abs(read - meant[:, ::-1])[known], axis=0)
    usual: Floats = model.usual[[a, b]] * model.spread[[a, b]]
    return bool(
        crossed.sum() < 0.6 * straight.sum() and (crossed < straight).all() and (crossed <= 3 * usual[::-1]).all()
    )


def span_of(
    cut: Segments, span: slice, kind: str, column: int, *, figure: float = 0.0, note: str = "", other: str = ""
) -> Span:
    """A span of stretches."""
    return Span(
        kind, int(cut.unit[span.start]), int(cut.first[span.start]), int(cut.last[span.stop - 1]),
        begin=float(cut.begin[span.start]), end=float(cut.end[span.stop - 1]), column=cut.columns[column],
        figure=figure, note=note, other=other,
    )  # fmt: skip
