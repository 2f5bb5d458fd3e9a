"""Means of short stretches of rows, per unit and column: what levels and trends are judged by, in flat memory.

`expected` says of each column what the others lead one to expect there: the best linear forecast, read off the
inverse of their correlation matrix (analytical redundancy; as in Jackson & Mudholkar 1979, contributions to residuals).
It follows recipes, loads and wear without knowing them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress, pairwise

import numpy as np

from andon.checks.facts import Codes, Floats
from andon.checks.series.pieces import Piece

MOST = 131_072
CELLS = 8_000_000
"""Stretches, and stretches times columns, that are kept at most."""
SHORTEST = 8
RIDGE = 0.01
CLIP = 5.0
"""Robust deviations at which a column stops to say more about the others."""


@dataclass(frozen=True)
class Segments:
    """S stretches of C columns. `means` (S, C), NaN where nothing was read; `unit`, `first`, `last` row, `begin`, `end`
    time (S,). Stretches of one unit follow each other."""

    columns: list[str]
    means: Floats
    unit: Codes
    first: Codes
    last: Codes
    begin: Floats
    end: Floats

    def of_units(self) -> list[slice]:
        """Each unit's stretches."""
        edges = np.r_[0, np.flatnonzero(np.diff(self.unit)) + 1, len(self.unit)]
        return [slice(int(a), int(b)) for a, b in pairwise(edges) if b > a]


@dataclass
class Cut:
    """Cuts units into stretches along a pass."""

    columns: Sequence[str]
    rows: int
    parts: list[tuple[Floats, Codes, Codes, Codes, Floats, Floats]] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Rows of a stretch."""
        most = min(MOST, CELLS // max(len(self.columns), 1))
        return max(SHORTEST, -(-self.rows // most))

    def see(self, piece: Piece) -> None:
        """Take one piece into account; stretches end where a piece ends."""
        counts = np.diff(piece.edges)
        pieces = -(-counts // self.length)
        inside = np.arange(int(pieces.sum())) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        starts = np.repeat(piece.edges[:-1], pieces) + inside * self.length
        ends = np.r_[starts[1:], piece.edges[-1]] - 1
        sizes = ends - starts + 1
        means = np.empty((len(starts), len(self.columns)))
        for at, name in enumerate(self.columns):
            values = piece.values[name]
            sums = np.add.reduceat(values, starts)
            read = sizes
            if not np.isfinite(sums).all():
                there = np.isfinite(values)
                sums = np.add.reduceat(np.where(there, values, 0.0), starts)
                read = np.add.reduceat(there.astype(np.int64), starts)
            means[:, at] = np.where(read > 0, sums / np.maximum(read, 1), np.nan)
        time = piece.time if piece.time is not None else np.full(len(piece.rows), np.nan)
        self.parts.append((means, np.repeat(piece.numbers, pieces), piece.rows[starts], piece.rows[ends],
                           time[starts], time[ends]))  # fmt: skip

    def finish(self) -> Segments:
        """All stretches, of the columns in which anything was read."""
        means, unit, first, last, begin, end = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        read = np.isfinite(means).any(axis=0)
        return Segments(list(compress(self.columns, read)), means[:, read], unit, first, last, begin, end)


@dataclass(frozen=True)
class Expected:
    """What the other columns let expect. `centre`, `spread` (C,) robust; all else in spreads: `scaled` (S, C), 0 where
    missing; `expected` (S, C) and `left` (S, C), what it does not explain; `usual` (C,): its usual size. `moves`
    (C,): columns that do at all."""

    centre: Floats
    spread: Floats
    scaled: Floats
    expected: Floats
    left: Floats
    usual: Floats
    moves: np.ndarray


def expected(means: Floats, *, without: Sequence[int] = ()) -> Expected:
    """Forecast each column of means (S, C) from the others; those in `without` (numbers) help to forecast none."""
    low, centre, high = (np.nan_to_num(q) for q in np.nanquantile(means, [0.25, 0.5, 0.75], axis=0))
    spread = (high - low) / 1.349
    wide = np.nan_to_num(np.nanstd(np.clip(means, centre - 20 * spread, centre + 20 * spread), axis=0))
    spread = np.where(spread > 1e-3 * wide, spread, np.nan_to_num(np.nanstd(means, axis=0)))
    moves = spread > 1e-9 * np.maximum(np.abs(centre), 1e-300)
    scaled = np.nan_to_num((means - centre) / np.where(moves, spread, 1.0))
    scaled[:, ~moves] = 0.0
    forecast = np.zeros_like(scaled)
    helps = [at for at in np.flatnonzero(moves).tolist() if at not in without]
    if len(helps) > 1 and len(means) > 3 * len(helps):
        clipped = np.clip(scaled, -CLIP, CLIP)
        clipped = clipped - clipped.mean(axis=0)
        cover = clipped.T @ clipped / len(clipped)
        size = np.sqrt(np.maximum(np.diag(cover), 1e-12))
        cover = cover / np.outer(size, size)
        base = cover[np.ix_(helps, helps)] + RIDGE * np.eye(len(helps))
        inverse = np.linalg.inv(base)
        weights = -inverse / np.diag(inverse)[None, :]
        np.fill_diagonal(weights, 0.0)
        standard = clipped / size
        middle = np.median(scaled, axis=0)
        forecast[:, helps] = standard[:, helps] @ weights * size[helps]
        for at in without:
            if moves[at]:
                forecast[:, at] = standard[:, helps] @ np.linalg.solve(base, cover[helps, at]) * size[at]
        forecast += np.where(moves, middle - np.median(forecast, axis=0), 0.0)
    left = scaled - forecast
    usual = 1.4826 * np.median(np.abs(left), axis=0)
    return Expected(centre, spread, scaled, forecast, left, np.maximum(usual, 0.02), moves)
