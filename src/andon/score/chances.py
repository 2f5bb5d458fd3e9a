"""Metrics of probabilities: are they right, and are they as sure as they should be?"""

from __future__ import annotations

import numpy as np

from andon.score.metric import Arrays, Weighted, mean_of

BINS = 15
"""Bins of the calibration error (Guo et al. 2017, arXiv:1706.04599)."""


def log_loss(arrays: Arrays) -> Weighted | None:
    """Mean `-log p(truth)`, p kept above the smallest step of its type as scikit-learn does."""
    prob = arrays.get("prob")
    if prob is None:
        return None
    least = np.finfo(prob.dtype).eps if prob.dtype.kind == "f" else np.finfo(float).eps
    own = prob[np.arange(len(prob)), arrays["truth"]].astype(float)
    return mean_of(-np.log(np.clip(own, least, 1 - least)))


def brier(arrays: Arrays) -> Weighted | None:
    """Mean squared distance of the probabilities from the truth; two classes: of the positive one's alone, so that it
    lies in [0, 1] there and in [0, 2] beyond (Brier 1950)."""
    prob, truth = arrays.get("prob"), arrays["truth"]
    if prob is None:
        return None
    distance = ((prob.astype(float) - np.eye(prob.shape[1])[truth]) ** 2).sum(axis=1)
    return mean_of(distance / 2 if prob.shape[1] == 2 else distance)


def brier_most(arrays: Arrays) -> float:
    """Its value where the wrong class is always certain."""
    return 1.0 if arrays["prob"].shape[1] == 2 else 2.0


def ece(arrays: Arrays) -> Weighted | None:
    """Expected calibration error: |sureness - share right| of the likeliest class in equal bins of sureness, weighted
    by rows (Guo et al. 2017, equation 3)."""
    prob = arrays.get("prob")
    if prob is None:
        return None
    sure, right = prob.max(axis=1).astype(float), prob.argmax(axis=1) == arrays["truth"]
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    order = np.argsort(bins, kind="stable")
    _, starts = np.unique(bins[order], return_index=True)
    gap = (sure - right)[order]

    def weighted(weights: np.ndarray) -> np.ndarray:
        per_bin = np.add.reduceat(weights[:, order] * gap, starts, axis=1)
        share: np.ndarray = np.abs(per_bin).sum(axis=1) / weights.sum(axis=1)
        return share

    return weighted


def reliability(prob: np.ndarray, truth: np.ndarray, *, bins: int = 10) -> list[dict[str, float]]:
    """The reliability curve of the likeliest class: bins that hold equally many rows, each with its lowest, highest and
    mean sureness, the share that was right, and its rows. Equal sureness is never cut apart."""
    sure, right = prob.max(axis=1), prob.argmax(axis=1) == truth
    edges = np.unique(np.quantile(sure, np.linspace(0, 1, bins + 1)))
    place = np.clip(np.searchsorted(edges, sure, side="right") - 1, 0, max(len(edges) - 2, 0))
    curve = []
    for number in np.unique(place):
        inside = place == number
        curve.append({
            "low": float(sure[inside].min()), "high": float(sure[inside].max()), "mean": float(sure[inside].mean()),
            "share": float(right[inside].mean()), "rows": int(inside.sum()),
        })  # fmt: skip
    return curve
