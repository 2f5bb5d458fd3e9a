"""Masks that stand beside pictures: as pixels, and which tiles of a large picture show what its label says."""

from __future__ import annotations

import numpy as np
import polars as pl

from andon import pictures
from andon.api.prepare import Prepared
from andon.encode.field import Field
from andon.encode.tiles import corners
from andon.errors import DataProblem
from andon.nets.tiles import SHOWN

MASKS = ("mask", "masks", "ground_truth", "掩膜", "掩码")
"""What a column of places of masks is called."""


def mask_places(prepared: Prepared) -> pl.Series | None:
    """The column that names masks, as words; None where there is none."""
    name = next((c.name for c in prepared.records.columns if c.name.lower() in MASKS), None)
    return None if name is None else prepared.records.frame.select(pl.col(name).cast(pl.String)).collect()[name]


def mask_of(place: str | None, f: Field) -> np.ndarray | None:
    """A mask as pixels of the field's shape; None where it cannot be read."""
    try:
        picture = None if place is None else pictures.decoded(pictures.read_bytes(place), place)
    except DataProblem:
        return None
    if picture is None:
        return None
    grey = picture if picture.ndim == 2 else picture[..., :3].max(axis=2)
    white = ((grey > 0) * 255).astype(np.uint8)
    return np.asarray(pictures.fitted(white, f.whole or f.shape[:2], f.fit or "stretch") > 127)


def shown(prepared: Prepared) -> dict[str, np.ndarray]:
    """Array (N, T) bool of the tiles that hold more than half as much of a mask as any tile does: a row with a mask is
    learnt from these alone. Rows without a mask may be learnt from any. Empty without masks."""
    places, spec = mask_places(prepared), prepared.specs[0]
    if places is None or not places.drop_nulls().len():
        return {}
    f = next(field for field in prepared.schema.fields if field.name == spec.name)
    allowed = np.ones((len(prepared.raw), spec.tiles), bool)
    for row in prepared.learn.tolist():
        mask = mask_of(places[row], f)
        if mask is None or not mask.any():
            continue
        tall, wide = f.shape[1:3]
        seen = np.array([mask[top : top + tall, left : left + wide].sum() for top, left in corners(f)])
        allowed[row] = 2 * seen > seen.max()
    return {SHOWN.format(spec.name): allowed}
