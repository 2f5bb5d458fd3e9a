"""Metrics of numbers. Errors are `answer - truth`, in the target's own unit."""

from __future__ import annotations

import numpy as np

from andon.score.metric import Arrays, Weighted, mean_of

MEANINGFUL = 0.05
"""A relative error says nothing if a truth lies nearer to zero than this share of the typical size, or signs differ."""


def rmse(arrays: Arrays) -> Weighted:
    """Root of the mean squared error."""
    mean = mean_of(_error(arrays) ** 2)
    return lambda weights: np.sqrt(mean(weights))


def rmse_as_given(arrays: Arrays) -> Weighted | None:
    """The same of answers and truths as they were given, where both count up to a cap; None where there is none."""
    if arrays.get("given") is None:
        return None
    whole = arrays.get("whole", arrays["answer"])  # as far as answers go
    mean = mean_of((np.asarray(whole, float) - np.asarray(arrays["given"], float)) ** 2)
    return lambda weights: np.sqrt(mean(weights))


def phm08(arrays: Arrays) -> Weighted | None:
    """Mean of `exp(-d/13) - 1` for answers that come early and `exp(d/10) - 1` for late ones, d = answer - truth
    (Saxena et al. 2008, "Damage propagation modeling for aircraft engine run-to-failure simulation", eq. 8, who take
    the sum); None where there is no cap, so no life left."""
    if arrays.get("given") is None:
        return None
    miss = np.clip(_error(arrays), -500.0, 500.0)
    return mean_of(np.where(miss < 0, np.exp(-miss / 13), np.exp(miss / 10)) - 1)


def mae(arrays: Arrays) -> Weighted:
    """Mean absolute error."""
    return mean_of(np.abs(_error(arrays)))


def bias(arrays: Arrays) -> Weighted:
    """Mean error: positive if answers are too high."""
    return mean_of(_error(arrays))


def r2(arrays: Arrays) -> Weighted | None:
    """Share of the truth's variance that is explained; None if the truth never changes."""
    truth = np.asarray(arrays["truth"], float)
    if len(truth) < 2 or float(truth.min()) == float(truth.max()):
        return None
    squared, apart = _error(arrays) ** 2, truth - truth.mean()
    stacked = np.stack([squared, apart, apart**2], axis=1)

    def weighted(weights: np.ndarray) -> np.ndarray:
        miss, first, second = (weights @ stacked).T
        spread = second - first**2 / weights.sum(axis=1)
        explained: np.ndarray = 1 - miss / np.maximum(spread, np.finfo(float).tiny)
        return explained

    return weighted


def mape(arrays: Arrays) -> Weighted | None:
    """Mean of |error| / |truth|, as a share; None where it would mislead (signs differ or a truth is near zero)."""
    truth = np.asarray(arrays["truth"], float)
    size = np.abs(truth)
    if not len(truth) or (truth > 0).any() == (truth < 0).any() or size.min() < MEANINGFUL * np.median(size):
        return None
    return mean_of(np.abs(_error(arrays)) / size)


def median_ae(arrays: Arrays) -> Weighted:
    """Median absolute error; the mean of the middle two where half the weight lies on either side."""
    size = np.abs(_error(arrays))
    order = np.argsort(size, kind="stable")
    rising = size[order]

    def weighted(weights: np.ndarray) -> np.ndarray:
        running = np.cumsum(weights[:, order], axis=1)
        half = running[:, -1:] / 2
        slack = 1e-12 * half
        lower = (running < half - slack).sum(axis=1)
        upper = np.minimum((running <= half + slack).sum(axis=1), len(rising) - 1)
        middle: np.ndarray = (rising[lower] + rising[upper]) / 2
        return middle

    return weighted


def pinball(arrays: Arrays) -> Weighted | None:
    """Mean pinball loss of the quantiles answered; half the mean absolute error for a lone median."""
    if arrays.get("quantiles") is None:
        return None
    miss = np.asarray(arrays["truth"], float)[:, None] - arrays["quantiles"]
    level = np.asarray(arrays["levels"], float)
    return mean_of(np.maximum(level * miss, (level - 1) * miss).mean(axis=1))


def coverage(arrays: Arrays) -> Weighted | None:
    """Share of truths inside the interval, ends included."""
    if arrays.get("low") is None:
        return None
    return mean_of(((arrays["low"] <= arrays["truth"]) & (arrays["truth"] <= arrays["high"])).astype(float))


def width(arrays: Arrays) -> Weighted | None:
    """Mean width of the intervals."""
    if arrays.get("low") is None:
        return None
    return mean_of(np.asarray(arrays["high"] - arrays["low"], float))


def _error(arrays: Arrays) -> np.ndarray:
    """Answer minus truth, float64."""
    error: np.ndarray = np.asarray(arrays["answer"], float) - np.asarray(arrays["truth"], float)
    return error
