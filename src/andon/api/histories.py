"""How histories are laid out for these records, and how their windows are scaled."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from msgspec import structs

from andon.encode.block import InputSpec
from andon.encode.derived import STEP, around, heard
from andon.encode.histories import AGE
from andon.encode.pasts import History
from andon.encode.schema import Schema, codes
from andon.encode.series import STEPS, Series, aligned, read_series
from andon.encode.windows import Windows
from andon.errors import DataProblem
from andon.plan.durations import span
from andon.plan.settings import Plan
from andon.records import Records
from andon.records.kinds import SECONDS
from andon.records.lives.events import LIFE
from andon.records.lives.histories import together
from andon.scale.fit import KNOTS
from andon.scale.motion import counts, runs_over, turn_of
from andon.scale.regimes import MOST, asks_for_digits, fit_regimes
from andon.summary import Finished

SAMPLE = 20_000
"""Rows that regimes, centres and spreads are fitted on."""
MOTION = 200_000
"""Rows by which angles and counters are told."""
OPEN = 1 / 3
"""Share of lives without an end from which on age is left out."""


def aged(series: Series, records: Records, ended: np.ndarray | None) -> tuple[Series, dict[str, str]]:
    """The same with its `age` settled, and why. `ended` (N,): rows whose life goes on for longer than is known (None:
    there are none). Where tools are changed before they fail, no life of training is old, and what is learnt of age is
    the plan by which they are changed: a tool that is left in beyond it would be said to live for ever."""
    if series.age != "auto":
        return series, {}
    if ended is None:
        return structs.replace(series, age=True), {}
    life = records.frame.select(pl.struct(str(records.the("unit")), LIFE).rle_id()).collect().to_series().to_numpy()
    few = float(ended[np.unique(life, return_index=True)[1]].mean()) < OPEN
    why = "most lives are seen to their end" if few else "age tells when tools are changed where few are seen to fail"
    return structs.replace(series, age=few), {"series.age": why}


def history_of(series: Series, records: Records, schema: Schema, summary: Finished) -> History:
    """Which columns move within a unit, and how far back a window goes."""
    names = [f.name for f in schema.fields if f.kind == "number"]
    unit = records.the("unit")
    assert unit is not None
    words = [f.name for f in schema.fields if f.kind == "category" and 2 <= len(f.categories) <= MOST]
    moving = _moving(records, unit, [*names, *words])
    columns, recipes = ([name for name in some if name in moving] for some in (names, words))
    waves = {f.name: f.shape for f in schema.fields if f.kind == "signal"}
    if not columns and not waves:
        raise DataProblem.of(
            "no column of numbers changes within a unit", where="the records",
            why="a history needs something to follow",
            fix="take 'regress' where rows stand alone",
        )  # fmt: skip
    sample = summary.sample.select(pl.col(columns).cast(pl.Float64)).head(SAMPLE).to_numpy()
    turns, counters, over = _turning(records, unit, columns)
    made = [each for name in turns for each in around(name)]
    made += [each for name, shape in waves.items() for each in heard(name, shape)]
    made += [f"{name}{STEP}" for name in counters]
    return History(
        columns=[*(name for name in columns if name not in turns), *made, *recipes], coded=len(recipes),
        turns=turns, waves=list(waves), counters=counters, over=over,
        first=0 if series.against == "window" else series.first,
        steps=STEPS if series.lookback == "auto" else series.lookback,
        gap=_gap(series, records), age=series.age is not False,
        exact=bool(counters) or asks_for_digits(sample), several=together(records),
    )  # fmt: skip


def _gap(series: Series, records: Records) -> float | None:
    """The hole that ends a history, in the unit of the time column."""
    if series.gap is None:
        return None
    time = next(c for c in records.columns if c.role == "time")
    dated = None if time.why.startswith(SECONDS) else time.kind == "date"
    return span(series.gap, "series.gap", column=time.name, dated=dated)


def _turning(records: Records, unit: str, names: list[str]) -> tuple[dict[str, float], list[str], list[str]]:
    """Of columns that move, by the first rows: those that hold angles (with their whole turns), those that count, and
    of these those that run over."""
    life = [LIFE] if records.events is not None else []
    some = records.frame.select(unit, *life, pl.col(names).cast(pl.Float64)).head(MOTION).collect()
    ids = some.select(pl.struct(unit, *life).rle_id()).to_series().to_numpy()
    same = ids[1:] == ids[:-1]
    values = {name: some[name].fill_null(float("nan")).to_numpy() for name in names}
    turns = {name: turn for name in names if (turn := turn_of(name, values[name], same)) is not None}
    counters = [name for name in names if name not in turns and counts(values[name], same)]
    return turns, counters, [name for name in counters if runs_over(values[name], same)]


def _moving(records: Records, unit: str, names: list[str]) -> set[str]:
    """Columns that take more than one value within some unit; the others are facts about the unit."""
    if not names:
        return set()
    apart = records.frame.group_by(unit).agg(pl.col(names).max() != pl.col(names).min())
    found = apart.select(pl.col(names).any()).collect(engine="streaming").row(0)
    return {name for name, moves in zip(names, found, strict=True) if moves}


def series_scaling(
    plan: Plan, history: History, schema: Schema, summary: Finished, *, laid: tuple[Windows, np.ndarray]
) -> dict[str, Any]:
    """Regimes with their centres and spreads, from a sample of the training part, and what stands between readings.
    `laid`: the windows of all rows and the numbers of those that train, which hold what the summary's sample lacks."""
    words = {f.name: f.categories for f in schema.fields if f.kind == "category"}
    some = summary.sample.head(SAMPLE)
    if history.derives:
        windows, learn = laid
        rows = windows.flat[windows.last[learn[:: -(-len(learn) // SAMPLE) or 1]]].astype(np.float64)
    else:
        rows = np.stack([
            codes(some[name], words[name]).astype(float) if name in words else some[name].cast(pl.Float64).to_numpy()
            for name in history.columns
        ], axis=1)  # fmt: skip
    found = fit_regimes(history.columns, rows, asked=plan.scale.regimes, coded=history.coded)
    found["kept"] = [place for place in found["kept"] if history.columns[place] not in history.over]
    series = read_series(plan.series)
    return found | {"align": aligned(series, history.columns), "against": series.against}


def with_age(scaling: dict[str, Any], spec: InputSpec, numbers: np.ndarray) -> dict[str, Any]:
    """The scaling of the numbers beside windows, with what the age of the training rows (N, C) says."""
    if AGE not in spec.columns or not len(numbers):
        return scaling
    place = spec.columns.index(AGE)
    ages = numbers[:, place]
    scaling["method"] = "zscore" if scaling["method"] == "none" else scaling["method"]
    scaling["center"][place] = float(ages.mean())
    scaling["spread"][place] = float(ages.std()) or 1.0
    scaling["knots"][place] = np.quantile(ages, np.linspace(0.0, 1.0, KNOTS)).tolist()
    return scaling
