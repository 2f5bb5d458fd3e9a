"""The reference in NumPy of the scaling that the graph does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np


def apply_scaling(array: np.ndarray, scaling: Mapping[str, Any]) -> np.ndarray:
    """Scaled array, float32.

    Numbers (N, C) float64 become (N, C + masks): gaps (NaN) are 0, and each column that had gaps in training adds, in
    their order, a column that is 1 where it has one. All arithmetic is in float64, the cast comes last. Pictures keep
    their shape.
    """
    method = scaling["method"]
    if method == "pixels":
        return np.asarray(array.astype(np.float32) * np.float32(scaling["factor"]))
    values = np.asarray(array, np.float64)
    if method == "quantile":
        values = np.stack([_to_normal(values[:, c], knots) for c, knots in enumerate(scaling["knots"])], axis=1)
    elif method != "none":
        values = (values - np.asarray(scaling["center"], np.float64)) / np.asarray(scaling["spread"], np.float64)
        if method == "log":
            values = np.sign(values) * np.log1p(np.abs(values))
    gaps = np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)
    filled = np.where(gaps, 0.0, values).astype(np.float32)
    shown = np.flatnonzero(scaling.get("missing", []))
    return np.concatenate([filled, gaps[:, shown].astype(np.float32)], axis=1) if len(shown) else filled


def _to_normal(values: np.ndarray, knots: Sequence[float]) -> np.ndarray:
    """Ranks between the knots, as normal quantiles; flat beyond them.

    A value that several knots share has the mean of their levels. The outermost levels are half a step from 0 and 1.
    """
    places, inverse = np.unique(np.asarray(knots, np.float64), return_inverse=True)
    count = len(knots)
    level = np.linspace(0.0, 1.0, count) if count > 1 else np.array([0.5])
    mean = np.bincount(inverse, weights=level) / np.bincount(inverse)
    end = 0.5 / max(count, 2)
    normal = np.array([NormalDist().inv_cdf(p) for p in mean.clip(end, 1 - end)])
    return np.asarray(np.interp(values, places, normal))
