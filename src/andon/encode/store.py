"""Rows to arrays block by block: in memory where they fit, in memory-mapped files where they don't."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from andon.clean import Cleaning
from andon.encode.arrays import Encoding
from andon.encode.block import Arrays
from andon.encode.cache import PictureCache
from andon.encode.field import Field
from andon.encode.histories import FIRST, SERIES
from andon.encode.pasts import History, Pasts
from andon.encode.pictures import stacked
from andon.encode.schema import BLOCK_BYTES, Schema
from andon.encode.series import LOOKBACKS
from andon.encode.summed import Summed
from andon.encode.windows import Windows
from andon.records.pictures.looked import Looked

IN_MEMORY = 512 << 20
"""Arrays up to this many bytes stay in memory."""


@dataclass(frozen=True)
class Stored:
    """Arrays of all rows in file order; which rows cleaning or the schema rejects; what cleaning changed."""

    arrays: Arrays
    reject: np.ndarray
    changed: dict[str, int]
    bad: dict[int, str]
    summed: Summed
    "Of the rows to learn from, as cleaning left them."


def blocks(frame: pl.LazyFrame, columns: list[str], schema: Schema) -> Iterator[pl.DataFrame]:
    """Blocks of a lazy frame in order, without ever holding all of it; fewer rows where they hold pictures."""
    yield from frame.select(columns).collect_batches(chunk_size=schema.rows_at_once(), maintain_order=True)


def store(
    frame: pl.LazyFrame, num_rows: int, way: tuple[Schema, Cleaning, Encoding], *, folder: Path | None = None,
    learn: np.ndarray | None = None, pictures: Mapping[str, Looked] | None = None,
) -> Stored:  # fmt: skip
    """Clean and encode every row. With a `folder`, arrays beyond `IN_MEMORY` are memory-mapped files there, and picture
    files that were looked at (`pictures`) are kept beside it for the next run. `learn` (mask): the rows to sum up;
    None: no step changes anything, so that nothing is to be summed up again.
    """
    schema, cleaning, encoding = way
    kept = _Kept(schema, pictures or {}, folder)
    schema, encoding = kept.left(schema), kept.left_of(encoding)
    cleaning = cleaning.fresh()  # steps that remember begin with the first row
    reject = np.zeros(num_rows, bool)
    changed: dict[str, int] = {}
    bad: dict[int, str] = dict(kept.bad)
    reject[list(bad)] = True
    summed = Summed(schema)
    arrays: Arrays = {}
    start = 0
    columns = [*schema.names(), *schema.context()]
    histories = None if encoding.history is None else _Histories(encoding.history, num_rows, folder)
    pasts = None if encoding.history is None else Pasts(encoding.history)
    for piece in blocks(frame, columns, schema) if columns else ():
        block, unreadable = schema.block(piece)
        cleaned = cleaning.apply(block)
        found = encoding.apply(cleaned.block, pasts)
        stop = start + len(piece)
        if histories is not None:
            histories.add(start, found)
        if learn is not None:
            summed.add(piece, cleaned.block, learn[start:stop] & ~cleaned.reject)
        if not arrays:
            arrays = {name: _room(name, a, num_rows, folder) for name, a in found.items()}
        for name, a in found.items():
            arrays[name][start:stop] = a
        reject[start:stop] = cleaned.reject
        reject[[start + row for row in unreadable]] = True
        bad |= {start + row: why for row, why in unreadable.items()}
        for name, count in cleaned.changed.items():
            changed[name] = changed.get(name, 0) + count
        start = stop
    whole = {} if histories is None else histories.arrays()
    return Stored(whole | arrays | kept.arrays, reject, changed, bad, summed)


class _Histories:
    """The windows of a whole table, whose rows stand unit after unit and in time: views of its own rows."""

    def __init__(self, history: History, num_rows: int, folder: Path | None) -> None:
        self.history, self.rows = history, num_rows
        self.front = max(history.steps, history.first, LOOKBACKS[-1])  # windows may be made longer afterwards
        like = np.empty((1, len(history.columns)), np.float64 if history.exact else np.float32)
        self.flat = _room(SERIES, like, self.front + num_rows, folder)
        self.flat[: self.front] = np.nan
        self.age = np.zeros(num_rows, np.int64)

    def add(self, start: int, found: Arrays) -> None:
        """One more block, whose windows are taken out of `found`."""
        windows = found.pop(SERIES)
        found.pop(FIRST, None)
        stop = start + len(windows)
        self.flat[self.front + start : self.front + stop] = windows.flat[windows.last]
        self.age[start:stop] = windows.age

    def arrays(self) -> Arrays:
        """Windows of all rows."""
        last = np.arange(self.rows) + self.front
        found: Arrays = {SERIES: Windows(self.flat, last, self.age, self.history.steps)}
        if self.history.first:
            known = np.minimum(self.age, self.history.first - 1)
            found[FIRST] = Windows(self.flat, last - self.age + known, known, self.history.first)
        return found


class _Kept:
    """Picture columns that were looked at: as an earlier run left them, else encoded and left to the next one."""

    def __init__(self, schema: Schema, pictures: Mapping[str, Looked], folder: Path | None) -> None:
        self.cache = PictureCache(folder.parent / ".pictures") if folder is not None else None
        self.arrays: Arrays = {}
        self.bad: dict[int, str] = {}
        for f in schema.fields:
            if self.cache is None or not f.fit or f.name not in pictures:
                continue
            looked = pictures[f.name]
            key = self.cache.key(f, looked.facts["pixels"].to_list())
            array = self.cache.found(key)
            if array is None or array.shape != (looked.facts.height, *f.shape):
                array = self._encoded(f, looked, self.cache, key)
            looked.decoded.clear()
            self.arrays[f.name] = array
            unread = looked.facts.with_row_index().filter(pl.col("problem").is_not_null())
            self.bad |= {row: f"column '{f.name}': {why}" for row, why in unread.select("index", "problem").rows()}

    def _encoded(self, f: Field, looked: Looked, cache: PictureCache, key: str) -> np.ndarray:
        """The array of one column, block by block."""
        count, rows = looked.facts.height, max(1, BLOCK_BYTES // (4 * math.prod(f.shape)))
        array = cache.room(key, (count, *f.shape), np.dtype(f.dtype))
        for start in range(0, count, rows):
            stop = min(start + rows, count)
            array[start:stop], unread = stacked(looked.cells(start, stop), f)
            self.bad |= {start + row: why for row, why in unread.items()}
        cache.keep({key: array})
        return array

    def left(self, schema: Schema) -> Schema:
        """What is still to be read."""
        return msgspec.structs.replace(schema, fields=[f for f in schema.fields if f.name not in self.arrays])

    def left_of(self, encoding: Encoding) -> Encoding:
        """What is still to be encoded."""
        return msgspec.structs.replace(
            encoding, pictures=[name for name in encoding.pictures if name not in self.arrays]
        )


def _room(name: str, like: np.ndarray, num_rows: int, folder: Path | None) -> np.ndarray:
    """An array for all rows, where it fits."""
    shape = (num_rows, *like.shape[1:])
    if folder is None or like.dtype.itemsize * int(np.prod(shape)) <= IN_MEMORY:
        return np.empty(shape, like.dtype)
    folder.mkdir(parents=True, exist_ok=True)
    return np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=like.dtype, shape=shape)
