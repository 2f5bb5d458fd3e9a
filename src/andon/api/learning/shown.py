"""Masks that stand beside pictures: as pixels, and which tiles of a large picture show what its label says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from andon import pictures
from andon.api.learning.novelty import figures, novelty
from andon.api.prepare import Prepared
from andon.encode.block import Arrays, InputSpec, tiled
from andon.encode.field import Field
from andon.encode.fit import MASKS
from andon.encode.tiles import MOST_LEARNT, SomeTiles, corners
from andon.errors import DataProblem
from andon.nets.tiles import SHOWN


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


def learnable(prepared: Prepared) -> Arrays:
    """What stands in for the stacks of tiles in training: those at `places`, where pictures make more tiles than are
    learnt from; and `shown`, where masks say which of them can show what the label says."""
    spec = tiled(prepared.specs)
    assert spec is not None
    allowed, places = shown(prepared), prepared.places
    if places is None:
        return {} if allowed is None else {SHOWN.format(spec.name): allowed}
    found: Arrays = {spec.name: SomeTiles(prepared.stored.arrays[spec.name], places)}
    if allowed is not None:
        found[SHOWN.format(spec.name)] = np.take_along_axis(allowed, places, axis=1)
    return found


def shown(prepared: Prepared) -> np.ndarray | None:
    """(N, T) bool, the tiles that hold more than half as much of a mask as any tile does: a row with a mask is learnt
    from these alone. Rows without a mask may be learnt from any. None without masks."""
    places, spec = mask_places(prepared), tiled(prepared.specs)
    if places is None or not places.drop_nulls().len() or spec is None:
        return None
    f = _field_of(prepared, spec)
    allowed = np.ones((len(prepared.raw), spec.tiles), bool)
    for row in prepared.learn.tolist():
        mask = mask_of(places[row], f)
        if mask is None or not mask.any():
            continue
        tall, wide = f.shape[1:3]
        seen = np.array([mask[top : top + tall, left : left + wide].sum() for top, left in corners(f)])
        allowed[row] = 2 * seen > seen.max()
    return allowed


def pieces_learnt(prepared: Prepared) -> int:
    """Pictures, or tiles of them, that an epoch of training looks at."""
    spec, rows = tiled(prepared.specs), len(prepared.learn)
    if spec is None:
        return rows
    return rows * (spec.tiles if prepared.task.good_only else min(spec.tiles, MOST_LEARNT))


def with_places(prepared: Prepared) -> Prepared:
    """The records with the tiles chosen that are learnt from, where pictures make more than `MOST_LEARNT`: of a picture
    with a mask those it marks, of others those that are least like good ones, of good ones half of them drawn by
    chance, since at the line every tile of theirs is asked about. Validation is judged by what stands out alone."""
    spec = tiled(prepared.specs)
    if spec is None or spec.tiles <= MOST_LEARNT or prepared.task.good_only:
        return prepared
    stack, target, good = prepared.stored.arrays[spec.name], prepared.target_of(prepared.learn), prepared.state["good"]
    fine = prepared.learn[np.isin(target, good)]
    seen = np.union1d(prepared.learn, prepared.known("validation"))
    found = {int(row): figures(stack[row]) for row in seen}
    spread = np.concatenate([found[row] for row in (fine if len(fine) else seen).tolist()]).std(axis=0)
    allowed, draw = shown(prepared), np.random.default_rng([prepared.plan.split.seed, 29])
    places = np.tile(np.arange(MOST_LEARNT), (len(prepared.raw), 1))
    drawn = set(fine.tolist())
    for row, some in found.items():
        rank = novelty(some, spread) + (0 if allowed is None else 1e6 * (allowed[row] & ~allowed[row].all()))
        order = np.argsort(-rank, kind="stable")
        if not good:  # every tile shows the same part
            order = draw.permutation(order)
        elif row in drawn:
            half = MOST_LEARNT // 2
            order = np.concatenate([order[:half], draw.permutation(order[half:])])
        places[row] = order[:MOST_LEARNT]
    return replace(prepared, places=places)


def _field_of(prepared: Prepared, spec: InputSpec) -> Field:
    return next(field for field in prepared.schema.fields if field.name == spec.name)
