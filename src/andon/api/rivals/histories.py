"""Boosted trees beside a network of histories, over the same figures that its dense part looks at."""

from __future__ import annotations

from typing import Any

import numpy as np

from andon.api.prepare import Prepared
from andon.api.rivals.rows import judged_elsewhere, row_weights
from andon.nets.encoders.history import HistoryFigures
from andon.train import Settings
from andon.train.figures import MOST_ROWS, FigureTrees, figured
from andon.train.trees import Rows, fit_trees


def figured_trees(prepared: Prepared, settings: Settings, scaling: dict[str, Any]) -> FigureTrees | None:
    """Trees stopped early on the validation part; None without one, or where they are switched off. Of very many rows
    an even share is learnt from."""
    held = prepared.known("validation")
    if prepared.plan.train.trees == "off" or not len(held):
        return None
    figures, weight = HistoryFigures(prepared.specs, scaling).eval(), row_weights(prepared)

    taught = prepared.taught()
    target = taught if taught.ndim == 1 else taught[:, 0]

    def some(rows: np.ndarray) -> Rows:
        rows = rows[np.isfinite(target[rows])]  # trees have no loss for "so long or longer"
        kept = rows[:: max(1, -(-len(rows) // MOST_ROWS))]
        arrays = {"numbers": figured(figures, prepared.take(kept))}
        return arrays, target[kept], None if weight is None else weight[kept]

    return FigureTrees(figures, fit_trees(
        some(prepared.learn), some(held), task=prepared.task.name, width=prepared.task.width(prepared.state),
        seed=prepared.plan.train.seed, threads=settings.threads, again=judged_elsewhere(prepared),
    ))  # fmt: skip
