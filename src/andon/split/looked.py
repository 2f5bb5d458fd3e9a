"""What a split looks at, as plain arrays: which rows have a target, of which stratum, unit, group, time and copy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from andon.checks.pictures.twins import grouped
from andon.errors import SettingProblem
from andon.records.lives.events import LIFE
from andon.records.lives.histories import open_ended
from andon.records.pictures.looked import Looked as Pictures
from andon.records.records import Records, Role
from andon.summary import duplicate_rows

ROLES: tuple[Role, ...] = ("part", "unit", "group", "time")
ROW = "__row__"
MOST_BINS = 20
"""Quantile bins of a measured target, by which a random split is stratified."""
MOST_CLASSES = 1000
"""A target with more distinct values than this is no set of classes, and is not stratified by."""


@dataclass(frozen=True)
class Looked:
    """One entry per row of the records, in their order.

    `usable`: has a target; `stratum`: class, or quantile bin of a measured target; `unit`, `group`: int64 numbers, null
    being one of its own; `time`: float seconds or the column's own numbers, NaN where missing; `copies`: int64, equal
    for rows whose inputs are identical; `spots`: per picture column int64, equal for pictures of one spot, and of equal
    pixels; `part`: the column that says the part, as text.
    """

    rows: int
    usable: np.ndarray
    stratum: np.ndarray
    strata: str
    unit: np.ndarray | None
    group: np.ndarray | None
    time: np.ndarray | None
    dated: bool
    part: pl.Series | None
    copies: np.ndarray
    names: dict[str, str]
    spots: tuple[np.ndarray, ...] = ()
    lives: np.ndarray | None = None
    "Where events cut units into lives: int64 number of each."
    ended: np.ndarray | None = None
    "Where the ends of some lives are not known: mask of the rows whose end is."

    @property
    def num_copied(self) -> int:
        """Rows that are a copy of an earlier one."""
        return self.rows - int((self.copies == np.arange(self.rows)).sum())


def look(records: Records, *, task: str, target: str | None, whole: bool = False) -> Looked:
    """Read the columns with a role, once; and find identical rows by the hash of their input columns. `whole`: rows
    are told apart by what came before them, so none is a copy."""
    found = {role: records.the(role) for role in ROLES}
    names: dict[str, str] = {role: name for role, name in found.items() if name is not None}
    cut = [LIFE] if records.events is not None and LIFE in records.frame.collect_schema() else []
    wanted = dict.fromkeys([*names.values(), *([target] if target else []), *cut])
    frame = records.frame.select(pl.int_range(pl.len()).alias(ROW), *wanted).collect()
    rows, inputs, going = frame.height, [] if whole else records.identity(), open_ended(records)
    usable, stratum, strata = np.ones(rows, bool), np.zeros(rows, np.int64), ""
    if target:
        usable, stratum, strata = _strata(frame[target], task)
    time = frame[names["time"]] if "time" in names else None
    return Looked(
        rows=rows, usable=usable, stratum=stratum, strata=strata,
        unit=numbered(frame[names["unit"]]) if "unit" in names else None,
        group=numbered(frame[names["group"]]) if "group" in names else None,
        time=_time(time, names["time"]) if time is not None else None,
        dated=time is not None and time.dtype.is_temporal(),
        part=frame[names["part"]].cast(pl.String) if "part" in names else None,
        copies=duplicate_rows(records.frame, inputs).groups() if inputs else np.arange(rows), names=names,
        spots=tuple(numbers for looked in records.pictures.values() for numbers in (grouped(looked), _pixels(looked))),
        lives=_lives(frame, names["unit"]) if cut and "unit" in names else None,
        ended=None if going is None else ~going,
    )  # fmt: skip


def numbered(values: pl.Series) -> np.ndarray:
    """Distinct values numbered; null counts as one value, so that rows of an unknown unit stay together."""
    return values.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()


def _lives(frame: pl.DataFrame, unit: str) -> np.ndarray:
    """Lives of units numbered."""
    return numbered(frame.select(pl.concat_str(unit, LIFE, separator="/", ignore_nulls=True)).to_series())


def _pixels(looked: Pictures) -> np.ndarray:
    """Equal pixels numbered; what cannot be read stands alone."""
    pixels = looked.facts["pixels"]
    return np.where(pixels.is_null().to_numpy(), len(pixels) + np.arange(len(pixels)), numbered(pixels))


def _time(values: pl.Series, name: str) -> np.ndarray:
    """Seconds since 1970 of dates, numbers as they are; NaN where missing."""
    if values.dtype.is_temporal():
        if values.dtype == pl.Time:
            values = values.cast(pl.Duration("us"))
            return values.cast(pl.Int64).cast(pl.Float64).fill_null(np.nan).to_numpy() / 1e6
        values = values.cast(pl.Datetime("us")).cast(pl.Int64)
        return values.cast(pl.Float64).fill_null(np.nan).to_numpy() / 1e6
    if values.dtype.is_numeric():
        found = values.cast(pl.Float64).fill_null(np.nan).to_numpy()
        return np.where(np.isfinite(found), found, np.nan)
    raise SettingProblem.at(
        "data.rows.time", f"column '{name}' cannot order the rows", why="it holds neither dates nor numbers",
        fix="name a column of dates as 'data.rows.time', or set 'split.by'",
    )  # fmt: skip


def _strata(values: pl.Series, task: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Which rows have a target, and the stratum of each: its class, or its quantile bin."""
    usable = values.is_not_null().to_numpy()
    if values.dtype.is_float():
        usable = usable & values.is_finite().fill_null(False).to_numpy()
    stratum = np.zeros(len(values), np.int64)
    if task == "regression" and values.dtype.is_numeric():
        known = values.cast(pl.Float64).to_numpy()[usable]
        bins = min(MOST_BINS, len(known) // (2 * MOST_BINS))
        if bins > 1:
            edges = np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])
            stratum[usable] = np.searchsorted(edges, known, side="right")
            return usable, stratum, f"range of '{values.name}'"
        return usable, stratum, ""
    codes = numbered(values)
    if codes.max(initial=0) > MOST_CLASSES:
        return usable, stratum, ""
    return usable, codes, f"class of '{values.name}'"
