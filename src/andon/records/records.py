"""`Records`: a lazy frame whose columns have kinds and roles, put together from its sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import polars as pl

if TYPE_CHECKING:
    from andon.records.lives.events import Events
    from andon.records.pictures.looked import Looked

Kind = Literal["number", "category", "date", "image", "signal", "text"]
Role = Literal["input", "target", "unit", "time", "group", "weight", "part", "event", "after", "ignore"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its kind (what its values are), its role (what it is for) and why we think so.

    `format` says how its text was read where that is not plain: a date format (`%d/%m/%Y %H:%M`), a pattern of numbers
    (`1.234,5 °C`), `code` for categories written as whole numbers. A run keeps it, so that new rows are read alike.
    """

    name: str
    kind: Kind
    role: Role
    why: str = ""
    format: str = ""
    source: str = ""
    "The other source it was joined from by key; empty: the rows' own, or as of their time."


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: path as given, size in bytes, modification time."""

    path: str
    bytes: int
    modified: float


@dataclass(frozen=True, slots=True)
class Note:
    """Something reading noticed, handed to the checks: an ambiguous date column, a skipped broken file or row, an
    encoding that was guessed, a join that missed rows. `level` is info, warning or error."""

    level: Literal["info", "warning", "error"]
    code: str
    where: str
    text: str
    fix: str = ""


SHOWN = 5
"""Names in a sentence, at most."""


def passed_over(where: str, names: list[str], said: str) -> list[Note]:
    """The note that tells what reading left alone, if anything; `said`: "Not read"."""
    text = f"{said}: {', '.join(names[:SHOWN]) + (' …' if len(names) > SHOWN else '')}."
    return [Note("info", "files_passed_over", where, text)] if names else []


@dataclass(frozen=True)
class Cast:
    """A column that was read from text: `failed` is true where a cell of `raw` holds something that became null.

    Where `counted` is false only a sample of a large file was looked at; `andon.records.failures` counts the rest.
    """

    column: str
    failed: pl.Expr
    raw: pl.LazyFrame
    counted: bool


@dataclass(frozen=True)
class Records:
    """Rows to learn from or to answer.

    `frame` holds every column of every source after joining, in file order: numbers as Float64 or integers, categories
    as String, dates as Datetime("us") without zone (UTC when the source had one), pictures and windows as
    `pl.Array(UInt8 | Float32, shape)`, picture files by their places as String. Nothing is cleaned: nulls are the
    missing cells.
    """

    frame: pl.LazyFrame
    columns: tuple[Column, ...]
    files: tuple[SourceFile, ...] = ()
    notes: tuple[Note, ...] = field(default=())
    casts: tuple[Cast, ...] = field(default=())
    pictures: Mapping[str, Looked] = field(default_factory=dict)
    "Per column of picture files what they are, once they were looked at."
    events: Events | None = None
    "What happened to the units, where a source lists it."
    begins: tuple[int, ...] = ()
    "Where the rows stand as in several files, those at which the files after the first begin."

    def named(self, *roles: Role) -> list[str]:
        """Names of the columns that have one of these roles, in order."""
        return [column.name for column in self.columns if column.role in roles]

    def the(self, role: Role) -> str | None:
        """Name of the only column with this role, or None."""
        names = self.named(role)
        return names[0] if names else None

    def inputs(self, *kinds: Kind) -> list[str]:
        """Names of the input columns of these kinds (all kinds if none is given), in order."""
        return [c.name for c in self.columns if c.role == "input" and (not kinds or c.kind in kinds)]

    def identity(self) -> list[str]:
        """Columns that say whether two rows are the same to a network: the inputs, pictures by their pixels."""
        if not self.pictures:
            return self.inputs()
        learnt = [name for name in self.inputs() if self.kind(name) != "text"]
        return [f"{name}.pixels" if name in self.pictures else name for name in learnt]

    def kind(self, name: str) -> Kind:
        """Kind of a column."""
        return next(column.kind for column in self.columns if column.name == name)
