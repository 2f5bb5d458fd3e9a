"""The rival for pictures: fixed texture features under a linear discriminant (Fisher 1936; Rao 1948) whose covariance
is shrunk (Ledoit & Wolf 2004, *Journal of Multivariate Analysis* 88, eq. 14). Nothing is trained: one pass over the
pictures, and one system of linear equations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from sklearn.covariance import ledoit_wolf

from andon.nets.texture import Texture
from andon.train.rivals.affine import Affine, AffineRival, softmax

BATCH = 64
"""Pictures described at a time."""
MOST_ROWS = 20_000
"""More pictures than these change a discriminant of some hundred features no more; every class keeps its share."""
TEMPERATURES = np.geomspace(0.25, 16.0, 73)
FEWEST = 1e-3
"""Rows that a class without any counts as: it is all but ruled out."""


def thinned(target: np.ndarray, most: int = MOST_ROWS) -> np.ndarray:
    """Places of at most `most` rows, evenly spread over those of each class; no class gives more than its share while
    others have less."""
    counts = np.bincount(target)
    if counts.sum() <= most:
        return np.arange(len(target))
    places, left = [], most
    for rank, number in enumerate(np.argsort(counts, kind="stable")):
        here = np.flatnonzero(target == number)
        keep = min(len(here), left // (len(counts) - rank))
        places.append(here[np.linspace(0, len(here) - 1, keep).round().astype(np.int64)])
        left -= keep
    return np.sort(np.concatenate(places))


def discriminant(features: np.ndarray, target: np.ndarray, width: int, *, weight: np.ndarray | None = None) -> Affine:
    """Fit on (N, F) and classes (N,), with a weight (N,) per row."""
    rows = np.ones(len(target)) if weight is None else weight
    counts = np.bincount(target, rows, minlength=width)
    center = np.average(features, axis=0, weights=rows)
    centered = features - center
    means = np.zeros((width, features.shape[1]))
    for number in np.flatnonzero(counts):
        here = target == number
        means[number] = np.average(centered[here], axis=0, weights=rows[here])
    apart = (centered - means[target]) * np.sqrt(rows / rows.mean())[:, None]
    # A feature that hardly varies within the classes must not outweigh all others by the noise of its last digits.
    spread = np.maximum(apart.std(axis=0), 1e-3 * centered.std(axis=0)) + 1e-9
    covariance, _ = ledoit_wolf(apart / spread, assume_centered=True)
    scaled = means / spread
    solved = np.linalg.solve(covariance + 1e-6 * np.eye(len(covariance)), scaled.T)
    bias = np.log(np.maximum(counts, FEWEST) / counts.sum()) - 0.5 * (scaled.T * solved).sum(axis=0)
    solved = solved / spread[:, None]
    return Affine(solved, bias - center @ solved)


@dataclass(frozen=True)
class Described:
    """Features (N, F), classes (N,), weights (N,) and, per row, who holds it out (-1: the validation part, from which
    nobody learns before the choice is made)."""

    features: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    held: np.ndarray

    def fitted(self, which: np.ndarray, width: int) -> Affine:
        """A discriminant of some of the rows (a mask)."""
        return discriminant(self.features[which], self.target[which], width, weight=self.weight[which])


def fit_texture(features: Texture, seen: Described, *, width: int, in_turn: bool, again: bool) -> AffineRival:
    """Discriminants of described rows. Tempered by what discriminants say of the shares they hold out. `in_turn`: those
    are the judges; else one that has learnt all rows but the validation part is, and what answers has learnt those as
    well where it is fitted `again`."""
    holders = np.unique(seen.held[seen.held >= 0])
    each = [seen.fitted((seen.held >= 0) & (seen.held != m), width) for m in holders] if len(holders) > 1 else []
    temperature = 1.0
    if each:
        out = np.concatenate([one.logits(seen.features[seen.held == m]) for m, one in zip(holders, each, strict=True)])
        temperature = temperature_of(out, np.concatenate([seen.target[seen.held == m] for m in holders]))
    judges = each if in_turn else [seen.fitted(seen.held >= 0, width)]
    answer = seen.fitted(np.ones(len(seen.target), bool), width) if again or in_turn else judges[0]
    cooled = tuple(judge.cooled(temperature) for judge in judges)
    return AffineRival("texture", features, answer.cooled(temperature), cooled, batch=BATCH)


def temperature_of(logits: np.ndarray, target: np.ndarray) -> float:
    """The temperature of least log loss: a discriminant of many features from few rows is surer than it may be. As in
    `Classification`, a weak pull to 1 keeps few rows sane: where none is wrong, nothing else would hold it."""
    rows = np.arange(len(target))

    def loss(temperature: float) -> float:
        own = softmax(logits / temperature)[rows, target]
        return 2 * math.log(temperature) ** 2 - float(np.log(np.maximum(own, 1e-30)).sum())

    return float(min(TEMPERATURES, key=loss))
