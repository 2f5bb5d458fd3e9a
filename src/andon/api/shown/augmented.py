"""What training saw of some pictures, made by the run's own augmentation and small enough to travel with the run."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
from PIL import Image

from andon.api.learning.learn import feeds
from andon.api.learning.surfaces import pieced
from andon.api.prepare import Prepared
from andon.feed import Feed
from andon.feed.augment import Chain, OfTiles
from andon.run.files import write_bytes
from andon.run.folder import Run

MOST_CLASSES, EPOCHS, SIDE = 4, 8, 96
"""Pictures kept (one per class, of the commonest classes), versions of each, and their longer side in pixels."""


def write_augmented(run: Run, prepared: Prepared) -> None:
    """`augmented.arrow`: one training picture per class as it was read (epoch -1), and as the feed gives it in its
    first epochs. Nothing is written for runs without pictures or without augmentation."""
    images = [spec for spec in prepared.specs if spec.kind == "image"]
    if not images or not len(prepared.learn):
        return
    whole, _ = feeds(prepared)
    if whole.augment is None:
        return
    rows, names = _chosen(prepared)
    name, arrays, tiles = images[0].name, prepared.stored.arrays, images[0].tiles
    if tiles:  # one in the middle
        rows, arrays = rows * tiles + tiles // 2, {name: pieced(prepared)}
    steps = whole.augment.steps if isinstance(whole.augment, Chain) else [whole.augment]
    augment = next((step.of_one for step in steps if isinstance(step, OfTiles)), None if tiles else whole.augment)
    nothing = np.zeros(len(arrays[name]), np.float32)
    feed = Feed(arrays, nothing, batch=len(rows) + 1, seed=whole.seed, rows=rows, augment=augment)
    plain = arrays[name][rows]
    full = 255.0 if plain.dtype == np.uint8 else None
    ends = [(0.0, full) if full else (float(np.nanmin(p)), float(np.nanmax(p))) for p in plain]
    made = [(-1, place, plain[place]) for place in range(len(rows))]
    for epoch in range(EPOCHS):
        batch = feed.batch(epoch, 0)
        seen = batch.inputs[name].float().numpy()
        made += [(epoch, int(np.searchsorted(rows, row)), seen[i]) for i, row in enumerate(batch.rows)]
    made.sort(key=lambda one: (one[1], one[0]))
    frame = pl.DataFrame(
        {
            "class": [names[place] for _, place, _ in made], "row": [int(rows[place]) for _, place, _ in made],
            "epoch": [epoch for epoch, _, _ in made],
            "picture": [_jpeg(picture, *ends[place]) for _, place, picture in made],
        }
    )  # fmt: skip
    buffer = io.BytesIO()
    frame.write_ipc(buffer)
    write_bytes(run / "augmented.arrow", buffer.getvalue())


def _chosen(prepared: Prepared) -> tuple[np.ndarray, list[str]]:
    """The first training row of each of the commonest classes, rows ascending, with the class's name; of numbers the
    first rows."""
    rows = prepared.learn
    if prepared.task.name != "classification":
        return rows[:MOST_CLASSES], [str(value) for value in prepared.raw[rows[:MOST_CLASSES]]]
    truth = prepared.target_of(rows)
    _, first, counts = np.unique(truth, return_index=True, return_counts=True)
    common = np.sort(first[np.argsort(-counts, kind="stable")[:MOST_CLASSES]])
    return rows[common], [prepared.state["classes"][truth[place]] for place in common]


def _jpeg(picture: np.ndarray, low: float, high: float) -> bytes:
    """A picture (height, width[, channels]) small, with its own range of values, which changed light may leave."""
    colours = picture if picture.ndim == 2 or picture.shape[2] == 3 else picture[..., 0]
    scaled = (np.nan_to_num(colours.astype(np.float32)) - low) / max(high - low, 1e-12)
    image = Image.fromarray((scaled.clip(0, 1) * 255).round().astype(np.uint8))
    factor = SIDE / max(image.size)
    width, height = (max(1, round(side * factor)) for side in image.size)
    buffer = io.BytesIO()
    image.resize((width, height), Image.Resampling.BILINEAR).convert("RGB").save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
