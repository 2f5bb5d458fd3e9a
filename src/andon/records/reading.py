"""`read`: from a plan to `Records`. Opens every source, finds kinds and roles, joins, and keeps notes of it all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
from msgspec import structs

from andon.errors import Problem, SettingProblem
from andon.jobs import looks_back
from andon.plan.settings import Plan
from andon.records.casting import cast
from andon.records.faults import BROKEN, naming
from andon.records.frames import WHERE, from_any
from andon.records.join import join, keys_of, times
from andon.records.kinds import FILES
from andon.records.lives.each import UNIT, by_file
from andon.records.lives.each import WHY as BY_FILE
from andon.records.lives.events import Events, events_of, lists, merged, no_events
from andon.records.lives.lines import event_column, lines_of, with_role
from andon.records.lives.parted import apart
from andon.records.opening import diagnose, open_source
from andon.records.pictures import PICTURE, names_files
from andon.records.records import Column, Records
from andon.records.roles import assign, with_group
from andon.records.source import Source, of_frame, of_lazy
from andon.records.typed import Typed, typed


def read(
    plan: Plan,
    frame: Any = None,
    *,
    target_names: Sequence[str] = (),
    known: Sequence[Column] = (),
    listed: Sequence[Column] = (),
    answering: bool = False,
) -> Records:
    """The records of a plan, from its paths or with `frame` as the main source.

    `target_names` are the job's words for a target. `known` columns (those of a run) are read as they were then, so
    that new rows meet the same kinds and formats; `listed` are those of its list of events. With `answering`, the
    plan's columns may be absent, a cell that cannot be read keeps its text (its column is then String), so that the
    run-time can name the row, and no file of several may be broken. Raises `DataProblem` for broken data and
    `SettingProblem` for names that are no columns.
    """
    as_known = {column.name: column for column in known}
    plan, main, first = _rows(plan, frame, as_known, target_names=target_names, answering=answering)
    time = plan.data.rows.time or next((c.name for c in first if c.role == "time"), None)
    unit = plan.data.rows.unit or next((c.name for c in first if c.role == "unit"), None)
    event = _event(main, first, plan, as_known, answering=answering) if unit is not None and time is not None else None
    events: Events | None = None
    keys: dict[str, list[str]] = {}
    for i, wish in enumerate(plan.data.with_):
        listing = looks_back(plan.job) and lists(wish, unit)
        if listing and answering and _no_byte(wish.path):
            events = no_events(wish.path)
            continue
        source = open_source(wish.path, whole=answering, empty=listing and answering)
        own_known = {column.name: column for column in listed if listing and column.name != unit}
        other = _typed(source, as_known | own_known, plan.checks, answering)
        happened = events_of(other, wish, unit) if listing and unit is not None else None
        if happened is not None:
            if happened.frame.height:
                *_, notes = times(main, other, wish, time=time, setting=f"data.with.{i}")
                other = replace(other, notes=(*other.notes, *notes))
            main, events = _beside(main, other), happened
            continue
        with naming(wish.path, "the sources cannot be joined"):
            main = join(main, other, wish, time=time, setting=f"data.with.{i}")
        keys[other.name] = keys_of(wish)
    columns = _roles(plan, main, (first, known), target_names=target_names, answering=answering)
    columns = columns if answering else with_group(columns, plan, frame=main.frame, sample=main.sample, keys=keys)
    frame = _as_kinds(main.frame, main.columns, columns)
    records = Records(frame, columns, main.files, main.notes, main.casts, events=events, begins=main.begins)
    records = apart(records) if looks_back(plan.job) and not answering else records
    if event is not None:
        assert unit is not None
        assert time is not None
        columns = with_role(frame, columns, event, answering=answering)
        told = lines_of(records.frame, event.name, unit=unit, time=time)
        events = told if events is None else merged(events, told)
    return replace(records, columns=columns, events=events)


def _roles(
    plan: Plan, main: Typed, met: tuple[Sequence[Column], Sequence[Column]], *, target_names: Sequence[str],
    answering: bool,
) -> tuple[Column, ...]:  # fmt: skip
    """The columns of the joined table with their roles; of the rows' own (the first of those `met`) those that are
    settled stay, and of a run's (the second) its group."""
    first, known = met
    joined = {c.name: c for c in main.columns if c.role == "ignore"}
    own = {c.name: c for c in first}
    settled = _settled(plan, [*first, *(c for c in known if c.role == "group")])
    found = assign(main.columns, main.sample, settled, target_names=target_names, answering=answering)
    return tuple(
        joined[c.name] if c.name in joined and c.role != "target" and c.name not in asked(plan) else own[c.name]
        if c.name in own and own[c.name].role in SETTLED else c
        for c in found
    )  # fmt: skip


def _rows(
    plan: Plan, frame: Any, known: Mapping[str, Column], *, target_names: Sequence[str], answering: bool
) -> tuple[Plan, Typed, tuple[Column, ...]]:
    """The main source and the roles of its columns; where each file is a unit, with a column and a plan that say so."""
    main = _typed(_main(plan, frame, whole=answering), known, plan.checks, answering)
    first = assign(main.columns, main.sample, plan, target_names=target_names, answering=True)
    if not _each(plan, main, first, known.get(UNIT)):
        return plan, main, first
    plan = structs.replace(plan, data=structs.replace(plan.data, rows=structs.replace(plan.data.rows, unit=UNIT)))
    main = _typed(_main(plan, frame, whole=answering, each=True), known, plan.checks, answering)
    main = replace(main, columns=tuple(replace(c, why=BY_FILE) if c.name == UNIT else c for c in main.columns))
    return plan, main, assign(main.columns, main.sample, plan, target_names=target_names, answering=True)


