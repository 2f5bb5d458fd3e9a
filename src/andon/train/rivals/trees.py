"""The boosted rival: LightGBM on the same arrays, stopped early on the same validation part."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from andon.encode.block import Arrays
from andon.train.rivals.ranks import Ranks, as_coded, levels, many, placed, ranked

ROUNDS, PATIENCE, USUAL_ROUNDS = 2000, 60, 500
SMALL_AND_LARGE = ((15, 0.03), (63, 0.05))
"""Leaves and learning rate."""
FEW_ROWS = 2000
"""Below this many rows small trees generalise better, and a validation part cannot tell."""
FEW_COLUMNS, SHARE = 16, 0.7
"""A tree sees a share of the columns; of so few all, since without the one that counts it learns little."""


@dataclass(frozen=True)
class Trees:
    """Boosters whose raw sums are averaged, and what they stand for. `targets` is the number of raw sums: 1 for two
    classes and for numbers. `judges` have not seen what they were stopped by; `boosters` may have. Codes are asked
    about by their `ranks`."""

    boosters: tuple[lightgbm.Booster, ...]
    judges: tuple[lightgbm.Booster, ...]
    task: str
    targets: int
    ranks: Ranks = ()
    kind: str = "trees"
    judges_ranks: tuple[Ranks, ...] = ()
    "Those of each judge, where the truth of what it is asked has told the others."

    def scores(self, arrays: Arrays, state: dict[str, Any]) -> np.ndarray:
        """Probabilities (N, K), or point answers (N, 1) in the target's unit."""
        return self._answers(_raw(self.boosters, placed(arrays, self.ranks)).mean(axis=0), state)

    def unseen(self, arrays: Arrays, state: dict[str, Any], held: np.ndarray | None) -> np.ndarray:
        """The same for rows by which the boosters were stopped, from the judge that holds each out (`held`: (N,), as in
        `Turns`; None: there is but one)."""
        several = self.judges_ranks or (self.ranks,) * len(self.judges)
        asked = zip(self.judges, several, strict=True)
        raw = np.concatenate([_raw((judge,), placed(arrays, ranks)) for judge, ranks in asked])
        return self._answers(raw[0] if held is None else raw[held, np.arange(len(held))], state)

    def _answers(self, raw: np.ndarray, state: dict[str, Any]) -> np.ndarray:
        if self.task == "regression":
            return np.asarray(raw * state["spread"] + state["center"])
        if self.targets == 1:
            one = 1 / (1 + np.exp(-raw))
            return np.concatenate([1 - one, one], axis=1)
        power = np.exp(raw - raw.max(axis=1, keepdims=True))
        return np.asarray(power / power.sum(axis=1, keepdims=True))


def _raw(boosters: tuple[lightgbm.Booster, ...], arrays: Arrays) -> np.ndarray:
    """Raw sums (boosters, N, targets)."""
    asked = table(arrays)
    return np.stack([b.predict(asked, raw_score=True).reshape(len(asked), -1) for b in boosters])


def table(arrays: Arrays) -> np.ndarray:
    """Numbers and codes side by side, float64: what the trees see, here and in the graph."""
    parts = [arrays[name].astype(np.float64, copy=False) for name in ("numbers", "codes") if name in arrays]
    return np.concatenate(parts, axis=1)


Order = Callable[..., Ranks]
"""From codes and targets to places: one of `ranks.py`."""
Rows = tuple[Arrays, np.ndarray, np.ndarray | None]
"""Arrays, target as the network sees it, weight."""


def fit_trees(train: Rows, valid: Rows, *, task: str, width: int, seed: int, threads: int, again: bool = True) -> Trees:
    """Fit one booster; size and number of its trees are those with the best validation loss. The booster that answers
    is fitted `again`, as long, on both parts."""
    targets = _targets(task, width)
    judge, settings, _, ranks = _first(train, valid, settings_of(task, width, seed=seed, threads=threads))
    if not again:
        return Trees((judge,), (judge,), task, targets, ranks)
    both = {name: np.concatenate([array, valid[0][name]]) for name, array in train[0].items()}
    weight = None if train[2] is None or valid[2] is None else np.concatenate([train[2], valid[2]])
    rows = placed(both, ranks), np.concatenate([train[1], valid[1]]), weight
    final = _as_long(rows, settings, judge, targets)
    return Trees((final,), (judge,), task, targets, ranks)


def fit_in_turn(rows: Rows, held: np.ndarray, *, task: str, width: int, seed: int, threads: int) -> Trees:
    """Fit a booster per member on what it does not hold out, stopped on what it does; the first one's share says how
    large trees should be, and in what order categories. `held`: as in `Turns`."""
    first, settings, order, ranks = _first(
        _some(rows, held != 0), _some(rows, held == 0), settings_of(task, width, seed=seed, threads=threads)
    )
    apart, targets = bool(ranks) and many(rows[0]["codes"]), _targets(task, width)
    boosters, judges, told = [first], [first], [ranks]
    for member in range(1, int(held.max()) + 1):
        own, learnt, asked = {**settings, "seed": seed + member}, held != member, held == member
        if apart:  # where a category of few rows stands gives away what they answer: the judge has an order of its own
            told.append(order(rows[0]["codes"][learnt], rows[1][learnt], width=_width(settings)))
        judge = _boost(_placed(_some(rows, learnt), told[-1]), _placed(_some(rows, asked), told[-1]), own)[0]
        judges.append(judge)
        boosters.append(_as_long(_placed(_some(rows, learnt), ranks), own, judge, targets) if apart else judge)
    return Trees(tuple(boosters), tuple(judges), task, targets, ranks, judges_ranks=tuple(told) if apart else ())


