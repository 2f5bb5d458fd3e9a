"""Rows that occur more than once, found by hash partition: flat memory, no pairs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile

import numpy as np
import polars as pl

from andon.summary.rows import hash_of

FIRST = 20
PARTITION_BITS = 7
IN_MEMORY = 1 << 20
"""Bytes of one of the 128 partitions before it moves to a temporary file."""
BLOCK_ROWS = 131_072


@dataclass(frozen=True)
class Duplicates:
    """Copies of earlier rows; the first of equal rows is no copy.

    `rows`: how many were looked at; `count`: how many are copies; `first_rows`: the first few; `copies` (int64,
    ascending): row numbers of all copies; `originals`: for each the number of the first row equal to it.
    """

    rows: int
    count: int
    first_rows: list[int]
    copies: np.ndarray
    originals: np.ndarray

    def groups(self) -> np.ndarray:
        """For every row the number of the first row equal to it (int64): one number per distinct row."""
        found = np.arange(self.rows)
        found[self.copies] = self.originals
        return found

    def keep(self) -> np.ndarray:
        """Mask of the rows that are no copies (bool)."""
        mask = np.ones(self.rows, bool)
        mask[self.copies] = False
        return mask


def duplicate_rows(lazy: pl.LazyFrame, columns: Sequence[str] | None = None) -> Duplicates:
    """Copies of earlier rows, over `columns` (default: all). Nulls count as values.

    Hashes and row numbers are dealt out by the hash's upper bits and sorted one partition at a time. Beyond 128 MB they
    wait in temporary files, 16 bytes a row. Equal means equal 64-bit hashes: among 30 million
    distinct rows the chance of one false pair is 2e-5.
    """
    names = list(columns) if columns is not None else lazy.collect_schema().names()
    start = 0
    with ExitStack() as stack:
        partitions = [stack.enter_context(SpooledTemporaryFile(IN_MEMORY)) for _ in range(1 << PARTITION_BITS)]
        for block in lazy.select(hash_of(names)).collect_batches(chunk_size=BLOCK_ROWS, maintain_order=True):
            hashes = block.to_series().to_numpy()
            _deal(hashes, start, partitions)
            start += len(hashes)
        pairs = [_copies(partition) for partition in partitions]
    copies, originals = np.concatenate(pairs, axis=1)
    order = np.argsort(copies)
    copies, originals = copies[order], originals[order]
    return Duplicates(start, len(copies), copies[:FIRST].tolist(), copies, originals)


def _deal(hashes: np.ndarray, start: int, partitions: Sequence[SpooledTemporaryFile[bytes]]) -> None:
    """Append (hash, row number) pairs to their partitions, rows in order."""
    place = (hashes >> np.uint64(64 - PARTITION_BITS)).astype(np.uint8)
    order = np.argsort(place, kind="stable")
    pairs = np.stack([hashes[order], (order + start).astype(np.uint64)], axis=1)
    edges = np.searchsorted(place[order], np.arange(len(partitions) + 1))
    for partition, low, high in zip(partitions, edges, edges[1:], strict=False):
        if high > low:
            partition.write(pairs[low:high].tobytes())


def _copies(partition: SpooledTemporaryFile[bytes]) -> np.ndarray:
    """Copies and their originals in one partition, int64 of shape (2, copies)."""
    partition.seek(0)
    pairs = np.frombuffer(partition.read(), np.uint64).reshape(-1, 2)
    order = np.argsort(pairs[:, 0], kind="stable")
    hashes, rows = pairs[order, 0], pairs[order, 1].astype(np.int64)
    same = np.concatenate([[False], hashes[1:] == hashes[:-1]])[: len(hashes)]
    first = rows[np.maximum.accumulate(np.where(same, 0, np.arange(len(rows))))]
    return np.stack([rows[same], first[same]])
