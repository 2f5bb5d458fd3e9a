"""`Growing`: a text file that others append to, read in pieces of whole lines, and in the file that follows it where a
logger begins anew under its name."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from andon.api.following.turned import HEAD, Place, begins_as, digest, found_again, next_of
from andon.errors import DataProblem, Problem
from andon.records.delimited import MOST_PREAMBLE, SEPARATORS, layout_by, layout_of
from andon.records.faults import naming
from andon.records.text import detect

PIECE = 4 << 20
"""Bytes that are read at once, and the longest line there may be."""
LOOKS = 50
"""Looks in which whole lines give no row before that is told."""
DELIMITED, LINES = ("csv", "tsv", "tab", "txt"), ("jsonl", "ndjson")
Asked = Mapping[str, bool | None]
"""Columns, and whether their cells are lists."""


@dataclass(frozen=True)
class Piece:
    """Some new rows: their cells, as text or as JSON has them. `lost`: rows among them that are none, and why; they are
    not in `frame`."""

    frame: pl.DataFrame
    lost: dict[int, str]

    @property
    def rows(self) -> int:
        """All of them."""
        return len(self.frame) + len(self.lost)


class Growing:
    """The file at `path`, from a place on. `turning`: rows go on in the file that is begun anew under its name, as soon
    as the one before is read to its end; else that is refused. `asked`: columns that are needed, by which a heading is
    known, and whether their cells are lists (None: as the first one is)."""

    def __init__(
        self, path: Path, place: Place | None = None, *, turning: bool = False, asked: Asked | None = None
    ) -> None:
        ending = path.suffix.lstrip(".").lower()
        if ending not in (*DELIMITED, *LINES):
            raise Problem.of(
                f"'{path.name}' cannot be followed", why="new rows must be new lines of text",
                fix="follow a .csv or .jsonl file",
            )  # fmt: skip
        self.path, self.delimited, self.turning, self.asked = path, ending in DELIMITED, turning, asked or {}
        self.told: list[str] = []
        "What has happened to the file; whoever says it takes it out."
        self.looks = 0
        self.gone = False
        where = path if place is None else found_again(path, place)
        if where is None:
            raise self._another()
        if not where.is_file():
            raise DataProblem.of("there is no such file to follow", where=str(path), fix="name a file that is there")
        self.place = place or Place()
        self._open(where)

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()

    def next(self) -> Piece | None:
        """The rows of the lines that have come since, None if no line is whole yet. A last line without its end waits,
        unless another file has been begun.

        Raises `DataProblem` where the file was cut, or another has taken its name, and turning is not allowed.
        """
        last = self._turned()
        piece = self._read(last=last)
        if piece is None and last:
            where = next_of(self.path, self.file.fileno())
            self._begin(where, f"row {self.place.rows} of the answers is the first of {where.name}")
            piece = self._read(last=False)
        return piece

    def _open(self, where: Path) -> None:
        """Go on in a file at the same place."""
        self.file = where.open("rb")
        self.place.inode = os.fstat(self.file.fileno()).st_ino

    def _begin(self, where: Path, told: str) -> None:
        """Go on at the beginning of a file."""
        self.file.close()
        self.place.offset, self.place.head, self.place.sha256 = 0, 0, ""
        self._open(where)
        self.told.append(f"{self.path} was begun anew: {told}")

    def _read(self, *, last: bool) -> Piece | None:
        """The rows behind the place; a `last` line is whole without its end."""
        self.file.seek(self.place.offset)
        raw = self.file.read(PIECE)
        marks = self.place.separator if self.place.offset else "".join(SEPARATORS)
        end = _end_of_rows(raw, marks) if self.delimited else raw.rfind(b"\n") + 1
        whole = raw if last and len(raw) < PIECE else raw[:end]
        start = self._first_row(whole, last=last) if whole and self.delimited else 0
        if not whole or start is None:
            if len(raw) == PIECE:
                raise DataProblem.of(
                    f"no row ends within {PIECE >> 20} MB", where=f"{self.path}, byte {self.place.offset}",
                    why="perhaps a quote is open", fix="mend the line",
                )  # fmt: skip
            if not whole and b"\n" in raw:
                self._held("perhaps a quote is open")
            return None
        self.looks = 0
        piece = (self._cells if self.delimited else self._objects)(self._text(whole[start:]))
        self.place.offset += len(whole)
        self.place.rows += piece.rows
        self._know()
        return piece

    def _held(self, why: str) -> None:
        """Say so where whole lines have given no row for long."""
        self.looks += 1
        if self.looks == LOOKS:
            self.told.append(f"{self.path}: the lines from byte {self.place.offset} on wait: {why}")

    def _first_row(self, whole: bytes, *, last: bool) -> int | None:
        """Bytes before the first new row; None if there is only a heading yet, or what stands before it."""
        if self.place.offset:
            return 0
        known = self.place.names or self.asked
        found = layout_by(whole, self.path, known)
        if found is None and self.place.names:
            if last or self._bare(whole):
                return 0
            self._held("none is a heading or as wide as the table")
            return None
        found = found or layout_of(whole, self.path)
        if found is None or found[1] == len(whole):
            return None
        layout, start = found
        if known and not set(known) & set(layout.names) and whole.count(b"\n") <= MOST_PREAMBLE:
            self._held("none names a column that the run knows")
            return None
        self.place.names, self.place.separator = layout.names, layout.separator
        return start

    def _bare(self, whole: bytes) -> bool:
        """Whether a file that follows another and has no heading has rows already: lines as wide as its table."""
        rows = csv.reader(io.StringIO(self._text(whole), newline=""), delimiter=self.place.separator)
        return whole.count(b"\n") > MOST_PREAMBLE or any(2 * len(row) > len(self.place.names) for row in rows)

    def _turned(self) -> bool:
        """Whether another file has been begun under this name, so that nothing more is written to the open one."""
        try:
            there = self.path.stat()
        except FileNotFoundError:
            if not self.turning:
                raise self._another() from None
            if not self.gone:
                self.told.append(f"{self.path} is gone: what is still written to it is read, and a new one waited for")
            self.gone = True
            return False
        self.gone, mine = False, os.fstat(self.file.fileno())
        if (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino):
            return self._cut(there.st_size) if self._short(there.st_size) else False
        if not self.turning:
            raise self._another()
        if there.st_size >= self.place.offset and mine.st_size and begins_as(self.path, self.file):
            self.file.close()
            self._open(self.path)
            return False
        return there.st_size > 0

    def _short(self, size: int) -> bool:
        """Whether the open file is not what it was."""
        return size < self.place.offset or self._beginning(self.place.head) != (self.place.sha256 or digest(b""))

    def _cut(self, size: int) -> bool:
        """Go on with the copy of what stood in the file before it was emptied, where there is one."""
        if not self.turning:
            raise DataProblem.of(
                "the file was cut shorter than what has been read", where=str(self.path),
                why=f"it has {size} bytes, {self.place.offset} were read", fix="follow the new rows with another --out",
            )  # fmt: skip
        copy = found_again(self.path, self.place)
        if copy is None:
            why = "no copy of what stood there is beside it, and rows that came after the last look are lost"
            self._begin(self.path, f"row {self.place.rows} of the answers is its first; {why}")
            return False
        self.file.close()
        self._open(copy)
        return size > 0

    def _another(self) -> DataProblem:
        return DataProblem.of(
            "another file stands here now", where=str(self.path), why="its beginning was read before and is gone",
            fix="put the file that was read back beside it, or follow the new one with another --out",
        )  # fmt: skip

    def _know(self) -> None:
        """Look at the beginning, by which the file is known again, until enough is known."""
        size = min(HEAD, self.place.offset)
        if self.place.head < size:
            self.place.head, self.place.sha256 = size, self._beginning(size)

    def _beginning(self, size: int) -> str:
        self.file.seek(0)
        return digest(self.file.read(size))

    def _text(self, raw: bytes) -> str:
        """Decoded as the whole file would be."""
        self.file.seek(0)
        encoding, _ = detect(self.file.read(HEAD) + raw, self.path, complete=False)
        if encoding.startswith("utf-16") or encoding == "utf-32":
            raise DataProblem.of(
                f"a file in {encoding.upper()} cannot be followed", where=str(self.path), fix="write it as UTF-8"
            )
        return raw.decode(encoding, errors="replace").removeprefix("\ufeff")

    def _cells(self, text: str) -> Piece:
        """Rows of a table; cells that lack are missing, one cell too many makes no row."""
        names, rows, lost = self.place.names, list[list[str]](), dict[int, str]()
        width, number = len(names), 0
        try:
            for row in filter(None, csv.reader(io.StringIO(text, newline=""), delimiter=self.place.separator)):
                if any(row[width:]):
                    lost[number] = f"it has {len(row)} cells instead of {width}"
                else:
                    rows.append((row + [""] * width)[:width])
                number += 1
        except csv.Error as error:
            raise DataProblem.of(
                f"row {self.place.rows + number} cannot be read", where=str(self.path),
                why=f"{error}; perhaps a quote is open", fix="mend the line",
            ) from None  # fmt: skip
        columns = list(zip(*rows, strict=True)) if rows else [()] * width
        return Piece(
            pl.DataFrame([pl.Series(name, cells, dtype=pl.String) for name, cells in zip(names, columns, strict=True)]),
            lost,
        )

    def _objects(self, text: str) -> Piece:
        """JSON lines; keys that lack are missing. A list for a value or a value for a list costs its row, unless nobody
        asks for it."""
        rows, lost, decoder = list[dict[str, Any]](), dict[int, str](), msgspec.json.Decoder(dict[str, Any])
        lists = dict(self.asked)
        lines = [line for line in text.split("\n") if line.strip()]
        for number, line in enumerate(lines):
            try:
                row = _flat(decoder.decode(line), self.asked)
            except msgspec.DecodeError as error:
                lost[number] = f"it is no JSON object: {error}"
                continue
            odd = [name for name, cell in row.items() if cell is not None and not _fits(cell, name, lists)]
            if name := next((name for name in odd if name in self.asked), None):
                form = "no list" if lists[name] else "not a single value"
                lost[number] = f"column '{name}': {str(row[name])[:30]!r} is {form}"
            else:
                rows.append(row | dict.fromkeys(odd))
        known = dict.fromkeys(self.place.names)
        for row in rows:
            known |= dict.fromkeys(row)
        self.place.names = list(known)
        with naming(self.path):
            frame = pl.DataFrame(rows, infer_schema_length=None, strict=False) if rows else pl.DataFrame()
        there = {name.strip() for name in frame.columns}
        absent = [pl.lit(None, pl.String).alias(name) for name in known if name.strip() not in there]
        return Piece(frame.with_columns(absent) if rows else pl.DataFrame(), lost)


def _flat(row: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """Objects within an object as columns named `outer.inner`, but where a column is asked for by the outer name."""
    while inner := [name for name, cell in row.items() if isinstance(cell, dict) and name not in asked]:
        for name in inner:
            row |= {f"{name}.{key}": cell for key, cell in row.pop(name).items()}
    return row


def _fits(cell: Any, name: str, lists: dict[str, bool | None]) -> bool:
    """Whether a cell is a list, or is none, as its column wants it."""
    listed = isinstance(cell, list)
    if name in lists and lists[name] is None:
        lists[name] = listed
    return not isinstance(cell, dict) and bool(lists.get(name)) == listed


def _end_of_rows(raw: bytes, separators: str) -> int:
    """Where the last whole row ends: at a line's end outside quotes. Only one that stands first in a cell opens it."""
    marks = re.escape(separators.encode())
    end = place = 0
    for cell in re.finditer(rb'"(?:(?<![^%b\r\n]")|(?<=\A\xef\xbb\xbf"))[^"]*(?:""[^"]*)*("?)' % marks, raw):
        end = max(end, raw.rfind(b"\n", place, cell.start()) + 1)
        if not cell[1]:  # it goes on
            return end
        place = cell.end()
    return max(end, raw.rfind(b"\n", place) + 1)
