"""What intervals and thresholds stand on: rows that what answers has not learnt.

Of lives there may be few. Then those of the training part are asked as well, each by trees that have learnt the others
(in turns, as in cross-conformal prediction: Vovk 2015, arXiv:1208.0806), their errors made as small as those of the
answer beside the trees' where both were asked: three lives say little of what the next one will be like.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from torch import nn

from andon.api.prepare import Prepared
from andon.encode.block import tiled
from andon.ship.parity import trained_scores
from andon.tasks import State
from andon.tasks.remaining_life import FEW_LIVES, RemainingLife
from andon.train.rivals.figures import FigureTrees, figured
from andon.train.rivals.rival import Rival, joined, voices
from andon.train.rivals.trees import fit_in_turn

TURNS, TURN_ROWS = 5, 12_000
"""Where lives are few, those of training are asked too, in so many turns, and rows of them that do."""
LEAST = 0.5
"""The errors of trees count at least so much."""


class Asked(NamedTuple):
    """Numbers of rows (N,) and scores of them from what has not learnt them."""

    rows: np.ndarray
    scores: np.ndarray


def unseen(prepared: Prepared, trained: tuple[nn.Module, nn.Module], rivals: tuple[Rival, ...], state: State) -> Asked:
    """Rows of the validation part; where lives are few, those of the training part too."""
    rows = prepared.known("validation")
    arrays = prepared.take(rows)
    said = {"network": trained_scores(*trained, arrays)}
    said |= {r.kind: r.unseen(arrays, state, None) for r in joined(rivals, state)}
    found = Asked(rows, prepared.task.blend(said, state))
    more = in_turn(prepared, rivals, state, found)
    return found if more is None else Asked(*(np.concatenate(both) for both in zip(found, more, strict=True)))


def in_turn(prepared: Prepared, rivals: tuple[Rival, ...], state: State, seen: Asked) -> Asked | None:
    """Rows of training lives, asked in turns; None where enough others are there, or nothing is to be asked."""
    trees = next((rival for rival in rivals if isinstance(rival, FigureTrees)), None)
    task, groups, calibration = prepared.task, prepared.parts.groups, prepared.known("calibration")
    if not isinstance(task, RemainingLife) or trees is None or groups is None or prepared.least is not None:
        return None
    rows = prepared.learn[:: max(1, -(-len(prepared.learn) // TURN_ROWS))]
    units, life = np.unique(groups[rows], return_inverse=True)
    others = len(np.unique(groups[np.concatenate([seen.rows, calibration])]))
    turns = min(TURNS, len(units))
    if others >= FEW_LIVES or turns < 2 or state["quantiles"]:
        return None
    lengths = np.argsort(np.argsort(-np.bincount(life), kind="stable"))  # long and short lives in every turn
    held, arrays = (lengths % turns)[life], prepared.take(rows)
    figures = {"numbers": figured(trees.figures, arrays)}
    fitted = fit_in_turn(
        (figures, prepared.target_of(rows), None), held, task="regression", width=1, seed=prepared.plan.train.seed,
        threads=1,
    )  # fmt: skip
    told, truth = fitted.unseen(figures, state, held)[:, 0], task.told(prepared.raw[rows], state)
    known = task.told(prepared.raw[seen.rows], state)
    alone = trees.unseen(prepared.take(seen.rows), state, None)[:, 0] - known
    ours = seen.scores[:, 0] - known
    size = float(np.clip(np.sqrt(np.mean(ours**2) / max(float(np.mean(alone**2)), 1e-12)), LEAST, 1.0))
    return Asked(rows, (truth + size * (told - truth))[:, None])


def calibrated(
    prepared: Prepared, trained: tuple[nn.Module, nn.Module], beside: tuple[Rival, ...], state: State, *,
    judged: Asked | None = None,
) -> State:  # fmt: skip
    """The decision state from the calibration part (which may be empty: then nothing is promised). `judged`: further
    rows that the answering network had not learnt when they were asked; where rows come in few lives, the calibration
    part alone says too little of what is usual."""
    held, task, decide = prepared.rows("calibration"), prepared.task, prepared.plan.decide
    if tiled(prepared.specs) is not None:  # the graph tempers tiles, and another tile could then be the worst
        state = {**state, "tempered": False}
    if not len(held):
        return task.calibrate(np.empty((0, task.width(state))), prepared.raw[held], decide, state)
    found = []
    for rows in prepared.portions(held):
        arrays = prepared.take(rows)
        found.append(task.blend(voices(trained_scores(*trained, arrays), beside, arrays, state), state))
    scores, rows = np.concatenate(found), held
    if judged is not None:
        scores, rows = np.concatenate([scores, judged.scores]), np.concatenate([held, judged.rows])
    raw = prepared.raw[rows]
    if prepared.encoding.history is not None and prepared.parts.groups is not None:
        state = {**state, "lives": lives_of(prepared.parts.groups[rows], raw, cut=prepared.least is not None)}
    return task.calibrate(scores, raw, decide, state)


def lives_of(unit: np.ndarray, left: np.ndarray, *, cut: bool) -> int:
    """Lives seen to their end among rows (N,), unit after unit and in time: units, or where events `cut` them as many
    as the life left begins anew."""
    if not cut:
        return len(np.unique(unit))
    unit, left = unit[np.isfinite(left)], left[np.isfinite(left)]
    return int(((unit[1:] != unit[:-1]) | (left[1:] > left[:-1])).sum()) + min(len(unit), 1)
