"""Metrics of how well a score sorts rows. Sorted once; every draw is then a running sum over weights. Ties are right:
rows with equal scores enter together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from andon.score.counts import num_classes
from andon.score.metric import Arrays, Weighted, divided


def roc_auc(arrays: Arrays) -> Weighted | None:
    """Chance that a row of the positive class has a higher score than another, ties counting half (Hanley & McNeil
    1982). More than two classes: each against the rest, mean over the classes that occur."""
    return _per_class(arrays, _auc)


def average_precision(arrays: Arrays) -> Weighted | None:
    """Precision at each row of the positive class, averaged (no interpolation; a row counts for itself). More than two
    classes: each against the rest, mean over the classes that occur."""
    return _per_class(arrays, precision_of)


def _per_class(arrays: Arrays, metric: Callable[[np.ndarray, np.ndarray], Weighted]) -> Weighted | None:
    """The positive class alone if there are two classes, else the mean over classes; None if only one occurs."""
    prob, truth, classes = arrays.get("prob"), arrays["truth"], num_classes(arrays)
    if prob is None:
        return None
    if classes == 2:
        positive = arrays.get("positive")
        wanted = [1 if positive is None else int(positive)]
    else:
        wanted = list(range(classes))
    parts = [metric(prob[:, k], truth == k) for k in wanted if 0 < (truth == k).sum() < len(truth)]
    if not parts:
        return None
    return lambda weights: np.mean([part(weights) for part in parts], axis=0)


def _auc(score: np.ndarray, positive: np.ndarray) -> Weighted:
    """Weighted AUC: for each positive row the weight of negatives below it, half of those beside it."""
    rows_pos, rows_neg = np.flatnonzero(positive), np.flatnonzero(~positive)
    rows_neg = rows_neg[np.argsort(score[rows_neg], kind="stable")]
    first = np.searchsorted(score[rows_neg], score[rows_pos], side="left")
    past = np.searchsorted(score[rows_neg], score[rows_pos], side="right")
    tied = bool((first != past).any())

    def weighted(weights: np.ndarray) -> np.ndarray:
        running = np.zeros((len(weights), len(rows_neg) + 1))
        np.cumsum(weights[:, rows_neg], axis=1, out=running[:, 1:])
        own = weights[:, rows_pos]
        won = np.einsum("dp,dp->d", own, running[:, first])
        if tied:
            won = (won + np.einsum("dp,dp->d", own, running[:, past])) / 2
        return divided(won, own.sum(axis=1) * running[:, -1])

    return weighted


def precision_of(score: np.ndarray, positive: np.ndarray) -> Weighted:
    """Weighted average precision: for each positive row the share of positives among the rows at least as high."""
    order = np.argsort(-score, kind="stable")
    falling, is_positive = -score[order], positive[order]
    places = np.flatnonzero(is_positive)
    rows_pos = order[places]
    past_all = np.searchsorted(falling, falling[places], side="right") - 1
    past_pos = np.searchsorted(falling[places], falling[places], side="right") - 1

    def weighted(weights: np.ndarray) -> np.ndarray:
        own = weights[:, rows_pos]
        above = np.cumsum(weights[:, order], axis=1)[:, past_all]
        caught = np.cumsum(own, axis=1)
        return divided(np.einsum("dp,dp->d", own, divided(caught[:, past_pos], above)), caught[:, -1])

    return weighted
