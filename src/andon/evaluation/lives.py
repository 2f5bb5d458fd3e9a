"""Answers along lives: how wrong they are by the life left, what intervals hold there, what stopping by them costs.

N rows, unit after unit and in time. Life left counts down to a failure; beyond the longest answer it counts as that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from andon.score import interval
from andon.score.share import counted
from andon.score.values import bias, rmse
from andon.tasks import State

EDGES = (0.0, 0.04, 0.12, 0.24, 0.4, 0.6, 0.8, 1.0)
"""Ends of the bins of the life left, as shares of the cap."""
LEADS = (0.04, 0.08, 0.16, 0.32)
"""Notices that a stop may need, as shares of the cap."""
FEWEST_LIVES = 3
"""Lives to their end from which costs are told."""


@dataclass(frozen=True)
class Watched:
    """Lives of a part. `truth` (N,) is the life left as given, NaN where nobody knows; `life` (N,) numbers the lives;
    `lengths`: how long the lives of the training part were; `left` (N,) is the truth, `unclipped`."""

    truth: np.ndarray
    life: np.ndarray
    lengths: np.ndarray
    left: np.ndarray


def numbered(unit: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Number (N,) of the life that each row belongs to: the next one begins with a unit, and where the life left rises
    or is known again."""
    known = np.isfinite(truth)
    begins = np.ones(len(unit), bool)
    if len(unit) > 1:
        with np.errstate(invalid="ignore"):
            begins[1:] = (unit[1:] != unit[:-1]) | (truth[1:] > truth[:-1]) | (known[1:] != known[:-1])
    numbers: np.ndarray = np.cumsum(begins) - 1
    return numbers


def unclipped(life: np.ndarray, truth: np.ndarray, time: np.ndarray) -> np.ndarray:
    """The life left (N,) where its column is clipped ("125 or more"): as long as a life stays at its largest value, by
    the time, as fast as it runs down afterwards; NaN where it never does."""
    left = truth.astype(np.float64)
    known = np.flatnonzero(np.isfinite(truth))
    for rows in np.split(known, np.flatnonzero(np.diff(life[known])) + 1) if len(known) else []:
        own, at = truth[rows], time[rows]
        full = np.flatnonzero(own == own.max())
        passed = at[full[-1]] - at[full]
        if passed.max() > 0:  # else one moment, and nothing to mend
            after = at[-1] - at[full[-1]]
            left[rows[full]] += passed * ((own.max() - own[-1]) / after if after > 0 else np.nan)
    return left


