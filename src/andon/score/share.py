"""How sure is a share of few? The exact interval, which has an upper end also where nothing was counted."""

from __future__ import annotations

from typing import Any

import numpy as np

from andon.score.interval import interval
from andon.score.metric import Arrays, Metric, Weighted, mean_of
from andon.score.student import beta


def exact(count: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Both ends of the interval of Clopper & Pearson (1934) for `count` hits among `of` independent ones; (0, 1) of
    none."""
    tail = (1 - level) / 2
    low = _quantile(tail, count, of - count + 1) if count else 0.0
    return low, _quantile(1 - tail, count + 1, of - count) if count < of else 1.0


def counted(hit: np.ndarray, groups: np.ndarray | None = None) -> dict[str, Any]:
    """`count`, `of`, `value`, `low` and `high` (95 %) of a share; `hit` (N,) is one flag per row.

    `groups` (N,) are labels of what was sampled together. The interval is then the wider one of the rows' and of the
    groups', since rows of a lot that err together are less evidence than they are rows. `value` of nothing is None.
    """
    count, of = int(hit.sum()), len(hit)
    low, high = exact(count, of)
    if groups is not None and of:
        metric = Metric(better="lower", unit="%", scale="share", prepare=_mean)
        least, most = interval(metric, {"hit": hit.astype(float), "truth": hit}, groups)
        low, high = np.fmin(low, least), np.fmax(high, most)
        if len(np.unique(groups)) < 2:
            low, high = 0.0, 1.0
    return {"count": count, "of": of, "value": count / of if of else None, "low": float(low), "high": float(high)}


def _mean(arrays: Arrays) -> Weighted:
    return mean_of(arrays["hit"])


def _quantile(level: float, a: float, b: float) -> float:
    """Where a Beta(a, b) reaches `level`, by bisection."""
    low, high = 0.0, 1.0
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if beta(middle, a, b) < level else (low, middle)
    return high
