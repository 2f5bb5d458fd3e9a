"""Which of K classes? Temperature scaling (Guo et al. 2017, arXiv:1706.04599), decisions by cost (`costs.py`), and sets
of classes that hold the truth as often as asked (Sadinle et al. 2019, arXiv:1609.00451)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from andon.errors import SettingProblem
from andon.tasks.conformal import offset
from andon.tasks.costs import NG, OK, REVIEW, bad_classes, chance_bad, costs, thresholds
from andon.tasks.task import State, blended

if TYPE_CHECKING:
    from andon.plan.settings import Decide

TOLERANCE = 1e-4
"""Two answers only count as a flip if the score lies farther than this from the point where the decision changes."""
SMALLEST = 1e-9


class Classification:
    """Two classes or many; scores are probabilities (N, K), classes in the order of `state["classes"]`."""

    name = key = "classification"
    loss = "cross_entropy"
    main = "accuracy"
    good_only = False

    def prepare(self, raw: np.ndarray, quantiles: list[float]) -> State:
        """Classes sorted as numbers where they are numbers, else as words. `raw` is an object array; None: missing."""
        words, counts = np.unique([str(v) for v in raw if v is not None], return_counts=True)
        if len(words) < 2:
            found = f"only '{words[0]}'" if len(words) else "none"
            raise SettingProblem.at(
                "target", "the target has fewer than two classes in the training part", why=f"found {found}",
                fix="name another target, or give more records",
            )  # fmt: skip
        order = np.array(sorted(range(len(words)), key=lambda i: _sort_key(str(words[i]))))
        share = counts[order] / counts.sum()
        return {"classes": [str(w) for w in words[order]], "shares": [float(s) for s in share], "temperature": 1.0}

    def width(self, state: State) -> int:
        """One output per class."""
        return len(state["classes"])

    def target(self, raw: np.ndarray, state: State) -> np.ndarray:
        """Class numbers, int64; -1 where missing or not seen in training."""
        numbers = np.full(len(raw), -1, np.int64)
        for number, word in enumerate(state["classes"]):
            numbers[raw == word] = number
        return numbers

    def blend(self, voices: dict[str, np.ndarray], state: State) -> np.ndarray:
        """Weighted mean of probabilities."""
        return blended(voices, state.get("blend"))

    def loss_of(self, scores: np.ndarray, raw: np.ndarray, state: State) -> np.ndarray:
        """Log loss per row; NaN where the truth is missing or unknown."""
        truth = self.target(raw, state)
        loss = -np.log(np.clip(scores[np.arange(len(truth)), truth], SMALLEST, 1.0))
        return np.where(truth < 0, np.nan, loss)

    def calibrate(self, scores: np.ndarray, raw: np.ndarray, decide: Decide, state: State) -> State:
        """Temperature, weights or thresholds from costs, and the offset of the sets."""
        truth = self.target(raw, state)
        known = truth >= 0
        scores, truth = scores[known], truth[known]
        state = {**state, **costs(decide, state)}
        if len(truth) >= 20 and state.get("tempered", True):
            state["temperature"] = _temperature(scores, truth)
        adjusted = self.adjust(scores, state)
        if "cost" in state:
            state |= thresholds(chance_bad(adjusted, state), np.isin(truth, bad_classes(state)), state["cost"])
        if len(truth):
            own = adjusted[np.arange(len(truth)), truth]
            miss = offset(1 - own, decide.intervals)
            state["set_offset"] = miss if math.isfinite(miss) else None
        state["level"] = decide.intervals
        state["calibration_rows"] = len(truth)
        return state

    def adjust(self, scores: np.ndarray, state: State) -> np.ndarray:
        """Temper: softmax(log p / T)."""
        if state["temperature"] == 1.0:
            return scores
        logit = np.log(np.maximum(scores, SMALLEST)) / state["temperature"]
        power = np.exp(logit - logit.max(axis=1, keepdims=True))
        tempered: np.ndarray = power / power.sum(axis=1, keepdims=True)
        return tempered

    def decide(self, scores: np.ndarray, state: State) -> dict[str, np.ndarray]:
        """`answer`, `decision` (ok, ng or review) where costs tell good parts from bad, `p_<class>` for each class, and
        `set`: the classes that cannot be ruled out, joined by `|`."""
        classes = np.array(state["classes"], dtype=object)
        answers: dict[str, np.ndarray] = {"answer": classes[self._choice(scores, state)]}
        if state.get("good") and state.get("threshold") is not None:
            words = np.array([OK, REVIEW, NG], dtype=object)  # as they follow each other on the scale
            answers["decision"] = words[_region(scores, state)]
        answers |= {f"p_{word}": scores[:, i] for i, word in enumerate(state["classes"])}
        if state.get("set_offset") is not None:
            inside = scores >= 1 - state["set_offset"] - 1e-12
            inside[np.arange(len(scores)), scores.argmax(axis=1)] = True
            packed = np.packbits(inside, axis=1)  # few different sets, however many rows: as bytes they sort fast
            alike = packed.view(f"V{packed.shape[1]}").ravel() if packed.shape[1] > 1 else packed.ravel()
            _, first, kind = np.unique(alike, return_index=True, return_inverse=True)
            answers["set"] = np.array(["|".join(classes[inside[row]]) for row in first], dtype=object)[kind]
        return answers

    def flips(self, ours: np.ndarray, theirs: np.ndarray, state: State) -> np.ndarray:
        """Different answers or decisions although our score is farther than `TOLERANCE` from where they change."""
        different = self._choice(ours, state) != self._choice(theirs, state)
        if state.get("threshold") is None:
            gaps = _gaps(ours * np.array(state.get("weights") or 1.0))
            flips: np.ndarray = different & (gaps > TOLERANCE)
            return flips
        one, other = chance_bad(ours, state), chance_bad(theirs, state)
        points = np.array(_ends(state))[:, None]
        apart = (one >= points) != (other >= points)
        crossed: np.ndarray = (apart & (np.abs(one - points) > TOLERANCE)).any(axis=0)
        region = _region(ours, state)
        for number, side in enumerate(_sides(state)):  # which class it is
            if len(side) > 1:
                here = different & (region == number) & ~apart.any(axis=0)
                crossed |= here & (_gaps(ours[:, side]) > TOLERANCE)
        return crossed

    def _choice(self, scores: np.ndarray, state: State) -> np.ndarray:
        """Class number per row: the likeliest good one where a part is let go, the likeliest bad one where it is
        stopped, of all where it is looked at; without a threshold the largest cost-weighted probability."""
        if state.get("threshold") is not None:
            likeliest = [np.array(side)[scores[:, side].argmax(axis=1)] for side in _sides(state)]
            caught: np.ndarray = np.choose(_region(scores, state), likeliest)
            return caught
        chosen: np.ndarray = (scores * np.array(state.get("weights") or 1.0)).argmax(axis=1)
        return chosen


def _sides(state: State) -> tuple[list[int], list[int], list[int]]:
    """Class numbers an answer is taken from where a part is let go, looked at, stopped."""
    bad, every = bad_classes(state), list(range(len(state["classes"])))
    return [i for i in every if i not in bad], every, bad


def _region(scores: np.ndarray, state: State) -> np.ndarray:
    """0 (N,) where a part is let go, 1 where it is looked at, 2 where it is stopped."""
    chance, (low, high) = chance_bad(scores, state), _ends(state)
    region: np.ndarray = (chance >= low).astype(np.int64) + (chance >= high)
    return region


def _ends(state: State) -> list[float]:
    """Where the decision changes: the two ends of what is looked at, which without a look are one."""
    threshold = state["threshold"]
    return state.get("band") or [threshold, threshold]


def _gaps(values: np.ndarray) -> np.ndarray:
    """How far the largest of each row stands above the next."""
    ordered = np.sort(values, axis=1)
    gaps: np.ndarray = ordered[:, -1] - ordered[:, -2]
    return gaps


def _sort_key(word: str) -> tuple[int, float, str]:
    """Numbers by value, before words by letter."""
    try:
        return (0, float(word), word)
    except ValueError:
        return (1, 0.0, word)


def _temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """T that makes the log loss least, by golden section over log T in ±2; a weak pull to 1 keeps few rows sane."""
    logit = np.log(np.maximum(scores, SMALLEST))
    rows = np.arange(len(truth))

    def loss(log_t: float) -> float:
        z = logit / math.exp(log_t)
        top = z.max(axis=1)
        log_sum = top + np.log(np.exp(z - top[:, None]).sum(axis=1))
        return float((log_sum - z[rows, truth]).sum() + 2.0 * log_t**2)

    low, high, ratio = -2.0, 2.0, (math.sqrt(5) - 1) / 2
    for _ in range(60):
        third = ratio * (high - low)
        if loss(high - third) < loss(low + third):
            high = low + third
        else:
            low = high - third
    return math.exp((low + high) / 2)
