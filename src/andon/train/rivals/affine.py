"""A rival that is one product of fixed features: a discriminant of textures, or a logistic or ridge regression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from andon.encode.block import Arrays

Gather = Callable[[np.ndarray], Arrays]
"""Rows -> their arrays, which need not all be in memory."""


@dataclass(frozen=True)
class Affine:
    """features · `weight` (F, K) + `bias` (K,), float64: log p(class) but for a constant, or a standardised number."""

    weight: np.ndarray
    bias: np.ndarray

    def logits(self, features: np.ndarray) -> np.ndarray:
        """(N, F) -> (N, K)."""
        return np.asarray(features.astype(np.float64) @ self.weight + self.bias)

    def cooled(self, temperature: float) -> Affine:
        """The same with its logits divided by `temperature`."""
        return Affine(self.weight / temperature, self.bias / temperature)


@dataclass(frozen=True)
class AffineRival:
    """`answer` answers; `judges` have not learnt what they are asked by `unseen`. `features` looks at `batch` rows at a
    time."""

    kind: str
    features: nn.Module
    answer: Affine
    judges: tuple[Affine, ...]
    task: str = "classification"
    batch: int = 64

    def scores(self, arrays: Arrays, state: dict[str, Any]) -> np.ndarray:
        """Probabilities (N, K), or point answers (N, 1) in the target's unit."""
        return self._answers(self._raw((self.answer,), arrays)[0], state)

    def unseen(self, arrays: Arrays, state: dict[str, Any], held: np.ndarray | None) -> np.ndarray:
        """The same from the judge that holds each row out (`held`: (N,), as in `Turns`; None: there is but one)."""
        each = self._raw(self.judges, arrays)
        return self._answers(each[0] if held is None else each[held, np.arange(len(held))], state)

    def _raw(self, several: tuple[Affine, ...], arrays: Arrays) -> np.ndarray:
        """Of each (several, N, K)."""
        found = []
        for piece in _pieces(arrays, self.batch):
            features = described(self.features, piece, self.batch)
            found.append(np.stack([one.logits(features) for one in several]))
        return np.concatenate(found, axis=1)

    def _answers(self, raw: np.ndarray, state: dict[str, Any]) -> np.ndarray:
        return raw * state["spread"] + state["center"] if self.task == "regression" else softmax(raw)


class AffineAnswer(nn.Module):
    """An `AffineRival` as a piece of a graph: arrays by name -> probabilities (N, K) or answers (N, 1), float64."""

    def __init__(self, rival: AffineRival, state: dict[str, Any]) -> None:
        super().__init__()
        self.features, self.regression = rival.features, rival.task == "regression"
        self.center, self.spread = float(state.get("center", 0.0)), float(state.get("spread", 1.0))
        self.weight: Tensor
        self.bias: Tensor
        self.register_buffer("weight", torch.from_numpy(rival.answer.weight))
        self.register_buffer("bias", torch.from_numpy(rival.answer.bias))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> (N, K)."""
        raw: Tensor = self.features(inputs).double() @ self.weight + self.bias
        return raw * self.spread + self.center if self.regression else raw.softmax(dim=1)


def described(features: nn.Module, arrays: Arrays, batch: int) -> np.ndarray:
    """Features (N, F) float32 of some rows, a batch at a time."""
    found = []
    with torch.inference_mode():
        for piece in _pieces(arrays, batch):
            found.append(features({n: torch.from_numpy(np.ascontiguousarray(a)) for n, a in piece.items()}).numpy())
    return np.concatenate(found)


def described_rows(features: nn.Module, take: Gather, rows: np.ndarray, *, batch: int) -> np.ndarray:
    """Features (N, F) of some rows; beside them memory holds one batch of what they are made of."""
    return np.concatenate([described(features, take(rows[i : i + batch]), batch) for i in range(0, len(rows), batch)])


def _pieces(arrays: Arrays, batch: int) -> list[Arrays]:
    """Consecutive rows, at least one piece."""
    rows = len(next(iter(arrays.values())))
    return [{n: a[i : i + batch] for n, a in arrays.items()} for i in range(0, max(rows, 1), batch)]


def softmax(logits: np.ndarray) -> np.ndarray:
    """(N, K) -> (N, K)."""
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(power / power.sum(axis=1, keepdims=True))
