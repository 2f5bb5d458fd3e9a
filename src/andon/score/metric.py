"""What a metric is: a function of weighted rows, so that one definition serves the value and every resampled draw.

D draws, N rows. Weights (D, N) say how often each draw holds each row; the plain value is the draw of all ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Arrays = Mapping[str, Any]
"""Classes: `prob` (N, K), `truth` (N,) class numbers, `answer` (N,) class numbers decided, `positive` a class number.
Values: `answer` and `truth` (N,), and where there are such `low`, `high` (N,), `quantiles` (N, Q), `levels` (Q,)."""

Weighted = Callable[[np.ndarray], np.ndarray]
"""Weights (D, N) -> values (D,); NaN where a draw cannot say."""

Scale = Literal["share", "error", "correlation", "explained", "plain"]
"""Where a metric lives: [0, 1], [0, ∞), [-1, 1], (-∞, 1], anywhere. Intervals are made on a scale without ends."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `prepare` looks at the rows once (sorting, say) and gives the function of weights, or None where the
    metric says nothing about them (a single class, no intervals)."""

    better: Literal["higher", "lower"]
    unit: str
    "Empty: a pure number; `target`: the target's own unit."
    scale: Scale
    prepare: Callable[[Arrays], Weighted | None]
    by_class: bool = False
    "Judged class by class, so that the rarest one says how much is known."
    most: Callable[[Arrays], float] = lambda _: math.inf
    "The largest value that it can have on such rows, where its scale does not say."

    def value(self, arrays: Arrays) -> float:
        """Value on all rows, NaN where it says nothing."""
        weighted = self.prepare(arrays)
        if weighted is None:
            return float("nan")
        return float(weighted(np.ones((1, len(arrays["truth"]))))[0])


def mean_of(values: np.ndarray) -> Weighted:
    """Weighted mean of one number per row."""

    def weighted(weights: np.ndarray) -> np.ndarray:
        mean: np.ndarray = (weights @ values) / weights.sum(axis=1)
        return mean

    return weighted


def divided(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Quotient; 0 where the denominator is 0."""
    quotient: np.ndarray = np.zeros(np.broadcast_shapes(above.shape, below.shape))
    np.divide(above, below, out=quotient, where=below > 0)
    return quotient
