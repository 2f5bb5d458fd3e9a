"""What is asked: target, decision, tolerance, metrics. A file per task; losses are named, not imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from andon.tasks.task import State, Task

NAMED = {
    "classification": "andon.tasks.classification:Classification", "regression": "andon.tasks.regression:Regression",
    "anomaly": "andon.tasks.anomaly:Anomaly", "labels": "andon.tasks.labels:Labels",
    "remaining_life": "andon.tasks.remaining_life:RemainingLife",
}  # fmt: skip
"""Name -> class. A new task is one file and one line here."""


class _Tasks(Mapping[str, Task]):
    """Tasks by name, each loaded when it is first asked for: a box at the line starts with its own alone."""

    def __init__(self) -> None:
        self.loaded: dict[str, Task] = {}

    def __getitem__(self, name: str) -> Task:
        if name not in self.loaded:
            module, _, kind = NAMED[name].partition(":")
            self.loaded[name] = getattr(import_module(module), kind)()
        return self.loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(NAMED)

    def __len__(self) -> int:
        return len(NAMED)


TASKS: Mapping[str, Task] = _Tasks()

__all__ = ["TASKS", "State", "Task"]
