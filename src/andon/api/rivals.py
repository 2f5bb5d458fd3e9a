"""The network's rival on the same rows, and its share of the answer: boosted trees for tables, texture features under a
linear discriminant for photographs of parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from torch import nn

from andon.api.prepare import Prepared
from andon.api.recipe import surfaces
from andon.errors import DataProblem
from andon.nets.texture import Texture
from andon.ship.parity import trained_scores
from andon.split import Turns
from andon.split.deal import Groups, deal
from andon.tasks import State
from andon.train import Settings
from andon.train.rival import Rival
from andon.train.texture import Described, TextureRival, described_rows, fit_texture, thinned
from andon.train.trees import Rows, Trees, fit_in_turn, fit_trees

MOST_TREE_CELLS = 200_000_000
BLEND_STEPS = np.linspace(0.0, 1.0, 21)
FOLDS = 5
PULL = 32.0
"""Times the square of the share's distance from one half: what that must gain in log loss, summed over rows, in the
choice between network and texture. A validation part of some dozen pictures cannot tell them apart, and the loss
flatters the surer of the two; the plain mean is the safest then."""


def judged_elsewhere(prepared: Prepared) -> bool:
    """Whether rows are left to judge the finished run by; else the validation part must do, and none may learn it."""
    return len(prepared.rows("test")) + len(prepared.rows("calibration")) > 0


def row_weights(prepared: Prepared) -> np.ndarray | None:
    """Row weights where a column has that role; missing ones count 1."""
    name = prepared.records.the("weight")
    if name is None:
        return None
    column = prepared.records.frame.select(pl.col(name).cast(pl.Float64)).collect()[name]
    weight = column.fill_null(1.0).fill_nan(1.0).to_numpy()
    low = float(weight.min(initial=1.0))
    if low < 0:
        raise DataProblem.of(
            f"a row weighs {low:g}", where=f"column '{name}', row {int(weight.argmin()) + 1:,}",
            why="a weight says how much a row counts: 0 or more", fix="mend the column, or leave it out of the roles",
        )  # fmt: skip
    mean = float(weight[prepared.learn].mean())
    return np.asarray(weight / mean) if mean > 0 else weight  # so that losses and steps keep their size


def rival(prepared: Prepared, settings: Settings, turns: Turns | None, scaling: dict[str, Any]) -> Rival | None:
    """What stands beside the network, from the same rows in the same turns; None where nothing does."""
    if textured(prepared):
        return texture(prepared, turns, scaling)
    some = tree_rows(prepared)
    return None if some is None else boosted(prepared, settings, turns, some)


def boosted(prepared: Prepared, settings: Settings, turns: Turns | None, some: Callable[[np.ndarray], Rows]) -> Trees:
    """Boosted trees."""
    task, width = prepared.task.name, prepared.task.width(prepared.state)
    seed, threads = prepared.plan.train.seed, settings.threads
    if turns is not None:
        return fit_in_turn(some(turns.rows), turns.held, task=task, width=width, seed=seed, threads=threads)
    held = some(prepared.known("validation"))
    return fit_trees(
        some(prepared.learn), held, task=task, width=width, seed=seed, threads=threads, again=judged_elsewhere(prepared)
    )


def tree_rows(prepared: Prepared) -> Callable[[np.ndarray], Rows] | None:
    """What gives trees their rows; None for pictures, without validation, or where they are switched off."""
    cells = sum(a[:1].size for a in prepared.stored.arrays.values()) * len(prepared.learn)
    table = all(spec.kind in ("numbers", "codes") for spec in prepared.specs)
    off = prepared.plan.train.trees == "off" or not len(prepared.known("validation"))
    if off or not table or cells > MOST_TREE_CELLS:
        return None
    weight = row_weights(prepared)
    return lambda rows: (prepared.take(rows), prepared.target_of(rows), None if weight is None else weight[rows])


def textured(prepared: Prepared) -> bool:
    """Whether the rival is one of texture: photographs in classes, with a validation part, not switched off."""
    off = prepared.plan.train.trees == "off" or not len(prepared.known("validation"))
    return surfaces(prepared.specs, prepared.task.name) and not off


def texture(prepared: Prepared, turns: Turns | None, scaling: dict[str, Any]) -> TextureRival:
    """Texture features under a linear discriminant; of very many pictures an even share of each class."""
    features = Texture(prepared.specs, scaling).eval()
    pool = prepared.learn if turns is None else turns.rows
    target = prepared.target_of(pool)
    kept = thinned(target)
    shares = np.bincount(target) / np.maximum(np.bincount(target[kept], minlength=target.max() + 1), 1)
    own = row_weights(prepared)
    weight = shares[target[kept]] * (1.0 if own is None else own[pool[kept]])
    if turns is not None:
        rows, held = pool[kept], turns.held[kept]
    else:
        valid = prepared.known("validation")
        rows = np.concatenate([pool[kept], valid])
        held = np.concatenate([_folds(prepared, pool[kept], target[kept]), np.full(len(valid), -1)])
        weight = np.concatenate([weight, np.ones(len(valid)) if own is None else own[valid]])
    found = described_rows(features, prepared.take, rows)
    seen = Described(found, prepared.target_of(rows), weight, held)
    return fit_texture(
        features, seen, width=prepared.task.width(prepared.state), in_turn=turns is not None,
        again=judged_elsewhere(prepared),
    )  # fmt: skip


def _folds(prepared: Prepared, rows: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Fold of each row: classes alike in each, groups together."""
    groups = None if prepared.parts.groups is None else prepared.parts.groups[rows]
    return deal(Groups.of(groups, target), [1 / FOLDS] * FOLDS, np.random.default_rng([prepared.plan.train.seed, 12]))


def blended(
    prepared: Prepared, trained: tuple[nn.Module, nn.Module], other: Rival | None, turns: Turns | None
) -> tuple[State, bool]:
    """The network's share of the answer, by the loss of rows that each of the two has not seen."""
    state = dict(prepared.state)
    if other is None:
        return state, False
    rows, held = (prepared.known("validation"), None) if turns is None else (turns.rows, turns.held)
    arrays, raw, task = prepared.take(rows), prepared.raw[rows], prepared.task
    ours, theirs = trained_scores(*trained, arrays, held=held), other.unseen(arrays, state, held)
    losses = np.stack([task.loss_of(task.blend(ours, theirs, w, state), raw, state) for w in BLEND_STEPS])
    pull = PULL / len(rows) * (BLEND_STEPS - 0.5) ** 2 if other.kind == "texture" else 0.0
    weight = float(BLEND_STEPS[(losses.mean(axis=1) + pull).argmin()])
    if prepared.plan.train.trees == "on" and weight == 1.0:
        weight = 0.5
    if weight == 1.0:
        return state, False
    return {**state, "blend": {"network": weight, other.kind: 1 - weight}}, True
