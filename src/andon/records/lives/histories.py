"""Rows of units in their order of time, and the life left of each where units ran until they failed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from andon.errors import DataProblem, SettingProblem
from andon.records.lives.events import END, LIFE, SEEN, cut
from andon.records.lives.lines import readings
from andon.records.records import Column, Note, Records

LEFT, COUNTED = "remaining_life", "counted down"
HOUR = 3_600_000_000
"""Microseconds."""
SEVERAL = 0.5
"""Share of the rows that stand at one moment with another, of other content, from which this is how the records are:
several readings of a flight, a cut, a cycle that has but one number."""


def as_lives(records: Records) -> Records:
    """Rows in order, cut into lives where events are listed, with the life left as the target."""
    return with_target(with_lives(in_order(readings(records))))


def in_order(records: Records) -> Records:
    """The same rows unit after unit and in time; those without unit or time, and repeats of a moment, are left out with
    a note; but where moments usually have several rows, all count, as they stand. Raises `SettingProblem` where no unit
    or no time is known."""
    unit, time = (_required(records, role) for role in ("unit", "time"))
    frame = records.frame
    missing = pl.col(unit).is_null() | pl.col(time).is_null()
    apart = pl.col(unit).rle_id().n_unique() > pl.col(unit).n_unique()
    stepping = (pl.col(time).diff().over(unit).cast(pl.Float64) <= 0).any()
    if not frame.select(missing.any() | apart | stepping).collect(engine="streaming").item():
        return records
    whole = frame.collect()
    known = whole.filter(~missing)
    nested = [name for name, kind in known.schema.items() if kind.is_nested()]
    told = known.with_columns(pl.col(nested).hash())  # waveforms are compared by their hashes
    several = _several(told, unit, time)
    first = told.select(pl.struct(pl.all() if several else [unit, time]).is_first_distinct()).to_series()
    ordered = known.filter(first).sort(unit, time, maintain_order=True)
    notes = list(records.notes)
    if lost := whole.height - known.height:
        text = f"{lost:,} rows have no unit or no time and are left out"
        notes.append(Note("warning", "history_row_lost", time, text))
    if again := known.height - ordered.height:
        text = f"{again:,} rows repeat a moment of their unit; the first counts"
        notes.append(Note("warning", "history_row_repeated", time, text))
    if several:
        text = "most moments of a unit have several rows; all count, in the order in which they stand"
        notes.append(Note("info", "history_rows_together", time, text))
    return replace(records, frame=ordered.lazy(), notes=tuple(notes), casts=())


def _several(known: pl.DataFrame, unit: str, time: str) -> bool:
    """Whether most rows share their moment with another of their unit that says something else."""
    if known.is_empty():
        return False
    shared = known.unique().select(pl.len().over(unit, time) > 1).to_series()
    return float(shared.mean()) >= SEVERAL  # type: ignore[arg-type]


def together(records: Records) -> bool:
    """Whether some rows of a unit stand at one moment; rows must be in order."""
    unit, time = records.the("unit"), records.the("time")
    if unit is None or time is None:
        return False
    same = (pl.col(unit) == pl.col(unit).shift()) & (pl.col(time) == pl.col(time).shift())
    return bool(records.frame.select(same.any()).collect(engine="streaming").item())


def _required(records: Records, role: str) -> str:
    """The column of a role that histories stand on."""
    name = records.the(role)  # type: ignore[arg-type]
    if name is None:
        what = "machine or part a row belongs to" if role == "unit" else "time or cycle of a row"
        raise SettingProblem.at(
            f"data.rows.{role}", f"no column is known to say the {what}",
            why="rows of one unit in time are its history", fix=f"name it: data.rows.{role}=COLUMN" + (
                "; where each file is a unit, data.rows.unit=unit" if role == "unit" else ""),
        )  # fmt: skip
    return name


def with_lives(records: Records, *, whole: bool = False, repaired: bool | None = None) -> Records:
    """The same where events cut units into lives: with the columns `life` and `life_ends`, and rows of no life left out
    unless the `whole` is wanted, as it was known at each row. Rows must be in order, or the whole be wanted. `repaired`
    (as the run knows it, else as the list says): whether a unit that failed is down until its repair."""
    if records.events is None:
        return records
    unit, time = _required(records, "unit"), _required(records, "time")
    repaired = records.events.repaired if repaired is None else repaired
    taken = [] if whole else [name for name in (LIFE, SEEN) if name in records.frame.collect_schema()]
    if taken:
        raise DataProblem.of(
            f"column '{taken[0]}' has a name that lives need", where=records.events.where,
            why="its events cut units into lives, which are numbered there", fix="give the column another name",
        )  # fmt: skip
    frame, notes = cut(records.frame, records.events, unit=unit, time=time, repaired=repaired, ahead=not whole)
    if not whole and not frame.select(pl.col(SEEN).any()).collect(engine="streaming").item():
        raise DataProblem.of(
            "no life is known to its end", where=records.events.where,
            why=f"none of its failures is of a '{unit}' of the records, and at a time within them",
            fix="give the failures of these units, or leave the list out where each unit ran until it failed",
        )  # fmt: skip
    if whole:
        frame = frame.drop(END)
    else:
        known = frame.filter(pl.col(LIFE).is_not_null()).collect()
        if lost := records.frame.select(pl.len()).collect(engine="streaming").item() - known.height:
            text = f"{lost:,} rows between a failure and its repair belong to no life and are left out"
            notes.append(Note("info", "history_row_down", records.events.where, text))
        frame = known.lazy()
    more = (Column(LIFE, "category", "ignore", "number of the life of its unit"),
            Column(SEEN, "category", "ignore", "whether the end of the life is known"))  # fmt: skip
    return replace(records, frame=frame, columns=(*records.columns, *more), notes=(*records.notes, *notes), casts=())


def with_target(records: Records) -> Records:
    """Records whose target is the life left: as given, else counted down to the end of each life, in the unit of the
    time column (dates: hours). Of a life whose end is not known it is what it lived on at least (see `life_ends`)."""
    if records.the("target") is not None:
        return replace(records, frame=records.frame.drop(END, strict=False))
    unit, time = _required(records, "unit"), _required(records, "time")
    schema = records.frame.collect_schema()
    end = pl.col(END) if END in schema else pl.col(time).max().over(unit)
    left = end - pl.col(time)
    dated = schema[time].is_temporal()
    what = "life" if records.events is not None else f"'{unit}'"
    why = f"{COUNTED} to the end of each {what}{', in hours' if dated else ''}"
    column = Column(LEFT, "number", "target", why)
    frame = records.frame.with_columns(in_hours(left, dated).alias(LEFT)).drop(END, strict=False)
    return replace(records, frame=frame, columns=(*records.columns, column))


def in_hours(span: pl.Expr, dated: bool) -> pl.Expr:
    """A difference of two times as lives count it: in hours between dates, else in the unit of the times."""
    return span.dt.total_microseconds().cast(pl.Float64) / HOUR if dated else span.cast(pl.Float64)


def counted(records: Records) -> bool:
    """Whether the life left was counted from the rows, and is no column of them."""
    return any(c.role == "target" and c.name == LEFT and c.why.startswith(COUNTED) for c in records.columns)


def open_ended(records: Records) -> np.ndarray | None:
    """Mask of the rows whose life is known to last as long as their target says or longer; None where all ends are
    known, or the target is a column of its own."""
    if not counted(records) or records.events is None:
        return None
    found: np.ndarray = ~records.frame.select(pl.col(SEEN)).collect()[SEEN].to_numpy()
    return found if found.any() else None
