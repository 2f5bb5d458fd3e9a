"""Which of K classes apply: none, one or several. Each class is a yes or no of its own, with a threshold of its own.

A cell names them with `;`, `|` or `,` between. Words for good parts (`good`, `ok`, `none`, `合格`) stand
for no class at all. Thresholds are where F1 is largest on the calibration part (Lipton et al. 2014,
arXiv:1402.1892), a class with few rows there keeping one half.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from andon.errors import SettingProblem
from andon.tasks.costs import GOOD
from andon.tasks.task import State, blended

if TYPE_CHECKING:
    from andon.plan.settings import Decide

TOLERANCE = 1e-4
"""Two scores on either side of a threshold only count as a flip if ours lies farther than this from it."""
SMALLEST, NOTHING, BETWEEN = 1e-7, "none", ";"
APART = re.compile(r"\s*[;|,]\s*")
FEW = 8
"""Rows with a class, and without it, below which the calibration part does not move its threshold."""


class Labels:
    """Scores are probabilities (N, K), one per class and independent of each other."""

    name = key = "labels"
    loss = "binary"
    main = "label_average_precision"
    good_only = False

    def prepare(self, raw: np.ndarray, quantiles: list[float]) -> State:
        """Classes by name, and what share of rows has each. `raw` is an object array of words; None: missing."""
        known = [named(word) for word in raw if word is not None]
        classes = sorted(set().union(*known)) if known else []
        if not classes:
            raise SettingProblem.at(
                "target", "the target names no class in the training part", why="every cell is empty or good",
                fix="name another target, or give parts with defects",
            )  # fmt: skip
        shares = [sum(name in row for row in known) / len(known) for name in classes]
        return {"classes": classes, "shares": shares, "thresholds": [0.5] * len(classes), "nothing": _nothing(raw)}

    def width(self, state: State) -> int:
        """One output per class."""
        return len(state["classes"])

    def target(self, raw: np.ndarray, state: State) -> np.ndarray:
        """(N, K) float32 of 0 and 1; rows of NaN where the truth is missing or names a class never seen in training."""
        place = {name: number for number, name in enumerate(state["classes"])}
        found = np.zeros((len(raw), len(place)), np.float32)
        for row, word in enumerate(raw):
            names = {None} if word is None else named(word)
            if names <= place.keys():
                found[row, [place[name] for name in names if name is not None]] = 1.0
            else:
                found[row] = np.nan
        return found

    def blend(self, voices: dict[str, np.ndarray], state: State) -> np.ndarray:
        """Weighted mean of probabilities."""
        return blended(voices, state.get("blend"))

    def loss_of(self, scores: np.ndarray, raw: np.ndarray, state: State) -> np.ndarray:
        """Log loss of a row, mean over its classes; NaN where the truth is missing or unknown."""
        truth, p = self.target(raw, state), np.clip(scores, SMALLEST, 1 - SMALLEST)
        loss: np.ndarray = -(truth * np.log(p) + (1 - truth) * np.log1p(-p)).mean(axis=1)
        return loss

    def calibrate(self, scores: np.ndarray, raw: np.ndarray, decide: Decide, state: State) -> State:
        """A threshold per class."""
        if decide.cost:
            raise SettingProblem.at(
                "decide.cost", "costs are for parts of one class", why="several may apply at once",
                fix="leave them out, or train a 'defect_class'",
            )  # fmt: skip
        truth = self.target(raw, state)
        known = np.isfinite(truth).all(axis=1)
        scores, truth = scores[known], truth[known] > 0.5
        points = [best_threshold(scores[:, k], truth[:, k]) for k in range(len(state["classes"]))]
        return {**state, "thresholds": points, "calibration_rows": int(known.sum())}

    def adjust(self, scores: np.ndarray, state: State) -> np.ndarray:
        """Nothing to do."""
        return scores

    def decide(self, scores: np.ndarray, state: State) -> dict[str, np.ndarray]:
        """`answer`: the classes that apply, joined by `;`, or the word for none; `p_<class>` of each."""
        applies, classes = self.applies(scores, state), np.array(state["classes"], dtype=object)
        words = [BETWEEN.join(classes[row]) or state["nothing"] for row in applies]
        answers: dict[str, np.ndarray] = {"answer": np.array(words, dtype=object)}
        return answers | {f"p_{word}": scores[:, i] for i, word in enumerate(state["classes"])}

    def applies(self, scores: np.ndarray, state: State) -> np.ndarray:
        """(N, K) bool: at or above the threshold of the class."""
        found: np.ndarray = scores >= np.array(state["thresholds"])
        return found

    def flips(self, ours: np.ndarray, theirs: np.ndarray, state: State) -> np.ndarray:
        """A class that applies by one and not by the other, and not because it lies on its threshold."""
        apart = self.applies(ours, state) != self.applies(theirs, state)
        far = np.abs(ours - np.array(state["thresholds"])) > TOLERANCE
        flips: np.ndarray = (apart & far).any(axis=1)
        return flips


def named(word: object) -> set[str]:
    """The classes that a cell names; none of a good part."""
    return {part for part in APART.split(str(word).strip()) if part and part.lower() not in GOOD}


def settled(raw: np.ndarray, state: State) -> np.ndarray:
    """Cells as answers have them, whatever order and signs they were written with; None stays missing."""
    words = [None if word is None else BETWEEN.join(sorted(named(word))) or state["nothing"] for word in raw]
    return np.array(words, dtype=object)


def _nothing(raw: np.ndarray) -> str:
    """The word for no class at all, as the records have it."""
    return next((str(word) for word in raw if word is not None and str(word).strip() and not named(word)), NOTHING)


def best_threshold(score: np.ndarray, truth: np.ndarray) -> float:
    """Where F1 is largest, in the middle between two rows; one half where few rows have the class or have it not."""
    if min(int(truth.sum()), int((~truth).sum())) < FEW:
        return 0.5
    order = np.argsort(-score, kind="stable")
    ordered, hits = score[order], np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(score) + 1) + truth.sum())
    last = np.append(ordered[:-1] > ordered[1:], True)  # equal scores are on one side together
    best = int(np.where(last, f1, -1.0).argmax())
    below = ordered[best + 1] if best + 1 < len(ordered) else 0.0
    return float((ordered[best] + below) / 2)
