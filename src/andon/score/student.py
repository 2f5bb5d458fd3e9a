"""Student's t without SciPy, which the base install lacks: two-sided chance and quantile, for any degrees of freedom.

By the incomplete beta function's continued fraction (Abramowitz & Stegun 1964, 26.5.8 and 26.7.1; Lentz's method).
"""

from __future__ import annotations

import math

_SMALLEST = 1e-300


def chance(t: float, freedom: float) -> float:
    """Chance that |T| is larger than |t|."""
    return beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def quantile(level: float, freedom: float) -> float:
    """The t inside which |T| lies with chance `level`, by bisection to 1e-12 relative."""
    low, high = 0.0, 2.0
    while chance(high, freedom) > 1 - level:
        high *= 2
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle, freedom) > 1 - level else (low, middle)
    return (low + high) / 2


def beta(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b): the chance that a Beta(a, b) draw is at most x."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x(a, b); converges quickly for x < (a + 1) / (a + b + 2)."""
    c, d = 1.0, 1 / _kept(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 10_000):
        for term in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):  # fmt: skip
            d = 1 / _kept(1 + term * d)
            c = _kept(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _kept(value: float) -> float:
    """Keep a denominator away from zero."""
    return value if abs(value) > _SMALLEST else _SMALLEST
