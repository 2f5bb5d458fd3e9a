"""Cuts rows by time: what comes later judges what was learnt from what came before."""

from __future__ import annotations

import numpy as np

from andon.split.parts import PURGED


def cut(time: np.ndarray, shares: list[float], gap: float) -> np.ndarray:
    """Part number per row: the earliest rows are part 0, the latest the last; rows of one moment are never parted.

    Sizes are right within the rows of one moment. A row closer than `gap` (in the unit of `time`) before a later part
    is purged (255). No entry of `time` may be NaN.
    """
    order = np.argsort(time, kind="stable")
    ordered = time[order]
    moments = np.append(np.flatnonzero(np.diff(ordered, prepend=np.nan) != 0), len(order))
    edges = _snap(np.cumsum(shares[:-1]) * len(order), moments, shares)
    parts = np.empty(len(order), np.int64)
    parts[order] = np.searchsorted(edges, np.arange(len(order)), side="right")
    return purge(parts, time, gap)


def _snap(edges: np.ndarray, moments: np.ndarray, shares: list[float]) -> np.ndarray:
    """Move each cut to the nearest change of moment; a part with a share keeps at least one moment where it can."""
    found: list[int] = []
    low = 0
    for number, edge in enumerate(edges):
        least = low + (1 if shares[number] > 0 else 0)
        still = sum(share > 0 for share in shares[number + 1 :])
        most = max(len(moments) - 1 - still, least)
        place = int(np.abs(moments - edge).argmin())
        low = min(max(place, least), most, len(moments) - 1)
        found.append(int(moments[low]))
    return np.asarray(found, np.int64)


def purge(parts: np.ndarray, time: np.ndarray, gap: float) -> np.ndarray:
    """Purge the rows of each part that lie closer than `gap` before the beginning of a later one."""
    if gap <= 0:
        return parts
    parts = parts.copy()
    later = np.inf
    for part in range(int(parts.max(initial=0)), -1, -1):
        inside = parts == part
        if inside.any():
            begins = float(time[inside].min())
            parts[inside & (time > later - gap)] = PURGED
            later = min(later, begins)
    return parts


def fold(time: np.ndarray, folds: int, number: int) -> np.ndarray:
    """Forward chaining: 0 the rows before the fold, 1 the fold itself, 255 what comes after it.

    The rows are cut into `folds + 1` blocks of time; fold `i` is block `i + 1`, so that every fold has a past to learn
    from and none learns from its future. The folds are disjoint and cover all rows after the first block.
    """
    blocks = cut(time, [1 / (folds + 1)] * (folds + 1), 0.0)
    return np.where(blocks == number + 1, 1, np.where(blocks <= number, 0, PURGED))
