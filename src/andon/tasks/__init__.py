"""What is asked: target, decision, tolerance, metrics. A file per task; losses are named, not imported."""

from __future__ import annotations

from andon.tasks.anomaly import Anomaly
from andon.tasks.classification import Classification
from andon.tasks.labels import Labels
from andon.tasks.regression import Regression
from andon.tasks.task import State, Task

TASKS: dict[str, Task] = {
    "classification": Classification(), "regression": Regression(), "anomaly": Anomaly(),
    "labels": Labels(),
}  # fmt: skip

__all__ = ["TASKS", "State", "Task"]