def _each(plan: Plan, main: Typed, columns: Sequence[Column], known: Column | None) -> bool:
    """Whether each file is a unit of its own: it was so for the run; or no column is the unit, and the plan says
    `unit`, or looks back on several files."""
    if UNIT in {c.name for c in columns}:
        return False
    if known is not None:
        return known.why.startswith(BY_FILE)
    several = len(main.files) > 1 and looks_back(plan.job) and not {"unit", "part"} & {c.role for c in columns}
    asked = plan.data.rows.unit
    return bool(main.files) and (asked == UNIT or (asked is None and several))


def _event(
    main: Typed, first: Sequence[Column], plan: Plan, known: Mapping[str, Column], *, answering: bool
) -> Column | None:
    """The rows' own column that says what happened: that of training, or the one that is found."""
    if not looks_back(plan.job):
        return None
    if answering:
        told = next((name for name, column in known.items() if column.role == "event"), None)
        return None if told is None or main.column(told) is None else known[told]
    return event_column(main.frame, first, main.sample, main.name)


def _no_byte(path: str) -> bool:
    """Whether this is a file in which nothing stands at all, as a list does that nobody has written to yet."""
    place = Path(path).expanduser()
    return place.is_file() and not place.stat().st_size


def _beside(main: Typed, other: Typed) -> Typed:
    """A source that is read and not joined: its files and notes are the records'."""
    return replace(main, files=(*main.files, *other.files), notes=(*main.notes, *other.notes))


SETTLED = ("time", "unit", "weight", "part")
"""Roles that the rows' own columns keep, whatever names another source brings along."""


def _settled(plan: Plan, own: Iterable[Column]) -> Plan:
    """The plan with the roles that were found among the rows' own columns, and the group that training met."""
    roles = (*SETTLED, "group")
    found = {c.role: c.name for c in own if c.role in roles and getattr(plan.data.rows, c.role) is None}
    rows = structs.replace(plan.data.rows, **found)
    return structs.replace(plan, data=structs.replace(plan.data, rows=rows))


def asked(plan: Plan) -> set[str | None]:
    """Columns to which the plan gives a role by name."""
    rows = plan.data.rows
    return {plan.target, rows.time, rows.unit, rows.group, rows.weight, rows.part}


@contextmanager
def reading(records: Records) -> Iterator[None]:
    """Around every use of `records.frame`: what breaks inside is traced to its file, row or byte as a `DataProblem`."""
    try:
        yield
    except Problem:
        raise
    except BROKEN as error:
        for file in records.files:
            diagnose(Path(file.path))
        with naming(records.files[0].path if records.files else WHERE):
            raise error


def _main(plan: Plan, frame: Any, *, whole: bool, each: bool = False) -> Source:
    """The main source; with `each` its files, or what `frame` was read from, are units."""
    if frame is None:
        if not plan.data.rows.path:
            raise SettingProblem.at("data.rows.path", "no data are named", fix="give a file, a folder or a frame")
        return open_source(plan.data.rows.path, whole=whole, each=each)
    with naming(WHERE):
        source = of_lazy(frame) if isinstance(frame, pl.LazyFrame) else of_frame(from_any(frame))
    if each:
        source = replace(by_file([source], [Path(plan.data.rows.path)])[0], told={UNIT: "category"})
    return replace(source, name=plan.data.rows.path or WHERE)


def _typed(source: Source, known: Mapping[str, Column], rules: Mapping[str, Any], answering: bool) -> Typed:
    """Kinds and cells; what breaks is about this source."""
    with naming(source.name):
        return typed(_called(source, known) if answering else source, known=known, rules=rules, answering=answering)


def _called(source: Source, known: Mapping[str, Column]) -> Source:
    """Whoever learnt from a table of pictures may be asked about a folder of them, and the other way round: the one
    column of pictures goes by the name that it had."""
    wanted = [c.name for c in known.values() if c.kind == "image" and c.role == "input" and c.format == FILES]
    here = [name for name in source.columns() if name not in source.told and names_files(name, source.sample[name])]
    if len(wanted) != 1 or len(here) != 1 or PICTURE not in (wanted[0], here[0]):
        return source
    had, renamed = wanted[0], {here[0]: wanted[0]}
    if had in source.told:  # a folder's own `file` or `serial` is not the column that a table called so
        source = replace(source, frame=source.frame.drop(had), sample=source.sample.drop(had),
                         told={name: kind for name, kind in source.told.items() if name != had})  # fmt: skip
    elif had in source.columns():
        return source
    return replace(source, frame=source.frame.rename(renamed), sample=source.sample.rename(renamed))


def _as_kinds(frame: pl.LazyFrame, before: Sequence[Column], after: Sequence[Column]) -> pl.LazyFrame:
    """Units and groups that are numbers become words, as their kind now says."""
    changed = [new for old, new in zip(before, after, strict=True) if old.kind != new.kind]
    if not changed:
        return frame
    schema = frame.collect_schema()
    return frame.with_columns(cast(c.name, schema[c.name], c.kind, c.format) for c in changed)
