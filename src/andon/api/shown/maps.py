"""Maps of the judged pictures beside the masks that the records name."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from andon.api.learning.shown import mask_of, mask_places
from andon.api.prepare import Prepared
from andon.evaluation.pixels import Pixels, pixels
from andon.runtime.model import Model

CHUNK = 64
"""Pictures per pass."""


def masked(model: Model, prepared: Prepared, rows: np.ndarray) -> Pixels | None:
    """How well the maps of some rows (ascending numbers) lie on their masks; None where no column names masks. Pictures
    whose row names none have no defect, or if they are no good ones, are left out."""
    places = mask_places(prepared)
    if places is None or not len(rows):
        return None
    return pixels(_pairs(model, prepared, rows, places[rows.tolist()].to_list()))


def _pairs(
    model: Model, prepared: Prepared, rows: np.ndarray, places: list[str | None]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Maps at the picture's size, and masks."""
    truth = prepared.target_of(rows)
    f = next(field for field in prepared.schema.fields if field.name == prepared.specs[0].name)
    shape, chunk = tuple(f.whole or f.shape)[:2], min(CHUNK, model.schema.rows_at_once())
    for start in range(0, len(rows), chunk):
        found = model.graph.scores(prepared.take(rows[start : start + chunk]), "map")
        for place, where in enumerate(found, start):
            mask = np.zeros(shape, bool) if truth[place] == 0 else mask_of(places[place], f)
            if mask is not None:
                yield at_size(where, shape), mask


def at_size(where: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A map stretched to a picture's (height, width), bilinearly."""
    large = Image.fromarray(where.astype(np.float32)).resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    clipped: np.ndarray = np.clip(np.asarray(large), 0.0, 1.0)
    return clipped
