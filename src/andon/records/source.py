"""`Source`: one table as it lies on disk or came from Python, before kinds and roles."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from andon.records.faults import naming
from andon.records.records import Kind, Note, SourceFile

GROWING = (".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson")
"""Tables that are written on line by line."""
SAMPLE_ROWS = 100_000
SAMPLE_CELLS = 10_000_000
NESTED_ROWS = 2_000
PIECES = 10
"""A table of more rows than the sample is looked at in this many places, evenly spread."""


@dataclass(frozen=True)
class Source:
    """A lazy table; the rows that kinds are found from, and whether those are all rows.

    Columns of text files are String throughout. A source that is read whole holds its rows in memory.
    """

    frame: pl.LazyFrame
    files: tuple[SourceFile, ...]
    notes: tuple[Note, ...]
    sample: pl.DataFrame
    whole: bool
    name: str = ""
    told: Mapping[str, Kind] = field(default_factory=dict)
    "Kinds of columns that the reader knows better than their values show."
    separator: str = ""
    "What tells the cells of a text file apart."
    begins: tuple[int, ...] = ()
    "Of several files, the rows at which those after the first begin."

    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return self.sample.columns


def source_file(path: Path) -> SourceFile:
    """Size and time of a file."""
    with naming(path):
        facts = path.stat()
    return SourceFile(str(path), facts.st_size, facts.st_mtime)


def as_read(file: SourceFile, *, grown: bool = False) -> bool:
    """Is a file there still, and as it was read? `grown`: a table to which lines were added counts as such."""
    try:
        now = os.stat(file.path)
    except OSError:
        return False
    more = grown and now.st_size > file.bytes and file.path.lower().endswith(GROWING)
    return more or (now.st_size, now.st_mtime) == (file.bytes, file.modified)


def with_named(files: tuple[SourceFile, ...], paths: Iterable[Path]) -> tuple[SourceFile, ...]:
    """The files that were read, and those of these, named by cells, that are there."""
    known = {file.path for file in files}
    named = [path for path in dict.fromkeys(paths) if str(path) not in known and os.path.isfile(path)]
    return (*files, *map(source_file, named))


def of_frame(
    frame: pl.DataFrame, files: tuple[SourceFile, ...] = (), notes: tuple[Note, ...] = (), *,
    told: Mapping[str, Kind] | None = None,
) -> Source:  # fmt: skip
    """A table that is in memory: all of it is looked at unless it is long."""
    if frame.height <= _rows(frame.schema) or frame.height * frame.width <= SAMPLE_CELLS:
        return Source(frame.lazy(), files, notes, frame, True, told=told or {})
    sample = _spread(frame.lazy(), frame.height, _rows(frame.schema))
    return Source(frame.lazy(), files, notes, sample, False, told=told or {})


def of_lazy(frame: pl.LazyFrame, files: tuple[SourceFile, ...] = (), notes: tuple[Note, ...] = ()) -> Source:
    """A table that is scanned. A short one is read here and now, so that its faults show at once."""
    schema = frame.collect_schema()
    rows, total = _rows(schema), int(frame.select(pl.len()).collect(engine="streaming").item())
    if total <= rows:
        return of_frame(frame.collect(), files, notes)
    return Source(frame, files, notes, _spread(frame, total, rows), False)


def _rows(schema: pl.Schema) -> int:
    """How many rows of a table with this schema are looked at."""
    if any(dtype.is_nested() for dtype in schema.dtypes()):
        return NESTED_ROWS
    return max(1000, min(SAMPLE_ROWS, SAMPLE_CELLS // max(len(schema), 1)))


def _spread(frame: pl.LazyFrame, total: int, rows: int) -> pl.DataFrame:
    """Runs of neighbouring rows from evenly spaced places, the first and last rows among them."""
    run = rows // PIECES
    places = [round(i * (total - run) / (PIECES - 1)) for i in range(PIECES)]
    return pl.concat([frame.slice(place, run).collect() for place in places])
