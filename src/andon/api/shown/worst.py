"""The pictures to look at first, small enough to travel with the run: as the network sees them, and where it looks."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
from PIL import Image

from andon.api.learning.learn import Learnt
from andon.api.prepare import Prepared
from andon.encode.tiles import stitched
from andon.evaluation.test import Tested
from andon.explain.heat import heat
from andon.nets.tiles import Tiled
from andon.run.files import write_bytes
from andon.run.folder import Run
from andon.runtime.graph import Graph
from andon.tasks.labels import settled

MOST, SIDE = 24, 160
"""Pictures kept, and their side in pixels."""
FEWEST, MOST_TILES = 8, 4096
"""Where pictures are cut into very many tiles, so many are kept, or as many as make so many tiles."""
GLOW = np.array([230.0, 60.0, 20.0])


def write_worst(run: Run, prepared: Prepared, tested: Tested, shipped: tuple[Learnt, Graph]) -> None:
    """`worst.arrow`: the judged rows whose truth was given the least probability, with picture and heat maps: by
    covering (`heat`, or the run's own map) and by the slope of the answer (`slope`)."""
    learnt, graph = shipped
    specs = [spec for spec in prepared.specs if spec.kind == "image" and min(spec.shape[:2]) >= 16]
    if prepared.task.name not in ("classification", "labels") or not specs or not len(tested.rows):
        return
    name = specs[0].name
    given, doubted, truth = _given(prepared, tested)
    cut = max((spec.tiles for spec in specs), default=0)
    most = min(MOST, max(FEWEST, MOST_TILES // max(cut, 1)), int(np.isfinite(given).sum()))
    worst = np.argsort(np.where(np.isnan(given), np.inf, given), kind="stable")[:most]
    rows = tested.rows[worst]
    arrays = prepared.take(rows)
    if graph.maps:  # the run itself says where; from the middle of the good ones on
        where, slopes = np.clip(2 * graph.scores(arrays, "map") - 1, 0, 1), None
        agreement = np.full(len(rows), np.nan)
        shown = arrays[name] if graph.tiled is None else stitched(arrays[name], graph.tiled)
    else:
        arrays = graph.speaking(arrays)
        net = learnt.net.net if isinstance(learnt.net, Tiled) else learnt.net
        maps = heat(net, learnt.finish, arrays, name, of=None if doubted is None else doubted[worst])
        where, slopes, agreement, shown = maps.occlusion, maps.gradient, maps.agreement, arrays[name]
    looked = prepared.records.pictures.get(name)
    frame = pl.DataFrame(
        {
            "row": rows, "place": [None] * len(rows) if looked is None else looked.facts["place"][rows.tolist()],
            "truth": truth[worst].astype(str), "answer": tested.columns["answer"][worst].astype(str),
            "p_answer": tested.scores[worst].max(axis=1), "p_truth": given[worst],
            "agreement": agreement,
            "picture": [thumbnail(picture) for picture in shown],
            "heat": _lit(shown, where), "slope": [None] * len(rows) if slopes is None else _lit(shown, slopes),
        },
        schema_overrides={"place": pl.String, "slope": pl.Binary},
    )  # fmt: skip
    buffer = io.BytesIO()
    frame.write_ipc(buffer)
    write_bytes(run / "worst.arrow", buffer.getvalue())


def _given(prepared: Prepared, tested: Tested) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Of each judged row the probability of its truth (N,), NaN where that is unknown; where several classes apply, the
    one that the answer is farthest off in; and the truth in words."""
    target = prepared.target_of(tested.rows)
    if prepared.task.name == "labels":
        right = np.where(target > 0.5, tested.scores, 1 - tested.scores)
        known = np.isfinite(target).all(axis=1)
        words = settled(prepared.raw[tested.rows], prepared.state)
        return np.where(known, right.prod(axis=1), np.nan), right.argmin(axis=1), words
    known, rows = target >= 0, np.arange(len(target))
    words = np.array([*prepared.state["classes"], None], dtype=object)[target]
    return np.where(known, tested.scores[rows, target], np.nan), None, words


def thumbnail(picture: np.ndarray) -> bytes:
    """The picture as a JPEG of `SIDE` pixels."""
    return _jpeg(_rgb(picture))


def _rgb(picture: np.ndarray) -> np.ndarray:
    """Pixels as bytes in three channels; other ranges are stretched to fit."""
    values = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    values = values if values.shape[2] == 3 else np.repeat(values[..., :1], 3, axis=2)
    if values.dtype != np.uint8:
        low, high = np.nanmin(values), np.nanmax(values)
        values = ((np.nan_to_num(values) - low) / max(high - low, 1e-12) * 255).astype(np.uint8)
    large = np.asarray(Image.fromarray(values).resize(_size(values), Image.Resampling.BILINEAR))
    return large


def _lit(pictures: np.ndarray, maps: np.ndarray) -> list[bytes]:
    """Pictures with their maps, as JPEGs."""
    return [_jpeg(_glowing(picture, one)) for picture, one in zip(pictures, maps, strict=True)]


def _glowing(picture: np.ndarray, one: np.ndarray) -> np.ndarray:
    """The picture with its map laid over it."""
    base = _rgb(picture).astype(np.float32)
    grey = base.mean(axis=2, keepdims=True)
    cover = Image.fromarray((one * 255).astype(np.uint8)).resize(base.shape[1::-1], Image.Resampling.BICUBIC)
    share = np.asarray(cover).astype(np.float32)[..., None] / 255 * 0.65
    glowing: np.ndarray = (grey * (1 - share) + GLOW * share).clip(0, 255).astype(np.uint8)
    return glowing


def _size(values: np.ndarray) -> tuple[int, int]:
    factor = SIDE / max(values.shape[:2])
    return max(1, round(values.shape[1] * factor)), max(1, round(values.shape[0] * factor))


def _jpeg(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
