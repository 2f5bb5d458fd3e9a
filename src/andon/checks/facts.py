"""`Facts`: everything a check may look at. `Draft`: a finding whose rows the shared pass still has to count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from andon.checks.finding import Finding
from andon.plan.settings import Plan
from andon.records.lives.events import LIFE
from andon.records.records import Column, Kind, Records
from andon.summary import Finished

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Facts:
    """Records, their summary and the plan; whole rows to look at closely.

    `sample` holds at most 16,384 rows in no order. `ordered` holds at most as many, evenly spaced in file order, with
    their row numbers in `row_numbers`; it is empty until the shared pass has run.
    """

    records: Records
    summary: Finished
    plan: Plan
    task: str = ""
    "`classification`, `regression`, or empty without a target."
    ordered: pl.DataFrame = field(default_factory=pl.DataFrame)
    row_numbers: Codes = field(default_factory=lambda: np.empty(0, np.int64))
    seen: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)
    "Columns of the sample that were turned into arrays already; many checks look at the same ones."

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return self.summary.rows

    @property
    def sample(self) -> pl.DataFrame:
        """Whole rows in no order."""
        return self.summary.sample

    @property
    def target(self) -> str | None:
        """Name of the target column."""
        return self.records.the("target")

    @property
    def lives(self) -> list[str]:
        """Columns that tell lives apart: the unit's, and the number of its life where events cut it into several."""
        units = self.records.named("unit")
        return [*units, LIFE] if units and self.records.events is not None and LIFE in self.sample.columns else units

    def inputs(self, *kinds: Kind) -> list[Column]:
        """Input columns of these kinds (all if none is given) that the sample holds."""
        held = set(self.sample.columns)
        inputs = [column for column in self.records.columns if column.role == "input" and column.name in held]
        return [column for column in inputs if not kinds or column.kind in kinds]

    def numbers(self, name: str) -> Floats:
        """A column of the sample as float64, NaN where missing or not finite; dates in seconds since 1970."""
        if name not in self.seen:
            self.seen[name] = floats(self.sample[name])
            self.seen[name].flags.writeable = False
        return self.seen[name]

    def classes(self) -> tuple[Codes, list[str]]:
        """The target of the sample as class numbers (-1: missing) and the classes, most frequent first."""
        assert self.target is not None
        return labels(self.sample[self.target])


class Check(Protocol):
    """One check: pure, facts in, findings out."""

    def __call__(self, facts: Facts) -> list[Finding | Draft]:
        """Look at the facts and say what is found."""
        ...


@dataclass(frozen=True)
class Draft:
    """A finding and the rows it concerns as an expression over the whole table.

    `{rows}` and `{share}` in `finding.what` are filled in by the shared pass. A draft without rows is dropped, and so
    is one with a share of rows above `largest_share` (what so many rows do is no exception).
    """

    finding: Finding
    mask: pl.Expr
    largest_share: float = 1.0


def floats(series: pl.Series) -> Floats:
    """A series of numbers, booleans or dates as float64, NaN where null or not finite."""
    if series.dtype.is_temporal():
        series = series.cast(pl.Datetime("us")).dt.epoch("us") / 1e6
    values = series.cast(pl.Float64, strict=False).to_numpy().astype(np.float64, copy=True)  # nulls become NaN
    values[~np.isfinite(values)] = np.nan
    return values


def labels(series: pl.Series) -> tuple[Codes, list[str]]:
    """Values of a series as codes (-1: null) and their texts, most frequent first."""
    texts = series.cast(pl.String).alias("value")
    counts = texts.drop_nulls().value_counts().sort(["count", "value"], descending=[True, False])
    values = counts["value"].to_list()
    codes = texts.replace_strict(values, range(len(values)), default=-1, return_dtype=pl.Int64) if values else None
    return (codes.fill_null(-1).to_numpy() if codes is not None else np.full(len(series), -1, np.int64)), values


def percent(share: float) -> str:
    """A share as people say it: `3.4 %`, `0.02 %`, `< 0.01 %`."""
    if 0 < share < 0.0001:
        return "< 0.01 %"
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.3g} %"
