"""Is one model better than another over the same folds?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from andon.errors import Problem
from andon.score.student import chance, quantile


class Paired(Struct, frozen=True, kw_only=True):
    """Mean difference, the ends of its interval, and the two-sided chance of one as large if there were none."""

    mean: float
    low: float
    high: float
    p: float

    @property
    def verdict(self) -> str:
        """`higher`, `lower` or `within noise`."""
        return "higher" if self.low > 0 else "lower" if self.high < 0 else "within noise"


def corrected_t(
    differences: Sequence[float] | np.ndarray, train_rows: float, test_rows: float, *, level: float = 0.95
) -> Paired:
    """The corrected resampled t-test (Nadeau & Bengio 2003, "Inference for the generalization error", section 4).

    `differences`: ours minus theirs, one per fold and repetition. The folds share training rows, so their spread is
    too small: its square is multiplied by 1/J + test/train instead of 1/J. J - 1 degrees of freedom. Raises `Problem`
    for fewer than two.
    """
    values = np.asarray(differences, float)
    if len(values) < 2:
        raise Problem.of("one fold cannot tell a difference from noise", fix="compare over two folds or more")
    mean, freedom = float(values.mean()), len(values) - 1
    spread = math.sqrt((1 / len(values) + test_rows / train_rows) * float(values.var(ddof=1)))
    if spread == 0.0:
        return Paired(mean=mean, low=mean, high=mean, p=float(mean == 0.0))
    reach = quantile(level, freedom) * spread
    return Paired(mean=mean, low=mean - reach, high=mean + reach, p=chance(mean / spread, freedom))
