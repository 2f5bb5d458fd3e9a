"""Categories in the order of what they stand for, so that one threshold parts those that answer high from the others.

For numbers and two classes no other order lets a tree part them better (Fisher 1958, "On grouping for maximum
homogeneity"); for more classes they go along the direction in which their shares of the classes differ most
(Coppersmith, Hong & Hosking 1999). Never seen, a gap without rows of its own and categories of few rows stand together
in the middle: their own rows say too little of where they belong.
"""

from __future__ import annotations

import numpy as np

from andon.encode.block import Arrays

Ranks = tuple[np.ndarray, ...]
"""Per code column, float64: where code - 1 (a gap is -1, never seen 0) stands. Empty: codes stand for themselves."""

FEWEST = 20
"""Rows of a category that has a place of its own."""
MANY = 30
"""Categories of a column from which it is tried to believe those of few rows in part."""
USUAL = 10.0
"""Rows like all others that each category is given then."""


def ranked(codes: np.ndarray, target: np.ndarray, *, width: int) -> Ranks:
    """From codes (N, K) and targets (N,): numbers (`width` 0 or 1) or classes."""
    return tuple(_order(codes[:, k] + 1, _told(target, width)) for k in range(codes.shape[1]))


def many(codes: np.ndarray) -> bool:
    """Whether some column of codes (N, K) has many categories."""
    return bool(codes.max(initial=0) > MANY)


def levels(codes: np.ndarray, target: np.ndarray, *, width: int) -> Ranks:
    """Like `ranked`, but where a category stands is how high it answers, pulled towards the mean of all the more the
    fewer its rows are (Micci-Barreca 2001): those of few rows are told apart, too."""
    return tuple(_levels(codes[:, k] + 1, _told(target, width)) for k in range(codes.shape[1]))


def as_coded(codes: np.ndarray, target: np.ndarray, *, width: int) -> Ranks:
    """Codes stand for themselves, in the schema's order."""
    return ()


def placed(arrays: Arrays, ranks: Ranks) -> Arrays:
    """Arrays with the codes in their places; a code that training never met is as one never seen."""
    if not ranks:
        return arrays
    spots = arrays["codes"] + 1
    found = [rank[np.where(spots[:, k] < len(rank), spots[:, k], 1)] for k, rank in enumerate(ranks)]
    return {**arrays, "codes": np.stack(found, axis=1)}


def _told(target: np.ndarray, width: int) -> np.ndarray:
    """What rows are told (N, T), mean 0: a number, or a yes or no per class."""
    told = target[:, None] if width < 2 else np.eye(width)[target]
    return np.asarray(told - told.mean(axis=0))


def _summed(spots: np.ndarray, told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows (S,) of each code of a column, and the sums of what they are told (S, T)."""
    size = max(int(spots.max(initial=1)) + 1, 2)
    return np.bincount(spots, minlength=size), np.stack([np.bincount(spots, c, size) for c in told.T], axis=1)


def _levels(spots: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Levels (S,) of the codes of one column."""
    count, total = _summed(spots, told)
    mean = total / (count + USUAL)[:, None]
    mean[1] = 0.0  # never seen
    return _along(mean, count)


def _along(mean: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Means (S, T) as one number each: along the direction in which they differ most."""
    if mean.shape[1] > 1 and count.any():
        mean = mean @ np.linalg.svd(np.sqrt(count)[:, None] * mean, full_matrices=False)[2][:1].T
    return np.asarray(mean[:, 0])


def _order(spots: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Places (S,) of the codes of one column, by what its rows are told (N, T)."""
    count, total = _summed(spots, told)
    own = count >= FEWEST
    own[1] = False
    mean = total / np.maximum(count, 1)[:, None]
    value = np.where(own, _along(mean, np.where(own, count, 0)), 0.0)
    return np.searchsorted(np.unique(value), value).astype(np.float64)
