"""What boosted trees see of histories: the figures that the dense part of the network looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from andon.api.prepare import Prepared
from andon.api.rivals.rows import row_weights
from andon.nets.encoders.history import HistoryFigures
from andon.train.rivals.figures import MOST_ROWS, figured
from andon.train.rivals.trees import Rows


def figured_rows(prepared: Prepared, scaling: dict[str, Any]) -> tuple[HistoryFigures, Callable[[np.ndarray], Rows]]:
    """The figures, and what gives trees their rows; of very many an even share."""
    figures, weight = HistoryFigures(prepared.specs, scaling).eval(), row_weights(prepared)
    taught = prepared.taught()
    target = taught if prepared.least is None else taught[:, 0]

    def some(rows: np.ndarray) -> Rows:
        rows = rows[np.isfinite(target[rows])]  # trees have no loss for "so long or longer"
        kept = rows[:: max(1, -(-len(rows) // MOST_ROWS))]
        arrays = {"numbers": figured(figures, prepared.take(kept))}
        return arrays, target[kept], None if weight is None else weight[kept]

    return figures, some
