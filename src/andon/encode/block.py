"""`Block` and `Arrays`: the two plain shapes data takes on its way from a frame to a graph.

A `Block` is what cleaning works on: one NumPy array per column, all of one length. Numbers and dates are float64 (NaN:
missing; dates in seconds since 1970, UTC), categories are int64 codes (-1: missing, 0: never seen in training, 1…:
the schema's categories in order), pictures and windows keep their own dtype with rows first. The same type for a
million rows or one, so that no code exists twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

Block = dict[str, np.ndarray]
"""Column name -> array of shape (rows,) or (rows, …)."""

Arrays = dict[str, Any]
"""Input name -> contiguous array, rows first: what a graph eats. `numbers` (N, C) float64, `codes` (N, K) int64,
`series` and `first` (N, steps, C), which are `Windows` and become arrays where rows of them are taken, and one array
per picture or window column under the column's own name."""


def tiled(specs: list[InputSpec]) -> InputSpec | None:
    """The input of pictures that are cut into tiles; there is one at most."""
    return next((spec for spec in specs if spec.tiles), None)


class InputSpec(Struct, frozen=True, kw_only=True):
    """One input of a graph, from which its encoder is built and which the run keeps."""

    name: str
    kind: str
    "`numbers`, `codes`, `series` (the last rows of a history), `first` (its first ones), `image` or `signal`."
    shape: tuple[int, ...]
    "Without the rows: (C,) for numbers and codes, (height, width[, channels]), (steps[, channels]), (steps, C)."
    dtype: str
    columns: tuple[str, ...] = ()
    "Column behind each number or code."
    tiles: int = 0
    "Pictures: into how many tiles of this shape each is cut; then arrays are (N, tiles, *shape). 0: into none."
    cardinalities: tuple[int, ...] = ()
    "Per code column: number of codes, the unknown slot included (missing, -1, is read as 0 there)."
