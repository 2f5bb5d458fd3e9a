"""Rows of units in their order of time, and the life left of each where units ran until they failed."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from andon.errors import SettingProblem
from andon.records.records import Column, Note, Records

LIFE = "remaining_life"
HOUR = 3_600_000_000
"""Microseconds."""


def in_order(records: Records) -> Records:
    """The same rows unit after unit and in time; those without unit or time, and repeats of a moment, are left out with
    a note. Raises `SettingProblem` where no unit or no time is known."""
    unit, time = (_required(records, role) for role in ("unit", "time"))
    frame = records.frame
    lost, again, stepping = (
        frame.select(
            lost=(pl.col(unit).is_null() | pl.col(time).is_null()).sum(),
            again=pl.len() - pl.struct(unit, time).n_unique(),
            mixed=(pl.col(unit).rle_id().n_unique() > pl.col(unit).n_unique())
            | (pl.col(time).diff().over(unit).cast(pl.Float64) <= 0).any(),
        )
        .collect(engine="streaming")
        .row(0)
    )
    if not (lost or again or stepping):
        return records
    notes = list(records.notes)
    ordered = frame.filter(pl.col(unit).is_not_null() & pl.col(time).is_not_null())
    ordered = ordered.unique([unit, time], keep="first", maintain_order=True).sort(unit, time, maintain_order=True)
    if lost:
        notes.append(Note("warning", "history_row_lost", time, f"{lost:,} rows have no unit or no time and are left out"))
    if again:
        notes.append(
            Note("warning", "history_row_repeated", time, f"{again:,} rows repeat a moment of their unit; the first counts")
        )
    return replace(records, frame=ordered.collect().lazy(), notes=tuple(notes), casts=())


def _required(records: Records, role: str) -> str:
    """The column of a role that histories stand on."""
    name = records.the(role)  # type: ignore[arg-type]
    if name is None:
        what = "machine or part a row belongs to" if role == "unit" else "time or cycle of a row"
        raise SettingProblem.at(
            f"data.rows.{role}", f"no column is known to say the {what}", why="rows of one unit in time are its history",
            fix=f"name it: data.rows.{role}=COLUMN",
        )  # fmt: skip
    return name


def with_life(records: Records) -> Records:
    """Records whose target is the life left: as given, else counted down to the last row of each unit, in the unit of the
    time column (dates: hours)."""
    if records.the("target") is not None:
        return records
    unit, time = _required(records, "unit"), _required(records, "time")
    left = pl.col(time).max().over(unit) - pl.col(time)
    dated = records.frame.collect_schema()[time].is_temporal()
    hours = left.dt.total_microseconds().cast(pl.Float64) / HOUR if dated else left.cast(pl.Float64)
    column = Column(LIFE, "number", "target", f"counted down to the last row of each '{unit}'{', in hours' if dated else ''}")
    return replace(records, frame=records.frame.with_columns(hours.alias(LIFE)), columns=(*records.columns, column))