def lengths_of(life: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """How long each life was that is known to its end: its largest life left."""
    known = np.isfinite(truth)
    _, place = np.unique(life[known], return_inverse=True)
    longest = np.zeros(int(place.max()) + 1 if len(place) else 0)
    np.maximum.at(longest, place, truth[known])
    return longest


def judge_lives(watched: Watched, decided: dict[str, np.ndarray], state: State) -> dict[str, Any] | None:
    """The block `lives` of `metrics.json`: bins of the life left, and what stops would cost. None without a cap or
    without a row whose life left is known."""
    known = np.isfinite(watched.truth)
    if state.get("cap") is None or not known.any():
        return None
    life, truth, cap = watched.life[known], watched.truth[known], float(state["cap"])
    answers = {name: values[known] for name, values in decided.items() if values.dtype.kind == "f"}
    longest = float(state.get("longest", cap))
    found: dict[str, Any] = {
        "lives": len(np.unique(life)), "cap": cap, "miss_chance": state.get("miss_chance"), "level": state.get("level"),
        "longest": longest, "stands": state.get("lives"), "lacks": state.get("lacks"),
        "bins": [_bin(low, high, here, answers, (truth, life, longest)) for low, high, here in _bins(truth, cap)],
    }  # fmt: skip
    if "safe_until" in answers and state.get("miss_chance"):
        found["unsafe"] = counted(truth < answers["safe_until"], life)
        left = watched.left[known]
        found["stops"] = _stops(answers["safe_until"], (left, life, cap), watched.lengths, float(state["miss_chance"]))
    return found


def _bins(truth: np.ndarray, cap: float) -> list[tuple[float, float | None, np.ndarray]]:
    """Ends of each bin that has rows (None: no end) and its rows; the last begins at the cap."""
    edges = [_round(share * cap) for share in EDGES]
    place = np.clip(np.digitize(truth, edges) - 1, 0, len(edges) - 1)
    ends = [*edges[1:], None]
    return [(edges[k], ends[k], place == k) for k in range(len(edges)) if (place == k).any()]


def _round(value: float) -> float:
    """Two digits that count."""
    return float(f"{value:.2g}") if value < 100 else float(f"{value:.3g}")


def _bin(
    low: float, high: float | None, here: np.ndarray, answers: dict[str, np.ndarray],
    known: tuple[np.ndarray, np.ndarray, float],
) -> dict[str, Any]:  # fmt: skip
    """Errors and coverage where so much life is left, with intervals by lives."""
    truth, life = np.minimum(known[0][here], known[2]), known[1][here]
    own = {name: values[here] for name, values in answers.items()}
    arrays = {"answer": own["answer"], "truth": truth}
    even = np.ones((1, len(truth)))
    found: dict[str, Any] = {"from": low, "to": high, "rows": len(truth), "lives": len(np.unique(life))}
    for name, metric in (("rmse", rmse), ("bias", bias)):
        least, most = interval(name, arrays, life)
        found[name] = {"value": float(metric(arrays)(even)[0]), "low": least, "high": most}
    found["late"] = counted(own["answer"] > truth, life)
    if "low" in own:
        found["covered"] = counted((own["low"] <= truth) & (truth <= own["high"]), life)
        found["width"] = float(np.mean(own["high"] - own["low"]))
    if "safe_until" in own:
        found["unsafe"] = counted(truth < own["safe_until"], life)
        found["given"] = float(np.mean(np.maximum(truth - own["safe_until"], 0.0)))
    return found


def _stops(
    safe: np.ndarray, known: tuple[np.ndarray, np.ndarray, float], lengths: np.ndarray, chance: float
) -> list[dict[str, Any]]:
    """What each way to stop would have cost on lives seen to their end: never, at a fixed age (the best one of the
    training part), and as soon as `safe_until` is under a notice that the stop needs; it is then late where less life
    was left than that. A failure costs (1 - chance) / chance stops."""
    truth, life, cap = known
    failure = (1 - chance) / chance
    if not failure:  # where a failure is free, nothing can be a share of what failures cost
        return []
    starts = np.unique(life, return_index=True)[1]
    whole = [slice(a, b) for a, b in zip(starts, [*starts[1:], len(life)], strict=True)]
    leads = [_round(share * cap) for share in LEADS]
    whole = [rows for rows in whole if truth[rows][-1] < max(leads[0], _step(truth[rows]))]
    if len(whole) < FEWEST_LIVES:
        return []
    longest = np.array([truth[rows].max() for rows in whole])

    def line(way: str, lived: np.ndarray, failed: np.ndarray, at: float | None) -> dict[str, Any]:
        missed = counted(failed)
        paid = failure * missed["count"] + len(failed) - missed["count"]
        return {"way": way, "at": at, "missed": missed, "given": float(np.mean(longest - lived)),
                "lived": float(np.mean(lived)), "cost": paid / max(float(lived.sum()), 1e-12)}  # fmt: skip

    ways = [line("never", longest, np.ones(len(whole), bool), None)]
    if len(lengths) >= FEWEST_LIVES:
        age = best_age(lengths, failure)
        if np.isfinite(age):
            ways.append(line("age", np.minimum(longest, age), longest < age, age))
    for lead in leads:
        left = np.array([_left(truth[rows], safe[rows], lead) for rows in whole])
        ways.append(line("notice", longest - np.maximum(left, 0.0), left < 0, lead))
    return [{**way, "cost": way["cost"] / ways[0]["cost"]} for way in ways]


def _step(truth: np.ndarray) -> float:
    """How far apart the moments of a life (n,) usually are that were read; nought where it has but one."""
    steps = np.diff(np.unique(truth))
    return float(np.median(steps)) if len(steps) else 0.0


def _left(truth: np.ndarray, safe: np.ndarray, lead: float) -> float:
    """Life given away by a stop `lead` after the first row whose `safe_until` is not above it; below nought where the
    failure comes first."""
    asked = np.flatnonzero(safe <= lead)
    return float(truth[asked[0]] - lead) if len(asked) else -1.0


def best_age(lengths: np.ndarray, failure: float) -> float:
    """The age at which to replace what lives so long (L,), where a failure costs so many stops: the least cost per time
    lived (Barlow & Hunter 1960, policy I, with the lives as they were). Infinite where it is best never to."""
    ages = np.append(np.unique(lengths[lengths > 0]), np.inf)
    lived = np.minimum(lengths, ages[:, None]).sum(axis=1)
    failed = (lengths < ages[:, None]).sum(axis=1)
    return float(ages[np.argmin((failure * failed + len(lengths) - failed) / lived)])
