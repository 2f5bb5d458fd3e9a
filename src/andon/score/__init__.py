"""Metrics, their intervals, and the words for what they show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from andon.score import counts
from andon.score.interval import difference, interval, intervals, resampled
from andon.score.metric import Arrays, Metric
from andon.score.paired import Paired, corrected_t
from andon.score.registry import METRICS

CLASSIFICATION = (
    "accuracy", "balanced_accuracy", "macro_f1", "mcc", "roc_auc", "average_precision", "log_loss", "brier", "ece",
    "recall", "precision", "f1",
)  # fmt: skip
"""In the order they are shown. The last three are of the positive class, where there are two classes."""
REGRESSION = ("rmse", "mae", "median_ae", "bias", "r2", "mape", "pinball", "coverage", "width")


def classification(
    prob: np.ndarray, truth: np.ndarray, classes: Sequence[str], *, answer: np.ndarray | None = None,
    positive: int | None = None,
) -> dict[str, float]:  # fmt: skip
    """Every metric of classes that says something about these rows, in order of `CLASSIFICATION`.

    `prob` (N, K), `truth` (N,) class numbers, each known (-1 is not allowed); `answer` decided class numbers where they
    are not the likeliest; `positive` the class to catch (two classes: else the rarer in the truth).
    """
    assert prob.shape == (len(truth), len(classes)), "one probability per row and class"
    return measured(class_arrays(prob, truth, answer=answer, positive=positive), CLASSIFICATION)


def class_arrays(
    prob: np.ndarray, truth: np.ndarray, *, answer: np.ndarray | None = None, positive: int | None = None
) -> Arrays:
    """Arrays as the metrics of classes and `interval` take them."""
    if prob.shape[1] == 2 and positive is None:
        positive = int(2 * (truth == 1).sum() <= len(truth))
    return {"prob": prob, "truth": truth, "answer": answer, "positive": positive if prob.shape[1] == 2 else None}


def regression(
    answer: np.ndarray, truth: np.ndarray, *, low: np.ndarray | None = None, high: np.ndarray | None = None,
    quantiles: np.ndarray | None = None, levels: Sequence[float] = (),
) -> dict[str, float]:  # fmt: skip
    """Every metric of numbers that says something about these rows, in order of `REGRESSION`; all truths finite."""
    arrays = {"answer": answer, "truth": truth, "low": low, "high": high, "quantiles": quantiles, "levels": levels}
    return measured(arrays, REGRESSION)


def measured(arrays: Arrays, names: Sequence[str]) -> dict[str, float]:
    """Values of the metrics named, without those that say nothing (NaN)."""
    found = {name: METRICS[name].value(arrays) for name in names}
    return {name: value for name, value in found.items() if not np.isnan(value)}


def per_class(truth: np.ndarray, answer: np.ndarray, classes: Sequence[str]) -> list[dict[str, str | int | float]]:
    """One line per class: rows, precision, recall, F1 (0 where nothing was answered or asked)."""
    table = counts.confusion(truth, answer, len(classes))
    lines: list[dict[str, str | int | float]] = []
    for number, name in enumerate(classes):
        right, true, said = int(table[number, number]), int(table[number].sum()), int(table[:, number].sum())
        lines.append({
            "class": name, "rows": true, "precision": right / said if said else 0.0,
            "recall": right / true if true else 0.0, "f1": 2 * right / (true + said) if true + said else 0.0,
        })  # fmt: skip
    return lines


def per_label(truth: np.ndarray, answer: np.ndarray, classes: Sequence[str]) -> list[dict[str, str | int | float]]:
    """The same of classes that may apply together; truth and answer (N, K) bool."""
    lines = []
    for number, name in enumerate(classes):
        line = per_class(truth[:, number].astype(np.int64), answer[:, number].astype(np.int64), ["", name])[1]
        lines.append(line)
    return lines


__all__ = [
    "CLASSIFICATION", "METRICS", "REGRESSION", "Arrays", "Metric", "Paired", "class_arrays", "classification",
    "corrected_t", "difference", "interval", "intervals", "measured", "per_class", "per_label", "regression",
    "resampled",
]  # fmt: skip
