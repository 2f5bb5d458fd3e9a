"""The boosted rival: LightGBM on the same arrays, stopped early on the same validation part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from andon.encode.block import Arrays

ROUNDS, PATIENCE = 2000, 60
FEW_ROWS = 3000
"""Below this many rows smaller trees generalise better (fewer rows than leaves can be told apart)."""


@dataclass(frozen=True)
class Trees:
    """A booster and what it stands for. `targets` is the number of raw sums: 1 for two classes and for numbers."""

    booster: lightgbm.Booster
    task: str
    targets: int

    def scores(self, arrays: Arrays, state: dict[str, Any]) -> np.ndarray:
        """Probabilities (N, K), or point answers (N, 1) in the target's unit."""
        raw = self.booster.predict(table(arrays), raw_score=True).reshape(len(next(iter(arrays.values()))), -1)
        if self.task == "regression":
            return np.asarray(raw * state["spread"] + state["center"])
        if self.targets == 1:
            one = 1 / (1 + np.exp(-raw))
            return np.concatenate([1 - one, one], axis=1)
        power = np.exp(raw - raw.max(axis=1, keepdims=True))
        return np.asarray(power / power.sum(axis=1, keepdims=True))


def table(arrays: Arrays) -> np.ndarray:
    """Numbers and codes side by side, float64: what the trees see, here and in the graph."""
    parts = [arrays[name].astype(np.float64, copy=False) for name in ("numbers", "codes") if name in arrays]
    return np.concatenate(parts, axis=1)


def fit_trees(
    train: tuple[Arrays, np.ndarray], valid: tuple[Arrays, np.ndarray], *, task: str, width: int, seed: int,
    threads: int, weight: np.ndarray | None = None,
) -> Trees:  # fmt: skip
    """Fit on (arrays, target as the network sees it); the number of trees is the one with the best validation loss."""
    classes = width if task == "classification" and width > 2 else 1
    objective = "regression" if task == "regression" else "multiclass" if classes > 1 else "binary"
    small = len(train[1]) < FEW_ROWS
    settings: dict[str, Any] = {
        "objective": objective, "learning_rate": 0.03 if small else 0.05, "num_leaves": 15 if small else 31,
        "min_child_samples": 10 if small else 20, "subsample": 0.8, "subsample_freq": 1, "colsample_bytree": 0.7,
        "seed": seed, "num_threads": threads, "deterministic": True, "force_row_wise": True, "verbosity": -1,
    }  # fmt: skip
    if classes > 1:
        settings["num_class"] = classes
    ours = lightgbm.Dataset(table(train[0]), train[1], weight=weight, free_raw_data=False)
    theirs = lightgbm.Dataset(table(valid[0]), valid[1], reference=ours)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    booster = lightgbm.train(settings, ours, ROUNDS, valid_sets=[theirs], callbacks=[stop])
    # The trees after the best one go now, so that what is dumped, exported and asked is one and the same.
    booster = lightgbm.Booster(model_str=booster.model_to_string(num_iteration=booster.best_iteration))
    return Trees(booster, task, classes)
