"""Maps beside masks: does a map lie where the defect is?

Area under the ROC curve over all pixels, and under the curve of overlap: the mean share of each defect region that is
found, against the share of good pixels that are called bad, up to 30 % of those, over 0.3 (PRO: Bergmann et al. 2021,
"The MVTec Anomaly Detection Dataset", section 4.3).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec import Struct
from scipy import ndimage

LEVELS, MOST_FALSE = 4096, 0.3
"""Thresholds that are tried, evenly over 0 … 1, and the largest share of good pixels called bad that counts."""


class Pixels(Struct, frozen=True, kw_only=True):
    """Areas under both curves (0 … 1; None where there are no pixels of both kinds), and what they were measured on."""

    auroc: float | None
    pro: float | None
    pictures: int
    regions: int


def pixels(pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> Pixels:
    """Maps of values in 0 … 1 and boolean masks, both (height, width), one pair after the other: memory stays flat."""
    good, bad = np.zeros(LEVELS), np.zeros(LEVELS)
    overlap, regions, pictures = np.zeros(LEVELS), 0, 0
    for where, mask in pairs:
        pictures += 1
        level = np.minimum((where * LEVELS).astype(np.int64), LEVELS - 1)
        good += np.bincount(level[~mask], minlength=LEVELS)
        if not mask.any():
            continue
        named, count = ndimage.label(mask, structure=np.ones((3, 3)))
        inside = np.bincount(named[mask] * LEVELS + level[mask], minlength=(count + 1) * LEVELS)
        inside = inside.reshape(count + 1, LEVELS)[1:]
        bad += inside.sum(axis=0)
        overlap += (inside / inside.sum(axis=1, keepdims=True)).sum(axis=0)
        regions += count
    if not regions or not good.sum():
        return Pixels(auroc=None, pro=None, pictures=pictures, regions=regions)
    false = _from_top(good) / good.sum()
    found = _from_top(bad) / bad.sum()
    shares = _from_top(overlap) / regions
    inside_limit = np.append(false[false < MOST_FALSE], MOST_FALSE)
    pro = np.trapezoid(np.interp(inside_limit, false, shares), inside_limit) / MOST_FALSE
    return Pixels(auroc=float(np.trapezoid(found, false)), pro=float(pro), pictures=pictures, regions=regions)


def _from_top(counts: np.ndarray) -> np.ndarray:
    """Counts per level -> counts at or above each threshold, from the highest down, beginning at nought."""
    return np.concatenate([[0.0], np.cumsum(counts[::-1])])
