"""The rival for pictures: fixed texture features under a linear discriminant (Fisher 1936; Rao 1948) whose covariance
is shrunk (Ledoit & Wolf 2004, *Journal of Multivariate Analysis* 88, eq. 14). Nothing is trained: one pass over the
pictures, and one system of linear equations."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.covariance import ledoit_wolf
from torch import Tensor, nn

from andon.encode.block import Arrays
from andon.nets.texture import Texture

BATCH = 64
"""Pictures described at a time."""
MOST_ROWS = 20_000
"""More pictures than these change a discriminant of some hundred features no more; every class keeps its share."""
TEMPERATURES = np.geomspace(0.25, 16.0, 73)
FEWEST = 1e-3
"""Rows that a class without any counts as: it is all but ruled out."""


@dataclass(frozen=True)
class Discriminant:
    """log p(class | features) + constant = features · `weight` (F, K) + `bias` (K,), float64."""

    weight: np.ndarray
    bias: np.ndarray

    def logits(self, features: np.ndarray) -> np.ndarray:
        """(N, F) -> (N, K)."""
        return np.asarray(features.astype(np.float64) @ self.weight + self.bias)

    def cooled(self, temperature: float) -> Discriminant:
        """The same with its logits divided by `temperature`."""
        return Discriminant(self.weight / temperature, self.bias / temperature)


@dataclass(frozen=True)
class TextureRival:
    """`answer` answers; `judges` have not learnt what they are asked by `unseen`."""

    features: Texture
    answer: Discriminant
    judges: tuple[Discriminant, ...]
    kind: str = "texture"

    def scores(self, arrays: Arrays, state: dict[str, Any]) -> np.ndarray:
        """Probabilities (N, K)."""
        return softmax(self.answer.logits(described(self.features, arrays)))

    def unseen(self, arrays: Arrays, state: dict[str, Any], held: np.ndarray | None) -> np.ndarray:
        """The same from the judge that holds each row out (`held`: (N,), as in `Turns`; None: there is but one)."""
        features = described(self.features, arrays)
        each = np.stack([judge.logits(features) for judge in self.judges])
        return softmax(each[0] if held is None else each[held, np.arange(len(held))])


class TextureAnswer(nn.Module):
    """A `TextureRival` as a piece of a graph: arrays by name -> probabilities (N, K) float64."""

    def __init__(self, rival: TextureRival) -> None:
        super().__init__()
        self.features = rival.features
        self.weight: Tensor
        self.bias: Tensor
        self.register_buffer("weight", torch.from_numpy(rival.answer.weight))
        self.register_buffer("bias", torch.from_numpy(rival.answer.bias))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> (N, K)."""
        logits: Tensor = self.features(inputs).double() @ self.weight + self.bias
        return logits.softmax(dim=1)


def described(features: Texture, arrays: Arrays) -> np.ndarray:
    """Features (N, F) float32 of some pictures, a batch at a time."""
    rows = len(next(iter(arrays.values())))
    found = np.empty((rows, features.width), np.float32)
    with torch.inference_mode():
        for start in range(0, rows, BATCH):
            batch = {n: torch.from_numpy(np.ascontiguousarray(a[start : start + BATCH])) for n, a in arrays.items()}
            found[start : start + BATCH] = features(batch).numpy()
    return found


Gather = Callable[[np.ndarray], Arrays]
"""Rows -> their arrays, which need not all be in memory."""


def described_rows(features: Texture, take: Gather, rows: np.ndarray) -> np.ndarray:
    """Features (N, F) of some rows; beside them memory holds one batch of pictures."""
    return np.concatenate([described(features, take(rows[i : i + BATCH])) for i in range(0, len(rows), BATCH)])


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


def discriminant(
    features: np.ndarray, target: np.ndarray, width: int, *, weight: np.ndarray | None = None
) -> Discriminant:
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
    return Discriminant(solved, bias - center @ solved)


@dataclass(frozen=True)
class Described:
    """Features (N, F), classes (N,), weights (N,) and, per row, who holds it out (-1: the validation part, from which
    nobody learns before the choice is made)."""

    features: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    held: np.ndarray

    def fitted(self, which: np.ndarray, width: int) -> Discriminant:
        """A discriminant of some of the rows (a mask)."""
        return discriminant(self.features[which], self.target[which], width, weight=self.weight[which])


def fit_texture(features: Texture, seen: Described, *, width: int, in_turn: bool, again: bool) -> TextureRival:
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
    return TextureRival(features, answer.cooled(temperature), tuple(judge.cooled(temperature) for judge in judges))


def temperature_of(logits: np.ndarray, target: np.ndarray) -> float:
    """The temperature of least log loss: a discriminant of many features from few rows is surer than it may be. As in
    `Classification`, a weak pull to 1 keeps few rows sane: where none is wrong, nothing else would hold it."""
    rows = np.arange(len(target))

    def loss(temperature: float) -> float:
        own = softmax(logits / temperature)[rows, target]
        return 2 * math.log(temperature) ** 2 - float(np.log(np.maximum(own, 1e-30)).sum())

    return float(min(TEMPERATURES, key=loss))


def softmax(logits: np.ndarray) -> np.ndarray:
    """(N, K) -> (N, K)."""
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(power / power.sum(axis=1, keepdims=True))
