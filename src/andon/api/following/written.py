"""`Written`: answers that are appended line by line, each once, whatever happens in between."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

from andon.errors import Problem

FORMATS = (".csv", ".jsonl")


class Written:
    """The file of answers. `size` bytes of it hold the answers of the first `rows` rows; what a stream that was killed
    had written beyond that is kept as far as its lines are whole, and not written again."""

    def __init__(self, path: Path, size: int, rows: int) -> None:
        self.path, self.ahead = path, 0
        "Rows that were answered already and need no answer."
        new = size == 0 and not path.exists()
        if not new and (not path.exists() or path.stat().st_size < size):
            raise Problem.of(
                "the answers that this stream had written are gone", where=str(path),
                fix="restore the file, or follow with another --out",
            )  # fmt: skip
        self.file = path.open("ab+")
        self.file.seek(size)
        place, lines = size, self.file.readlines()
        if size == 0 and lines and path.suffix == ".csv" and lines[0].endswith(b"\n"):
            place += len(lines.pop(0))
        for number, line in enumerate(lines):
            if not line.startswith(self._begin(rows + number)) or not line.endswith(b"\n"):
                break  # half a line, or what a power failure left of one
            place, self.ahead = place + len(line), number + 1
        self.file.truncate(place)
        self.size = place

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()

    def _begin(self, row: int) -> bytes:
        """How the line of a row begins."""
        return f"{row},".encode() if self.path.suffix == ".csv" else f'{{"row":{row},'.encode()

    def append(self, answers: pl.DataFrame) -> None:
        """Answers with their number in the column `row`, in order; on the disk when this returns."""
        skipped = min(self.ahead, len(answers))
        self.ahead -= skipped
        answers = answers[skipped:]
        if not len(answers):
            return
        if self.path.suffix == ".csv":
            flat = answers.with_columns(pl.col(pl.String).str.replace_all(r"[\r\n]+", " "))
            text = flat.write_csv(include_header=self.size == 0, include_bom=self.size == 0)
        else:
            text = answers.write_ndjson()
        self.size += self.file.write(text.encode())
        self.file.flush()
        os.fsync(self.file.fileno())
