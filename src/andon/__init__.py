"""Turns a factory's records into neural networks that run at the line.

`andon.check(data)`, `andon.fit(job, data, **plan)`, `andon.predict(run, data)`: each public name is loaded when it is
first used, so that `import andon` costs nothing and needs no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from andon.api.check import check
    from andon.api.compare import compare
    from andon.api.evaluate import evaluate
    from andon.api.fit import fit
    from andon.api.plans import read_plan
    from andon.api.predict import predict
    from andon.checks.finding import Finding
    from andon.errors import DataProblem, Problem, Refused, RunProblem
    from andon.plan.settings import Plan
    from andon.run.folder import Run
    from andon.runtime import Model, load

_HOME = {
    "DataProblem": "andon.errors", "Finding": "andon.checks.finding", "Model": "andon.runtime",
    "Plan": "andon.plan.settings", "Problem": "andon.errors", "Refused": "andon.errors", "Run": "andon.run.folder",
    "RunProblem": "andon.errors", "check": "andon.api.check", "compare": "andon.api.compare",
    "evaluate": "andon.api.evaluate", "fit": "andon.api.fit", "load": "andon.runtime", "predict": "andon.api.predict",
    "read_plan": "andon.api.plans",
}  # fmt: skip

__all__ = [
    "DataProblem", "Finding", "Model", "Plan", "Problem", "Refused", "Run", "RunProblem", "check", "compare",
    "evaluate", "fit", "load", "predict", "read_plan",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'andon' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
