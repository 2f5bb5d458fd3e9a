"""How long will it live? The life left of a unit, as far ahead as its records can tell.

Far from its end a healthy unit looks like any other: beyond a cap the life left cannot be read off, and targets and
answers stop there ("so long or longer"). Intervals are split-conformal with a width that depends on the answer itself
(Lei et al. 2018, arXiv:1604.04173, section 5.2: locally weighted), narrow near the end; `safe_until` is the life that
is passed with the chance that the costs of a miss and of a stop ask for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from andon.errors import SettingProblem
from andon.tasks.conformal import offset, smallest_rows
from andon.tasks.regression import Regression
from andon.tasks.task import State

if TYPE_CHECKING:
    from andon.plan.settings import Decide

BINS, FEWEST = 6, 40
"""Bins of the answer that widths are looked at by, and fewest rows of one."""
FEW_LIVES = 20
"""Lives under which intervals are a little wider than those lives say."""
LEAST = 0.02
"""Narrowest half width, as a share of the cap: nobody knows the hour."""
NEAR = "near"
"""Of the state: the cap of what has a column of scores of its own, where `safe_until` stands on that."""
USUAL_COST = {"miss": 10.0, "stop": 1.0}
"""What a failure costs beside a planned stop, where the plan doesn't say."""


class RemainingLife(Regression):
    """Scores are (N, 1 + Q) as in a regression, and where lives are cut by events one more: the life left as it is told
    near the end. Nothing is below nought or beyond the cap."""

    key = "remaining_life"

    def prepare(self, raw: np.ndarray, quantiles: list[float]) -> State:
        """Centre and spread of the lives left of the training part."""
        return self.capped(raw, quantiles, float(np.nanmax(raw)) if np.isfinite(raw).any() else 0.0)

    def capped(self, raw: np.ndarray, quantiles: list[float], cap: float, slope: float = 0.0) -> State:
        """The same where answers end at `cap`, in the target's unit; or where what lies beyond it counts `slope` times
        as much, and answers end at the longest life left that training knows."""
        longest = max(float(np.nanmax(raw)), cap) if slope else cap
        bent = {"cap": cap, "longest": longest, "slope": slope}
        state = super().prepare(self.told(raw, bent), quantiles)
        return {**state, **bent, "low": 0.0, "high": float(self.told(np.array(longest), bent)), "beyond": 0.0}

    def told(self, raw: np.ndarray, state: State) -> np.ndarray:
        """Lives left as scores tell them: as they are up to the cap, beyond it bent."""
        cap, slope = state["cap"], state.get("slope", 0.0)
        longest = float(state.get("longest") or cap)
        return np.asarray(np.minimum(raw, cap) + slope * np.maximum(np.minimum(raw, longest) - cap, 0.0))

    def lived(self, told: np.ndarray, state: State) -> np.ndarray:
        """Scores as lives left, from nought to the longest: what `told` takes back."""
        cap, slope = state["cap"], state.get("slope", 0.0)
        told = _between(told, state["high"])
        return told + np.maximum(told - cap, 0.0) * (1 / slope - 1) if slope else told

    def blend(self, voices: dict[str, np.ndarray], state: State) -> np.ndarray:
        """As in a regression; what is told near the end stays beside it."""
        found = super().blend({name: scores for name, scores in voices.items() if name != NEAR}, state)
        return np.concatenate([found, voices[NEAR]], axis=1) if NEAR in voices else found

    def target(self, raw: np.ndarray, state: State) -> np.ndarray:
        """Standardised, capped or bent; NaN where the life left is not known."""
        return super().target(self.told(raw, state), state)

    def loss_of(self, scores: np.ndarray, raw: np.ndarray, state: State) -> np.ndarray:
        """Squared error up to the cap, and of what is told beyond it."""
        return super().loss_of(scores, self.told(raw, state), state)

    def calibrate(self, scores: np.ndarray, raw: np.ndarray, decide: Decide, state: State) -> State:
        """Widths by the answer, and the one factor that makes intervals hold as often as asked; how far below the
        answer a unit is safe. Where rows are too few for that, the state says how many it has and takes: `lacks`."""
        known = np.isfinite(raw)
        top = state["high"]
        answer, truth = np.clip(scores[known, 0], 0.0, top), self.told(raw[known], state)
        found = {**state, "level": decide.intervals, "calibration_rows": len(truth), "offset": None}
        strange = sorted(set(decide.cost) - set(USUAL_COST))
        if strange:
            raise SettingProblem.at(
                f"decide.cost.{strange[0]}", f"'{strange[0]}' is no cost of this job",
                fix="give what a failure and a planned stop cost, as {miss: 10, stop: 1}",
            )  # fmt: skip
        costs = {**USUAL_COST, **decide.cost}
        if costs["miss"] + costs["stop"] <= 0:
            raise SettingProblem.at("decide.cost", "both costs are nought", fix="give a miss its cost, as {miss: 10}")
        chance = costs["stop"] / (costs["miss"] + costs["stop"])
        safe, below = _among(1 - chance, state.get("lives")), raw[known] <= state["cap"]
        rows = int(below.sum()) if below.sum() >= FEWEST else len(truth)
        needed = None if safe >= 1 else max(smallest_rows(safe), FEWEST)
        found["miss_chance"], lacks = chance, {"lacks": {"rows": rows, "needed": needed}}
        if len(truth) < FEWEST:
            return found | lacks
        level = _of_few(decide.intervals, state.get("lives"))
        knots, widths = _holding(answer, np.abs(truth - answer), below, (top, level))
        found["knots"] = knots.tolist()  # those of margins as well: they go by the answers alone
        if np.isfinite(widths).all():
            found |= {"offset": float(np.median(np.interp(answer, knots, widths))), "widths": widths.tolist()}
        _, margins = _holding(answer, answer - truth, below, (top, safe))
        if not np.isfinite(margins).all():
            return found | lacks
        found["margins"] = margins.tolist()
        if NEAR in state:
            told, left, cap = _between(scores[known, -1], state[NEAR]), raw[known], state[NEAR]
            places, margins = _holding(told, told - np.minimum(left, cap), left <= cap, (cap, safe))
            if np.isfinite(margins).all():
                found |= {"near_knots": places.tolist(), "near_margins": margins.tolist()}
        return found

    def decide(self, scores: np.ndarray, state: State) -> dict[str, np.ndarray]:
        """`answer`, and where the calibration part can support them `low` and `high`, and `safe_until`."""
        told = _between(scores[:, 0], state["high"])
        found: dict[str, np.ndarray] = {"answer": self.lived(told, state)}
        if state.get("widths") is not None:
            width = np.interp(told, state["knots"], state["widths"])
            found |= {"low": self.lived(told - width, state), "high": self.lived(told + width, state)}
        if state.get("margins") is not None:
            safe = self.lived(told - np.interp(told, state["knots"], state["margins"]), state)
            if state.get("near_knots") is not None:
                safe = _near(_between(scores[:, -1], state[NEAR]), safe, state)
            found["safe_until"] = safe
        return found | {f"q{q:g}": self.lived(scores[:, i + 1], state) for i, q in enumerate(state["quantiles"])}


