"""A logistic or ridge regression beside the network, for tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from andon.api.prepare import Prepared
from andon.api.rivals.rows import judged_elsewhere, row_weights
from andon.nets.linear import MOST_CODES, LinearFeatures
from andon.split import Turns
from andon.train.rivals.affine import AffineRival, described_rows
from andon.train.rivals.linear import BATCH, Lined, fit_linear

MOST_CELLS, MOST_WIDTH = 20_000_000, 2000
"""Of more cells an even share of the rows is learnt; more features than that cost more than they would say."""
ROOM = 8_000_000
"""Cells within which columns of many categories are looked at."""


def described(prepared: Prepared, scaling: dict[str, Any]) -> LinearFeatures:
    """What it looks at. Columns of many categories are among it where all rows can be learnt all the same: the penalty
    keeps what is seen a few times small."""
    plain = LinearFeatures(prepared.specs, scaling).eval()
    counts = next((spec.cardinalities for spec in prepared.specs if spec.name == "codes"), ())
    most, width = MOST_CODES, plain.width
    for count in sorted(count for count in counts if count > MOST_CODES):
        width += count
        if width > MOST_WIDTH or width * len(prepared.learn) > ROOM:
            break
        most = count
    return plain if most == MOST_CODES else LinearFeatures(prepared.specs, scaling, most).eval()


def lined(prepared: Prepared, turns: Turns | None, scaling: dict[str, Any]) -> AffineRival | None:
    """The linear rival; None where the table has nothing for it to look at, or too much."""
    features = described(prepared, scaling)
    if not 0 < features.width <= MOST_WIDTH:
        return None
    valid = prepared.known("validation")
    rows = np.concatenate([valid, prepared.learn]) if turns is None else turns.rows
    held = np.repeat([0, 1], [len(valid), len(prepared.learn)]) if turns is None else turns.held
    kept = slice(None, None, max(1, -(-len(rows) * features.width // MOST_CELLS)))
    rows, held = rows[kept], held[kept]
    weight = row_weights(prepared)
    own = np.ones(len(rows)) if weight is None else weight[rows]
    seen = Lined(described_rows(features, prepared.take, rows, batch=BATCH), prepared.target_of(rows), own, held)
    width = prepared.task.width(prepared.state) if prepared.task.name == "classification" else 0
    return fit_linear(features, seen, width=width, in_turn=turns is not None, again=judged_elsewhere(prepared))
