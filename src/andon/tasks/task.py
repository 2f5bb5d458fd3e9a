"""`Task`: what is asked. Target, decision, tolerance and metrics in NumPy; its loss is named, not imported."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

State = dict[str, Any]
"""Plain JSON values owned by `state/decide.json` of a run: classes, temperature, thresholds, interval offsets."""


class Task(Protocol):
    """One file per task. Scores are what the graph ends at: `(N, K)` probabilities, or `(N, Q)` values in the
    target's own unit, the first column being the point answer."""

    name: str
    loss: str

    def width(self, state: State) -> int:
        """Number of outputs of the network."""
        ...

    def prepare(self, target: np.ndarray) -> State:
        """Learn from the training part's raw target what the task must remember (classes, centre and spread)."""
        ...

    def target(self, raw: np.ndarray, state: State) -> np.ndarray:
        """Raw target -> int64 class numbers or float32 standardised values; unknown classes become -1, missing NaN."""
        ...

    def calibrate(self, scores: np.ndarray, raw: np.ndarray, state: State) -> State:
        """From the calibration part: temperature, thresholds from costs, conformal offsets. Returns a new state."""
        ...

    def decide(self, scores: np.ndarray, state: State) -> dict[str, np.ndarray]:
        """Scores -> named answer columns, rows in order."""
        ...

    def metrics(self, decisions: dict[str, np.ndarray], raw: np.ndarray, state: State) -> dict[str, float]:
        """Truth against answers."""
        ...

    def flips(self, ours: np.ndarray, theirs: np.ndarray, state: State) -> np.ndarray:
        """Boolean per row: the decisions of two score arrays differ beyond the stated tolerance."""
        ...
