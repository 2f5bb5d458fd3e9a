"""How the learning rate goes over a run: pure functions of the share of the run that is done, t = step / steps.

Each gives a factor of the peak learning rate. No state, so a resumed run needs none.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from andon.errors import SettingProblem, nearest

WARM_UP = 0.2
"""Share of a one-cycle run in which the rate rises."""
START, END = 1 / 25, 1 / 25e4
"""First and last factor of a one-cycle run (the ones that Smith's followers and PyTorch use)."""


def constant(t: float) -> float:
    """Always the same."""
    return 1.0


def cosine(t: float) -> float:
    """Half a cosine, from one to zero (Loshchilov & Hutter 2017, arXiv:1608.03983, without restarts)."""
    return (1 + math.cos(math.pi * t)) / 2


def linear(t: float) -> float:
    """Straight from one to zero."""
    return 1 - t


def onecycle(t: float) -> float:
    """Up by half a cosine for the first fifth, then down to nearly nothing (Smith & Topin 2018, arXiv:1708.07120)."""
    if t < WARM_UP:
        return START + (1 - START) * (1 - cosine(t / WARM_UP))
    return END + (1 - END) * cosine((t - WARM_UP) / (1 - WARM_UP))


def coslog4(t: float) -> float:
    """Four cycles, each twice as long as the one before: (1 - cos(2π log2(1 + 15 t))) / 2 (RealMLP: Holzmüller et al.
    2024, arXiv:2407.04491, section 3)."""
    return (1 - math.cos(2 * math.pi * math.log2(1 + 15 * t))) / 2


SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": constant,
    "cosine": cosine,
    "linear": linear,
    "onecycle": onecycle,
    "coslog4": coslog4,
}
"""Name -> factor of the peak learning rate as a function of t in [0, 1]."""


def factor(schedule: str, step: int, steps: int) -> float:
    """Factor at a step counted from 0; steps beyond the last keep the last one's. Unknown names: `SettingProblem`."""
    if schedule not in SCHEDULES:
        raise SettingProblem.at("train.schedule", f"'{schedule}' is not a schedule", fix=nearest(schedule, SCHEDULES))
    return SCHEDULES[schedule](min(step / max(steps, 1), 1.0))
