"""What a finished network may promise, calibrated on rows that it has not learnt, of lives that go on as well."""

from __future__ import annotations

import numpy as np
from torch import nn

from andon.api.prepare import Prepared
from andon.encode.block import tiled
from andon.ship.parity import trained_scores
from andon.tasks import State
from andon.train.rival import Rival


def unseen(
    prepared: Prepared, trained: tuple[nn.Module, nn.Module], other: Rival | None, state: State
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the validation part, from what has not learnt it, and what is known of it."""
    rows = _told(prepared, "validation")
    arrays = prepared.take(rows)
    scores = trained_scores(*trained, arrays)
    if other is not None:
        theirs = other.unseen(arrays, state, None)
        scores = prepared.task.blend(scores, theirs, state["blend"]["network"], state)
    return scores, _known(prepared, rows)


def _told(prepared: Prepared, part: str) -> np.ndarray:
    """Rows of a part whose truth is known, or what it is at least."""
    if prepared.least is None:
        return prepared.known(part)
    rows = prepared.rows(part)
    found: np.ndarray = rows[np.isfinite(prepared.raw[rows]) | np.isfinite(prepared.least[rows])]
    return found


def _known(prepared: Prepared, rows: np.ndarray) -> np.ndarray:
    """Truth (N,) of some rows, or beside it (N, 2) what it is at least."""
    raw = prepared.raw[rows]
    return raw if prepared.least is None else np.stack([raw, prepared.least[rows]], axis=1)


def _lives(prepared: Prepared, rows: np.ndarray) -> int:
    """How many lives these rows are of: a unit each, or as many as it is cut into, where the life left rises again."""
    groups = prepared.parts.groups
    assert groups is not None
    if prepared.least is None:
        return len(np.unique(groups[rows]))
    left = np.fmax(prepared.raw[rows], prepared.least[rows])
    return 1 + int(((left[1:] > left[:-1]) | (groups[rows][1:] != groups[rows][:-1])).sum())


def calibrated(
    prepared: Prepared, trained: tuple[nn.Module, nn.Module], other: Rival | None, state: State, *,
    judged: tuple[np.ndarray, np.ndarray] | None = None,
) -> State:  # fmt: skip
    """The decision state from the calibration part (which may be empty: then nothing is promised). `judged`: scores and
    truth of further rows that the answering network had not learnt when they were asked; where rows come in few lives,
    the calibration part alone says too little of what is usual."""
    held, task, decide = prepared.rows("calibration"), prepared.task, prepared.plan.decide
    if tiled(prepared.specs) is not None:  # the graph tempers tiles, and another tile could then be the worst
        state = {**state, "tempered": False}
    if not len(held):
        return task.calibrate(np.empty((0, task.width(state))), prepared.raw[held], decide, state)
    held = _told(prepared, "calibration") if prepared.least is not None else held
    found = []
    for rows in prepared.portions(held):
        arrays = prepared.take(rows)
        scores = trained_scores(*trained, arrays)
        if other is not None:
            scores = task.blend(scores, other.scores(arrays, state), state["blend"]["network"], state)
        found.append(scores)
    scores, raw = np.concatenate(found), _known(prepared, held)
    if judged is not None:
        scores, raw = np.concatenate([scores, judged[0]]), np.concatenate([raw, judged[1]])
    if prepared.encoding.history is not None and prepared.parts.groups is not None:
        rows = np.concatenate([held, _told(prepared, "validation") if judged is not None else held[:0]])
        state = {**state, "lives": _lives(prepared, rows)}
    return task.calibrate(scores, raw, decide, state)
