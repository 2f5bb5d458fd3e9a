"""Frames from Python: Polars, pandas, Arrow and arrays go in, answers come back in kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from andon.errors import DataProblem
from andon.records.arrays import columns_of
from andon.records.faults import naming

WHERE = "the data given"


def from_any(obj: Any) -> pl.DataFrame:
    """A Polars frame of whatever holds rows: a Polars, pandas, Arrow (or other narwhals) frame, a dict of columns, a
    list of dicts, a NumPy array (structured, matrix, pictures). Raises `DataProblem` for anything else."""
    if isinstance(obj, pl.DataFrame):
        return obj
    if isinstance(obj, pl.LazyFrame):
        with naming(WHERE):
            return obj.collect()
    if isinstance(obj, np.ndarray):
        with naming(WHERE):
            return pl.DataFrame(columns_of("", obj, WHERE))
    if isinstance(obj, Mapping):
        with naming(WHERE, "the columns do not make a table", "give columns of one length"):
            columns: dict[str, pl.Series] = {}
            for name, values in obj.items():
                array = values if isinstance(values, np.ndarray) and values.dtype != object else None
                columns |= (
                    {str(name): pl.Series(values, strict=False)}
                    if array is None
                    else columns_of(str(name), array, WHERE)
                )
            return pl.DataFrame(columns)
    if isinstance(obj, Sequence) and not isinstance(obj, (str, bytes)):
        with naming(WHERE, "the rows do not make a table", "give a list of dicts"):
            return pl.DataFrame(obj, infer_schema_length=None, strict=False)
    return _through_narwhals(obj)


def _through_narwhals(obj: Any) -> pl.DataFrame:
    """Any frame that narwhals knows; where its converter needs a library that is not there, column by column."""
    try:
        frame: nw.DataFrame[Any] = nw.from_native(obj, eager_only=True)
    except TypeError:
        raise DataProblem.of(
            f"a {type(obj).__name__} is not read", where=WHERE,
            fix="give a Polars, pandas or Arrow frame, a dict of columns or an array",
        ) from None  # fmt: skip
    with naming(WHERE):
        repeated = [name for name in frame.columns if frame.columns.count(name) > 1]
        if repeated:
            raise DataProblem.of(f"two columns are called '{repeated[0]}'", where=WHERE, fix="give each its own name")
        try:
            return frame.to_polars()
        except ImportError:  # pandas without pyarrow
            return pl.DataFrame({str(name): pl.Series(frame[name].to_list(), strict=False) for name in frame.columns})


def like(obj: Any, answers: pl.DataFrame) -> Any:
    """The answers as the same kind of frame as `obj`: pandas with its index, Arrow as Arrow, dicts as dicts."""
    if isinstance(obj, pl.LazyFrame):
        return answers.lazy()
    if isinstance(obj, (np.ndarray, Mapping)):
        return {name: answers[name].to_numpy() for name in answers.columns}
    if isinstance(obj, Sequence):
        return answers.to_dicts()
    if isinstance(obj, pl.DataFrame):
        return answers
    with naming(WHERE):
        namespace = nw.from_native(obj, eager_only=True)
        found = nw.from_dict(answers.to_dict(as_series=False), backend=namespace.implementation).to_native()
        if namespace.implementation.is_pandas_like() and len(found) == len(obj):
            found.index = obj.index
        return found
