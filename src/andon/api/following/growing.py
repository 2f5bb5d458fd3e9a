"""`Growing`: a text file that others append to, read in pieces of whole lines."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from msgspec import Struct

from andon.errors import DataProblem, Problem
from andon.records.delimited import layout_of
from andon.records.text import detect

PIECE = 4 << 20
"""Bytes that are read at once, and the longest line there may be."""
HEAD = 64 << 10
"""Bytes by which a file is known again, at most."""
DELIMITED, LINES = ("csv", "tsv", "tab", "txt"), ("jsonl", "ndjson")


class Place(Struct, kw_only=True):
    """How far a file was read, and what it looked like."""

    offset: int = 0
    "Bytes whose lines have been given."
    rows: int = 0
    "Rows in them."
    names: list[str] = []
    "Columns: those of the heading, or all keys met so far."
    separator: str = ""
    "Empty: JSON lines, or not known yet."
    head: int = 0
    "Bytes at the beginning by which the file is known again, and their SHA-256."
    sha256: str = ""


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
    """The file at `path`, from a place on."""

    def __init__(self, path: Path, place: Place | None = None) -> None:
        ending = path.suffix.lstrip(".").lower()
        if ending not in (*DELIMITED, *LINES):
            raise Problem.of(
                f"'{path.name}' cannot be followed", why="new rows must be new lines of text",
                fix="follow a .csv or .jsonl file",
            )  # fmt: skip
        if not path.is_file():
            raise DataProblem.of("there is no such file to follow", where=str(path), fix="name a file that is there")
        self.path, self.delimited = path, ending in DELIMITED
        self.file = path.open("rb")
        self.place = place or Place()
        self._know()
        if self._beginning(self.place.head) != self.place.sha256:
            self.close()
            raise self._another()

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()

    def next(self) -> Piece | None:
        """The rows of the lines that have come since, None if no line is whole yet. A last line without its end waits.

        Raises `DataProblem` where the file was cut, or another has taken its name.
        """
        self._same()
        self.file.seek(self.place.offset)
        raw = self.file.read(PIECE)
        whole = raw[: _end_of_rows(raw) if self.delimited else raw.rfind(b"\n") + 1]
        start = self._first_row(whole) if whole and self.delimited else 0
        if not whole or start is None:
            if len(raw) == PIECE:
                raise DataProblem.of(
                    f"no row ends within {PIECE >> 20} MB", where=f"{self.path}, byte {self.place.offset}",
                    why="perhaps a quote is open", fix="mend the line",
                )  # fmt: skip
            return None
        piece = (self._cells if self.delimited else self._objects)(self._text(whole[start:]))
        self._know()
        self.place.offset += len(whole)
        self.place.rows += piece.rows
        return piece

    def _first_row(self, whole: bytes) -> int | None:
        """Bytes before the first new row; None if there is only a heading yet."""
        if self.place.names:
            return 0
        found = layout_of(whole, self.path)
        if found is None:
            return None
        self.place.names, self.place.separator = found[0].names, found[0].separator
        return found[1]

    def _same(self) -> None:
        """The file under this name is the one that is open, and only longer."""
        try:
            there = self.path.stat()
        except FileNotFoundError:
            raise self._another() from None
        if there.st_ino != os.fstat(self.file.fileno()).st_ino:
            raise self._another()
        if there.st_size < self.place.offset:
            raise DataProblem.of(
                "the file was cut shorter than what has been read", where=str(self.path),
                why=f"it has {there.st_size} bytes, {self.place.offset} were read",
                fix="follow the new rows with another --out",
            )  # fmt: skip

    def _another(self) -> DataProblem:
        return DataProblem.of(
            "another file stands here now", where=str(self.path), why="its beginning was read before and is gone",
            fix="follow the new file with another --out",
        )  # fmt: skip

    def _know(self) -> None:
        """Look once at the beginning, by which the file is known again."""
        if not self.place.head:
            self.place.head = min(HEAD, os.fstat(self.file.fileno()).st_size)
            self.place.sha256 = self._beginning(self.place.head)

    def _beginning(self, size: int) -> str:
        self.file.seek(0)
        return hashlib.sha256(self.file.read(size)).hexdigest()

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
