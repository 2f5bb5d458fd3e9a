"""Parquet, Arrow (Feather) and JSON lines: formats that know their types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import polars as pl

from andon.errors import DataProblem
from andon.records.arrow_frames import MARK, check_frames
from andon.records.faults import hushed, naming
from andon.records.source import Source, of_frame, of_lazy, source_file
from andon.records.text import Text, open_text, temporary

FOOT = 8
"""Bytes at the end of a Parquet file: length of the footer and the mark `PAR1`."""
SCHEMA_LINES = 200_000
"""Lines of a large file that fields are gathered from."""


def open_parquet(path: Path) -> Source:
    """A Parquet file, scanned lazily if it is long."""
    files = (source_file(path),)
    size = files[0].bytes
    with naming(path), path.open("rb") as file:
        if size < FOOT + 4 or file.read(4) != b"PAR1":
            raise DataProblem.of(
                "it is no Parquet file", where=str(path), why="'PAR1' is missing at byte 0", fix="write it again"
            )
        file.seek(size - FOOT)
        foot = file.read(FOOT)
        length = int.from_bytes(foot[:4], "little")
        if foot[4:] != b"PAR1" or length > size - FOOT - 4:
            raise DataProblem.of(
                f"the footer at byte {size - FOOT} is broken", where=str(path), why="the file was cut off or changed",
                fix="write it again",
            )  # fmt: skip
    with naming(path, "the file is damaged"), hushed():
        return of_lazy(pl.scan_parquet(path, glob=False), files)


def open_arrow(path: Path) -> Source:
    """An Arrow file (Feather version 2), scanned lazily if it is long, or a stream, which is read whole."""
    files = (source_file(path),)
    with naming(path), path.open("rb") as file:
        mark = file.read(6)
    if mark.startswith(b"FEA1"):
        raise DataProblem.of("it is Feather version 1", where=str(path), fix="write it as version 2, or as Parquet")
    with naming(path, "the file is damaged"), hushed():
        check_frames(path, files[0].bytes)
        if mark != MARK:
            return of_frame(pl.read_ipc_stream(path), files)
        return of_lazy(pl.scan_ipc(path, glob=False), files)


def open_lines(path: Path) -> Source:
    """JSON lines: one object per line. A large file goes once into a temporary Parquet file, plain values as text, so
    that no later line is lost to the types of the first ones."""
    files = (source_file(path),)
    with naming(path):
        text = open_text(path, bare=True)
    keys = check_lines(text)
    with naming(path, "the lines cannot be read"):
        if text.content is not None:
            return of_frame(pl.read_ndjson(text.content, infer_schema_length=None), files, text.notes)
        seen = pl.scan_ndjson(text.plain, infer_schema_length=SCHEMA_LINES).collect_schema()
        types: dict[str, pl.DataType] = dict.fromkeys(keys, pl.String())
        types |= {key: dtype if dtype.is_nested() else pl.String() for key, dtype in seen.items()}
        table = temporary(path, ".parquet")
        pl.scan_ndjson(text.plain, schema=types).sink_parquet(table)
        return of_lazy(pl.scan_parquet(table, glob=False), files, text.notes)


def check_lines(text: Text) -> list[str]:
    """Names of all fields. Every line that is not blank is one JSON object, or the first that is not is named."""
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    keys: dict[str, None] = {}
    for number, line in enumerate(_lines(text), start=1):
        if not line.strip():
            continue
        try:
            keys |= dict.fromkeys(decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DataProblem.of(
                f"line {number} is no JSON object", where=str(text.path), why=str(error), fix="mend or remove the line"
            ) from None
    if not keys:
        raise DataProblem.of("the file holds no rows", where=str(text.path), fix="write it again, or leave it out")
    return list(keys)


def _lines(text: Text) -> Iterator[bytes]:
    """Lines without loading a large file."""
    if text.content is not None:
        yield from text.content.splitlines()
        return
    with text.plain.open("rb") as file:
        yield from file
