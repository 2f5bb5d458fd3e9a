"""Single readings far from all others, measured so that honest heavy tails stay silent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from andon.checks.facts import Draft, Facts, Floats
from andon.checks.finding import Finding
from andon.checks.values import CODES, stand_in_codes

MANY = 0.005
"""Share of rows from which far readings are a second population or a tail, not outliers."""
FENCE = 7.0
"""Distance from the median in robust standard deviations of the column's own side, on the scale where its tail is
lightest. A normal column of ten million rows reaches 5.4."""
BENT_FENCE = 5.0
"""The same on the asinh scale; a lognormal column of ten million rows reaches 3.9 there, and so do ten thousand rows
of Student's t with three degrees of freedom."""
LIGHT = 1.15
"""Tail weight up to which the linear scale is kept; an exponential tail has 1.2, Student's t of four degrees 1.24."""


@dataclass(frozen=True, slots=True)
class Fences:
    """Readings below `low` or above `high` are far; `gross` ones lie several times further out."""

    low: float
    high: float
    gross_low: float
    gross_high: float


def outliers(facts: Facts) -> list[Finding | Draft]:
    """Far readings of every number column: info, or a warning where they are grossly far."""
    found: list[Finding | Draft] = []
    for column in facts.inputs("number"):
        known = facts.summary.numbers.get(column.name)
        limits = fences(facts.numbers(column.name)) if known else None
        if limits is None or known is None or (known.low >= limits.low and known.high <= limits.high):
            continue
        codes, _, _ = stand_in_codes(facts, column.name)  # told by `values`
        low, high = (
            (limits.low if known.low in codes else known.low),
            (limits.high if known.high in codes else known.high),
        )
        found.append(_draft(column.name, limits, (low, high), codes))
    return found


def fences(values: Floats) -> Fences | None:
    """Fences from a sample, each side by its own quantiles, on a linear or a logarithm-like scale (asinh) where the
    tail calls for it; None where the column has too few different values to tell.

    A column that mostly repeats one value (zero demand) is judged by its other values.
    """
    values = values[~np.isnan(values)]
    values = values[~np.isin(values, CODES)] if len(values) else values
    if len(values) < 50:
        return None
    found, counts = np.unique(values, return_counts=True)
    if counts.max() > 0.3 * len(values):
        values = values[values != found[counts.argmax()]]
    if len(values) < 50 or len(found) < 10:
        return None
    median = float(np.median(values))
    scale = float(np.median(np.abs(values - median)))
    if scale <= 0:
        return None
    above, below = np.maximum(values - median, 0) / scale, np.maximum(median - values, 0) / scale
    wide_above, wide_below = (float(np.quantile(side, 0.95)) for side in (above, below))
    upper, lower = _side(above, wide_below / 2), _side(below, wide_above / 2)
    ends = [median - scale * lower[0], median + scale * upper[0], median - scale * lower[1], median + scale * upper[1]]
    return Fences(*ends)


def _side(above: Floats, least: float) -> tuple[float, float]:
    """Fence and gross fence of one side, in units of the scale, from distances above the median (0 for the others).

    No side counts as narrower (by its 95 % quantile) than `least`: beside a wide other side it may just be empty.
    """
    q90, q95, q99 = (float(q) for q in np.quantile(above, [0.90, 0.95, 0.99]))
    if q90 <= 0:
        return np.inf, np.inf
    tail, reach = _tail(q90, q95, q99), max(q95, least)
    if tail <= LIGHT:
        fence = FENCE * tail**2 * reach / 1.645
        return fence, 2 * fence
    q90, q95, q99 = (float(np.arcsinh(q)) for q in (q90, q95, q99))
    reach = float(np.arcsinh(reach))
    fence = float(np.sinh(min(BENT_FENCE * _tail(q90, q95, q99) ** 2 * reach / 1.645, 700.0)))
    return fence, 5 * fence


def _tail(q90: float, q95: float, q99: float) -> float:
    """How much heavier than normal a tail is, from its quantiles; 1: as light or lighter."""
    return max(1.0, q99 / q95 / 1.414, q95 / q90 / 1.284)


def _draft(name: str, limits: Fences, ends: tuple[float, float], codes: list[float]) -> Draft:
    """The finding for one column whose readings end at `ends`."""
    column = pl.col(name).cast(pl.Float64)
    low, high = ends
    gross = low < limits.gross_low or high > limits.gross_high
    below, above = low < limits.low, high > limits.high
    sides = [f"down to {low:g}"] * below + [f"up to {high:g}"] * above or ["beside the stand-in values"]
    usual = " or ".join([f"below {limits.low:.4g}"] * below + [f"above {limits.high:.4g}"] * above) or "there"
    finding = Finding(
        level="warning" if gross else "info",
        code="outliers",
        column=name,
        what=f"'{name}' has {{rows}} readings ({{share}}) far from all others, {' and '.join(sides)}; "
        f"even a generous view expects nothing {usual}",
        why="a single wild reading can steer scaling and training; it is a sensor fault, a typing error or a rare "
        "event that matters",
        fix="look at these rows; clip them with clean: [{clip: …}], or keep them if real (robust scaling bears them)",
        figures={"low": low, "high": high, "low_fence": limits.low, "high_fence": limits.high},
    )
    mask = ((column < limits.low) | (column > limits.high)) & column.is_finite() & ~column.is_in(codes)
    return Draft(finding, mask, largest_share=MANY)
