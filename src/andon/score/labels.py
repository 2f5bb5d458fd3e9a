"""Metrics of classes that may apply together: `prob` (N, K), `truth` and `answer` (N, K) bool. D draws, N rows."""

from __future__ import annotations

import numpy as np

from andon.score.metric import Arrays, Weighted, divided, mean_of
from andon.score.ranks import precision_of

SMALLEST = 1e-7


def label_average_precision(arrays: Arrays) -> Weighted | None:
    """Average precision of each class that some rows have and some have not, mean over these classes."""
    prob, truth = arrays["prob"], arrays["truth"]
    parts = [precision_of(prob[:, k], truth[:, k]) for k in range(truth.shape[1]) if 0 < truth[:, k].sum() < len(truth)]
    if not parts:
        return None
    return lambda weights: np.mean([part(weights) for part in parts], axis=0)


def label_f1(arrays: Arrays) -> Weighted | None:
    """F1 of each class that occurs in truth or answers, mean over these classes."""
    truth, answer = arrays["truth"], arrays["answer"]
    used = (truth | answer).any(axis=0)
    if not used.any():
        return None
    right, both = (truth & answer)[:, used].astype(float), (truth.astype(float) + answer)[:, used]

    def weighted(weights: np.ndarray) -> np.ndarray:
        mean: np.ndarray = divided(2 * weights @ right, weights @ both).mean(axis=1)
        return mean

    return weighted


def exact_match(arrays: Arrays) -> Weighted:
    """Share of rows with every class right."""
    return mean_of((arrays["truth"] == arrays["answer"]).all(axis=1).astype(float))


def label_log_loss(arrays: Arrays) -> Weighted:
    """Log loss of each class's yes or no, mean over classes."""
    prob, truth = np.clip(arrays["prob"], SMALLEST, 1 - SMALLEST), arrays["truth"]
    return mean_of(-np.where(truth, np.log(prob), np.log1p(-prob)).mean(axis=1))
