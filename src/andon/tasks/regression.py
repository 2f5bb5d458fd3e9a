"""How much? A value, optionally quantiles, and an interval that holds the truth as often as asked (split-conformal)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from andon.errors import SettingProblem
from andon.tasks.conformal import offset
from andon.tasks.task import State, blended

if TYPE_CHECKING:
    from andon.plan.settings import Decide

TOLERANCE = 1e-4
"""Largest difference between two answers, in spreads of the target, that does not count."""


class Regression:
    """Scores are (N, 1 + Q) float64 in the target's unit: the point answer, then the quantiles in rising order."""

    name = key = "regression"
    loss = "squared"
    main = "rmse"
    good_only = False

    def prepare(self, raw: np.ndarray, quantiles: list[float]) -> State:
        """Centre and spread of the training part, so that the network learns numbers near one."""
        known = raw[np.isfinite(raw)]
        if len(known) == 0 or float(known.min()) == float(known.max()):
            raise SettingProblem.at(
                "target", "the target never changes in the training part", why="there is nothing to learn from it",
                fix="name another target",
            )  # fmt: skip
        return {
            "center": float(known.mean()), "spread": float(known.std()), "low": float(known.min()),
            "high": float(known.max()), "quantiles": sorted(quantiles),
        }  # fmt: skip

    def width(self, state: State) -> int:
        """The point answer and the quantiles."""
        return 1 + len(state["quantiles"])

    def target(self, raw: np.ndarray, state: State) -> np.ndarray:
        """Standardised float32; NaN where missing or not finite."""
        value = np.where(np.isfinite(raw), raw, np.nan)
        standard: np.ndarray = ((value - state["center"]) / state["spread"]).astype(np.float32)
        return standard

    def blend(self, voices: dict[str, np.ndarray], state: State) -> np.ndarray:
        """Weighted mean of the point answers; quantiles move along with the point."""
        network = voices["network"]
        points = {name: scores[:, :1] for name, scores in voices.items()}
        blend: np.ndarray = network + (blended(points, state.get("blend")) - network[:, :1])
        return blend

    def loss_of(self, scores: np.ndarray, raw: np.ndarray, state: State) -> np.ndarray:
        """Squared error per row."""
        squared: np.ndarray = (scores[:, 0] - raw) ** 2
        return squared

    def calibrate(self, scores: np.ndarray, raw: np.ndarray, decide: Decide, state: State) -> State:
        """Conformal offset of the interval: of |error|, or with quantiles of how far the truth lies outside them."""
        known = np.isfinite(raw)
        scores, raw = scores[known], raw[known]
        state = {**state, "level": decide.intervals, "calibration_rows": len(raw), "offset": None}
        low, high = self._band(scores, state)
        wide = offset(np.maximum(low - raw, raw - high), decide.intervals) if len(raw) else math.inf
        return {**state, "offset": wide if math.isfinite(wide) else None}

    def adjust(self, scores: np.ndarray, state: State) -> np.ndarray:
        """Nothing to do: offsets belong to the decision."""
        return scores

    def decide(self, scores: np.ndarray, state: State) -> dict[str, np.ndarray]:
        """`answer`, `low` and `high` where the calibration part can support them, and `q<level>` per quantile."""
        answers: dict[str, np.ndarray] = {"answer": scores[:, 0]}
        if state.get("offset") is not None:
            low, high = self._band(scores, state)
            answers |= {"low": low - state["offset"], "high": high + state["offset"]}
        return answers | {f"q{q:g}": scores[:, i + 1] for i, q in enumerate(state["quantiles"])}

    def flips(self, ours: np.ndarray, theirs: np.ndarray, state: State) -> np.ndarray:
        """Answers farther apart than `TOLERANCE` spreads of the target."""
        apart: np.ndarray = np.abs(ours - theirs).max(axis=1) > TOLERANCE * state["spread"]
        return apart

    def _band(self, scores: np.ndarray, state: State) -> tuple[np.ndarray, np.ndarray]:
        """What the offset is added to: the outermost quantiles if they lie on both sides of 0.5, else the point."""
        levels = state["quantiles"]
        if len(levels) >= 2 and levels[0] < 0.5 < levels[-1]:
            return scores[:, 1], scores[:, -1]
        return scores[:, 0], scores[:, 0]
