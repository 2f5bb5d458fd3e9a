"""Texture features under a linear discriminant beside the network, for photographs of parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from andon.api.learning.recipe import photographs
from andon.api.prepare import Prepared
from andon.api.rivals.rows import judged_elsewhere, row_weights
from andon.nets.texture import Texture
from andon.split import Turns
from andon.split.deal import Groups, deal
from andon.train.rivals.affine import AffineRival, described_rows
from andon.train.rivals.texture import BATCH, Described, fit_texture, thinned

FOLDS = 5


def textured(prepared: Prepared) -> bool:
    """Whether the rival is one of texture: photographs in classes, with a validation part, not switched off."""
    off = prepared.plan.train.trees == "off" or not len(prepared.known("validation"))
    return photographs(prepared.specs, prepared.task.name) and not off


def fitted_texture(prepared: Prepared, turns: Turns | None, scaling: dict[str, Any]) -> AffineRival:
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
    found = described_rows(features, prepared.take, rows, batch=BATCH)
    seen = Described(found, prepared.target_of(rows), weight, held)
    return fit_texture(
        features, seen, width=prepared.task.width(prepared.state), in_turn=turns is not None,
        again=judged_elsewhere(prepared),
    )  # fmt: skip


def _folds(prepared: Prepared, rows: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Fold of each row: classes alike in each, groups together."""
    groups = None if prepared.parts.groups is None else prepared.parts.groups[rows]
    return deal(Groups.of(groups, target), [1 / FOLDS] * FOLDS, np.random.default_rng([prepared.plan.train.seed, 12]))
