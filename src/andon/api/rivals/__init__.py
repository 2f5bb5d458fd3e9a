"""The network's rival on the same rows, and its share of the answer: boosted trees for tables, texture features under a
linear discriminant for photographs of parts."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from andon.api.prepare import Prepared
from andon.api.rivals.histories import figured_rows
from andon.api.rivals.rows import judged_elsewhere, row_weights
from andon.api.rivals.texture import fitted_texture, textured
from andon.api.rivals.trees import boosted, switched_off, tree_rows
from andon.ship.parity import trained_scores
from andon.split import Turns
from andon.tasks import State
from andon.train import Settings
from andon.train.figures import FigureTrees
from andon.train.rival import Rival

__all__ = [
    "blended",
    "figured_rows",
    "fitted_texture",
    "judged_elsewhere",
    "rival",
    "row_weights",
    "switched_off",
    "textured",
    "tree_rows",
]

BLEND_STEPS = np.linspace(0.0, 1.0, 21)
PULL = 32.0
"""Times the square of the share's distance from one half: what that must gain in log loss, summed over rows, in the
choice between network and texture. A validation part of some dozen pictures cannot tell them apart, and the loss
flatters the surer of the two; the plain mean is the safest then."""
LIVES, USUAL = 8.0, 2 / 3
"""The same for histories, in shares of the loss: rows of a unit are no news of each other, so that some dozen units
must tell the two apart; and the share of the network that did best on three sets of engines (`NUMBERS.md` §14.1)."""


def rival(prepared: Prepared, settings: Settings, turns: Turns | None, scaling: dict[str, Any]) -> Rival | None:
    """What stands beside the network, from the same rows in the same turns; None where nothing does."""
    if textured(prepared):
        return fitted_texture(prepared, turns, scaling)
    if prepared.encoding.history is not None:
        if switched_off(prepared):
            return None
        figures, of_histories = figured_rows(prepared, scaling)
        return FigureTrees(figures, boosted(prepared, settings, turns, of_histories))
    some = tree_rows(prepared)
    return None if some is None else boosted(prepared, settings, turns, some)


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
    if prepared.encoding.history is not None and prepared.parts.groups is not None:
        units = len(np.unique(prepared.parts.groups[rows]))
        pull = losses.mean(axis=1).min() * LIVES / units * (BLEND_STEPS - USUAL) ** 2
    weight = float(BLEND_STEPS[(losses.mean(axis=1) + pull).argmin()])
    if prepared.plan.train.trees == "on" and weight == 1.0:
        weight = 0.5
    if weight == 1.0:
        return state, False
    return {**state, "blend": {"network": weight, other.kind: 1 - weight}}, True
