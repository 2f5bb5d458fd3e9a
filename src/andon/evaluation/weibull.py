"""What the age alone says of the life left: lives follow a Weibull law (Weibull 1951, "A statistical distribution
function of wide applicability"), fitted by maximum likelihood with lives that are not over used as such.

The life left at an age is what the law leaves of it, given that the unit has lived so long.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

FEWEST = 3
"""Lives to their end that a law needs."""
STEEPEST, STEPS = 200.0, 100
"""Largest shape, where lives are as good as equal, and most steps of Newton's method."""
NODES, AGES = 64, 512
"""Points of the integral over the life left, and ages it is taken at; between them a line."""


class Weibull(Struct, frozen=True, kw_only=True):
    """Of N lives the share exp(-(t / scale) ** shape) is not over at age t. Shapes above 1 are wear, 1 is chance, below
    are faults of the beginning."""

    shape: float
    scale: float
    failed: int
    "Lives to their end that it was fitted on."
    open: int
    "Lives that were not over."

    def left(self, age: np.ndarray, cap: float) -> np.ndarray:
        """Mean life left (N,) at ages (N,), as far as the cap: of what lasts longer the cap counts."""
        if not len(age):
            return np.zeros(0)
        some = np.linspace(0.0, max(float(age.max()), 1e-12), AGES)
        place, weight = np.polynomial.legendre.leggauss(NODES)
        ahead = (place + 1) / 2 * cap
        passed = (some / self.scale) ** self.shape
        more = ((some[:, None] + ahead) / self.scale) ** self.shape
        mean = np.exp(passed[:, None] - more) @ (weight / 2 * cap)
        return np.asarray(np.interp(age, some, mean))


def fit_weibull(age: np.ndarray, failed: np.ndarray) -> Weibull | None:
    """The law of lives by their age (N,) at the failure or, where they have not `failed` (N,), by the last one known.
    None where too few have."""
    lived = np.isfinite(age) & (age > 0)
    age, failed = age[lived], failed[lived]
    if failed.sum() < FEWEST:
        return None
    # with logarithms beside the longest life no power overflows
    logs, longest = np.log(age / age.max()), float(age.max())
    wanted, shape = float(logs[failed].mean()), 1.0
    for _ in range(STEPS):
        power = np.exp(shape * logs)
        mean = float(power @ logs / power.sum())
        steep = float(power @ logs**2 / power.sum()) - mean**2 + 1 / shape**2
        # in the logarithm of the shape: the score falls all the way, and no step leads below nought
        step = (wanted + 1 / shape - mean) / (steep * shape)
        shape = min(shape * float(np.exp(np.clip(step, -1.0, 1.0))), STEEPEST)
        if abs(step) < 1e-10 or shape == STEEPEST:
            break
    scale = longest * float(np.mean(np.exp(shape * logs)) * len(age) / failed.sum()) ** (1 / shape)
    return Weibull(shape=shape, scale=scale, failed=int(failed.sum()), open=int((~failed).sum()))
