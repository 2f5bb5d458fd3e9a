"""Small learning tasks whose verdict is planted: the way they are trained makes them fit, overfit or underfit.

The target is a wave over three of the columns plus noise, or which side of its median that lies on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Verdict = Literal["fits", "overfits", "underfits"]
VERDICTS: tuple[Verdict, ...] = ("fits", "overfits", "underfits")


@dataclass(frozen=True)
class Planted:
    """Rows (N, C) float32 and targets (N,): float32 of unit variance, or int64 classes 0 and 1; and the training that
    brings the verdict about: hidden width, epochs, batch, learning rate and decay of AdamW."""

    verdict: Verdict
    train: tuple[np.ndarray, np.ndarray]
    valid: tuple[np.ndarray, np.ndarray]
    task: Literal["classification", "regression"]
    width: int
    epochs: int
    batch: int
    learning_rate: float
    decay: float


def planted(verdict: Verdict, *, seed: int = 0) -> Planted:
    """A task with this verdict planted; everything else is drawn by the seed.

    Overfits: few rows, many columns that say nothing, much noise, a wide network, hundreds of epochs. Underfits, by
    turns: stopped long before it is done; one hidden neuron for a function with many bends; a learning rate that
    cannot move it.
    """
    generator = np.random.default_rng([seed, VERDICTS.index(verdict)])
    classes = bool(seed % 2)
    rows, spare, noise = int(generator.integers(2000, 4000)), int(generator.integers(0, 4)), generator.uniform(0.1, 0.5)
    width, epochs, rate, decay = 24, 40, 2e-3, 3e-2
    if verdict == "overfits":
        rows, spare, noise = (
            int(generator.integers(60, 160)),
            int(generator.integers(10, 30)),
            generator.uniform(0.5, 1.0),
        )
        width, epochs, decay = 256, 200, 1e-3
    elif verdict == "underfits":
        way = seed // 2 % 3
        if way == 0:
            epochs, rate = 6, 3e-4
        elif way == 1:
            width, epochs = 1, 40
        else:
            rate = 1e-5
    bends = 3.0 if verdict == "underfits" else 1.2
    both = generator.normal(size=(rows + 800, 3 + spare)).astype(np.float32)
    angle = generator.normal(size=(2, 3))
    angle *= bends / np.linalg.norm(angle, axis=1, keepdims=True)
    signal = np.sin(both[:, :3] @ angle[0]) * np.cos(both[:, :3] @ angle[1] / 2)
    y = (signal - signal.mean()) / signal.std() + noise * generator.normal(size=len(both))
    target = (y > np.median(y)).astype(np.int64) if classes else ((y - y.mean()) / y.std()).astype(np.float32)
    return Planted(
        verdict, (both[:rows], target[:rows]), (both[rows:], target[rows:]),
        task="classification" if classes else "regression", width=width, epochs=epochs, batch=32 if rows < 200 else 64,
        learning_rate=rate, decay=decay,
    )  # fmt: skip
