"""Cleaning fitted step by step, each on what the steps before it leave."""

from __future__ import annotations

import numpy as np
import polars as pl

from andon.clean import Cleaning, fit_steps, read_steps
from andon.encode.fit import fit_schema
from andon.encode.schema import Schema
from andon.encode.store import blocks
from andon.encode.summed import Summed, of_sample
from andon.errors import DataProblem
from andon.jobs import JOBS
from andon.plan import Plan
from andon.records import Records
from andon.summary import Finished


def fit_cleaning(
    plan: Plan, records: Records, summary: Finished, in_train: np.ndarray, *, cut: bool = False
) -> tuple[Schema, Cleaning]:
    """Schema and fitted steps. `summary` is that of the training part (`in_train`: mask) before them; `cut`: pictures
    may be cut into tiles unasked."""
    entries, columns = read_steps(plan.clean), list(records.columns)
    remembers = fit_steps(entries, summary, columns).remembers
    at_scale = JOBS[plan.job].task == "anomaly"
    looks_back = remembers or JOBS[plan.job].histories
    schema = fit_schema(records, summary, in_train, remembers=looks_back, rules=plan.checks, at_scale=at_scale, cut=cut)
    if remembers:
        require_order(records)
    categories = {f.name: f.categories for f in schema.fields if f.kind == "category"}

    def look(cleaning: Cleaning) -> Finished:
        """What the earlier steps left, for a later one that asks: by the sample, or by a pass over the table."""
        if not cleaning.steps:
            return summary
        cleaning, summed = cleaning.coded(categories), Summed(schema)
        if (found := of_sample(schema, cleaning, summary)) is not None:
            return found
        keep = in_train & cleaning.rows(records.frame)
        start = 0
        for piece in blocks(records.frame, list(dict.fromkeys([*schema.names(), *schema.context()])), schema):
            done = cleaning.apply(schema.block(piece)[0])
            summed.add(piece, done.block, keep[start : start + len(piece)] & ~done.reject)
            start += len(piece)
        return summed.finish(summary)

    return schema, fit_steps(entries, look, columns).coded(categories)


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
