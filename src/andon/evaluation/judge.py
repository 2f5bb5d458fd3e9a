"""Metrics with their intervals, beside the baselines, and the tables behind the report's pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from andon.evaluation.parts import parts_decided
from andon.score import METRICS, Arrays, class_arrays, interval, measured, per_class, per_label
from andon.score.counts import confusion
from andon.tasks import State, Task
from andon.tasks.remaining_life import RemainingLife

SHOWN = {
    "classification": ("accuracy", "balanced_accuracy", "macro_f1", "log_loss", "roc_auc", "average_precision", "mcc",
                       "brier", "ece"),
    "regression": ("rmse", "rmse_as_given", "mae", "r2", "median_ae", "phm08"),
    "labels": ("label_average_precision", "label_f1", "exact_match", "label_log_loss"),
}  # fmt: skip
RANKED = ("roc_auc", "average_precision", "balanced_accuracy", "accuracy")
"""Of scores that rank and are no probabilities."""
BINS = 10
MOST_GROUPS = 20


def judge(
    task: Task, state: State, scores: np.ndarray, raw: np.ndarray, *, decided: dict[str, np.ndarray] | None = None,
    groups: np.ndarray | None = None, rivals: dict[str, np.ndarray] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What `metrics.json` holds about one part: every metric with a 95 % interval and the rivals' values on the same
    rows, confusion, reliability, cost of decisions, coverage of intervals. Rows whose truth is missing or of a class
    never seen in training are left out and counted (`unknown`)."""
    rivals = rivals or {}
    known = _known(task, state, raw)
    scores, raw = scores[known], raw[known]
    rivals = {name: values[known] for name, values in rivals.items()}
    groups = None if groups is None else groups[known]
    decided = task.decide(scores, state) if decided is None else {n: v[known] for n, v in decided.items()}
    found: dict[str, Any] = {"task": task.name, "rows": len(raw), "unknown": int((~known).sum()), "metrics": {}}
    if groups is not None:
        found["groups"] = len(np.unique(groups))
    if not len(raw):
        return found
    arrays = metric_arrays(task, state, scores, raw)
    values = measured(arrays, RANKED if state.get("ranks") else SHOWN[task.name])
    others = {name: measured(metric_arrays(task, state, s, raw), list(values)) for name, s in rivals.items()}
    for name, value in values.items():
        low, high = interval(name, arrays, groups=groups)
        found["metrics"][name] = {
            "value": value, "low": low, "high": high, "better": METRICS[name].better, "unit": METRICS[name].unit,
            **{rival: other.get(name) for rival, other in others.items()},
        }  # fmt: skip
    found["main"] = main_metric(task, state)
    first = {found["main"]: found["metrics"][found["main"]]} if found["main"] in found["metrics"] else {}
    found["metrics"] = first | found["metrics"]  # good parts alone have no area under a curve
    found["intervals"] = _coverage(task, state, decided, raw)
    if task.name == "classification":
        found |= _classes(task, state, (scores, raw, decided), groups=groups)
    if task.name == "labels":
        found["per_class"] = per_label(arrays["truth"], arrays["answer"], state["classes"])
    return found


def _known(task: Task, state: State, raw: np.ndarray) -> np.ndarray:
    """Rows (N,) whose truth is there and of classes seen in training."""
    if task.name == "regression":
        return np.asarray(np.isfinite(raw))
    target = task.target(raw, state)
    known: np.ndarray = target >= 0 if task.name == "classification" else np.isfinite(target).all(axis=1)
    return known


def main_metric(task: Task, state: State) -> str:
    """Accuracy hides a rare class: there average precision leads; of scores that rank, the area under the ROC curve."""
    if state.get("ranks"):
        return "roc_auc"
    if task.name == "classification" and len(state["classes"]) == 2 and min(state["shares"]) < 0.2:
        return "average_precision"
    return task.main


