"""Pictures far larger than what a network looks at, cut into tiles that overlap by a quarter of their side.

A picture keeps the scale of its own pixels, is brought to one size by a border that mirrors its edge, and is cut; what
a cut runs through lies whole in the next tile, where it is no larger than the overlap. The answer of a picture is that
of its worst tile; maps are stitched. N pictures, T tiles, in order of rows. All sides are multiples of eight pixels,
the side of a map's cell, so that cells of neighbouring tiles fall on each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from andon.encode.field import Field
from andon.errors import DataProblem

CELL, SIDE = 8, 256
"""Pixels of a map's cell, and the usual side of a tile."""
OVERLAP = 4
"""Neighbours share one part in so many of a tile's side, or more."""
MOST_TILES = 4096
MOST_LEARNT = 24
"""Of pictures that make more tiles than this, training looks at so many."""


class SomeTiles:
    """Behaves as an array (N, K, h, w[, 3]): of each stack of tiles (N, T, …) those at `places` (N, K)."""

    def __init__(self, stack: np.ndarray, places: np.ndarray) -> None:
        self.stack, self.places = stack, places

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.places)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """The chosen tiles of some rows."""
        found: np.ndarray = self.stack[rows[:, None], self.places[rows]]
        return found


def tiled_shape(shape: Sequence[int], side: int | Sequence[int] | None) -> tuple[list[int], list[int]]:
    """(height, width[, 3]) of the largest picture -> shape of its stack of tiles (T, h, w[, 3]), and (height, width)
    that it is brought to before. Raises `DataProblem` for more tiles than reason allows."""
    asked = [SIDE, SIDE] if side is None else [side, side] if isinstance(side, int) else list(side)
    whole = [_even(length) for length in shape[:2]]
    tile = [min(_even(one), length) for one, length in zip(asked, whole, strict=True)]
    count = math.prod(len(starts(length, one)) for length, one in zip(whole, tile, strict=True))
    if count > MOST_TILES:
        raise DataProblem.of(
            f"{count:,} tiles of {tile[1]} x {tile[0]} pixels make up a picture",
            why=f"the largest has {shape[1]:,} x {shape[0]:,} pixels", fix="give a larger 'size' of the tiles",
        )  # fmt: skip
    return [count, *tile, *shape[2:]], whole


def starts(length: int, side: int) -> list[int]:
    """Where tiles begin along a side of the whole: evenly, first and last at its ends."""
    if length <= side:
        return [0]
    steps = math.ceil((length - side) / (side - side // OVERLAP))
    return [CELL * round((length - side) / CELL * place / steps) for place in range(steps + 1)]


def corners(f: Field) -> list[tuple[int, int]]:
    """Top and left of each tile of a field."""
    rows, columns = (starts(length, side) for length, side in zip(f.whole, f.shape[1:3], strict=True))
    return [(top, left) for top in rows for left in columns]


def cut(picture: np.ndarray, f: Field) -> np.ndarray:
    """A picture of the field's whole size -> its tiles (T, h, w[, 3])."""
    height, width = f.shape[1:3]
    return np.stack([picture[top : top + height, left : left + width] for top, left in corners(f)])


def stitched(maps: np.ndarray, f: Field) -> np.ndarray:
    """Maps of tiles (N, T, cells down, cells across) -> maps of pictures; where tiles overlap the larger value counts.
    Tiles themselves (N, T, h, w[, 3]) -> pictures."""
    cell = f.shape[1] // maps.shape[2]
    found = np.zeros((len(maps), *(side // cell for side in f.whole), *maps.shape[4:]), maps.dtype)
    for tile, (top, left) in enumerate(corners(f)):
        down, across = top // cell, left // cell
        place = found[:, down : down + maps.shape[2], across : across + maps.shape[3]]
        np.maximum(place, maps[:, tile], out=place)
    return found


def worst(scores: np.ndarray, good: Sequence[int]) -> np.ndarray:
    """Scores of tiles (N, T, K) -> of pictures (N, K): those of the tile that is likeliest to have a defect, which is
    the one that is least likely to be of a good class. Without a good class every tile shows the same part, and the
    mean of all counts."""
    if not good:
        mean: np.ndarray = scores.mean(axis=1)
        return mean
    chosen: np.ndarray = scores[np.arange(len(scores)), which(scores, good)]
    return chosen


def which(scores: np.ndarray, good: Sequence[int]) -> np.ndarray:
    """Number of the tile (N,) that speaks for each picture: the worst one, or without a good class the surest one."""
    if not good:
        return np.asarray(scores.max(axis=2).argmax(axis=1))
    return np.asarray(scores[:, :, list(good)].sum(axis=2).argmin(axis=1))


def _even(length: int) -> int:
    """The next multiple of a cell."""
    return -(-length // CELL) * CELL
