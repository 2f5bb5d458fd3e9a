"""How unlike good parts each tile of a picture is, by figures that need no training: where a label of a whole picture
does not say which of hundreds of tiles shows the defect, learning begins with those that stand out.

Figures of a tile (T, h, w[, 3]): its brightest and darkest spot and its roughness against the mean of their
neighbourhood, at three scales; their logarithms, less what is usual in the same picture.
"""

from __future__ import annotations

import numpy as np

SCALES = 3
"""Pixels of 2, 4 and 8 a side."""
AROUND = 2
"""Cells to each side that make up a neighbourhood."""
TINY = 1e-3


def figures(tiles: np.ndarray) -> np.ndarray:
    """(T, h, w[, 3]) -> (T, 9), each 0 in the middle tile of the picture."""
    values = tiles.astype(np.float32) if tiles.ndim == 3 else tiles.mean(axis=3, dtype=np.float32)
    found = []
    for _ in range(SCALES):
        values = _halved(values)
        apart = values - _local(values)
        found += [apart.max(axis=(1, 2)), -apart.min(axis=(1, 2)), apart.std(axis=(1, 2))]
    logs = np.log(np.maximum(np.stack(found, axis=1), TINY))
    centred: np.ndarray = logs - np.median(logs, axis=0)
    return centred


def novelty(found: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Of figures (T, F) how far the farthest lies out, (T,), in spreads (F,) of good pictures' tiles."""
    far: np.ndarray = (found / np.maximum(spread, TINY)).max(axis=1)
    return far


def _halved(values: np.ndarray) -> np.ndarray:
    """Means of two by two cells."""
    rows = values[:, 0::2] + values[:, 1::2]
    mean: np.ndarray = (rows[:, :, 0::2] + rows[:, :, 1::2]) * 0.25
    return mean


def _local(values: np.ndarray) -> np.ndarray:
    """Mean of the neighbourhood of each cell, its edges mirrored."""
    wide = np.pad(values, ((0, 0), (AROUND, AROUND), (AROUND, AROUND)), mode="symmetric")
    side, (tall, across) = 2 * AROUND + 1, values.shape[1:]
    down = wide[:, :tall].copy()
    for i in range(1, side):
        down += wide[:, i : i + tall]
    total = down[:, :, :across].copy()
    for i in range(1, side):
        total += down[:, :, i : i + across]
    total /= side**2
    return total
