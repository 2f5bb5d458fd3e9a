"""The same line in two files, as plants keep them: lots from the MES, readings from the historian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from andon.simulate.process import Simulated, process
from andon.simulate.words import heading

READ = ("melt_temp_c", "mould_temp_c", "holding_pressure_bar", "speed_mm_s")
"""Columns that only the historian has."""
TOLERANCE_SECONDS = 300
GAP_SHARE = 0.02
"""Share of the parts whose last reading is too old to be used."""


@dataclass(frozen=True)
class TwoSources:
    """`lots`: one row per part, without readings. `readings`: time stamp, machine and values, in order of time. Joined
    by machine, as of the part's time, no older than `tolerance`, they give `joined` (null where `unmatched`: row
    numbers).

    For every part there is also a reading shortly after it, with another part's values: whoever looks ahead is found
    out. A few parts' own readings are too old.
    """

    lots: pl.DataFrame
    readings: pl.DataFrame
    joined: pl.DataFrame
    unmatched: np.ndarray
    time: str
    read_time: str
    machine: str
    tolerance: str
    simulated: Simulated


def two_sources(rows: int, *, seed: int = 0, **options: Any) -> TwoSources:
    """Records of `process` taken apart. Options as there; cells are missing only where asked."""
    simulated = process(rows, seed=seed, **{"missing": 0.0, **options})
    language = str(options.get("language", "en"))
    time, machine = heading("finished", language), heading("machine", language)
    stamp, values = heading("read_at", language), [heading(name, language) for name in READ]
    whole = simulated.frame.with_columns(pl.col(time).dt.truncate("1s"))
    generator = np.random.default_rng([seed, 1])
    late = generator.random(len(whole)) < GAP_SHARE
    before = generator.integers(5, 55, len(whole)) + np.where(late, 2 * TOLERANCE_SECONDS, 0)
    after = generator.integers(5, 55, len(whole))
    other = whole.select(values)[generator.permutation(len(whole))]
    readings = pl.concat([
        whole.select(_moved(time, -before).alias(stamp), machine, *values),
        pl.concat([whole.select(_moved(time, after).alias(stamp), machine), other], how="horizontal"),
    ]).unique([stamp, machine], keep="first", maintain_order=True).sort(stamp, machine)  # fmt: skip
    lots = whole.drop(values)
    joined, unmatched = _joined(lots, readings, keys=(time, stamp, machine))
    return TwoSources(lots, readings, joined, unmatched, time, stamp, machine, "5 min", simulated)


def _moved(time: str, seconds: np.ndarray) -> pl.Expr:
    """A time column moved by whole seconds per row."""
    return pl.col(time) + pl.Series(seconds.astype(np.int64) * 1_000_000).cast(pl.Duration("us"))


def _joined(
    lots: pl.DataFrame, readings: pl.DataFrame, *, keys: tuple[str, str, str]
) -> tuple[pl.DataFrame, np.ndarray]:
    """The join by its definition, one machine after the other: the last reading not later than the part, if it is not
    older than the tolerance. No join of any library, so that those can be tested against it."""
    time, stamp, machine = keys
    due, read = lots[time].to_numpy().astype(np.int64), readings[stamp].to_numpy().astype(np.int64)
    place = np.full(len(lots), -1)
    for name in lots[machine].unique().to_list():
        own_lots = np.flatnonzero((lots[machine] == name).to_numpy())
        own_reads = np.flatnonzero((readings[machine] == name).to_numpy())
        last = np.searchsorted(read[own_reads], due[own_lots], side="right") - 1
        found = own_reads[np.maximum(last, 0)]
        fresh = (last >= 0) & (due[own_lots] - read[found] <= TOLERANCE_SECONDS * 1_000_000)
        place[own_lots[fresh]] = found[fresh]
    index = pl.Series(place).cast(pl.Int64).replace(-1, None)
    values = readings.drop(stamp, machine).select(pl.all().gather(index))
    return pl.concat([lots, values], how="horizontal"), np.flatnonzero(place < 0)