def metric_arrays(task: Task, state: State, scores: np.ndarray, raw: np.ndarray) -> Arrays:
    """Scores and truth as the metrics take them; what is decided counts, not what is likeliest."""
    if task.name == "regression":
        if isinstance(task, RemainingLife):
            whole = task.lived(scores[:, 0], state)
            answer, truth = np.minimum(whole, state["cap"]), np.minimum(raw, state["cap"])
            return {"answer": answer, "truth": truth, "whole": whole, "given": raw}
        return {"answer": scores[:, 0], "truth": raw}
    if task.name == "labels":
        answer = scores >= np.array(state["thresholds"])
        return {"prob": scores, "truth": task.target(raw, state) > 0.5, "answer": answer}
    decided = task.target(task.decide(scores, state)["answer"], state)
    return class_arrays(scores, task.target(raw, state), answer=decided, positive=state.get("positive"))


def _coverage(task: Task, state: State, decided: dict[str, np.ndarray], raw: np.ndarray) -> dict[str, Any] | None:
    """How often intervals or sets held the truth, and how wide they are."""
    raw = np.minimum(raw, float(state.get("longest") or state["cap"])) if "cap" in state else raw
    if "low" in decided:
        inside = (decided["low"] <= raw) & (raw <= decided["high"])
        width = float(np.mean(decided["high"] - decided["low"]))
    elif "set" in decided:
        kinds, kind = np.unique(decided["set"].astype(str), return_inverse=True)  # few sets, however many rows
        options = [task.target(np.array(text.split("|"), dtype=object), state) for text in kinds]
        holds = np.array([np.isin(np.arange(len(state["classes"])), some) for some in options])
        inside = holds[kind, task.target(raw, state)]
        width = float(holds.sum(axis=1)[kind].mean())
    else:
        return None
    return {
        "asked": state["level"],
        "covered": float(inside.mean()),
        "width": width,
        "calibration_rows": state.get("calibration_rows"),
    }


def _classes(
    task: Task, state: State, judged: tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]], *, groups: np.ndarray | None
) -> dict[str, Any]:
    """Confusion, precision and recall per class, reliability, and what was decided about good and bad parts."""
    scores, raw, decided = judged
    classes = state["classes"]
    truth, answer = (task.target(words, state) for words in (raw, decided["answer"]))
    counts = confusion(truth, answer, len(classes))
    found: dict[str, Any] = {
        "confusion": {"classes": classes, "counts": counts.tolist()}, "per_class": per_class(truth, answer, classes),
        "reliability": [] if state.get("ranks") else _reliability(scores, truth, state),
    }  # fmt: skip
    found |= parts_decided(state, scores, truth, decided.get("decision"), answer=answer, groups=groups)
    return found


def _reliability(scores: np.ndarray, truth: np.ndarray, state: State) -> list[dict[str, float]]:
    """Stated against observed: of the positive class for two classes, else of the chosen class."""
    if len(state["classes"]) == 2:
        positive = state.get("positive", 1)
        stated, hit = scores[:, positive], truth == positive
    else:
        stated, hit = scores.max(axis=1), scores.argmax(axis=1) == truth
    place = np.minimum((stated * BINS).astype(int), BINS - 1)
    return [
        {"low": i / BINS, "high": (i + 1) / BINS, "mean": float(stated[place == i].mean()),
         "share": float(hit[place == i].mean()), "rows": int((place == i).sum())}
        for i in range(BINS) if (place == i).any()
    ]  # fmt: skip


def per_group(
    task: Task, state: State, scores: np.ndarray, raw: np.ndarray, groups: dict[str, np.ndarray], *,
    together: np.ndarray | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The main metric per value of some columns (the largest groups), so that a bad machine cannot hide in the mean.
    `together`: number of the unit or group of each row, by which intervals go."""
    main = task.main
    rows = []
    known = _known(task, state, raw)
    for column, values in groups.items():
        words, counts = np.unique(values.astype(str), return_counts=True)
        for word in words[np.argsort(-counts)][:MOST_GROUPS]:
            here = (values.astype(str) == word) & known
            if here.sum() < 20:
                continue
            arrays = metric_arrays(task, state, scores[here], raw[here])
            low, high = interval(main, arrays, groups=None if together is None else together[here])
            value = METRICS[main].value(arrays)
            rows.append(
                {
                    "column": column,
                    "value": str(word),
                    "rows": int(here.sum()),
                    "metric": value,
                    "low": low,
                    "high": high,
                }
            )
    return rows
