"""`Growing`: a text file that others append to, read in pieces of whole lines, and in the file that follows it where a
logger begins anew under its name."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from andon.api.following.turned import HEAD, Place, begins_as, digest, found_again, next_of
from andon.errors import DataProblem, Problem
from andon.records.delimited import layout_of
from andon.records.text import detect

PIECE = 4 << 20
"""Bytes that are read at once, and the longest line there may be."""
DELIMITED, LINES = ("csv", "tsv", "tab", "txt"), ("jsonl", "ndjson")


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
    as the one before is read to its end; else that is refused."""

    def __init__(self, path: Path, place: Place | None = None, *, turning: bool = False) -> None:
        ending = path.suffix.lstrip(".").lower()
        if ending not in (*DELIMITED, *LINES):
            raise Problem.of(
                f"'{path.name}' cannot be followed", why="new rows must be new lines of text",
                fix="follow a .csv or .jsonl file",
            )  # fmt: skip
        self.path, self.delimited, self.turning = path, ending in DELIMITED, turning
        self.told: list[str] = []
        "What has happened to the file; whoever says it takes it out."
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
        end = _end_of_rows(raw) if self.delimited else raw.rfind(b"\n") + 1
        whole = raw if last and len(raw) < PIECE else raw[:end]
        start = self._first_row(whole) if whole and self.delimited else 0
        if not whole or start is None:
            if len(raw) == PIECE:
                raise DataProblem.of(
                    f"no row ends within {PIECE >> 20} MB", where=f"{self.path}, byte {self.place.offset}",
                    why="perhaps a quote is open", fix="mend the line",
                )  # fmt: skip
            return None
        piece = (self._cells if self.delimited else self._objects)(self._text(whole[start:]))
        self.place.offset += len(whole)
        self.place.rows += piece.rows
        self._know()
        return piece

    def _first_row(self, whole: bytes) -> int | None:
        """Bytes before the first new row; None if there is only a heading yet."""
        if self.place.offset or (self.place.names and self._bare(whole)):
            return 0
        found = layout_of(whole, self.path)
        if found is None:
            return None
        self.place.names, self.place.separator = found[0].names, found[0].separator
        return found[1]

    def _bare(self, whole: bytes) -> bool:
        """Whether a file that follows another begins with a row: none of its cells is called as a column is."""
        first = next(csv.reader(io.StringIO(self._text(whole), newline=""), delimiter=self.place.separator), [])
        return not {cell.strip() for cell in first} & set(self.place.names)

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
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=self.place.separator):
            if not row:
                continue
            if any(row[width:]):
                lost[number] = f"it has {len(row)} cells instead of {width}"
            else:
                rows.append((row + [""] * width)[:width])
            number += 1
        columns = list(zip(*rows, strict=True)) if rows else [()] * width
        return Piece(
            pl.DataFrame([pl.Series(name, cells, dtype=pl.String) for name, cells in zip(names, columns, strict=True)]),
            lost,
        )

    def _objects(self, text: str) -> Piece:
        """JSON lines; keys that lack are missing."""
        rows, lost, decoder = list[dict[str, Any]](), dict[int, str](), msgspec.json.Decoder(dict[str, Any])
        lines = [line for line in text.split("\n") if line.strip()]
        for number, line in enumerate(lines):
            try:
                rows.append(decoder.decode(line))
            except msgspec.DecodeError as error:
                lost[number] = f"it is no JSON object: {error}"
        known = dict.fromkeys(self.place.names)
        for row in rows:
            known |= dict.fromkeys(row)
        self.place.names = list(known)
        frame = pl.DataFrame(rows, infer_schema_length=None, strict=False) if rows else pl.DataFrame()
        absent = [pl.lit(None, pl.String).alias(name) for name in known if name not in frame.columns]
        return Piece(frame.with_columns(absent) if rows else pl.DataFrame(), lost)


def _end_of_rows(raw: bytes) -> int:
    """Where the last whole row ends: at a line's end outside quotes."""
    end = raw.rfind(b"\n") + 1
    quotes = raw.count(b'"', 0, end)
    while quotes % 2:  # the last quote opens a cell that goes on
        line = raw.rfind(b"\n", 0, raw.rfind(b'"', 0, end)) + 1
        quotes -= raw.count(b'"', line, end)
        end = line
    return end
