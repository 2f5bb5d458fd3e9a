"""Whether pictures are cut into tiles where nobody says how they are fitted: where bringing them to the network's size
would lose what is looked for. Masks tell how large that is; without them the size of the pictures alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from andon import pictures
from andon.encode.pictures import heads_of
from andon.encode.tiles import tiled_shape
from andon.errors import DataProblem

LEAST = 3.0
"""Pixels a side that a defect should still have at the network's size."""
FAR, FARTHER = 4.0, 16.0
"""From which factor of shrinking on masks are asked, and from which the factor is reason enough: a spot of 32 pixels a
side is two then. Half of it does where pictures keep one scale, and the network sees more of them."""
SMALL, LOOKED = 0.25, 200
"""Quantile of the defects' sides that counts, and masks that are looked at."""
MOST_BYTES = 64 << 30
"""Larger arrays of tiles are not made unasked."""


def why_cut(
    places: Sequence[str], shape: Sequence[int], masks: Sequence[str], *, rows: int, farther: float = FARTHER
) -> str:
    """The reason to cut pictures that would else be brought to `shape` (height, width), or nothing. `masks`: places of
    the masks of the training part, `rows`: pictures in all, `farther`: from which factor on no mask is needed."""
    heads = heads_of(places)
    height, width = (int(np.median([getattr(h, side) for h in heads])) for side in ("height", "width"))
    factor = math.sqrt(height * width / (shape[0] * shape[1]))
    if factor <= FAR:
        return ""
    side = smallest(masks)
    if (side is None and factor <= farther) or (side is not None and side / factor >= LEAST):
        return ""
    largest = [max(getattr(h, side) for h in heads) for side in ("height", "width")]
    try:
        stack, _ = tiled_shape(largest, None)
    except DataProblem:
        return ""
    if rows * math.prod(stack) * (3 if any(h.channels == 3 for h in heads) else 1) > MOST_BYTES:
        return ""
    lost = (
        f"a quarter of the defects are no larger than {side:.0f} pixels a side, which would leave {side / factor:.1f}"
        if side is not None else f"a defect of {LEAST * factor:.0f} pixels a side would be {LEAST:.0f} then"
    )  # fmt: skip
    shrunk = f"{shape[1]} x {shape[0]}"
    return f"{width:,} x {height:,} pixels are far more than the {shrunk} that they would be shrunk to: {lost}"


def smallest(masks: Sequence[str]) -> float | None:
    """Side of a square as large as the smaller defects, pixels: of each mask all that is marked. None without any."""
    sides = []
    for place in masks[:: max(1, len(masks) // LOOKED)]:
        try:
            picture = pictures.decoded(pictures.read_bytes(place), place)
        except DataProblem:
            continue
        marked = int(((picture if picture.ndim == 2 else picture[..., :3].max(axis=2)) > 0).sum())
        if marked:
            sides.append(math.sqrt(marked))
    return float(np.quantile(sides, SMALL)) if sides else None
