"""Metrics of decided classes, from the cells of the confusion table. D draws, N rows, K classes, C cells in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from andon.score.metric import Arrays, Weighted, divided, mean_of


@dataclass(frozen=True, slots=True)
class Counts:
    """Weighted counts per draw: rows in all (D,), and per class right, true and answered ones (D, K). `true_classes`
    (K,) says which classes occur in the truth of all rows, `used` which occur at all."""

    rows: np.ndarray
    right: np.ndarray
    true: np.ndarray
    answered: np.ndarray
    true_classes: np.ndarray
    used: np.ndarray


def accuracy(arrays: Arrays) -> Weighted:
    """Share of right answers."""
    return mean_of((decided(arrays) == arrays["truth"]).astype(float))


def balanced_accuracy(arrays: Arrays) -> Weighted:
    """Mean recall of the classes that occur in the truth."""
    return _from_counts(arrays, lambda c: divided(c.right, c.true)[:, c.true_classes].mean(axis=1))


def macro_f1(arrays: Arrays) -> Weighted:
    """Mean F1 of the classes that occur in truth or answers; 0 for a class never right."""
    return _from_counts(arrays, lambda c: divided(2 * c.right, c.true + c.answered)[:, c.used].mean(axis=1))


def recall(arrays: Arrays) -> Weighted | None:
    """Share of the rows of the positive class that were answered so."""
    one = arrays.get("positive")
    return None if one is None else _from_counts(arrays, lambda c: divided(c.right[:, one], c.true[:, one]))


def precision(arrays: Arrays) -> Weighted | None:
    """Share of the answers of the positive class that were right; 0 without such answers."""
    one = arrays.get("positive")
    return None if one is None else _from_counts(arrays, lambda c: divided(c.right[:, one], c.answered[:, one]))


def f1(arrays: Arrays) -> Weighted | None:
    """Harmonic mean of recall and precision of the positive class."""
    one = arrays.get("positive")
    if one is None:
        return None
    return _from_counts(arrays, lambda c: divided(2 * c.right[:, one], c.true[:, one] + c.answered[:, one]))


def mcc(arrays: Arrays) -> Weighted:
    """Matthews correlation coefficient for any number of classes (Gorodkin 2004); 0 where it is not defined."""

    def value(c: Counts) -> np.ndarray:
        right = c.right.sum(axis=1)
        joint = right * c.rows - (c.true * c.answered).sum(axis=1)
        spread = (c.rows**2 - (c.true**2).sum(axis=1)) * (c.rows**2 - (c.answered**2).sum(axis=1))
        return divided(joint, np.sqrt(np.maximum(spread, 0.0)))

    return _from_counts(arrays, value)


def decided(arrays: Arrays) -> np.ndarray:
    """Class numbers answered: the given decisions, else the most probable class."""
    answer = arrays.get("answer")
    return np.asarray(arrays["prob"].argmax(axis=1) if answer is None else answer)


def num_classes(arrays: Arrays) -> int:
    """How many classes there are."""
    prob = arrays.get("prob")
    if prob is not None:
        return int(prob.shape[1])
    return int(max(arrays["truth"].max(), decided(arrays).max())) + 1


def confusion(truth: np.ndarray, answer: np.ndarray, classes: int) -> np.ndarray:
    """Counts (K, K): rows are the truth, columns the answers."""
    return np.bincount(truth * classes + answer, minlength=classes * classes).reshape(classes, classes)


def _from_counts(arrays: Arrays, value: Callable[[Counts], np.ndarray]) -> Weighted:
    """Sum weights per used cell of the confusion table (rows sorted by cell once), then per class."""
    classes, truth = num_classes(arrays), np.asarray(arrays["truth"], np.int64)
    cell = truth * classes + decided(arrays)
    order = np.argsort(cell, kind="stable")
    cells, starts = np.unique(cell[order], return_index=True)
    true, answered = np.eye(classes)[cells // classes], np.eye(classes)[cells % classes]
    true_classes, used = true.any(axis=0), true.any(axis=0) | answered.any(axis=0)

    def weighted(weights: np.ndarray) -> np.ndarray:
        sums = np.add.reduceat(weights[:, order], starts, axis=1)
        return value(
            Counts(sums.sum(axis=1), sums @ (true * answered), sums @ true, sums @ answered, true_classes, used)
        )

    return weighted
