"""Pictures to arrays of one shape, by the one path of `andon.pictures`; several at a time, since decoding leaves Python
free. The shape is chosen from the heads of the training part's files."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from andon import pictures
from andon.encode.field import Field
from andon.encode.tiles import cut
from andon.errors import DataProblem, Problem

SIDE = 96
"""Usual side of a picture, pixels; whole divisors of the file's own size from 80 to 112 are preferred, which shrink by
means of whole blocks."""
EVEN = (80, 112)
LARGEST_SIDE = 320
"""Side of a surface on the geometric mean, pixels: beyond it a picture is shrunk by a whole number."""
MOST_ENLARGED = 8
"""How many times its own sides a picture is made at most."""
LOOKED = 2000
"""Heads that are looked at."""


def shape_for(
    places: Sequence[str], *, size: int | Sequence[int] | None = None, colour: bool | None = None
) -> tuple[list[int], str]:
    """Height, width (and 3 for colour) that suit these files, and how they are fitted. Raises `DataProblem` where no
    file can be read."""
    heads = heads_of(places)
    height, width = (int(np.median([getattr(h, side) for h in heads])) for side in ("height", "width"))
    shape = list(_side(height, width)) if size is None else [size, size] if isinstance(size, int) else list(size)
    if colour or (colour is None and any(h.channels == 3 for h in heads) and not all_grey(places)):
        shape.append(3)
    alike = max(abs(math.log(h.height / h.width * shape[1] / shape[0])) for h in heads) < 0.02
    return shape, "stretch" if alike else "pad"


def scale_for(places: Sequence[str], *, colour: bool | None = None, shrunk: bool = True) -> tuple[list[int], str]:
    """Height, width (and 3 for colour) that hold every one of these files at one scale, and that scale: where the size
    of a pore counts, pictures of different size must not be brought to one. Not `shrunk`: at that of their pixels."""
    heads = heads_of(places)
    height, width = (max(getattr(h, side) for h in heads) for side in ("height", "width"))
    by = math.ceil(math.sqrt(height * width) / LARGEST_SIDE) if shrunk else 1
    shape = [-(-height // by), -(-width // by)]
    if colour or (colour is None and any(h.channels == 3 for h in heads) and not all_grey(places)):
        shape.append(3)
    return shape, f"1/{by}"


def heads_of(places: Sequence[str]) -> list[pictures.Head]:
    """Heads of some of the files. Raises `DataProblem` where none can be read."""
    heads, first = [], None
    for place in places[:: max(1, len(places) // LOOKED)]:
        try:
            heads.append(pictures.head(pictures.read_bytes(place), place))
        except DataProblem as problem:
            first = first or problem
    if not heads:
        raise first or DataProblem.of("no picture is named", where="the training part", fix="give pictures")
    return heads


def _side(height: int, width: int) -> tuple[int, int]:
    """Sides of about `SIDE` pixels on the geometric mean; never larger than the files are."""
    middle = math.sqrt(height * width)
    for by in range(1, 65):
        if height % by == 0 and width % by == 0 and EVEN[0] <= middle / by <= EVEN[1]:
            return height // by, width // by
    factor = min(1.0, SIDE / middle)
    return max(1, round(height * factor)), max(1, round(width * factor))


def all_grey(places: Sequence[str], few: int = 100) -> bool:
    """Are colour files grey in truth? Then two thirds of the work are spared."""
    for place in places[:: max(1, len(places) // few)]:
        try:
            picture = pictures.decoded(pictures.read_bytes(place), place)
        except DataProblem:
            continue
        if picture.ndim == 3 and (np.ptp(picture.astype(np.int16), axis=2) > 2).any():
            return False
    return True


def one(cell: Any, f: Field) -> np.ndarray:
    """One cell, as a place, bytes, a Pillow picture or an array, in the field's shape. Raises `DataProblem`."""
    if isinstance(cell, (str, Path)):
        picture = pictures.decoded(pictures.read_bytes(str(cell)), str(cell))
    elif isinstance(cell, (bytes, bytearray, memoryview)):
        picture = pictures.decoded(bytes(cell), "the bytes")
    else:
        picture = np.asarray(cell)
        if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] not in (1, 3)):
            raise DataProblem.of(f"an array of shape {picture.shape} is no picture", fix="give (height, width[, 3])")
        picture = picture[..., 0] if picture.ndim == 3 and picture.shape[2] == 1 else picture
    if picture.dtype == np.uint16 and f.dtype == "uint8":
        picture = (picture >> 8).astype(np.uint8)
    elif picture.dtype == np.uint8 and f.dtype == "float32":
        picture = picture.astype(np.uint16) * 257
    try:
        _refuse_tiny(picture, f.whole or f.shape)
        whole = pictures.fitted(picture, [*f.whole, *f.shape[3:]] if f.whole else f.shape, f.fit)
    except DataProblem as problem:
        raise DataProblem(f"{cell}: {problem}" if isinstance(cell, (str, Path)) else str(problem)) from None
    return (cut(whole, f) if f.whole else whole).astype(f.dtype, copy=False)


def _refuse_tiny(picture: np.ndarray, shape: Sequence[int]) -> None:
    """What would have to be made up from next to nothing is no picture of a part. Raises `DataProblem`."""
    height, width = picture.shape[:2]
    if min(shape[0] / height, shape[1] / width) > MOST_ENLARGED:
        raise DataProblem.of(
            f"the picture has {width} x {height} pixels",
            why=f"the network looks at {shape[1]} x {shape[0]}, more than {MOST_ENLARGED} times as many a side",
            fix="give it as the camera takes it",
        )  # fmt: skip


def stacked(cells: Sequence[Any], f: Field) -> tuple[np.ndarray, dict[int, str]]:
    """All cells, rows first, and why some cannot be read (they stay dark)."""
    from concurrent.futures import ThreadPoolExecutor  # here: runs without pictures start sooner without it

    out = np.zeros((len(cells), *f.shape), f.dtype)
    bad: dict[int, str] = {}

    def fill(row: int) -> None:
        if cells[row] is None:
            bad[row] = f"column '{f.name}': there is no picture"
            return
        try:
            out[row] = one(cells[row], f)
        except Problem as problem:
            bad[row] = f"column '{f.name}': {problem}"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, range(len(cells))))
    return out, dict(sorted(bad.items()))
