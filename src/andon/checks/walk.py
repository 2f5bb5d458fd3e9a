"""The one pass over the whole table that all checks share: rows behind each draft, evenly spaced rows, repeats.

Blocks of the lazy frame are read in file order, so memory does not grow with the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from msgspec.structs import replace
from numpy.typing import NDArray

from andon.checks.facts import Codes, Draft, percent
from andon.checks.finding import Finding
from andon.summary import row_hash

BLOCK = 131_072
FIRST = 5
"""Rows named by a finding."""
MOST_HASHES = 2_000_000
"""Hashes kept to look for repeats. Repeats have one hash, so keeping the rows with small hashes keeps repeats whole;
larger tables are judged by that share of their rows and memory stays flat."""


def blocks(frame: pl.LazyFrame, columns: Sequence[str]) -> Iterator[tuple[int, pl.DataFrame]]:
    """Blocks of these columns in file order, each with the number of its first row."""
    row = 0
    for block in frame.select(columns).collect_batches(chunk_size=BLOCK, maintain_order=True):
        yield row, block
        row += block.height


class Counted:
    """Counts the rows of each draft and remembers the first few."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.drafts = drafts
        self.counts = np.zeros(len(drafts), np.int64)
        self.first: list[list[int]] = [[] for _ in drafts]

    def columns(self) -> set[str]:
        """Columns that the drafts read."""
        return {name for draft in self.drafts for name in draft.mask.meta.root_names()}

    def see(self, row: int, block: pl.DataFrame) -> None:
        """Take one block into account."""
        if not self.drafts:
            return
        masks = [draft.mask.fill_null(False).alias(str(i)) for i, draft in enumerate(self.drafts)]
        counts = block.lazy().select([mask.sum() for mask in masks]).collect().row(0)
        self.counts += np.array(counts, np.int64)
        for i, count in enumerate(counts):
            if count and len(self.first[i]) < FIRST:
                rows = block.select(masks[i].arg_true().head(FIRST - len(self.first[i]))).to_series()
                self.first[i] += [row + r for r in rows.to_list()]

    def findings(self, rows: int) -> list[Finding]:
        """The drafts that have rows, as findings with those rows."""
        found = []
        for draft, count, first in zip(self.drafts, self.counts.tolist(), self.first, strict=True):
            share = count / max(rows, 1)
            if count > 0 and share <= draft.largest_share:
                what = draft.finding.what.replace("{rows}", f"{count:,}").replace("{share}", percent(share))
                found.append(replace(draft.finding, rows=count, first_rows=first, what=what))
        return found


class Spaced:
    """Keeps every so-manieth row, in file order."""

    def __init__(self, columns: Sequence[str], rows: int, most: int = 16_384) -> None:
        self.names = list(columns)
        self.every = max(1, -(-rows // most))
        self.kept: list[pl.DataFrame] = []

    def columns(self) -> set[str]:
        """Columns that are kept."""
        return set(self.names)

    def see(self, row: int, block: pl.DataFrame) -> None:
        """Take one block into account."""
        start = -row % self.every
        if self.names and start < block.height:
            self.kept.append(block.select(self.names).gather_every(self.every, start))

    def finish(self) -> tuple[pl.DataFrame, Codes]:
        """The rows kept, and their row numbers."""
        frame = pl.concat(self.kept) if self.kept else pl.DataFrame()
        return frame, np.arange(frame.height, dtype=np.int64) * self.every


@dataclass(frozen=True)
class Hashes:
    """Hashes of some columns for the rows whose hash is small, and per row a code to compare (target's hash, part)."""

    hashes: NDArray[np.uint64]
    other: NDArray[np.uint64]
    rows: Codes
    share: float
    "Share of the table that was looked at; 1.0: all of it."

    def runs(self) -> tuple[Codes, Codes]:
        """Row order that brings equal hashes together (in row order within), and where each run starts."""
        by_hash = np.lexsort((self.rows, self.hashes))
        ordered = self.hashes[by_hash]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.empty(0, np.int64)
        return by_hash, starts


class Hashed:
    """Collects `Hashes` over a pass."""

    def __init__(self, names: Sequence[str], other: Sequence[str], rows: int) -> None:
        self.names = list(names)
        self.other = list(other)
        self.share = min(1.0, MOST_HASHES / max(rows, 1))
        self.kept: list[tuple[NDArray[np.uint64], NDArray[np.uint64], Codes]] = []

    def columns(self) -> set[str]:
        """Columns that are hashed."""
        return {*self.names, *self.other}

    def see(self, row: int, block: pl.DataFrame, other: NDArray[np.uint64] | None = None) -> None:
        """Take one block into account; `other` replaces the hash of the other columns."""
        if not self.names:
            return
        hashes = row_hash(block, self.names)
        small = np.flatnonzero(hashes <= np.uint64(min(self.share, 1.0 - 2**-53) * 2.0**64)) if self.share < 1 else None
        if other is None:
            other = (
                row_hash(block if small is None else block[small], self.other) if self.other else np.zeros(0, np.uint64)
            )
        elif small is not None:
            other = other[small]
        picked = np.arange(len(hashes)) if small is None else small
        self.kept.append((hashes[picked], other, picked + row))

    def finish(self) -> Hashes:
        """All that was kept."""
        parts = list(zip(*self.kept, strict=True)) or [(), (), ()]
        empty = np.empty(0, np.uint64)
        hashes, other = (np.concatenate(p) if p else empty for p in parts[:2])
        rows = np.concatenate(parts[2]) if parts[2] else np.empty(0, np.int64)
        return Hashes(hashes, other, rows, self.share)
