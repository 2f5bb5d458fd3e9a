"""What `safe_until` stands on where lives are cut by events: a ridge regression of the life left near its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from andon.api.prepare import Prepared
from andon.api.rivals.rows import judged_elsewhere, row_weights
from andon.nets.linear import FigureLine
from andon.tasks.remaining_life import NEAR, RemainingLife
from andon.train.rivals.affine import AffineRival, described_rows
from andon.train.rivals.figures import BATCH, MOST_ROWS
from andon.train.rivals.linear import Lined, fit_linear

SHARE = 0.4
"""Of the rows whose life left is known, those nearest to their end say where the end begins."""


def near_end(prepared: Prepared, scaling: dict[str, Any]) -> AffineRival | None:
    """Ridge regression on figures of histories, taught by lives that were seen to end and with a cap of its own, so
    that it need not be right where nothing is at stake. None where all lives are seen to their end: there the answer
    is as good."""
    if not isinstance(prepared.task, RemainingLife) or prepared.least is None:
        return None
    cap = near_cap(prepared)
    parts = [rows[np.isfinite(prepared.raw[rows])] for rows in (prepared.known("validation"), prepared.learn)]
    parts = [rows[:: max(1, -(-len(rows) // MOST_ROWS))] for rows in parts]
    if not len(parts[0]) or cap <= 0:
        return None
    rows, held = np.concatenate(parts), np.repeat([0, 1], [len(own) for own in parts])
    features, weight = FigureLine(prepared.specs, scaling).eval(), row_weights(prepared)
    target = prepared.task.target(np.minimum(prepared.raw[rows], cap), prepared.state)
    own = np.ones(len(rows)) if weight is None else weight[rows]
    seen = Lined(described_rows(features, prepared.take, rows, batch=BATCH), target, own, held)
    found = fit_linear(features, seen, width=0, in_turn=False, again=judged_elsewhere(prepared))
    return replace(found, kind=NEAR, batch=BATCH)


def near_cap(prepared: Prepared) -> float:
    """Life left beyond which `near_end` was taught to say no more."""
    return float(np.nanquantile(prepared.raw[prepared.learn], SHARE))
