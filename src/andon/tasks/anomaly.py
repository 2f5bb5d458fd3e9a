"""Is this part unlike the good ones? Learnt from good parts alone.

To the line it is a classification of two classes with a threshold: the first class is the word for good parts, the
other `defect`, and scores are (N, 2), which rank but are no probabilities. The threshold comes from good parts of the
calibration part alone, as a conformal quantile: a good part that is exchangeable with those is passed with a chance of
at least `decide.intervals`, so that one minus it is the overkill that is allowed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from andon.errors import SettingProblem
from andon.tasks.classification import Classification
from andon.tasks.conformal import offset, smallest_rows
from andon.tasks.costs import good_class
from andon.tasks.task import State

if TYPE_CHECKING:
    from andon.plan.settings import Decide

DEFECT = "defect"


class Anomaly(Classification):
    """Classes `[word for good, "defect"]`; every other word of the target is a defect."""

    key = "anomaly"
    loss = "pixels"
    main = "roc_auc"
    good_only = True

    def prepare(self, raw: np.ndarray, quantiles: list[float]) -> State:
        """Which word means good. `raw` is an object array; None: missing."""
        words = sorted({str(v) for v in raw if v is not None})
        good = good_class(words)
        if good is None:
            raise SettingProblem.at(
                "target", "no class of the training part, or more than one, is known to be the good one",
                why=f"its classes are {', '.join(words[:6]) or 'none'}", fix="call it 'good' (a folder named good)",
            )  # fmt: skip
        word = words[good]
        return {
            "classes": [word, DEFECT if word != DEFECT else "other"], "shares": [1.0, 0.0], "temperature": 1.0,
            "positive": 1, "good": [0], "threshold": 1.0, "ranks": True,
        }  # fmt: skip

    def target(self, raw: np.ndarray, state: State) -> np.ndarray:
        """0 good, 1 defect, -1 missing."""
        missing = np.array([word is None for word in raw], bool)
        return np.where(missing, -1, np.where(raw == state["classes"][0], 0, 1)).astype(np.int64)

    def calibrate(self, scores: np.ndarray, raw: np.ndarray, decide: Decide, state: State) -> State:
        """The threshold that good parts of the calibration part stay below as often as asked."""
        good = scores[self.target(raw, state) == 0, 1]
        found = {**state, "level": decide.intervals, "calibration_rows": len(good)}
        if decide.cost:
            raise SettingProblem.at(
                "decide.cost", "'decide.cost' needs defects to be weighed by", why="only good parts are learnt from",
                fix="say with 'decide.intervals' how many good parts shall pass, as 0.99",
            )  # fmt: skip
        if not len(good):
            return found
        edge = offset(good, decide.intervals)
        if not math.isfinite(edge):  # too few for what was asked: the largest is the best they can say
            found["supported"] = len(good) / (len(good) + 1)
            found["needed"] = smallest_rows(decide.intervals)
            edge = float(good.max())
        return {**found, "threshold": float(np.nextafter(edge, 2.0))}

    def adjust(self, scores: np.ndarray, state: State) -> np.ndarray:
        """Nothing to do."""
        return scores
