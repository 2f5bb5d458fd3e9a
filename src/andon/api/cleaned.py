"""Cleaning fitted step by step: each on what the steps before it leave, and the summary of what all of them leave."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from andon.clean import Cleaning, fit_steps, read_steps
from andon.encode.fit import fit_schema
from andon.encode.schema import Schema
from andon.encode.store import blocks
from andon.errors import DataProblem
from andon.plan import Plan
from andon.records import Records
from andon.summary import Finished, fold

SUMMED = ("number", "category", "date")


def fit_cleaning(
    plan: Plan, records: Records, summary: Finished, in_train: np.ndarray
) -> tuple[Schema, Cleaning, Finished]:
    """Schema, fitted steps, and the training part's summary after them (`summary` is the one before them)."""
    entries, columns = read_steps(plan.clean), list(records.columns)
    remembers = fit_steps(entries, summary, columns).remembers
    schema = fit_schema(records, summary, remembers=remembers)
    if remembers:
        require_order(records)
    categories = {f.name: f.categories for f in schema.fields if f.kind == "category"}
    cleaning, left = Cleaning(), summary
    for number in range(len(entries)):
        step = fit_steps(entries[: number + 1], left, columns, only=number).coded(categories)
        cleaning = Cleaning((*cleaning.steps, *step.steps))
        left = _left(records, (schema, cleaning), summary, in_train)
    return schema, cleaning, left


def require_order(records: Records) -> None:
    """Steps that remember go by the order of the rows: within a unit that must be the order of time."""
    time, unit = records.the("time"), records.the("unit")
    if time is None:
        return
    step = pl.col(time).diff() if unit is None else pl.col(time).diff().over(unit)
    rows = records.frame.select((step.cast(pl.Float64) < 0).arg_true()).collect().to_series()
    if len(rows):
        raise DataProblem.of(
            f"{len(rows):,} rows step back in time", where=f"column '{time}', row {rows[0] + 1:,}",
            why="steps of 'clean' that remember earlier rows would look into the future",
            fix="sort the records by unit and time, or take these steps out",
        )  # fmt: skip


def _left(records: Records, way: tuple[Schema, Cleaning], before: Finished, in_train: np.ndarray) -> Finished:
    """Summary of the training rows as cleaning leaves them; columns that no step knows keep their facts."""
    schema, cleaning = way[0], way[1].fresh()
    kinds = {f.name: f.kind for f in schema.fields if f.kind in SUMMED}
    numbers = [name for name, kind in kinds.items() if kind == "number"]
    extra = [name for name in (schema.unit, schema.time) if name is not None]
    keep = in_train & cleaning.rows(records.frame)
    with tempfile.TemporaryDirectory() as folder:
        pieces: list[pl.LazyFrame] = []
        start = 0
        for piece in blocks(records.frame, list(dict.fromkeys([*schema.names(), *extra]))):
            done = cleaning.apply(schema.block(piece)[0])
            keep[start : start + len(piece)] &= ~done.reject
            start += len(piece)
            place = Path(folder) / f"{len(pieces)}.arrow"
            changed = [pl.Series(name, done.block[name]).fill_nan(None) for name in numbers]
            piece.select(list(kinds)).with_columns(changed).write_ipc(place)
            pieces.append(pl.scan_ipc(place))
        after = fold(pl.concat(pieces), kinds, rows=keep)
    return replace(after, missing={**before.missing, **after.missing})
