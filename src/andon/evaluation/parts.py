"""What was decided about good and bad parts: escapes, overkills, looks, what they cost, and the curve of what could
have been chosen instead. N rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from andon.score.share import counted
from andon.tasks import State
from andon.tasks.costs import NG, OK, REVIEW, bad_classes, chance_bad

MOST_POINTS = 200
MOST_CLASSES = 40


def parts_decided(
    state: State, scores: np.ndarray, truth: np.ndarray, decision: np.ndarray | None, *, answer: np.ndarray,
    groups: np.ndarray | None = None,
) -> dict[str, Any]:  # fmt: skip
    """`{"decision": …}` for `metrics.json`, or nothing where good parts cannot be told from bad ones.

    `truth` and `answer` (N,) are class numbers, `decision` (N,) ok, ng or review; without it the answers decide.
    `rates` hold counts and 95 % intervals of: escapes among the bad, overkills among the good, looks among all. A part
    that is looked at is neither. Costs are per part; `cost_high` is what it costs with both rates at their upper ends.
    """
    if state.get("threshold") is None and not state.get("good"):
        return {}
    classes, bad_numbers = state["classes"], bad_classes(state)
    bad, chance = np.isin(truth, bad_numbers), chance_bad(scores, state)
    if decision is None:
        decision = np.where(np.isin(answer, bad_numbers), NG, OK)
    passed, stopped = decision == OK, decision == NG
    rates = {
        "escape": counted(passed[bad], None if groups is None else groups[bad]),
        "overkill": counted(stopped[~bad], None if groups is None else groups[~bad]),
        "review": counted(decision == REVIEW, groups),
    }
    found: dict[str, Any] = {
        "positive": classes[state["positive"]] if len(classes) == 2 else None,
        "good": [classes[i] for i in range(len(classes)) if i not in bad_numbers],
        "bad": [classes[i] for i in bad_numbers],
        "threshold": state.get("threshold"), "band": state.get("band"), "rates": rates,
        "escape": rates["escape"]["count"], "overkill": rates["overkill"]["count"],
        "review": rates["review"]["count"], "escape_rate": rates["escape"]["value"],
        "overkill_rate": rates["overkill"]["value"], "curve": curve(chance, bad),
    }  # fmt: skip
    if state.get("cost"):
        found |= _paid(state, chance, bad, rates)
    if len(bad_numbers) > 1:
        found["by_class"] = _by_class(state, truth, decision, groups)
    return {"decision": found}


def _paid(state: State, chance: np.ndarray, bad: np.ndarray, rates: dict[str, Any]) -> dict[str, Any]:
    """Cost per part, and that of doing without the network: let all go, stop all, look at all."""
    cost, parts = state["cost"], max(len(bad), 1)
    look = cost.get("review")

    def line(escape: float, overkill: float, review: float) -> dict[str, float]:
        paid = escape * cost["escape"] + overkill * cost["overkill"] + review * (look or 0.0)
        return {"escape": escape, "overkill": overkill, "review": review, "cost": paid / parts}

    num_bad, num_good = int(bad.sum()), int((~bad).sum())
    without = {"pass": line(num_bad, 0, 0), "stop": line(0, num_good, 0)}
    if look is not None:
        without["review"] = line(0, 0, len(bad))
    cheapest = min(one["cost"] for one in without.values())
    if state.get("band"):
        caught = chance >= state["threshold"]
        without["no_review"] = line(int((bad & ~caught).sum()), int((~bad & caught).sum()), 0)
    ours = line(*(rates[name]["count"] for name in ("escape", "overkill", "review")))
    most = line(rates["escape"]["high"] * num_bad, rates["overkill"]["high"] * num_good, rates["review"]["count"])
    return {
        "cost": ours["cost"], "cost_high": most["cost"], "baseline_cost": cheapest, "alternatives": without,
        "costs": cost,
    }  # fmt: skip


def _by_class(state: State, truth: np.ndarray, decision: np.ndarray, groups: np.ndarray | None) -> list[dict[str, Any]]:
    """Which defect escapes: those first that escaped most often."""
    lines = []
    for number in bad_classes(state):
        here = truth == number
        if here.any():
            escaped = counted(decision[here] == OK, None if groups is None else groups[here])
            lines.append(
                {"class": state["classes"][number], "review": int((decision[here] == REVIEW).sum()), **escaped}
            )
    return sorted(lines, key=lambda line: -line["count"])[:MOST_CLASSES]


def curve(chance: np.ndarray, bad: np.ndarray) -> list[list[float]]:
    """`[threshold, escape rate, overkill rate]` where parts are stopped from a threshold on: both ends and the corners
    between; of many, those towards the ends stand closest, where rates are small. Empty without good or bad parts."""
    if bad.all() or not bad.any():
        return []
    order = np.argsort(chance, kind="stable")
    ordered, bad = chance[order], bad[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(ordered)) + 1, [len(bad)]])
    below = np.concatenate([[0], np.cumsum(bad)])[starts]
    escape, overkill = below / bad.sum(), 1 - (starts - below) / (~bad).sum()
    threshold = np.append(ordered[starts[:-1]], max(1.0, np.nextafter(ordered[-1], 2.0)))
    straight = [(np.diff(rate)[1:] == 0) & (np.diff(rate)[:-1] == 0) for rate in (escape, overkill)]
    kept = np.flatnonzero(np.concatenate([[True], ~(straight[0] | straight[1]), [True]]))
    if len(kept) > MOST_POINTS:
        steps = np.geomspace(1, len(kept), MOST_POINTS // 2).astype(int) - 1
        kept = kept[np.unique(np.concatenate([steps, len(kept) - 1 - steps]))]
    points: list[list[float]] = np.stack([threshold, escape, overkill], axis=1)[kept].tolist()
    return points
