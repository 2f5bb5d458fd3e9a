"""`andon.predict`: answers for new rows through the run-time, without torch.

Rows are read in blocks of bounded size. A file of answers is put together out of blocks on disk and appears whole or
not at all, so that memory does not grow with the rows.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from andon.encode.schema import UNREAD, Schema
from andon.encode.store import blocks
from andon.errors import DataProblem, Problem, SettingProblem
from andon.plan import Plan, build, read_file
from andon.plan.settings import Joined
from andon.records import Column, Records, from_any, like, read, reading
from andon.records.casting import ISO, cast, failed
from andon.records.dates import as_written
from andon.records.frames import WHERE
from andon.records.lives.events import ENOUGH, Events, kind_of, lists, merged, no_events
from andon.records.lives.histories import with_lives
from andon.records.opening import open_source
from andon.records.records import Kind
from andon.run.files import write_by
from andon.runtime import Model, load

FORMATS = (".csv", ".parquet", ".jsonl")
SOONEST = 10
"""Units that are named when their answers are written."""


@dataclass(frozen=True)
class Predicted:
    """Where the answers are and which rows have none."""

    out: Path
    rows: int
    bad: int
    first_bad: list[tuple[int, str]]
    soonest: list[dict[str, Any]]
    "Of lives: the newest answer of each unit, those first that need somebody first; up to ten."
    told: tuple[str, ...] = ()
    "What the answers may suffer from."


def predict(run: str | Path | Model, data: Any, *, events: str | Path | None = None) -> Any:
    """Answers for a path (as a Polars frame, behind the picture's file or the unit of a history) or a frame (in kind);
    same rows, same order. Where the run learnt from lives that events cut, those of its list cut these rows as well, or
    those of another list at `events`, unless a column `life` numbers them; a row by itself is taken as it is."""
    model = run if isinstance(run, Model) else load(run)
    listed = list_named(events)
    if isinstance(data, (str, Path)):
        records = rows_of(model, str(data), events=listed)
        for sentence in beginnings(model, records.frame):
            warnings.warn(sentence, stacklevel=2)
        return _whole(model, records, str(data))
    alone = isinstance(data, Mapping) or (model.schema.event is not None and isinstance(data, Sequence))
    if model.schema.begins is not None and not alone:
        for sentence in beginnings(model, from_any(data).lazy()):
            warnings.warn(sentence, stacklevel=2)
    if listed is None and (model.schema.life is None or alone):  # dicts that say what happened are read as they come
        return model.predict(data)
    frame = from_any(data)
    if listed is None and model.schema.life in frame.columns:
        return model.predict(data)
    answers = _whole(model, rows_of(model, "", frame, events=listed), WHERE)
    return like(data, answers.select(model.no_answers().columns))


def list_named(events: str | Path | None) -> str | None:
    """The path of a list of events. Raises `SettingProblem` where it is none."""
    if not isinstance(events, (str, Path, type(None))):
        raise SettingProblem.at(
            "events", f"'events' is a {type(events).__name__}", why="lists of events are read from files",
            fix="write it to one, and give its path",
        )  # fmt: skip
    return None if events is None else str(events)


def _whole(model: Model, records: Records, where: str) -> pl.DataFrame:
    """All answers."""
    return pl.concat(list(_answers(model, records, where)), how="diagonal_relaxed")


def read_rows(model: Model, path: str, frame: Any = None, *, plan: Plan | None = None) -> Records:
    """New rows, joined with the plan's other sources and read by the formats found in training."""
    known, listed = known_columns(model), listed_columns(model)
    return read(plan or plan_of(model, path), frame, known=known, listed=listed, answering=True)


def known_columns(model: Model) -> list[Column]:
    """The columns that training met."""
    return [Column(**column) for column in model.run.manifest["columns"]]


def listed_columns(model: Model) -> list[Column]:
    """Those of its list of events, which may be written otherwise."""
    return [Column(**column) for column in model.run.manifest.get("listed", ())]


def rows_of(
    model: Model, path: str, frame: Any = None, *, events: str | Events | None = None, before: Events | None = None
) -> Records:
    """The same, all in the order they came, with the life that each belongs to where events tell: those of the rows
    themselves, and beside them those on the list of training, on another at a path, or as they are given.
    `before`: events of rows that came earlier."""
    plan, read_as = read_told(model, path, frame, events)
    found = _placed(model, read_as, plan)
    if model.schema.life is None:
        return found
    every = merged(*(each for each in (events, found.events, before, no_events(path)) if isinstance(each, Events)))
    return with_lives(replace(found, events=every), whole=True, repaired=model.schema.repaired)


def read_told(model: Model, path: str, frame: Any, events: str | Events | None) -> tuple[Plan, Records]:
    """New rows and the plan that they were read by: beside them the list of events of training, another at a path, or
    none where they are given. Raises `Problem` where the run knows none, `DataProblem` where the list says nothing."""
    plan = plan_of(model, path)
    if model.schema.life is None and events is not None:
        raise Problem.of(
            "this run knows no events", where=str(model.run.folder),
            why="it was trained without a list of failures, repairs and changes", fix="leave the list out",
        )  # fmt: skip
    place, beside = lists_events(model, plan), list(plan.data.with_)
    told = None if place is None else beside.pop(place)
    told = list_at(model, plan, events) if isinstance(events, str) else None if events is not None else told
    if told is not None:
        beside.append(_there(told))
    plan = msgspec.structs.replace(plan, data=msgspec.structs.replace(plan.data, with_=beside))
    found = read_rows(model, path, frame, plan=plan)
    if told is not None and found.events is None and (strange := _strange(told)) is not None:
        raise DataProblem.of(
            "it lists no events", where=told.path, why=f"more than a tenth of its entries are as '{strange}'",
            fix="write failure, repair, preventive change or stop",
        )  # fmt: skip
    return plan, found


def _there(told: Joined) -> Joined:
    """The list of events, which a run at another place may be without. Raises `DataProblem`."""
    if "*" not in told.path and not Path(told.path).expanduser().exists():
        raise DataProblem.of(
            "there is no such file", where=told.path, why="the failures and repairs that cut these rows into lives",
            fix="name the list of these machines: --events FILE",
        )  # fmt: skip
    return told


def _strange(told: Joined) -> str | None:
    """An entry that says not what happened, of a list of which more than a tenth are such; None where they are not."""
    words = open_source(told.path, whole=True).frame.select(pl.col(pl.String).exclude(told.on or ())).collect()
    most: tuple[float, str] = (-1.0, "")
    for column in words.iter_columns():
        count = column.drop_nulls().value_counts()
        odd = {entry: rows for entry, rows in count.rows() if kind_of(entry) is None}
        if not count.height:
            continue
        known = 1 - sum(odd.values()) / count["count"].sum()
        if known >= ENOUGH:
            return None
        most = max(most, (known, max(odd, key=lambda entry: odd[entry])))
    return most[1]


def list_at(model: Model, plan: Plan, path: str) -> Joined:
    """Another list of events, written as that of training was, or with the names of the rows' own columns."""
    place, schema = lists_events(model, plan), model.schema
    own = Joined(path=path, on=schema.unit, as_of=schema.time)
    return own if place is None else msgspec.structs.replace(plan.data.with_[place], path=path)


def _placed(model: Model, records: Records, plan: Plan) -> Records:
    """The same where answers look back and rows say whose they are and when, or need not. Times of which some cannot be
    read are missing there, and their rows say so, where answers need them: to look back, or for what is joined as of
    them. Raises `DataProblem`."""
    schema = records.frame.collect_schema()
    model.placeable(schema.names(), plan.data.rows.path)
    joined = any(wish.as_of for wish in plan.data.with_)
    time = model.schema.time or (records.the("time") if joined else None)
    if time is None or schema.get(time) != pl.String:
        return records
    kind: Kind = next((column.kind for column in known_columns(model) if column.name == time), "date")
    form, what = (ISO, "a date") if kind == "date" else ("", "a number")
    why = pl.concat_str(pl.lit(f"column '{time}': '"), pl.col(time), pl.lit(f"' is not {what}"))
    lost = pl.when(failed(time, kind, form)).then(why).alias(UNREAD)
    return replace(records, frame=records.frame.with_columns(lost, cast(time, pl.String(), kind, form)))


def lists_events(model: Model, plan: Plan) -> int | None:
    """Which of its plan's other sources is the list of events that cut lives; None: there is none."""
    if model.schema.life is None:
        return None
    beside, known = plan.data.with_, model.run.manifest.get("events")
    fits = [place for place, wish in enumerate(beside) if lists(wish, model.schema.unit)]
    return next((place for place in fits if beside[place].path == known), fits[0] if fits else None)


def plan_of(model: Model, path: str) -> Plan:
    """The run's plan with other rows."""
    asked = read_file(str(model.run / "plan.yaml"))
    plan = build({}, asked)
    # few new rows may not look like histories: whose they are and when is known from training
    unit, time = model.schema.unit or plan.data.rows.unit, model.schema.time or plan.data.rows.time
    rows = msgspec.structs.replace(plan.data.rows, path=path, part=None, unit=unit, time=time)
    # Prediction data need not have the target, nor the columns that are known only after the fact.
    known = msgspec.structs.replace(plan.known, after=[], ignore=[])
    beside = [wish for wish in plan.data.with_ if not _brings_answers(model, wish)]
    return msgspec.structs.replace(
        plan, data=msgspec.structs.replace(plan.data, rows=rows, with_=beside), target=None, known=known, checks={}
    )


def _brings_answers(model: Model, wish: Joined) -> bool:
    """Whether a source that is not there brought nothing to training but the target and what is written with it: nobody
    has measured the new rows yet."""
    brought = {column.role for column in known_columns(model) if Path(column.source) == Path(wish.path)}
    return bool(brought) and "input" not in brought and not Path(wish.path).expanduser().exists()


def _answers(model: Model, records: Records, where: str) -> Iterator[pl.DataFrame]:
    """Blocks of answers in order."""
    frame, stream = records.frame, model.stream(whole=True)
    columns = wanted(model.schema, frame.collect_schema().names(), where)
    empty = True
    with reading(records):
        if model.encoding.history is not None and not in_turn(frame, model.schema):
            # earlier rows stand below later ones: only the whole table can put them in order
            whole = frame.select(columns).collect()
            yield named(model, whole, model.predict_frame(whole, where))
            return
        for piece in blocks(frame, columns, model.schema):
            if len(piece):
                empty = False
                yield named(model, piece, stream.predict_frame(piece, where))
    if empty:
        raise DataProblem.of("there are no rows", where=where, fix="give records to answer")


def named(model: Model, rows: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Answers behind what says whose they are: the picture's file, the unit that a history is of and the time, by the
    clocks of the rows, a lot's number."""
    schema, taken = model.schema, {"row", *answers.columns}
    files = [field.name for field in schema.fields if field.fit and field.kind == "image"]
    whose = [] if model.encoding.history is None else [schema.unit, schema.time]
    shown = [n for n in dict.fromkeys([*files, *whose, *schema.shown]) if n in rows.columns and n not in taken]
    return rows.select(_by_clocks(schema, rows[name], name) for name in shown).hstack(answers) if shown else answers


def _by_clocks(schema: Schema, column: pl.Series, name: str) -> pl.Series:
    """A column as its file has it, where that is the time by clocks on a wall."""
    timed = name == schema.time and column.dtype.is_temporal()
    return as_written(column, schema.dates.get(name, "")) if timed else column


def wanted(schema: Schema, columns: list[str], where: str) -> list[str]:
    """The columns that answers need or stand beside, of those there are. Raises `DataProblem` where one is missing."""
    schema.require(columns, where)
    extra = [name for name in (*schema.context(), *schema.shown, UNREAD) if name in columns]
    return list(dict.fromkeys([*schema.names(), *extra]))


def in_turn(frame: pl.LazyFrame, schema: Schema) -> bool:
    """Whether no row of a unit stands below a later one of it."""
    if schema.time is None:
        return True
    step = pl.col(schema.time).forward_fill().diff()
    step = step if schema.unit is None else step.over(schema.unit)
    found = frame.select((step.cast(pl.Float64, strict=False) < 0).any()).collect(engine="streaming").item()
    return not found


def predict_to_file(run: Path, data: str, out: Path | None, *, events: str | None = None) -> Predicted:
    """What the command does: one answer line per row, written whole or not at all. `events`: the list of failures and
    repairs of these rows, instead of that of training."""
    out = out or Path(f"{_stem(data)}.answers.csv")
    if out.suffix not in FORMATS:
        raise Problem.of(
            f"answers cannot be written as '{out.suffix}'", where=str(out), fix=f"use {', '.join(FORMATS)}"
        )
    model = load(run)
    records = rows_of(model, data, events=events)
    rows, bad = 0, 0
    first: list[tuple[int, str]] = []
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        pieces: list[pl.LazyFrame] = []
        for piece in _answers(model, records, data):
            problems = piece["problem"].is_not_null()
            if problems.any():
                bad += int(problems.sum())
                for place in problems.arg_true()[: 20 - len(first)].to_list():
                    first.append((rows + place, piece["problem"][place]))
            place = Path(folder) / f"{len(pieces)}.arrow"
            piece.with_row_index("row", rows).write_ipc(place)
            pieces.append(pl.scan_ipc(place))
            rows += len(piece)
        whole = pl.concat(pieces, how="diagonal_relaxed")
        write_by(out, lambda place: _write(whole, place, out.suffix))
        soonest = _soonest(model, records, whole)
    return Predicted(out, rows, bad, first, soonest, tuple(beginnings(model, records.frame)))


def beginnings(model: Model, frame: pl.LazyFrame) -> list[str]:
    """A sentence where histories lack the rows from which answers tell what is usual for a unit, and its age."""
    unit, time, history, begins = model.schema.unit, model.schema.time, model.encoding.history, model.schema.begins
    if unit is None or time is None or history is None or begins is None or not (history.first or history.age):
        return []
    if not {unit, time} <= {*frame.collect_schema()}:
        return []  # which is an error of its own
    moment = pl.col(time).cast(pl.Float64, strict=False).min().alias("begin")
    found = frame.group_by(pl.col(unit).alias("unit")).agg(moment).filter(pl.col("begin") > sum(begins)).sort("begin")
    late = found.collect(engine="streaming")
    if not late.height:
        return []
    where = f"as '{late['unit'][-1]}' at {late['begin'][-1]:g}, where training's began at {begins[0]:g}"
    return [
        f"units that begin late: {late.height} ({where}). An answer looks back to the beginning of a history: give its "
        "rows from there on, or its newest rows after its first ones"
    ]


def _soonest(model: Model, records: Records, answers: pl.LazyFrame) -> list[dict[str, Any]]:
    """The newest answer of each unit by until when it is safe to run (else by the life left), the nearest first; before
    them those whose newest row has none."""
    unit, time, columns = model.schema.unit, model.schema.time, answers.collect_schema().names()
    by = next((name for name in ("safe_until", "answer") if name in columns), None)
    if unit is None or time is None or by is None or model.state.get("cap") is None:
        return []
    told = answers.select(name for name in ("answer", "low", "high", "safe_until", "problem") if name in columns)
    beside = pl.concat([records.frame.select(__unit__=unit, __time__=time), told], how="horizontal")
    newest = pl.all().sort_by("__time__", pl.col("answer").is_not_null()).last()
    found = beside.group_by("__unit__").agg(newest).sort(by, "__unit__", nulls_last=False).head(SOONEST)
    units = found.rename({"__unit__": "unit", "__time__": "time"}).collect()
    return units.with_columns(_by_clocks(model.schema, units["time"], time)).to_dicts()


def _stem(data: str) -> str:
    """What answers are called after: the file, the folder, or the folder that a glob looks into."""
    place = Path(data)
    while any(letter in place.name for letter in "*?["):
        place = place.parent
    return place.name.split(".")[0] or place.resolve().name or "answers"


def _write(frame: pl.LazyFrame, place: Path, suffix: str) -> None:
    """The frame in a file format, block by block."""
    if suffix == ".parquet":
        frame.sink_parquet(place)
    elif suffix == ".jsonl":
        frame.sink_ndjson(place)
    else:
        frame.sink_csv(place, include_bom=True)  # spreadsheets read Chinese only with the mark
