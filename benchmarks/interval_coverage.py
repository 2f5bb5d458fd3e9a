"""Claim: 95 % intervals of metrics hold the true value in 93–97 % of simulated test parts.

Each case draws many test parts of one kind and asks how often the interval holds the metric of endless rows of that kind
(two million drawn). With groups, rows of a group share an effect on truth and score, and whole groups are resampled.
With `--others`, the percentile and BCa bootstrap are counted on the same parts, and an interval that ignores groups.

    python benchmarks/interval_coverage.py --parts 1000
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from andon.score import METRICS, Arrays, interval
from benchmarks.record import row

Drawn = Callable[[np.random.Generator, int, int], tuple[Arrays, np.ndarray]]
ENDLESS = 2_000_000
SIZES = ((100, 1), (300, 1), (1000, 1), (2000, 1), (100, 5), (300, 5), (1000, 10), (2000, 20))
"""Rows, and rows per group (1: no groups)."""


def detector(generator: np.random.Generator, rows: int, size: int) -> tuple[Arrays, np.ndarray]:
    """A detector with a fifth of positives; groups differ in their rate and in the level of their scores."""
    groups, effect = effects(generator, rows, size, 2)
    truth = (generator.random(rows) < 1 / (1 + np.exp(1.4 - effect[:, 0]))).astype(int)
    score = 1 / (1 + np.exp(-generator.normal(size=rows) - 1.8 * truth - 0.7 * effect[:, 1]))
    return {"prob": np.stack([1 - score, score], axis=1), "truth": truth, "positive": 1}, groups


def verdicts(generator: np.random.Generator, rows: int, size: int) -> tuple[Arrays, np.ndarray]:
    """Right six times of seven; groups differ in how hard they are."""
    groups, effect = effects(generator, rows, size, 1)
    right = generator.random(rows) < 1 / (1 + np.exp(-1.8 - effect[:, 0]))
    return {"truth": np.ones(rows, int), "answer": right.astype(int)}, groups


def three_classes(generator: np.random.Generator, rows: int, size: int) -> tuple[Arrays, np.ndarray]:
    """Classes of 70, 20 and 10 %; groups lean to one class or another."""
    groups, effect = effects(generator, rows, size, 3)
    truth = np.searchsorted([0.7, 0.9], generator.random(rows))
    score = generator.normal(size=(rows, 3)) + 2.2 * np.eye(3)[truth] + np.array([0.5, 0.0, -0.3]) + 0.7 * effect
    return {"truth": truth, "answer": score.argmax(axis=1)}, groups


def values(generator: np.random.Generator, rows: int, size: int) -> tuple[Arrays, np.ndarray]:
    """Errors of unit spread; groups have an offset and a spread of their own."""
    groups, effect = effects(generator, rows, size, 2)
    error = generator.normal(size=rows) * np.exp(0.3 * effect[:, 0]) + 0.7 * effect[:, 1]
    return {"truth": np.zeros(rows), "answer": error}, groups


def effects(generator: np.random.Generator, rows: int, size: int, kinds: int) -> tuple[np.ndarray, np.ndarray]:
    """Group number of each row, and its group's normal effects (0 where rows stand alone)."""
    groups = np.arange(rows) // size
    return groups, generator.normal(size=(int(groups[-1]) + 1, kinds))[groups] * float(size > 1)


CASES: dict[str, Drawn] = {
    "accuracy": verdicts, "roc_auc": detector, "average_precision": detector, "macro_f1": three_classes, "rmse": values,
}  # fmt: skip


def main() -> None:
    """Print a row per case and method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--metrics", nargs="+", default=list(CASES))
    parser.add_argument("--others", action="store_true", help="Count the bootstraps, and what ignores groups, too.")
    asked = parser.parse_args()
    methods = ("student", "percentile", "bca") if asked.others else ("student",)
    for name in asked.metrics:
        for rows, size in SIZES:
            begun = time.perf_counter()
            generator = np.random.default_rng([asked.seed, rows, size])
            metric, draw = METRICS[name], CASES[name]
            true = metric.value(draw(generator, ENDLESS, size)[0])
            held = dict.fromkeys(methods, 0)
            for part in range(asked.parts):
                arrays, groups = draw(generator, rows, size)
                grouped = groups if size > 1 else None
                for method in methods:
                    low, high = interval(metric, arrays, grouped, seed=part, method=method)
                    held[method] += low <= true <= high
                if asked.others and size > 1:
                    low, high = interval(metric, arrays, seed=part)
                    held["ungrouped"] = held.get("ungrouped", 0) + (low <= true <= high)
            for method, count in held.items():
                row("interval_coverage", set=f"{name} rows={rows} group={size}", seed=asked.seed, true=true,
                    value=count / asked.parts, n=asked.parts, method=method, seconds=time.perf_counter() - begun)  # fmt: skip


if __name__ == "__main__":
    main()