def _as_long(rows: Rows, settings: dict[str, Any], judge: lightgbm.Booster, targets: int) -> lightgbm.Booster:
    """A booster of as many rounds as another."""
    data = lightgbm.Dataset(table(rows[0]), rows[1], weight=rows[2])
    return lightgbm.train(settings, data, judge.num_trees() // targets)


def try_out(
    train: Rows, valid: Rows, *, task: str, width: int, threads: int, seconds: float
) -> tuple[Trees, float, float]:
    """The first booster within some seconds per size of tree; how long it took, or would have taken, and how many of
    its trees are here (1: all), for `andon size`."""
    begun = time.perf_counter()

    def enough(env: Any) -> None:
        if time.perf_counter() - begun > seconds:
            raise lightgbm.callback.EarlyStopException(env.iteration, env.evaluation_result_list)

    settings = settings_of(task, width, seed=0, threads=threads)
    booster, _, _, ranks = _first(train, valid, settings, [enough])
    took, targets = time.perf_counter() - begun, _targets(task, width)
    share = min(booster.num_trees() / targets / USUAL_ROUNDS, 1.0) if took > seconds else 1.0
    return Trees((booster,), (booster,), task, targets, ranks), took / share, share


def settings_of(task: str, width: int, *, seed: int, threads: int) -> dict[str, Any]:
    """LightGBM's parameters but for the size of the trees."""
    settings: dict[str, Any] = {
        "objective": "regression" if task == "regression" else "multiclass" if width > 2 else "binary",
        "min_child_samples": 10, "subsample": 0.8, "subsample_freq": 1, "seed": seed,
        "num_threads": threads, "deterministic": True, "force_row_wise": True, "verbosity": -1,
    }  # fmt: skip
    if _targets(task, width) > 1:
        settings["num_class"] = width
    return settings


def tries(train: Rows) -> int:
    """Boosters fitted to find how large trees should be, and in what order categories."""
    return len(_sizes(train)) + (1 + many(train[0]["codes"]) if "codes" in train[0] else 0)


def _sizes(train: Rows) -> tuple[tuple[int, float], ...]:
    """Leaves and learning rate of those that are tried; few rows know only small ones."""
    return SMALL_AND_LARGE[: 1 if len(train[1]) < FEW_ROWS else 2]


def _first(
    train: Rows, valid: Rows, settings: dict[str, Any], callbacks: list[Any] | None = None
) -> tuple[lightgbm.Booster, dict[str, Any], Order, Ranks]:
    """The better of small and large trees, with categories in the schema's order or by what they stand for (where
    there are many, also by how much); its settings, order and ranks."""
    share = 1.0 if table(train[0]).shape[1] <= FEW_COLUMNS else SHARE
    found: list[tuple[lightgbm.Booster, float, dict[str, Any], Order, Ranks]] = []
    coded = "codes" in train[0]

    def fitted(own: dict[str, Any], order: Order) -> None:
        ranks = order(train[0]["codes"], train[1], width=_width(settings)) if coded else ()
        found.append((*_boost(_placed(train, ranks), _placed(valid, ranks), own, callbacks), own, order, ranks))

    for leaves, rate in _sizes(train):
        fitted({**settings, "num_leaves": leaves, "learning_rate": rate, "colsample_bytree": share}, ranked)
    if coded:
        best = min(found, key=lambda each: each[1])[2]
        for order in (levels, as_coded) if many(train[0]["codes"]) else (as_coded,):
            fitted(best, order)
    booster, _, own, order, ranks = min(found, key=lambda each: each[1])
    return booster, own, order, ranks


def _width(settings: dict[str, Any]) -> int:
    """Classes, or 0 for numbers."""
    return int(settings.get("num_class", 2 if settings["objective"] == "binary" else 0))


def _targets(task: str, width: int) -> int:
    return width if task == "classification" and width > 2 else 1


def _placed(rows: Rows, ranks: Ranks) -> Rows:
    """With codes by their ranks."""
    return placed(rows[0], ranks), rows[1], rows[2]


def _some(rows: Rows, which: np.ndarray) -> Rows:
    """Those rows."""
    arrays, target, weight = rows
    return {n: a[which] for n, a in arrays.items()}, target[which], None if weight is None else weight[which]


def _boost(
    train: Rows, valid: Rows, settings: dict[str, Any], callbacks: list[Any] | None = None
) -> tuple[lightgbm.Booster, float]:
    """One booster with as many trees as do best on `valid`, and its loss there."""
    ours = lightgbm.Dataset(table(train[0]), train[1], weight=train[2], free_raw_data=False)
    theirs = lightgbm.Dataset(table(valid[0]), valid[1], weight=valid[2], reference=ours)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    booster = lightgbm.train(settings, ours, ROUNDS, valid_sets=[theirs], callbacks=[stop, *(callbacks or [])])
    loss = next(iter(booster.best_score["valid_0"].values()))
    # The trees after the best one go now, so that what is dumped, exported and asked is one and the same.
    return lightgbm.Booster(model_str=booster.model_to_string(num_iteration=booster.best_iteration)), float(loss)
