"""`follow`: new rows of a growing file answered as they come, each exactly once.

Answers are appended and on the disk before more is read; every few seconds a file beside them keeps what the stream
remembers, how far it has read and how much it had written. After a kill at any moment it goes on from there: rows whose
answers are already written move the memory on and are not written again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import polars as pl

from andon.api.following.growing import Growing, Piece
from andon.api.following.happened import Happened, followed
from andon.api.following.said import Said
from andon.api.following.turned import Place
from andon.api.following.written import FORMATS, Written
from andon.api.predict import known_columns, list_at, listed_columns, lists_events, named, plan_of, rows_of, wanted
from andon.encode.field import Field
from andon.errors import Problem
from andon.records import reading
from andon.records.lives.events import Events
from andon.runtime import Model, load
from andon.runtime.memory import read_memory

WAIT, SAVE = 0.2, 5.0
"""Seconds between looks at the file, and between saves."""


@dataclass(frozen=True)
class Followed:
    """Where a stream stands. `first_bad`: reasons of the newest rows without an answer, up to twenty."""

    out: Path
    rows: int
    bad: int
    rows_per_second: float
    first_bad: list[tuple[int, str]]
    waiting: bool
    "Whether all rows that were there are answered."
    told: tuple[str, ...] = ()
    "What has happened to the file, and what is odd about new entries of the list of events."


def follow(run: str | Path, data: str, out: Path | None = None, *, events: str | None = None) -> Iterator[Followed]:
    """Answer new rows for ever, saying after each look where it stands. Stop by not asking for more, or by any kill.
    `events`: the list of failures and repairs that grows beside the rows; without it that of training is looked at.

    Where a logger turns the file over, what was written before is answered first, and rows are counted on.
    Raises `Problem` where files don't belong together, and `DataProblem` where what was read before is nowhere.
    """
    path = Path(data)
    out = out or Path(f"{path.name.split('.')[0]}.answers.csv")
    if out.suffix not in FORMATS:
        raise Problem.of(
            f"answers cannot be appended to '{out.suffix}'", where=str(out), fix=f"use {' or '.join(FORMATS)}"
        )
    with closing(_Stream(load(run), path, out, events)) as stream:
        saved = time.monotonic()
        while True:
            step = stream.step()
            if time.monotonic() - saved > SAVE:
                stream.save()
                saved = time.monotonic()
            try:
                yield step
                if step.waiting:
                    time.sleep(WAIT)
            except (GeneratorExit, KeyboardInterrupt):  # between two pieces, when nothing is half done
                stream.save()
                raise


class _Stream:
    """A model that remembers, the file it reads and the one it writes."""

    def __init__(self, model: Model, path: Path, out: Path, events: str | None) -> None:
        if any(f.fit and f.kind == "image" for f in model.schema.fields):
            raise Problem.of(
                "a run on pictures follows no file", fix="give new pictures to 'andon predict' by their folder"
            )
        self.kept, self.path = out.with_name(f"{out.name}.stream"), str(path)
        memory = read_memory(self.kept, model.run) if self.kept.exists() else None
        if memory is None and out.exists():
            raise Problem.of(
                "this file is already there", where=str(out), why="no stream of this run wrote it",
                fix="name another with --out, or remove it",
            )  # fmt: skip
        notes = {} if memory is None else memory.notes
        self.model, self.out = model.stream(memory), out
        beside = events is not None or lists_events(model, plan_of(model, self.path)) is not None
        self.said = Said.of(notes.get("said"), alone=not beside)
        place = msgspec.convert(notes["place"], Place) if notes else None
        own = _own(model, self.path)
        asked = dict.fromkeys([*own, *model.schema.context()], False) | {f.name: _lists(f) for f in model.schema.fields}
        self.growing = Growing(path, place, turning=True, asked=asked)
        if not self.growing.delimited:  # the first rows need not have all keys
            self.growing.place.names = list(dict.fromkeys([*self.growing.place.names, *own]))
        self.bad: int = notes.get("bad", 0)
        out.parent.mkdir(parents=True, exist_ok=True)
        if memory is None:
            self._keep(0)  # before the first answer: from here on the file of answers is this stream's
        self.happened, self.listed = None, events
        try:
            self.happened = _listed(model, self.path, events)
            self.written = Written(out, notes.get("size", 0), self.growing.place.rows)
        except BaseException:
            self.growing.close()
            if self.happened is not None:
                self.happened.close()
            raise
        self.changed, self.began, self.answered = False, time.monotonic(), 0

    def close(self) -> None:
        """Let go of the files."""
        self.growing.close()
        self.written.close()
        if self.happened is not None:
            self.happened.close()

    def step(self) -> Followed:
        """Answer what has come."""
        first, known = self.growing.place.rows, self.growing.place.head
        piece = self.growing.next()
        reasons: list[tuple[int, str]] = []
        told, self.growing.told = self.growing.told, []
        turned = bool(told)
        if piece is not None and piece.rows:
            events: str | Events | None = self.listed
            if self.happened is not None:  # after the rows: what was written before them is seen
                events, odd = self.happened.next()
                told += odd
            answers = self._answers(piece, first, events)
            self.written.append(answers)
            none = answers.filter(pl.col("problem").is_not_null())
            reasons = none.select("row", "problem").head(20).rows()
            self.bad, self.changed = self.bad + len(none), True
            self.answered += piece.rows
        if turned or (piece is not None and piece.rows and not known):
            self.changed = True
            self.save()  # the file is new: from here on it is known by its beginning
        rate = self.answered / max(time.monotonic() - self.began, 1e-9)
        return Followed(self.out, self.growing.place.rows, self.bad, rate, reasons, piece is None, tuple(told))

    def _answers(self, piece: Piece, first: int, events: str | Events | None) -> pl.DataFrame:
        """Answers with the numbers of their rows."""
        good = [row for row in range(piece.rows) if row not in piece.lost]
        found = []
        if good:
            records = rows_of(self.model, self.path, piece.frame, events=events, before=self.said.events)
            with reading(records):
                self.said.add(records)
                frame = self._filled(records.frame, first)
                columns = wanted(self.model.schema, frame.collect_schema().names(), self.path)
                rows = frame.select(columns).collect()
                answers = named(self.model, rows, self.model.predict_frame(rows, self.path))
            found.append(answers.insert_column(0, pl.Series("row", good, dtype=pl.UInt32)))
        else:
            named_by = [*self.model.schema.context(), *self.model.schema.shown]
            rows = pl.DataFrame(schema=dict.fromkeys(named_by, pl.String))
            answers = named(self.model, rows, self.model.no_answers())
            found.append(answers.insert_column(0, pl.Series("row", [], dtype=pl.UInt32)))
        if piece.lost:
            lost = {"row": list(piece.lost), "problem": list(piece.lost.values())}
            found.append(pl.DataFrame(lost, {"row": pl.UInt32, "problem": pl.String}))
        return pl.concat(found, how="diagonal").sort("row").with_columns(pl.col("row") + first)

    def _filled(self, frame: pl.LazyFrame, first: int) -> pl.LazyFrame:
        """With what no row has, where rows need not have it: what is shown beside answers, and keys of objects."""
        names, schema = frame.collect_schema().names(), self.model.schema
        lacking = [] if self.growing.delimited else [name for name in schema.names() if name not in names]
        if lacking and not first:
            every = ", ".join(f"'{name}'" for name in lacking)
            self.growing.told.append(f"{self.path}: no row has said {every} so far, which is taken as missing")
        shown = [name for name in schema.shown if name not in names]
        return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in dict.fromkeys([*lacking, *shown]))

    def save(self) -> None:
        """Keep where the stream stands. While answers that were written before are given again, the file is ahead of
        the memory, and what is kept already is right."""
        if self.changed and not self.written.ahead:
            self._keep(self.written.size)

    def _keep(self, size: int) -> None:
        place, said = msgspec.to_builtins(self.growing.place), self.said.notes()
        self.model.keep(self.kept, place=place, size=size, bad=self.bad, said=said)
        self.changed = False


def _own(model: Model, path: str) -> list[str]:
    """Columns of the rows themselves: whose they are, when, and by what others are joined to them."""
    data = plan_of(model, path).data
    keys = [name for wish in data.with_ for name in ([wish.on] if isinstance(wish.on, str) else wish.on or ())]
    return [name for name in (data.rows.unit, data.rows.time, *keys) if name is not None]


def _lists(field: Field) -> bool | None:
    """Whether cells of an input are lists; None where they may be names of files, too."""
    return None if field.fit else field.kind in ("image", "signal")


def _listed(model: Model, path: str, events: str | None) -> Happened | None:
    """The list of events that is followed beside the rows; None where there is none, or it grows by no lines."""
    plan = plan_of(model, path)
    place, unit = lists_events(model, plan), model.schema.unit
    if model.schema.life is None or (place is None and events is None):
        return None
    wish = plan.data.with_[place] if events is None and place is not None else list_at(model, plan, str(events))
    if unit is None or not followed(wish.path):
        return None
    own = [column for column in listed_columns(model) if column.name != unit]
    return Happened(wish, unit, {column.name: column for column in (*known_columns(model), *own)})
