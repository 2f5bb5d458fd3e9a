"""What the network and its rivals learn from alike."""

from __future__ import annotations

import numpy as np
import polars as pl

from andon.api.prepare import Prepared
from andon.errors import DataProblem


def judged_elsewhere(prepared: Prepared) -> bool:
    """Whether rows are left to judge the finished run by; else the validation part must do, and none may learn it."""
    return len(prepared.rows("test")) + len(prepared.rows("calibration")) > 0


def learnt_twice(prepared: Prepared) -> bool:
    """Whether the network learns the validation part as well, once everything is chosen on it: lives are few."""
    known = prepared.encoding.history is not None and len(prepared.known("validation")) > 0
    return known and judged_elsewhere(prepared)


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
