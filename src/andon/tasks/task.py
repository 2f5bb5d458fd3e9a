"""`Task`: what is asked. Target, decision, tolerance and metrics in NumPy; its loss is named, not imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from andon.plan.settings import Decide

State = dict[str, Any]
"""Plain JSON values, kept in `state/decide.json` of a run: classes, blend, temperature, thresholds, offsets."""


class Task(Protocol):
    """One file per task. Scores are what a graph ends at: `(N, K)` probabilities, or `(N, Q)` values in the target's
    own unit of which the first column is the point answer."""

    name: str
    "What kind of answer it is: `classification` or `regression`."
    key: str
    "Its own name in `TASKS`."
    loss: str
    main: str
    "Name of the metric that the report leads with."
    good_only: bool
    "Whether only good rows (target 0) are learnt from and chosen by."

    def prepare(self, raw: np.ndarray, quantiles: list[float]) -> State:
        """What must be remembered of the training part's raw target (classes; centre and spread)."""
        ...

    def width(self, state: State) -> int:
        """Number of outputs of the network."""
        ...

    def target(self, raw: np.ndarray, state: State) -> np.ndarray:
        """Raw target -> int64 class numbers (-1: missing or unknown) or standardised float32 values (NaN: missing)."""
        ...

    def blend(self, voices: dict[str, np.ndarray], state: State) -> np.ndarray:
        """Scores of the network and its rivals, by name, as one: by the shares of `state["blend"]`; without it the
        network's own."""
        ...

    def loss_of(self, scores: np.ndarray, raw: np.ndarray, state: State) -> np.ndarray:
        """Loss per row, by which blends are weighted and worst cases listed: log loss, or squared error."""
        ...

    def calibrate(self, scores: np.ndarray, raw: np.ndarray, decide: Decide, state: State) -> State:
        """From the calibration part: a new state with temperature, thresholds from costs and conformal offsets."""
        ...

    def adjust(self, scores: np.ndarray, state: State) -> np.ndarray:
        """Uncalibrated -> calibrated scores; the exported graph does the same."""
        ...

    def decide(self, scores: np.ndarray, state: State) -> dict[str, np.ndarray]:
        """Calibrated scores -> named answer columns, rows in order; the first is `answer`."""
        ...

    def flips(self, ours: np.ndarray, theirs: np.ndarray, state: State) -> np.ndarray:
        """Per row: do the decisions of two score arrays differ beyond the stated tolerance?"""
        ...


def blended(voices: dict[str, np.ndarray], shares: dict[str, float] | None) -> np.ndarray:
    """Weighted mean of arrays of one shape; of the network alone where no shares are given."""
    if shares is None:
        return voices["network"]
    parts = [share * voices[name] for name, share in shares.items() if share]
    return np.asarray(sum(parts[1:], start=parts[0]))
