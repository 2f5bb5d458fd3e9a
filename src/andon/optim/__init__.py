"""Optimisers, schedules and their automatic choice. Registry and schedules need no torch; `build` is in `build.py`,
the choice in `train/search.py`, averaging of weights in `average.py`."""

from __future__ import annotations

from msgspec import Struct

from andon.optim.options import Adam, AdamW, GradientDescent, Muon, ScheduleFree, Sgd
from andon.optim.schedules import SCHEDULES, factor

OPTIMIZERS: dict[str, tuple[type[Struct], str]] = {
    "gradient_descent": (GradientDescent, "andon.optim.makers:gradient_descent"),
    "sgd": (Sgd, "andon.optim.makers:sgd"),
    "adam": (Adam, "andon.optim.makers:adam"),
    "adamw": (AdamW, "andon.optim.makers:adamw"),
    "muon": (Muon, "andon.optim.makers:muon"),
    "schedule_free": (ScheduleFree, "andon.optim.makers:schedule_free"),
}
"""Name -> options and `module:function` that turns them and the groups of parameters into PyTorch optimisers."""

WHOLE_SET = frozenset({"gradient_descent"})
"""Optimisers whose step needs the gradient of the whole training part: the loop accumulates an epoch per step."""

USUAL_RATE = {
    "gradient_descent": 0.5,
    "sgd": 0.05,
    "adam": 1e-3,
    "adamw": 1e-3,
    "muon": 3e-3,
    "schedule_free": 3e-3,
}
"""Learning rate where the plan names an optimiser, leaves the rate open and there are too few steps to choose one."""

__all__ = [
    "OPTIMIZERS", "SCHEDULES", "USUAL_RATE", "WHOLE_SET", "Adam", "AdamW", "GradientDescent", "Muon", "ScheduleFree",
    "Sgd", "factor",
]  # fmt: skip
