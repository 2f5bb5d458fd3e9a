"""How strongly one column says another: rank and table measures that need no fit and no library."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from andon.checks.facts import Codes, Floats

BINS = 64
"""Bins of a column of numbers; a column with at most as many different values keeps them as they are."""


def ranks(values: Floats) -> Floats:
    """Mid-ranks (ties share their mean rank), from 0; no NaN may be inside."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts) - 1.0
    shared: Floats = (last - (counts - 1) / 2)[where]
    return shared


def auroc(values: Floats, positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve of a column as a score, by the Mann-Whitney count; NaN rows are left out."""
    known = ~np.isnan(values)
    chosen, hits = values[known], positive[known]
    num_hits = int(hits.sum())
    num_rest = len(hits) - num_hits
    if not num_hits or not num_rest:
        return 0.5
    return float((ranks(chosen)[hits].sum() - num_hits * (num_hits - 1) / 2) / (num_hits * num_rest))


def binned(values: Floats) -> Codes:
    """Numbers as codes: own values if few, else `BINS` bins of equal share. NaN gets a code of its own."""
    known = ~np.isnan(values)
    distinct = np.unique(values[known])
    if len(distinct) > BINS:
        cuts = np.unique(np.quantile(values[known], np.arange(1, BINS) / BINS))
    else:
        cuts = distinct
    codes = np.searchsorted(cuts, values, side="right").astype(np.int64)
    codes[~known] = len(cuts) + 1
    return codes


def table_skill(codes: Codes, classes: Codes) -> float:
    """Share of the errors of "always the most frequent class" that vanish when each row gets the most frequent class
    of the *other* rows with its code (leave one out, so that a code seen once explains nothing). 1: perfect."""
    counts = np.zeros((int(codes.max(initial=0)) + 1, int(classes.max(initial=0)) + 1))
    np.add.at(counts, (codes, classes), 1)
    usual = int(counts.sum(0).argmax())
    base = counts[:, usual].sum() / max(counts.sum(), 1)
    right = 0.0
    top = counts.argmax(1)
    group = np.arange(len(counts))
    best = counts[group, top]
    others = counts.copy()
    others[group, top] = -1
    second = others.max(1)
    right += best[
        (best - 1 > second) & (best > 1)
    ].sum()  # only rows of the top class can stay right without themselves
    alone = (counts.sum(1) == 1) & (top == usual)
    right += alone.sum()
    return float((right / max(counts.sum(), 1) - base) / (1 - base)) if base < 1 else 0.0


def table_r2(codes: Codes, target: Floats) -> float:
    """Share of the target's variance that vanishes when each row gets the mean of the other rows with its code."""
    size = np.bincount(codes)
    total = np.bincount(codes, weights=target)
    num, mean = size[codes], (total / np.maximum(size, 1))[codes]
    missed = np.where(num > 1, (target - mean) * num / np.maximum(num - 1, 1), target - target.mean())
    spread = float(((target - target.mean()) ** 2).sum())
    return float(1 - (missed**2).sum() / spread) if spread > 0 else 0.0


def resolution(values: Floats) -> float:
    """Step in which a column is written down (0.01 for two digits); 0 if it looks continuous."""
    distinct = np.unique(values)
    if len(distinct) < 3:
        return 0.0
    gaps = np.diff(distinct)
    step = float(np.quantile(gaps, 0.02))
    if step <= 0:
        return 0.0
    off = np.abs(gaps / step - np.round(gaps / step))
    return step if float((off < 0.01).mean()) > 0.98 and len(distinct) < len(values) / 2 else 0.0


def last_digit(values: Floats) -> float:
    """What the last written digit counts (0.01 for two behind the point), by some of the values; 0 beyond the sixth."""
    some = values[:512]
    return next((10.0**-n for n in range(7) if np.allclose(some, some.round(n), rtol=1e-12, atol=1e-9)), 0.0)


@dataclass(frozen=True, slots=True)
class Line:
    """`column = slope * target + start`, and the share of rows for which that holds to half a written step."""

    slope: float
    start: float
    share: float


def computed_from(column: Floats, target: Floats, *, slack: float = 1.05) -> Line:
    """Whether a column is the target times a constant plus another, up to the rounding of its written digits.

    Half a step of rounding must be small against the column's spread, and against what the line moves it by, else
    everything would fit, as would a sensor that hardly ever leaves its place. Few different rows miss the line by more
    than half a step: give them `slack` (times it).
    """
    step = resolution(column) or last_digit(column)
    spread = float(np.subtract(*np.quantile(column, [0.99, 0.01])))
    near = max(0.5 * step, 1e-6 * spread)
    if spread <= 0 or near > 0.1 * spread:
        return Line(0.0, 0.0, 0.0)
    keep = np.ones(len(column), bool)
    slope = start = 0.0
    for _ in range(3):
        centre = target[keep].mean()
        moved = target[keep] - centre
        scatter = float((moved**2).sum())
        if scatter <= 0:
            return Line(0.0, 0.0, 0.0)
        slope = float((moved * column[keep]).sum() / scatter)
        start = float(column[keep].mean() - slope * centre)
        missed = np.abs(column - slope * target - start)
        keep = missed <= max(2 * near, float(np.quantile(missed, 0.9)))
    if abs(slope) * float(np.subtract(*np.quantile(target, [0.99, 0.01]))) <= 2 * near:
        return Line(0.0, 0.0, 0.0)
    return Line(slope, start, float((missed <= slack * near + 1e-9 * spread).mean()))


def may_follow(column: Floats, target: Floats) -> bool:
    """Whether it is worth while to ask `computed_from`: a quick look at some of the rows, extreme ones pulled in."""
    some, wanted = column[:512], target[:512]
    some = np.clip(some, *np.quantile(some, [0.01, 0.99]))
    one, two = some - some.mean(), wanted - wanted.mean()
    return float(one @ two) ** 2 > 0.5 * float(one @ one) * float(two @ two)


def total_variation(left: Codes, right: Codes) -> float:
    """Half the summed difference of two distributions over codes: the share of rows that would have to change."""
    width = int(max(left.max(initial=0), right.max(initial=0))) + 1
    one, two = (np.bincount(codes, minlength=width) / max(len(codes), 1) for codes in (left, right))
    return float(np.abs(one - two).sum() / 2)


def kolmogorov(left: Floats, right: Floats) -> float:
    """Largest distance of two distribution functions (Kolmogorov-Smirnov); NaN rows are left out."""
    one, two = np.sort(left[~np.isnan(left)]), np.sort(right[~np.isnan(right)])
    if not len(one) or not len(two):
        return 0.0
    at = np.concatenate([one, two])
    apart = np.searchsorted(one, at, side="right") / len(one) - np.searchsorted(two, at, side="right") / len(two)
    return float(np.abs(apart).max())


def kolmogorov_within(ordered: Floats, odd: NDArray[np.bool_]) -> float:
    """The same between the odd ones of values that come in rising order and the rest, ten times as fast: nothing is
    sorted. Both must have some."""
    some = int(odd.sum())
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)  # the last of each run of equals
    seen = np.cumsum(odd)[ends]
    return float(np.abs(seen / some - (ends + 1 - seen) / (len(ordered) - some)).max())
