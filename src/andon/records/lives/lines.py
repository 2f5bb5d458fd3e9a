"""Events as lines of the records themselves: a column that says what happened to a unit, and is empty in other rows.

Such a line may be a reading as well, or hold nothing but whose, when and what. It cuts lives as a list of its own does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from andon.errors import DataProblem
from andon.records.lives.events import ENOUGH, Events, in_turn, kind_of
from andon.records.records import Column, Note, Records
from andon.records.words import MISSING_NUMBER, squeeze

NAMES = (
    "event", "events", "eventtype", "eventkind", "happened", "whathappened", "incident", "failure", "breakdown",
    "maintenance", "maintenanceevent", "maintevent", "intervention", "workorder", "事件", "事件类型", "故障", "维修",
    "维护", "保养", "故障类型", "检修",
)  # fmt: skip
"""What such a column is called (case and signs left out). Under another name it must know two kinds of event: a list
of alarms knows one."""
NOTHING = (*MISSING_NUMBER, "no", "ok", "normal", "正常")
"""Entries that say that nothing happened."""
RARE = 0.25
"""Largest share of the rows in which something may happen: what is said in more of them is a state."""
READING = 0.5
"""Share of the numbers that a line must hold to be a reading as well."""


def said(name: str) -> pl.Expr:
    """What a column of events says; null where nothing happened."""
    text = pl.col(name).cast(pl.String).str.strip_chars()
    return pl.when(~text.str.to_lowercase().is_in(NOTHING)).then(text)


def event_column(frame: pl.LazyFrame, columns: Sequence[Column], sample: pl.DataFrame, where: str) -> Column | None:
    """The input column that says what happened, with role and reason. Raises `DataProblem` for a word among events that
    means nothing."""
    for column in columns:
        if column.role != "input" or column.kind not in ("category", "text") or column.name not in sample.columns:
            continue
        seen = sample.select(said(column.name)).to_series().drop_nulls()
        fit = sum(kind_of(word) is not None for word in seen.unique())
        if (not fit and len(seen)) or len(seen) > RARE * max(sample.height, 1):
            continue
        told = frame.select(said(column.name)).drop_nulls().collect(engine="streaming").to_series()
        count: dict[str, int] = dict(told.value_counts().rows())
        kinds = {word: kind_of(word) for word in count}
        known = {kind for kind in kinds.values() if kind and kind != "stop"}
        fits = sum(count[word] for word, kind in kinds.items() if kind) >= ENOUGH * max(len(told), 1)
        if not fits or not known or (squeeze(column.name) not in NAMES and len(known) < 2):
            continue
        strange = next((word for word, kind in kinds.items() if kind is None), None)
        if strange is not None:
            raise DataProblem.of(
                f"'{strange}' says not what happened", where=f"{where}, column '{column.name}'",
                why="the others are failures, repairs, preventive changes and stops",
                fix=f"write one of these words, or leave the column out: known.ignore=[{column.name}]",
            )  # fmt: skip
        why = f"{len(told):,} of its cells say what happened to a unit, the others are empty: it cuts lives"
        return replace(column, role="event", why=why)
    return None


def with_role(frame: pl.LazyFrame, columns: Sequence[Column], event: Column, *, answering: bool) -> tuple[Column, ...]:
    """The columns, that of events among them; inputs that are filled where something happened alone are known only
    after the fact (when `answering` it is known already which columns are inputs)."""
    if answering:
        return tuple(event if c.name == event.name else c for c in columns)
    inputs = [column.name for column in columns if column.role == "input" and column.name != event.name]
    here = said(event.name).is_not_null()
    counts = frame.select(
        *(pl.col(name).is_not_null().sum().alias(f"{i}a") for i, name in enumerate(inputs)),
        *((pl.col(name).is_not_null() & here).sum().alias(f"{i}b") for i, name in enumerate(inputs)),
    ).collect(engine="streaming").row(0)  # fmt: skip
    after = {name for i, name in enumerate(inputs) if counts[i] and counts[i] == counts[len(inputs) + i]}
    why = f"filled only where '{event.name}' says that something happened"
    return tuple(
        event if c.name == event.name else replace(c, role="after", why=why) if c.name in after else c for c in columns
    )


def lines_of(frame: pl.LazyFrame, name: str, *, unit: str, time: str) -> Events:
    """The events of the rows, in time within each unit. Words that mean nothing are no events."""
    told = frame.select(unit=pl.col(unit).cast(pl.String), time=pl.col(time), kind=said(name)).drop_nulls().collect()
    words = told["kind"].unique().to_list()
    kinds = told["kind"].replace_strict(words, [kind_of(word) for word in words], return_dtype=pl.String)
    found = told.with_columns(kinds).drop_nulls()
    return Events(in_turn(found), name)


def word_of(cell: object) -> str | None:
    """The same for one cell."""
    text = "" if cell is None else str(cell).strip()
    return text if text.lower() not in NOTHING else None


def bare(fields: Sequence[str], kinds: Mapping[str, pl.DataType]) -> pl.Expr:
    """Whether a row holds less than half of the readings `fields`: saying what happened, it is none."""
    numbers = [pl.col(name).is_not_null() for name in fields if name in kinds]
    if not numbers:
        return pl.lit(False)
    return pl.mean_horizontal(numbers) < READING


def readings(records: Records) -> Records:
    """The rows without those that say what happened and are no readings."""
    event = records.the("event")
    if event is None:
        return records
    fields = records.inputs("number", "signal", "image")
    alone = said(event).is_not_null() & bare(fields, records.frame.collect_schema())
    frame = records.frame.filter(~alone)
    lost = int(records.frame.select(alone.sum()).collect(engine="streaming").item())
    if not lost:
        return records
    note = Note("info", "event_rows", event, f"{lost:,} rows say what happened and are no readings")
    return replace(records, frame=frame.collect().lazy(), notes=(*records.notes, note), casts=())
