"""Records made from a frame, for tests of the split."""

from __future__ import annotations

import polars as pl

from andon.records.records import Column, Records


def records(frame: pl.DataFrame, **roles: str) -> Records:
    """Records whose columns are inputs, but for those named by role."""
    by_name = {name: role for role, name in roles.items()}
    columns = []
    for name, dtype in frame.schema.items():
        kind = "number" if dtype.is_numeric() else "date" if dtype.is_temporal() else "category"
        columns.append(Column(name, kind, by_name.get(name, "input")))
    return Records(frame.lazy(), tuple(columns))
