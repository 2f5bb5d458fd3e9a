"""From a column as it lies to one as `Records` promises: the same for training and for new rows.

What is no number (date, picture) becomes null; `failed` says which cells those are, missing ones apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from andon.records.dates import COUNTED, ZONE, moment, universal
from andon.records.numbers import Pattern, number
from andon.records.records import Kind
from andon.records.words import MISSING, MISSING_NUMBER


def cast(name: str, dtype: pl.DataType, kind: Kind, form: str, *, whole: bool = False) -> pl.Expr:
    """The column as its kind wants it. `whole` asks for integers of numbers that are text."""
    column = pl.col(name)
    if kind == "date":
        return _date(column, dtype, form).alias(name)
    if kind == "number":
        return _number(column, dtype, form, whole).alias(name)
    return words(column, dtype, form).alias(name)


def failed(name: str, kind: Kind, form: str) -> pl.Expr:
    """Per row: does a text column hold something here that is neither missing nor of its kind?"""
    text = pl.col(name).str.strip_chars()
    read = _moment(pl.col(name), form) if kind == "date" else number(pl.col(name), Pattern.of(form))
    return text.is_not_null() & ~text.str.to_lowercase().is_in(MISSING_NUMBER) & read.is_null()


ISO = "%Y-%m-%d %H:%M:%S%.f|%Y-%m-%dT%H:%M:%S%.f|%Y-%m-%d|%Y-%m-%d %H:%M|%Y-%m-%dT%H:%M:%S%.f%#z"
"""Formats that no one can misread; tried where a column is known to hold dates but not how they are written."""


def kept(name: str, kind: Kind, form: str) -> pl.Expr:
    """As `cast` for a text column, but a cell that cannot be read stays as it is, so that its row can be named."""
    read = cast(name, pl.String(), kind, form)
    return pl.when(failed(name, kind, form)).then(pl.col(name)).otherwise(read.cast(pl.String)).alias(name)


def dated(values: pl.Series, form: str) -> pl.Series:
    """Dates of a frame that nobody has read, by their format or as ISO 8601. Where a text is none, all stay text, and
    so do numbers where training read none as a date."""
    forms, _, _ = form.partition(ZONE)
    if values.dtype.is_numeric() and forms not in COUNTED:
        values = values.cast(pl.String)
    if values.dtype == pl.String and forms not in COUNTED:
        form = "|".join(dict.fromkeys([*forms.split("|"), *ISO.split("|")])).removeprefix("|") + form[len(forms) :]
    frame, name = values.to_frame(), values.name
    if values.dtype == pl.String and frame.select(failed(name, "date", form)).to_series().any():
        return frame.select(kept(name, "date", form)).to_series()
    return frame.select(cast(name, values.dtype, "date", form)).to_series()


def _number(column: pl.Expr, dtype: pl.DataType, form: str, whole: bool) -> pl.Expr:
    """Numbers: text by its pattern, lengths of time in seconds, others as they are; NaN is missing."""
    if dtype == pl.String:
        read = number(column, Pattern.of(form))
        return read.cast(pl.Int64, strict=False) if whole else read
    if dtype == pl.Duration:
        return column.dt.total_microseconds() / 1e6
    if dtype == pl.Time:
        return column.cast(pl.Int64) / 1e9
    if dtype.is_integer() and not dtype.is_(pl.Int128):
        return column
    return column.cast(pl.Float64, strict=False).fill_nan(None)


def _date(column: pl.Expr, dtype: pl.DataType, form: str) -> pl.Expr:
    """Dates in UTC without zone, microseconds."""
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        return column.dt.convert_time_zone("UTC").dt.replace_time_zone(None).cast(pl.Datetime("us"), strict=False)
    if dtype == pl.String or (dtype.is_numeric() and form):
        return _moment(column, form)
    return universal(column.cast(pl.Datetime("us"), strict=False), form.partition(ZONE)[2])


def _moment(column: pl.Expr, form: str) -> pl.Expr:
    """Text by its format, or by those that no one can misread where it is empty but for a zone."""
    return moment(column, form if form.split(ZONE)[0] else ISO + form)


def words(column: pl.Expr, dtype: pl.DataType, form: str) -> pl.Expr:
    """Categories and texts as String. Codes lose a `.0` that a spreadsheet gave them."""
    if dtype.is_float():
        exact = (column == column.round()) & (column.abs() < 2**53)
        whole = pl.when(exact).then(column).cast(pl.Int64, strict=False).cast(pl.String)
        return pl.coalesce(whole, column.fill_nan(None).cast(pl.String))
    if isinstance(dtype, (pl.List, pl.Array)):
        inner: Any = dtype.inner
        between = ";" if inner == pl.String or inner.is_nested() else " "
        cells = column.arr.to_list() if isinstance(dtype, pl.Array) else column
        return cells.list.eval(words(pl.element(), inner, form)).list.join(between)
    if dtype == pl.Struct:
        return column.struct.json_encode()
    if dtype == pl.Object:
        return pl.lit(None, pl.String)
    if dtype == pl.Binary:
        return column.bin.encode("hex")
    if dtype != pl.String:
        return column.cast(pl.String, strict=False)
    text = column.str.strip_chars()
    if form == "code":
        text = text.str.replace(r"^([+-]?\d+)\.0+$", "${1}")
    return pl.when(~text.str.to_lowercase().is_in(MISSING)).then(text)


def nested(name: str, dtype: pl.DataType, shape: Sequence[int], inner: pl.DataType) -> pl.Expr:
    """Pictures and windows as arrays of UInt8 or Float32; a cell of another size becomes null."""
    column = pl.col(name)
    wanted = pl.Array(pl.UInt8() if inner == pl.UInt8 else pl.Float32(), tuple(shape))
    if isinstance(dtype, pl.List):
        right = column.list.len() == shape[0]
        for size in shape[1:]:
            right = right & column.list.eval(pl.element().list.len() == size).list.all()
        column = pl.when(right).then(column)
    return column.cast(wanted).alias(name)
