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


def ranked(codes: np.ndarray, target: np.ndarray, *, width: int) -> Ranks:
    """From codes (N, K) and targets (N,): numbers (`width` 0 or 1) or classes."""
    told = target[:, None] if width < 2 else np.eye(width)[target]
    told = told - told.mean(axis=0)
    return tuple(_order(codes[:, k] + 1, told) for k in range(codes.shape[1]))


def placed(arrays: Arrays, ranks: Ranks) -> Arrays:
    """Arrays with the codes in their places; a code that training never met is as one never seen."""
    if not ranks:
        return arrays
    spots = arrays["codes"] + 1
    found = [rank[np.where(spots[:, k] < len(rank), spots[:, k], 1)] for k, rank in enumerate(ranks)]
    return {**arrays, "codes": np.stack(found, axis=1)}


def _order(spots: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Places (S,) of the codes of one column, by what its rows are told (N, T), mean 0."""
    size = max(int(spots.max(initial=1)) + 1, 2)
    count = np.bincount(spots, minlength=size)
    mean = np.stack([np.bincount(spots, column, size) for column in told.T], axis=1) / np.maximum(count, 1)[:, None]
    own = count >= FEWEST
    own[1] = False
    if told.shape[1] > 1 and own.any():
        mean = mean @ np.linalg.svd(np.sqrt(count[own])[:, None] * mean[own], full_matrices=False)[2][:1].T
    value = np.where(own, mean[:, 0], 0.0)
    return np.searchsorted(np.unique(value), value).astype(np.float64)
