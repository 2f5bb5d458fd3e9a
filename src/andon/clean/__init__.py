"""Fitted, replayable steps; a file per step.

`fit_steps(read_steps(plan.clean), summary, columns)` gives a `Cleaning`; `Cleaning.apply(block)` is the one way for a
table, a block or a row. What needs the plan or Polars is loaded when first used: the run-time needs neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from andon.clean.cleaning import Cleaned, Cleaning
from andon.clean.step import TIME, UNIT, Block, Step, Stepped

if TYPE_CHECKING:
    from andon.clean.fitting import fit_steps, read_steps
    from andon.clean.registry import STEPS

__all__ = ["STEPS", "TIME", "UNIT", "Block", "Cleaned", "Cleaning", "Step", "Stepped", "fit_steps", "read_steps"]


def __getattr__(name: str) -> Any:
    """Load what the run-time does not need when it is first used."""
    if name in ("fit_steps", "read_steps"):
        return getattr(import_module("andon.clean.fitting"), name)
    if name == "STEPS":
        return import_module("andon.clean.registry").STEPS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
