"""How far back windows look, and what stands between the readings of a slow sensor, found on validation lives.

Small boosted trees over the figures of histories are learnt from some rows of the training part, once per candidate,
and judged by validation lives. Rows of a life are no news of each other, so that lives are compared, each by its mean
loss: another than the usual way is taken only where it is clearly better (see `train.search`). It costs no update of
the network, and a run that is trained from the plan it kept obeys.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import lightgbm
import msgspec
import numpy as np
from msgspec import Struct, structs

from andon.api.prepare import Prepared
from andon.encode.arrays import specs
from andon.encode.histories import SERIES
from andon.encode.series import LOOKBACKS, STEPS, read_series
from andon.nets.encoders.history import HistoryFigures
from andon.tasks.remaining_life import RemainingLife
from andon.train.rivals.figures import figured
from andon.train.search import MARGIN, SURE

LEARNT, JUDGED, ROUNDS = 4000, 3000, 120
"""Rows to learn from and to judge by, and trees."""
TREES = {"objective": "regression", "num_leaves": 15, "learning_rate": 0.1, "min_child_samples": 20, "seed": 0,
         "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1}  # fmt: skip
FEWEST, LIVES = 100, 5
"""Rows and validation lives under which nothing can be told."""
REACHED = 0.9
"""A window that is longer than this share of the rows have a past says nothing more."""


class Found(Struct, frozen=True, kw_only=True):
    """What was taken and why; what each candidate left unexplained of the lives left of the validation part."""

    taken: str
    usual: str
    why: str
    judged: dict[str, float]


def with_lookback(prepared: Prepared, scaling_of: Callable[[Prepared], dict[str, Any]]) -> Prepared:
    """The same with what the plan leaves open of both; nothing changes where it says them, or where too few validation
    lives are known."""
    series, history, groups = read_series(prepared.plan.series), prepared.encoding.history, prepared.parts.groups
    if not isinstance(prepared.task, RemainingLife) or history is None or groups is None:
        return prepared
    learn = share_known(prepared, prepared.rows("train"), LEARNT)
    held = share_known(prepared, prepared.rows("validation"), JUDGED)
    if len(learn) < FEWEST or len(held) < FEWEST or len(np.unique(groups[held])) < LIVES:
        if series.lookback != "auto":
            return prepared
        reasons = {**prepared.reasons, "series.lookback": "too few validation lives to try others"}
        return replace(_with(prepared, lookback=history.steps), reasons=reasons)
    scaling = scaling_of(prepared)
    told = {}
    if series.align == "auto" and scaling[SERIES]["gaps"]:
        ways = {how: {**scaling[SERIES], "align": [how] * len(history.columns)} for how in ("none", "last", "mean")}
        judged = {h: _losses(prepared, scaling | {SERIES: own}, (learn, held)) for h, own in ways.items()}
        told["series.align"] = found = _chosen(judged, "none", groups[held])
        scaling[SERIES] = ways[found.taken]
        prepared = _with(prepared, align=found.taken)
    if series.lookback == "auto":
        ages = prepared.stored.arrays[SERIES].age[prepared.learn]
        most = max(STEPS, int(np.quantile(ages, REACHED)))
        some = {steps: looking_back(prepared, steps) for steps in LOOKBACKS if steps <= most}
        judged = {f"{steps}": _losses(way, scaling, (learn, held)) for steps, way in some.items()}
        told["series.lookback"] = found = _chosen(judged, f"{STEPS}", groups[held])
        prepared = _with(looking_back(prepared, int(found.taken)), lookback=int(found.taken))
    reasons = {name: found.why for name, found in told.items()}
    return replace(
        prepared, reasons=prepared.reasons | reasons,
        tried=prepared.tried | {name: msgspec.to_builtins(found) for name, found in told.items()},
    )  # fmt: skip


def looking_back(prepared: Prepared, steps: int) -> Prepared:
    """The same with windows of so many rows; nothing is read again."""
    history = prepared.encoding.history
    assert history is not None
    encoding = structs.replace(prepared.encoding, history=structs.replace(history, steps=steps))
    arrays = prepared.stored.arrays
    stored = replace(prepared.stored, arrays=arrays | {SERIES: arrays[SERIES].of(steps)})
    return replace(prepared, encoding=encoding, stored=stored, specs=specs(prepared.schema, encoding))


def _with(prepared: Prepared, **options: Any) -> Prepared:
    """The same with options of `series` settled."""
    series = structs.replace(read_series(prepared.plan.series), **options)
    return replace(prepared, plan=structs.replace(prepared.plan, series=msgspec.to_builtins(series)))


def share_known(prepared: Prepared, rows: np.ndarray, most: int) -> np.ndarray:
    """An even share of the rows whose life left is known."""
    known: np.ndarray = rows[np.isfinite(prepared.raw[rows])]
    return known[:: max(1, len(known) // most)]


def _losses(prepared: Prepared, scaling: dict[str, Any], rows: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Squared error of each judged row, in units of the variance of the lives left there."""
    figures = HistoryFigures(prepared.specs, scaling).eval()
    x, asked = (figured(figures, prepared.take(own)) for own in rows)
    task = prepared.task
    assert isinstance(task, RemainingLife)
    target, truth = (task.told(prepared.raw[own], prepared.state) for own in rows)
    answer = np.asarray(lightgbm.train(TREES, lightgbm.Dataset(x, target), ROUNDS).predict(asked))
    return np.asarray((answer - truth) ** 2 / max(float(truth.var()), 1e-12))


def _chosen(judged: Mapping[str, np.ndarray], usual: str, lives: np.ndarray) -> Found:
    """The best of the candidates where it is clearly better than the usual one, life by life."""
    best = min(judged, key=lambda name: by_life(judged[name], lives).mean())
    clear = clearly(judged[best], judged[usual], lives)
    return Found(
        taken=best if clear else usual, usual=usual, judged={name: float(loss.mean()) for name, loss in judged.items()},
        why="clearly better on validation lives than the usual" if clear
        else "nothing was clearly better on validation lives",
    )  # fmt: skip


def by_life(losses: np.ndarray, lives: np.ndarray) -> np.ndarray:
    """Losses (N,) of rows -> the mean of each life (L,)."""
    _, life = np.unique(lives, return_inverse=True)
    return np.asarray(np.bincount(life, losses) / np.bincount(life))


def clearly(own: np.ndarray, usual: np.ndarray, lives: np.ndarray) -> bool:
    """Whether losses (N,) are lower than the usual ones by more than the margin and the noise of the lives (N,)."""
    theirs = by_life(usual, lives)
    apart = theirs - by_life(own, lives)
    noise = float(apart.std(ddof=1)) / math.sqrt(len(apart)) if len(apart) > 1 else math.inf
    return bool(apart.mean() > SURE * noise and apart.mean() > MARGIN * theirs.mean())
