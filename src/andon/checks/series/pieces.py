"""Rows unit by unit, in blocks of flat memory: each unit's rows follow each other, in the order of the file.

A file whose units stand one after the other is read as it is. One in which they take turns is read in shares of whole
units, each sorted by unit (stable, so that rows keep their order within it).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from andon.checks.facts import Codes, Floats
from andon.checks.walk import BLOCK, blocks

SHARE = 2_000_000
"""Rows sorted at a time where units take turns."""
ROW = "row number of the file"


@dataclass(frozen=True)
class Piece:
    """N rows. `rows` (N,): their numbers in the file. `edges` (K + 1,): where each of the K units' rows begin, and N;
    `numbers` (K,): the units; `continued`: the first one began in an earlier piece. `time` (N,): µs since 1970 or plain
    numbers, NaN where missing; None without a column of time. `values`: float64 (N,) per column, NaN where missing."""

    rows: Codes
    edges: Codes
    numbers: Codes
    continued: bool
    time: Floats | None
    values: dict[str, Floats]

    @property
    def unit(self) -> Codes:
        """Unit of each row (N,)."""
        return np.repeat(self.numbers, np.diff(self.edges))

    def fresh(self) -> Codes:
        """Rows (indices) at which a unit begins."""
        return self.edges[int(self.continued) : -1]


class TurnsTaken(Exception):
    """A unit comes back after another: this file has to be sorted."""


def pieces(
    frame: pl.LazyFrame,
    columns: Sequence[str],
    units: list[str],
    *,
    unit: str | None,
    time: str | None,
    shares: int = 0,
) -> Iterator[Piece]:
    """Pieces of these number columns. Fills `units` with names in the order met. `shares`: 0 for a file whose units
    stand one after the other (`TurnsTaken` if they do not), else into how many shares it is cut to be sorted."""
    names = list(dict.fromkeys([*([unit] if unit else []), *([time] if time else []), *columns]))
    frame = frame.select(names)
    known: dict[str, int] = {}
    last = ""
    for first, block in blocks(frame, names) if not shares else _sorted(frame, str(unit), shares):
        if not block.height:
            continue
        edges, labels = _stretches(block, unit)
        continued = bool(known) and labels[0] == last
        for label in labels[int(continued) :]:
            if label in known:
                raise TurnsTaken
            known[label] = len(known)
            units.append(label)
        last = labels[-1]
        rows = block[ROW].to_numpy() if shares else np.arange(first, first + block.height)
        yield Piece(
            rows=rows.astype(np.int64, copy=False), edges=edges, continued=continued,
            numbers=np.array([known[label] for label in labels], np.int64),
            time=ticks(block[time]) if time else None,
            values={name: _values(block[name]) for name in columns},
        )  # fmt: skip


def _sorted(frame: pl.LazyFrame, unit: str, shares: int) -> Iterator[tuple[int, pl.DataFrame]]:
    """Blocks of shares of units, each sorted by unit."""
    numbered = frame.with_row_index(ROW)
    for share in range(shares):
        own = numbered.filter(pl.col(unit).cast(pl.String).fill_null("").hash(seed=0) % shares == share)
        held = own.sort(unit, maintain_order=True).collect(engine="streaming")
        for start in range(0, held.height, BLOCK):
            yield start, held[start : start + BLOCK]


def _stretches(block: pl.DataFrame, unit: str | None) -> tuple[Codes, list[str]]:
    """Where units begin in a block, and their names."""
    if unit is None:
        return np.array([0, block.height]), [""]
    runs = block[unit].rle()
    lengths = runs.struct.field("len").to_numpy().astype(np.int64)
    names = runs.struct.field("value").cast(pl.String).fill_null("").to_list()
    return np.r_[0, np.cumsum(lengths)], names


def ticks(series: pl.Series) -> Floats:
    """µs since 1970 (exact below 285 years from then) or plain numbers."""
    if series.dtype.is_temporal():
        series = series.cast(pl.Datetime("us")).to_physical()
    return _values(series)


def _values(series: pl.Series) -> Floats:
    """float64, NaN where missing."""
    values: Floats = series.cast(pl.Float64, strict=False).to_numpy()
    return values
