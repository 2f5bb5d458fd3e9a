"""Learns a `Schema` from the training part's summary."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from andon.encode.schema import Field, Schema
from andon.records.records import Records

if TYPE_CHECKING:
    from andon.summary import Finished

MOST_CATEGORIES = 1000
"""More categories than this share the unknown slot: an embedding of rarer ones would be noise."""


def fit_schema(records: Records, summary: Finished, *, remembers: bool) -> Schema:
    """Fields of the input columns, from the training part alone.

    A category seen once goes to the unknown slot, so that the slot is trained and not a guess. `remembers` says that a
    cleaning step needs unit and time beside the inputs.
    """
    types = records.frame.select(records.inputs()).collect_schema()
    fields = [_field(name, records, summary, types[name]) for name in records.inputs() if records.kind(name) != "text"]
    unit = records.the("unit") if remembers else None
    return Schema(fields=fields, unit=unit, time=records.the("time") if remembers else None)


def _field(name: str, records: Records, summary: Finished, dtype: pl.DataType) -> Field:
    """One column's facts."""
    kind, rows = records.kind(name), max(summary.rows, 1)
    if kind == "number":
        facts = summary.numbers[name]
        bounds = [v if math.isfinite(v) else None for v in (facts.low, facts.high)]
        return Field(name=name, kind=kind, low=bounds[0], high=bounds[1], missing=facts.missing / rows)
    if kind == "date":
        dates = summary.dates[name]
        return Field(name=name, kind=kind, missing=dates.missing / rows)
    if kind == "category":
        categories = summary.categories[name]
        seen = [word for word, count in categories.counts.items() if count > 1][:MOST_CATEGORIES]
        return Field(name=name, kind=kind, categories=sorted(seen), missing=categories.missing / rows)
    assert isinstance(dtype, pl.Array), f"{name}: {kind} columns are pl.Array"
    inner: pl.DataType = dtype
    while isinstance(inner, pl.Array):
        inner = inner.inner  # type: ignore[assignment]
    return Field(name=name, kind=kind, shape=list(dtype.shape), dtype="uint8" if inner == pl.UInt8 else "float32")
