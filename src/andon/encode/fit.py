"""Learns a `Schema` from the training part's summary."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from andon.encode.cutting import FARTHER, why_cut
from andon.encode.field import Field
from andon.encode.pictures import LOOKED, scale_for, shape_for
from andon.encode.schema import Schema
from andon.encode.tiles import tiled_shape
from andon.encode.waves import FILE
from andon.errors import DataProblem
from andon.records.lives.events import LIFE
from andon.records.records import Records
from andon.records.signals import usual
from andon.signals import head

if TYPE_CHECKING:
    from andon.summary import Finished

MASKS = ("mask", "masks", "ground_truth", "掩膜", "掩码")
"""What a column of places of masks is called."""
MOST_CATEGORIES = 1000
"""More categories than this share the unknown slot: an embedding of rarer ones would be noise."""


def fit_schema(
    records: Records, summary: Finished, in_train: np.ndarray, *, remembers: bool, rules: Mapping[str, Any],
    at_scale: bool = False, cut: bool = False,
) -> Schema:  # fmt: skip
    """Fields of the input columns, from the training part alone.

    A category seen once goes to the unknown slot, so that the slot is trained and not a guess. `remembers` says that
    cleaning or histories need unit and time beside the inputs, `at_scale` that pictures keep the scale of their pixels,
    `cut` that very large ones may be cut into tiles unasked: the answer of a picture is that of its worst tile.
    """
    types = records.frame.select(records.inputs()).collect_schema()
    fields = [
        _files(name, records, in_train, rules.get(name, {}), at_scale=at_scale, cut=cut)
        if records.kind(name) == "image" and types[name] == pl.String
        else _waves(name, records, in_train)
        if records.kind(name) == "signal" and types[name] == pl.String
        else _field(name, records, summary, types[name])
        for name in records.inputs()
        if records.kind(name) != "text"
    ]
    if not remembers:
        return Schema(fields=fields, dates=_dates(records, [f.name for f in fields]))
    lives = LIFE if any(column.name == LIFE for column in records.columns) and records.events is not None else None
    repaired = lives is not None and records.events is not None and records.events.repaired
    return Schema(
        fields=fields, unit=records.the("unit"), time=records.the("time"), life=lives, repaired=repaired,
        event=records.the("event"), dates=_dates(records, [*(f.name for f in fields), records.the("time")]),
        begins=None if lives else _begins(records, in_train),
    )  # fmt: skip


def _begins(records: Records, in_train: np.ndarray) -> tuple[float, float] | None:
    """See `Schema.begins`; None where units begin at any time, or time is no number."""
    unit, time = records.the("unit"), records.the("time")
    if unit is None or time is None or records.kind(time) != "number":
        return None
    moment = pl.col(time).cast(pl.Float64)
    lives = records.frame.filter(pl.lit(pl.Series(in_train))).group_by(unit).agg(begin=moment.min(), end=moment.max())
    found = lives.drop_nulls().collect(engine="streaming")
    if not found.height:
        return None
    tenth = float(np.median(found["end"] - found["begin"])) / 10
    begin = found["begin"].to_numpy()
    return (float(begin.max()), tenth) if begin.max() - begin.min() <= tenth else None


def _dates(records: Records, names: Sequence[str | None]) -> dict[str, str]:
    """How the dates among these columns are written."""
    return {c.name: c.format for c in records.columns if c.kind == "date" and c.name in names}


def _files(
    name: str, records: Records, in_train: np.ndarray, rule: Mapping[str, Any], *, at_scale: bool, cut: bool
) -> Field:
    """Facts of a column that names picture files, from the heads of the training part's and the plan's rule."""
    named = records.frame.select(name).collect()[name].filter(pl.Series(in_train))
    places = named.drop_nulls()
    missing = 1 - len(places) / max(len(named), 1)
    free, why = rule.get("size") is None and rule.get("fit") is None, ""
    if rule.get("fit") != "tiles":
        if at_scale and free:
            shape, fit = scale_for(places.to_list(), colour=rule.get("colour"))
        else:
            shape, fit = shape_for(places.to_list(), size=rule.get("size"), colour=rule.get("colour"))
            fit = rule.get("fit") or fit
        if cut and free:
            farther = FARTHER / 2 if at_scale else FARTHER
            masks = _masks(records, in_train)
            why = why_cut(places.to_list(), shape, masks, rows=len(in_train), farther=farther)
    if rule.get("fit") == "tiles" or why:
        largest, fit = scale_for(places.to_list(), colour=rule.get("colour"), shrunk=False)
        shape, whole = tiled_shape(largest, rule.get("size"))
        return Field(
            name=name, kind="image", shape=shape, dtype="uint8", fit=fit, missing=missing, whole=whole, why=why
        )
    return Field(name=name, kind="image", shape=shape, dtype="uint8", fit=fit, missing=missing)


def _waves(name: str, records: Records, in_train: np.ndarray) -> Field:
    """Facts of a column that names waveform files, from the heads of the training part's."""
    named = records.frame.select(name).collect()[name].filter(pl.Series(in_train))
    heads = []
    for place in named.drop_nulls().to_list()[:: max(1, len(named) // LOOKED)]:
        try:
            heads.append(head(place))
        except DataProblem:
            continue
    if not heads:
        raise DataProblem.of(f"no waveform of '{name}' can be read", where="the training part", fix="give the files")
    common, _ = usual(heads)
    missing = named.null_count() / max(len(named), 1)
    return Field(
        name=name, kind="signal", shape=list(common.shape), dtype="float32", fit=FILE, rate=common.rate, missing=missing
    )


def _masks(records: Records, in_train: np.ndarray) -> list[str]:
    """Places of the masks of the training part."""
    name = next((c.name for c in records.columns if c.name.lower() in MASKS), None)
    if name is None:
        return []
    column = records.frame.select(pl.col(name).cast(pl.String)).collect()[name]
    return column.filter(pl.Series(in_train)).drop_nulls().to_list()


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
