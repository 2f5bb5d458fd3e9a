"""Which of K classes? Temperature scaling (Guo et al. 2017, arXiv:1706.04599), decisions by cost (Elkan 2001),
and sets of classes that hold the truth as often as asked (Sadinle et al. 2019, arXiv:1609.00451)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from andon.errors import SettingProblem, nearest
from andon.tasks.conformal import offset
from andon.tasks.task import State

if TYPE_CHECKING:
    from andon.plan.settings import Decide

TOLERANCE = 1e-4
"""Two answers only count as a flip if the score lies farther than this from the point where the decision changes."""
SMALLEST = 1e-9


class Classification:
    """Two classes or many; scores are probabilities (N, K), classes in the order of `state["classes"]`."""

    name = "classification"
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

    def blend(self, network: np.ndarray, trees: np.ndarray, weight: float, state: State) -> np.ndarray:
        """Weighted mean of probabilities."""
        blended: np.ndarray = weight * network + (1 - weight) * trees
        return blended

    def loss_of(self, scores: np.ndarray, raw: np.ndarray, state: State) -> np.ndarray:
        """Log loss per row; NaN where the truth is missing or unknown."""
        truth = self.target(raw, state)
        loss = -np.log(np.clip(scores[np.arange(len(truth)), truth], SMALLEST, 1.0))
        return np.where(truth < 0, np.nan, loss)

    def calibrate(self, scores: np.ndarray, raw: np.ndarray, decide: Decide, state: State) -> State:
        """Temperature, weights or threshold from costs, and the offset of the sets."""
        truth = self.target(raw, state)
        known = truth >= 0
        scores, truth = scores[known], truth[known]
        state = {**state, **_costs(decide, state)}
        if decide.calibrate and len(truth) >= 20:
            state["temperature"] = _temperature(scores, truth)
        adjusted = self.adjust(scores, state)
        if decide.cost and len(state["classes"]) == 2:
            state["threshold"] = _threshold(adjusted, truth, state)
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
        """`answer`, `p_<class>` for each class, and `set`: the classes that cannot be ruled out, joined by `|`."""
        classes = np.array(state["classes"], dtype=object)
        answers: dict[str, np.ndarray] = {"answer": classes[self._choice(scores, state)]}
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
        """Different answers although our score is not within `TOLERANCE` of the point where the answer changes."""
        different = self._choice(ours, state) != self._choice(theirs, state)
        flips: np.ndarray = different & (self._margin(ours, state) > TOLERANCE)
        return flips

    def _choice(self, scores: np.ndarray, state: State) -> np.ndarray:
        """Class number per row: threshold on the positive class, else the largest cost-weighted probability."""
        threshold = state.get("threshold")
        if threshold is not None:
            positive = state["positive"]
            caught: np.ndarray = np.where(scores[:, positive] >= threshold, positive, 1 - positive)
            return caught
        chosen: np.ndarray = (scores * np.array(state.get("weights") or 1.0)).argmax(axis=1)
        return chosen

    def _margin(self, scores: np.ndarray, state: State) -> np.ndarray:
        """Distance of the score from the point where the decision changes."""
        threshold = state.get("threshold")
        if threshold is not None:
            gap: np.ndarray = np.abs(scores[:, state["positive"]] - threshold)
            return gap
        weighted = np.sort(scores * np.array(state.get("weights") or 1.0), axis=1)
        gap = weighted[:, -1] - weighted[:, -2]
        return gap


def _sort_key(word: str) -> tuple[int, float, str]:
    """Numbers by value, before words by letter."""
    try:
        return (0, float(word), word)
    except ValueError:
        return (1, 0.0, word)


def _costs(decide: Decide, state: State) -> State:
    """Which class is the one to catch, and what missing each class costs."""
    classes = state["classes"]
    positive = int(np.argmin(state["shares"]))
    if decide.positive is not None:
        if decide.positive not in classes:
            raise SettingProblem.at(
                "decide.positive", f"'{decide.positive}' is not a class of the target",
                fix=nearest(decide.positive, classes),
            )  # fmt: skip
        positive = classes.index(decide.positive)
    found: State = {"positive": positive}
    cost = dict(decide.cost)
    if not cost:
        return found
    binary = {"escape", "overkill"}
    if set(cost) <= binary:
        if len(classes) != 2:
            raise SettingProblem.at(
                "decide.cost", "escape and overkill costs need two classes", why=f"the target has {len(classes)}",
                fix="give the cost of missing each class by its name",
            )  # fmt: skip
        return {**found, "cost": {"escape": cost.get("escape", 1.0), "overkill": cost.get("overkill", 1.0)}}
    for name in cost:
        if name not in classes:
            raise SettingProblem.at(
                f"decide.cost.{name}", f"'{name}' is not a class of the target", fix=nearest(name, [*classes, *binary])
            )
    weights = [cost.get(word, 1.0) for word in classes]
    if len(classes) == 2:
        return {**found, "cost": {"escape": weights[positive], "overkill": weights[1 - positive]}}
    return {**found, "weights": weights}


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


def _threshold(scores: np.ndarray, truth: np.ndarray, state: State) -> float:
    """Threshold on the positive class with the least cost on the calibration part.

    The cost-optimal threshold of calibrated probabilities is overkill / (overkill + escape) (Elkan 2001, eq. 2).
    It is kept unless another is cheaper by more than the noise of its cost, so that few rows (or none) cannot drag it
    about.
    """
    positive, cost = state["positive"], state["cost"]
    score, is_positive = scores[:, positive], truth == positive
    elkan = cost["overkill"] / max(cost["overkill"] + cost["escape"], SMALLEST)

    def per_row(threshold: float) -> np.ndarray:
        caught = score >= threshold
        escaped = np.where(is_positive & ~caught, cost["escape"], 0.0)
        paid: np.ndarray = escaped + np.where(~is_positive & caught, cost["overkill"], 0.0)
        return paid

    if not len(score):
        return float(elkan)
    edges = np.unique(score)
    if len(edges) > 512:
        edges = np.quantile(edges, np.linspace(0, 1, 512))
    candidates = np.concatenate([[elkan], (edges[1:] + edges[:-1]) / 2])
    costs = np.array([per_row(t).mean() for t in candidates])
    best = float(candidates[costs.argmin()])
    gain = per_row(elkan) - per_row(best)
    noise = gain.std() / math.sqrt(len(gain))
    return best if gain.mean() > 2 * noise > 0 else float(elkan)