def _between(values: np.ndarray, cap: float) -> np.ndarray:
    """From nought to the cap. For a single row much faster than `numpy.clip`."""
    return np.asarray(np.minimum(np.maximum(values, 0.0), cap))


def _near(told: np.ndarray, safe: np.ndarray, state: State) -> np.ndarray:
    """`safe_until` by what is told near the end; where that is at its cap, by the answer where it says more."""
    near = _between(told - np.interp(told, state["near_knots"], state["near_margins"]), state[NEAR])
    return np.where(told < (1 - LEAST) * state[NEAR], near, np.maximum(near, safe))


def _among(level: float, lives: int | None) -> float:
    """The share of the rows that must be safe so that a new life's are with the chance `level`: lives are what is
    exchangeable, not their rows, and of so few lives a new one fails sooner more often than one of them."""
    return level if not lives else min(level * (1 + 1 / lives), 1 - (1 - level) / 4)


def _of_few(level: float, lives: int | None) -> float:
    """The share of the rows that intervals must hold: of few lives half of what exchangeable ones would ask for (for
    which see `_among`), since wide intervals cost as well."""
    return level if not lives or lives >= FEW_LIVES else min(level * (1 + 0.5 / lives), 1 - (1 - level) / 4)


def _holding(
    answer: np.ndarray, miss: np.ndarray, below: np.ndarray, asked: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Knots on the answer and how much of `miss` (N,) is to be allowed there, for a cap and a level: enough for all
    rows, and enough for those that end `below` the cap. Whole lives have many rows beyond it, held by whatever reaches
    the cap; they alone would leave the others less than they need."""
    cap, level = asked
    found = []
    for own in (np.ones(len(answer), bool), below):
        if own.sum() >= FEWEST:
            knots, widths = _widths(answer[own], miss[own], cap, level)
            found.append((knots, offset(miss[own] / np.interp(answer[own], knots, widths), level) * widths))
    knots = np.unique(np.concatenate([knots for knots, _ in found]))
    return knots, np.max([np.interp(knots, *one) for one in found], axis=0)


def _widths(answer: np.ndarray, miss: np.ndarray, cap: float, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Knots on the answer and what of `miss` (N,) `level` of the rows there stay under; between them a line."""
    # an answer at the cap says "so long or longer": such rows are a kind of their own
    edges = np.append(np.linspace(0.0, cap, BINS + 1)[:-1], (1 - LEAST) * cap)
    place = np.clip(np.digitize(answer, edges) - 1, 0, BINS)
    knots, widths = [], []
    for k in range(BINS + 1):
        own = place == k
        if own.sum() >= FEWEST:
            knots.append(float(answer[own].mean()))
            widths.append(max(float(np.quantile(miss[own], level)), LEAST * cap))
    if not knots:
        knots, widths = [cap / 2], [max(float(np.quantile(miss, level)), LEAST * cap)]
    return np.array(knots), np.array(widths)
