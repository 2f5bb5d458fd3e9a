"""Unit jumps: some rows of a column are another unit's image of the rest (°C and °F, kPa and bar, a factor 1000).

Two ways to see one. *Mixed*: the column has two heaps, and one is the image of the other under a known conversion.
*Stretch*: a run of rows, or one machine's rows, is the image of the rest though the ranges overlap. Both compare whole
distributions (Kolmogorov-Smirnov), so location, spread and shape must all fit; an honest second regime rarely does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from andon.checks import measure
from andon.checks.facts import Draft, Facts, Floats, floats, percent
from andon.checks.finding import Finding
from andon.checks.values import stand_in_codes

FACTORS = {
    1000.0: ("a factor of 1000, as kilo", ""),
    100.0: ("a factor of 100, as kPa and bar", ""),
    10.0: ("a factor of 10, as MPa and bar", ""),
    1e6: ("a factor of a million, as mega", ""),
    25.4: ("inch and mm", ""),
    2.54: ("inch and cm", r"length|thick|width|height|diam|size|cm|inch|长|厚|宽|径"),
    3.28084: ("m and ft", r"length|height|depth|level|distance|ft|feet|长|高|距"),
    14.5038: ("bar and psi", r"press|bar|psi|压"),
    6.89476: ("psi and kPa", r"press|psi|pa\b|压"),
    2.20462: ("kg and lb", r"weight|mass|load|kg|lb|重|质量"),
    9.80665: ("kgf and N", r"force|load|torque|kgf|力|扭"),
    3.6: ("m/s and km/h", r"speed|velocity|wind|速"),
    9.5493: ("rad/s and rpm", r"speed|rpm|rotat|转速"),
    3.78541: ("US gallon and litre", r"flow|volume|gal|lit|流量|体积"),
    60.0: ("per second and per minute", r"flow|rate|speed|freq|time|流量|速|时"),
}
"""Conversions that people mix up: what they are called, and words of the column names for which alone they are tried
(the more factors are tried everywhere, the more often two honest regimes fit one). Each is tried both ways."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """`odd = factor * usual + offset`."""

    factor: float
    offset: float
    name: str
    words: str = ""
    without: str = ""
    "Words of names for which it is not tried."

    def fits(self, name: str) -> bool:
        """Is it tried for a column of this name?"""
        return (not self.words or bool(re.search(self.words, name, re.I))) and not (
            self.without and re.search(self.without, name, re.I)
        )


NO_TEMPERATURE = (
    r"ppm|humid|moist|press|bar|psi|pa$|force|torque|_kn|_n$|_nm|weight|mass|_kg|_g$|length|width|thick|_mm|_cm|speed"
    r"|strain|应变|rpm|flow|time|_s$|_ms|count|number|pct|percent|volt|amp|power|湿|压|力|重|长|厚|宽|速|流|时|数"
)
"""A column that says another quantity has no degrees in it."""

CONVERSIONS = (
    *(Conversion(factor, 0.0, *told) for factor, told in FACTORS.items()),
    *(Conversion(1 / factor, 0.0, *told) for factor, told in FACTORS.items()),
    Conversion(1.8, 32.0, "°C and °F", without=NO_TEMPERATURE),
    Conversion(1 / 1.8, -32 / 1.8, "°C and °F", without=NO_TEMPERATURE),
    Conversion(1.0, 273.15, "°C and K", without=NO_TEMPERATURE),
    Conversion(1.0, -273.15, "°C and K", without=NO_TEMPERATURE),
)

MOST_UNITS = 200
"""Machines up to which each one's rows are held against the others'."""
LEAST = 30
"""Rows of a heap or stretch below which its distribution says nothing."""


def mixed(facts: Facts) -> list[Finding | Draft]:
    """Columns of two heaps, one the image of the other; from the sample."""
    found: list[Finding | Draft] = []
    for column in facts.inputs("number"):
        if column.name in facts.summary.numbers:
            codes, _, _ = stand_in_codes(facts, column.name)
            heap = _heap(column.name, facts.numbers(column.name), codes)
            if heap:
                found.append(_mixed(column.name, *heap))
    return found


def _heap(name: str, values: Floats, codes: list[float]) -> tuple[float, bool, float, Conversion] | None:
    """Threshold between two heaps, whether the odd one lies above it, its share, and the conversion."""
    values = values[values != 0] if not codes else values[(values != 0) & ~np.isin(values, codes)]
    values = np.sort(values[~np.isnan(values)])  # zeros are the same in all but °C and °F, and often mean "stopped"
    if len(values) < 2 * LEAST or _distinct(values) < LEAST:
        return None
    best: tuple[float, float, bool, float, Conversion] | None = None
    for threshold in _valleys(values):
        cut = int(np.searchsorted(values, threshold, side="right"))
        upper = cut >= len(values) / 2
        odd, usual = (values[cut:], values[:cut]) if upper else (values[:cut], values[cut:])
        fit = conversion_between(name, odd, usual)
        if fit and (best is None or fit[0] < best[0]):
            best = (fit[0], threshold, upper, len(odd) / len(values), fit[1])
    return best[1:] if best else None


def _distinct(ordered: Floats) -> int:
    """Different values of a sorted array."""
    return int((np.diff(ordered) > 0).sum()) + (len(ordered) > 0)


def _valleys(values: Floats, bins: int = 96) -> Iterator[float]:
    """Deep valleys of the density of sorted values, on a linear and, for positive ones, a logarithmic scale."""
    scales = [(values, False)]
    if values[0] > 0:
        scales.append((np.log(values), True))
    for scaled, is_log in scales:
        low, high = float(scaled[0]), float(scaled[-1])
        if not high > low:
            continue
        counts, edges = np.histogram(scaled, bins, (low, high))
        smooth = np.convolve(counts, [0.25, 0.5, 0.25], "same")
        left, right = np.maximum.accumulate(smooth), np.maximum.accumulate(smooth[::-1])[::-1]
        depth = smooth / np.maximum(np.minimum(left, right), 1e-9)
        least = max(LEAST, 0.005 * len(scaled))
        passed = np.cumsum(counts)
        fit = (depth < 0.25) & (passed >= least) & (len(scaled) - passed >= least)
        for start, stop in _runs(fit):
            lowest = start + np.flatnonzero(smooth[start:stop] == smooth[start:stop].min())
            middle = float(edges[lowest[len(lowest) // 2] + 1])
            yield float(np.exp(middle)) if is_log else middle


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and stop of each run of true flags."""
    edges = np.flatnonzero(np.diff(np.r_[0, flags.astype(np.int8), 0]))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def conversion_between(name: str, odd: Floats, usual: Floats) -> tuple[float, Conversion] | None:
    """The conversion under which the usual values have the odd ones' distribution, if any, and the distance that
    remains; both come sorted."""
    if min(len(odd), len(usual)) < LEAST or _distinct(odd) < 10 or _distinct(usual) < 20:
        return None
    allowed = min(0.03 + 1.2 * float(np.sqrt(1 / len(odd) + 1 / len(usual))), 0.15)
    spread_odd, spread_usual = (float(v[int(0.9 * len(v))] - v[int(0.1 * len(v))]) for v in (odd, usual))
    middle_odd, middle_usual = float(odd[len(odd) // 2]), float(usual[len(usual) // 2])
    best: tuple[float, Conversion] | None = None
    for conversion in CONVERSIONS:
        if not 0.75 * spread_odd < abs(conversion.factor) * spread_usual < 1.33 * spread_odd:
            continue
        if abs(middle_usual * conversion.factor + conversion.offset - middle_odd) > 0.5 * spread_odd:
            continue
        if not conversion.fits(name):
            continue
        distance = measure.kolmogorov(odd, usual * conversion.factor + conversion.offset)
        if distance <= allowed and (best is None or distance < best[0]):
            best = (distance, conversion)
    return best


def _says(name: str, odd: str, conversion: Conversion) -> str:
    """The sentence: which rows, which conversion."""
    image = f"times {conversion.factor:.5g}" if conversion.factor != 1 else ""
    image += (
        f"{' ' if image else ''}{'plus' if conversion.offset > 0 else 'minus'} {abs(conversion.offset):.5g}"
        if conversion.offset
        else ""
    )
    return f"'{name}' {odd} looks like the other rows {image}: two units in one column ({conversion.name})"


def _finding(name: str, what: str, conversion: Conversion, **figures: float) -> Finding:
    """A unit jump, in the family's words."""
    return Finding(
        level="warning",
        code="unit_jump",
        column=name,
        what=what,
        why="one state of the machine appears at two places; limits, scaling and the network are wrong for one of them",
        fix=f"convert these rows of '{name}' to one unit where they are written or read",
        figures={"factor": conversion.factor, "offset": conversion.offset, **figures},
    )


def _mixed(name: str, threshold: float, upper: bool, share: float, conversion: Conversion) -> Draft:
    """The finding for two heaps."""
    side = "above" if upper else "below"
    odd = f"{side} {threshold:.4g} ({{rows}} rows, {{share}})"
    finding = _finding(name, _says(name, odd, conversion), conversion, share=share, threshold=threshold)
    column = pl.col(name).cast(pl.Float64)
    far = column.is_finite() & (column != 0) & ((column > threshold) if upper else (column <= threshold))
    return Draft(finding, far, largest_share=0.6)


def stretch(facts: Facts) -> list[Finding]:
    """Runs of rows, or single machines, whose values are the image of the rest; from rows in file order."""
    found: list[Finding] = []
    unit = facts.records.the("unit")
    held = set(facts.ordered.columns)
    units = facts.ordered[unit] if unit in held else None
    machines = _machines(units) if units is not None and units.n_unique() <= MOST_UNITS else []
    for column in facts.inputs("number"):
        if column.name not in held or column.name not in facts.summary.numbers:
            continue
        codes, _, _ = stand_in_codes(facts, column.name)
        values = floats(facts.ordered[column.name])
        values[(values == 0) | np.isin(values, codes)] = np.nan
        order = np.argsort(values, kind="stable")[: int((~np.isnan(values)).sum())]
        ordered = values[order]
        for odd, label in _candidates(values, machines):
            conversion = _image(column.name, ordered, odd[order])
            if conversion:
                found.append(_stretch(facts, column.name, odd, label, conversion))
                break
    return found


def _machines(units: pl.Series) -> list[tuple[object, NDArray[np.int64]]]:
    """Each machine, in file order, and its rows."""
    rows = pl.DataFrame({"unit": units}).with_row_index("row").drop_nulls("unit")
    found = rows.group_by("unit", maintain_order=True).agg("row")
    return [(name, np.array(own, np.int64)) for name, own in found.iter_rows()]


def _image(name: str, ordered: Floats, odd: NDArray[np.bool_]) -> Conversion | None:
    """The conversion between some of the values, which come in rising order, and the rest, if they differ clearly
    without it."""
    if min(int(odd.sum()), int((~odd).sum())) < 2 * LEAST or measure.kolmogorov_within(ordered, odd) < 0.5:
        return None
    fit = conversion_between(name, ordered[odd], ordered[~odd])
    return fit[1] if fit else None


def _candidates(
    values: Floats, machines: list[tuple[object, NDArray[np.int64]]]
) -> Iterator[tuple[NDArray[np.bool_], str]]:
    """Row sets that may be odd: stretches between level changes, and the rows of each machine."""
    known = ~np.isnan(values)
    if known.sum() >= 4 * LEAST and _distinct(np.sort(values[known])) >= LEAST:
        level = np.full(len(values), 0.5)
        level[known] = measure.ranks(values[known]) / known.sum()
        cuts = sorted({0, len(values), *_changes(level, 0, len(values), 4)})
        for start, stop in pairwise(cuts):
            if 0 < stop - start <= 0.5 * len(values):
                odd = np.zeros(len(values), bool)
                odd[start:stop] = True
                yield odd, "in one stretch"
    for name, rows in machines:
        odd = np.zeros(len(values), bool)
        odd[rows] = True
        yield odd, f"of '{name}'"


def _changes(level: Floats, start: int, stop: int, depth: int) -> list[int]:
    """Rows at which the mean level changes most, by binary segmentation (Vostrikova 1981) of ranks."""
    part = level[start:stop]
    if depth == 0 or len(part) < 4 * LEAST:
        return []
    summed = np.cumsum(part - part.mean())[:-1]
    at = int(np.abs(summed).argmax()) + 1
    weight = at * (len(part) - at) / len(part)
    if abs(float(part[:at].mean() - part[at:].mean())) * np.sqrt(weight) < 4 * 0.289:  # 4 sd of uniform ranks
        return []
    return [start + at, *_changes(level, start, start + at, depth - 1), *_changes(level, start + at, stop, depth - 1)]


def _stretch(facts: Facts, name: str, odd: NDArray[np.bool_], label: str, conversion: Conversion) -> Finding:
    """The finding for a stretch or machine; rows are counted on the evenly spaced rows and scaled up."""
    scale = facts.rows / max(len(odd), 1)
    first, last = (int(facts.row_numbers[np.flatnonzero(odd)[i]]) for i in (0, -1))
    rows = round(float(odd.sum()) * scale)
    where = f"{label} of {rows:,} rows (about row {first:,} to {last:,})" if label == "in one stretch" else label
    what = _says(name, where, conversion)
    finding = _finding(name, what, conversion, share=float(odd.mean()), first=float(first), last=float(last))
    return Finding(
        level=finding.level,
        code=finding.code,
        column=name,
        unit=label[4:-1] if label.startswith("of '") else "",
        rows=rows,
        first_rows=[first],
        what=f"{what}; {percent(float(odd.mean()))} of the rows",
        why=finding.why,
        fix=finding.fix,
        figures=finding.figures,
    )
