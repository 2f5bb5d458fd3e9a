"""Pictures small enough to travel with the run: those to look at first, as the network sees them and where it looks;
and what training saw of some, made by the run's own feed."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import polars as pl
from PIL import Image

from andon.api.learn import Learnt, feeds
from andon.api.prepare import Prepared
from andon.evaluation.test import Tested
from andon.explain.heat import heat
from andon.run.files import write_bytes
from andon.run.folder import Run

MOST, SIDE = 24, 160
"""Pictures kept to look at, and their side in pixels."""
MOST_CLASSES, EPOCHS, SMALL = 4, 8, 96
"""Training pictures kept (one per class, of the commonest classes), versions of each, and their side in pixels."""
GLOW = np.array([230.0, 60.0, 20.0])


def write_worst(run: Run, prepared: Prepared, tested: Tested, learnt: Learnt) -> None:
    """`worst.arrow`: the judged rows whose truth was given the least probability, with picture and heat map."""
    specs = [spec for spec in prepared.specs if spec.kind == "image" and min(spec.shape[:2]) >= 16]
    if prepared.task.name != "classification" or not specs or not len(tested.rows):
        return
    name = specs[0].name
    truth = prepared.target_of(tested.rows)
    known = np.flatnonzero(truth >= 0)
    given = tested.scores[known, truth[known]]
    worst = known[np.argsort(given, kind="stable")[:MOST]]
    rows, classes = tested.rows[worst], prepared.state["classes"]
    arrays = prepared.take(rows)
    maps = heat(learnt.net, learnt.finish, arrays, name)
    looked = prepared.records.pictures.get(name)
    frame = pl.DataFrame(
        {
            "row": rows, "place": [None] * len(rows) if looked is None else looked.facts["place"][rows.tolist()],
            "truth": [classes[i] for i in truth[worst]], "answer": tested.columns["answer"][worst].astype(str),
            "p_answer": tested.scores[worst].max(axis=1), "p_truth": tested.scores[worst, truth[worst]],
            "agreement": maps.agreement,
            "picture": [_jpeg(_rgb(picture)) for picture in arrays[name]],
            "heat": [_jpeg(_glowing(picture, one)) for picture, one in zip(arrays[name], maps.occlusion, strict=True)],
        },
        schema_overrides={"place": pl.String},
    )  # fmt: skip
    buffer = io.BytesIO()
    frame.write_ipc(buffer)
    write_bytes(run / "worst.arrow", buffer.getvalue())


def write_augmented(run: Run, prepared: Prepared) -> None:
    """`augmented.arrow`: one training picture per class as it was read (epoch -1), and as the feed gives it in its
    first epochs. Nothing is written for runs without pictures or without augmentation."""
    images = [spec for spec in prepared.specs if spec.kind == "image"]
    if not images or not len(prepared.learn):
        return
    rows, names = _chosen(prepared)
    feed, _ = feeds(replace(prepared, learn=rows))
    if feed.augment is None:
        return
    name = images[0].name
    plain = prepared.take(rows)[name]
    full = 255.0 if plain.dtype == np.uint8 else None
    ends = [(0.0, full) if full else (float(np.nanmin(p)), float(np.nanmax(p))) for p in plain]
    made = [(-1, place, plain[place]) for place in range(len(rows))]
    for epoch in range(EPOCHS):
        for step in range(feed.steps):
            batch = feed.batch(epoch, step)
            seen = batch.inputs[name].float().cpu().numpy()
            made += [(epoch, int(np.flatnonzero(rows == row)[0]), seen[i]) for i, row in enumerate(batch.rows)]
    made.sort(key=lambda one: (one[1], one[0]))
    frame = pl.DataFrame(
        {
            "class": [names[place] for _, place, _ in made], "row": [int(rows[place]) for _, place, _ in made],
            "epoch": [epoch for epoch, _, _ in made],
            "picture": [_jpeg(_small(picture, *ends[place])) for _, place, picture in made],
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


def _rgb(picture: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Pixels as bytes in three channels, `side` long; other ranges are stretched to fit."""
    values = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    values = values if values.shape[2] == 3 else np.repeat(values[..., :1], 3, axis=2)
    if values.dtype != np.uint8:
        low, high = np.nanmin(values), np.nanmax(values)
        values = ((np.nan_to_num(values) - low) / max(high - low, 1e-12) * 255).astype(np.uint8)
    large = np.asarray(Image.fromarray(values).resize(_size(values, side), Image.Resampling.BILINEAR))
    return large


def _glowing(picture: np.ndarray, one: np.ndarray) -> np.ndarray:
    """The picture with its map (8, 8) laid over it."""
    base = _rgb(picture).astype(np.float32)
    grey = base.mean(axis=2, keepdims=True)
    cover = Image.fromarray((one * 255).astype(np.uint8)).resize(base.shape[1::-1], Image.Resampling.BICUBIC)
    share = np.asarray(cover).astype(np.float32)[..., None] / 255 * 0.65
    glowing: np.ndarray = (grey * (1 - share) + GLOW * share).clip(0, 255).astype(np.uint8)
    return glowing


def _size(values: np.ndarray, side: int) -> tuple[int, int]:
    factor = side / max(values.shape[:2])
    return max(1, round(values.shape[1] * factor)), max(1, round(values.shape[0] * factor))


def _jpeg(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _small(picture: np.ndarray, low: float, high: float) -> np.ndarray:
    """A picture (height, width[, channels]) as bytes of its own range of values, which changed light may leave."""
    scaled = (np.nan_to_num(picture.astype(np.float32)) - low) / max(high - low, 1e-12)
    return _rgb((scaled.clip(0, 1) * 255).round().astype(np.uint8), SMALL)
