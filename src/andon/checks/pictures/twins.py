"""Pictures that occur twice, exactly or nearly, within a table and across the parts of a split.

Nearly equal ones are looked for among small grey pictures without what all of them share, so that parts in one fixture
do not all look alike: a difference hash of 128 bits (after Krawetz 2013, "Kind of like that") in eight bands brings
candidates together, and the correlation of the small pictures confirms them. It is blind to exposure: the same spot
taken twice with another exposure is a pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl

from andon.checks.drift import Parts
from andon.checks.facts import Facts, percent
from andon.checks.finding import Finding
from andon.checks.overlap import PURGED
from andon.checks.pictures.files import pictures
from andon.records.pictures.looked import THUMB, Looked

FIRST = 20
MOST_IN_BAND, MOST_PAIRS = 400, 500_000
"""A band that more pictures share says nothing of them. Bands that give more pairs in all are left out, those first
that most pictures share: time and memory grow with the pictures, not with their square."""
PAIRS, PICTURES = 10_000, 8192
"""So many pairs are compared, and so many pictures looked at, at once."""
SAME, DETAIL = 0.95, 0.5
"""Correlation of the small pictures without what all share, and of their detail alone (less the mean of 3 × 3 pixels),
from which two are of the same spot. `benchmarks/near_copies.py`: magnetic tile 93 % of 2,354 grouped pairs right and
47 % of those there found, DeepPCB 296 of 300 and no other, X-SDD its 9 copies, NEU its copy and one more."""
ALIGNED = 0.5
"""If more than this share of all pictures had a twin, it would be the fixture that they share, not a copy."""


def copies(facts: Facts) -> list[Finding]:
    """Files with exactly the same pixels; with different classes they contradict each other."""
    found = []
    target = facts.records.frame.select(facts.target).collect().to_series() if facts.target else None
    for name, looked in facts.records.pictures.items():
        pixels = looked.facts["pixels"]
        classes = pl.Series([0] * len(pixels)) if target is None else target
        frame = pl.DataFrame({"pixels": pixels, "target": classes})
        groups = frame.with_row_index().drop_nulls("pixels").group_by("pixels", maintain_order=True).agg(
            "index", labels=pl.col("target").n_unique()
        ).filter(pl.col("index").list.len() > 1)  # fmt: skip
        if not groups.height:
            continue
        rows = sorted(row for group in groups["index"].to_list() for row in group)
        against = int((groups["labels"] > 1).sum())
        found.append(Finding(
            level="warning" if against else "info", code="picture_copies", column=name, rows=len(rows),
            first_rows=rows[:FIRST],
            what=f"more than once, pixel for pixel: {pictures(groups.height)}"
                 + (f"; {against} of them with different classes" if against else ""),
            why="a copy in the part that judges is known by heart" + (
                ", and two classes for one picture cannot both be right" if against else ""),
            fix="nothing is needed for the split: copies stay together" + (
                "; settle the class of those that differ" if against else ""),
            figures={"groups": float(groups.height), "contradictions": float(against)},
        ))  # fmt: skip
    return found


def near(facts: Facts) -> list[Finding]:
    """Pictures of the same spot, as a series of exposures gives them."""
    found = []
    for name, looked in facts.records.pictures.items():
        groups = grouped(looked)
        sizes = np.bincount(groups)
        rows = np.flatnonzero(sizes[groups] > 1)
        if not len(rows):
            continue
        count = int((sizes > 1).sum())
        together = facts.plan.split.by == "auto" and not facts.records.named("part", "unit", "group", "time")
        found.append(Finding(
            level="warning" if len(rows) >= 0.05 * facts.rows and facts.records.the("group") is None else "info",
            code="picture_near_copies", column=name, rows=len(rows), first_rows=rows[:FIRST].tolist(),
            what=f"{pictures(len(rows))} ({percent(len(rows) / facts.rows)}) of a spot that another shows too, "
                 f"groups: {count:,}",
            why="a random split puts one of a spot into training and its twin into the test, which is none then",
            fix="those found stay together in the split, others may be parted; name the column that says which spot or "
                "part it is: data.rows.group=COLUMN" if together
                else "name the column that says which spot or part it is: data.rows.group=COLUMN",
            figures={"groups": float(count), "largest": float(sizes.max())},
        ))  # fmt: skip
    return found


def across_parts(facts: Facts, parts: Parts) -> list[Finding]:
    """Near copies that stand in training and in a part that judges."""
    found = []
    judged = (parts.codes > 0) & (parts.codes != PURGED)
    for name, looked in facts.records.pictures.items():
        groups = grouped(looked)
        trained = np.zeros(groups.max() + 1, bool)
        trained[groups[parts.codes == 0]] = True
        rows = np.flatnonzero(judged & trained[groups])
        if not len(rows):
            continue
        share = len(rows) / max(int(judged.sum()), 1)
        found.append(Finding(
            level="warning" if share >= 0.01 else "info", code="picture_near_copies_across_parts", column=name,
            rows=len(rows), first_rows=rows[:FIRST].tolist(),
            what=f"{pictures(len(rows))} outside training ({percent(share)}) of a spot that training has seen",
            why="the network can answer them by heart, so the scores look better than new parts will fare",
            fix="name the column that says which spot or part it is: data.rows.group=COLUMN",
            figures={"share": share},
        ))  # fmt: skip
    return found


_KNOWN: WeakKeyDictionary[Looked, np.ndarray] = WeakKeyDictionary()


def grouped(looked: Looked) -> np.ndarray:
    """Number of the group of each picture, (N,); a picture without a twin has one of its own."""
    if looked not in _KNOWN:  # asked before the split, by it and after it
        _KNOWN[looked] = _grouped(looked)
    return _KNOWN[looked]


def _grouped(looked: Looked) -> np.ndarray:
    count = len(looked.thumbs)
    group = np.arange(count)
    small = np.flatnonzero(looked.facts["problem"].is_null().to_numpy())
    if len(small) < 2:
        return group
    thumbs = looked.thumbs if len(small) == count else looked.thumbs[small]
    shared = _shared(thumbs)
    hashes = np.concatenate([_hashes(_residuals(some, shared)) for some in _some(thumbs)])
    pairs = _alike(lambda rows: _residuals(thumbs[rows], shared), _candidates(hashes), SAME)
    pairs = small[_alike(lambda rows: _detail(thumbs[rows]), pairs, DETAIL)]
    if len(np.unique(pairs)) > ALIGNED * count and len(small) > 50 and not _few_each(pairs, count):
        pixels = looked.facts["pixels"].to_numpy()
        pairs = pairs[pixels[pairs[:, 0]] == pixels[pairs[:, 1]]]
    for a, b in pairs.tolist():
        group = _joined(group, a, b)
    while (group != group[group]).any():
        group = group[group]
    return group


def _alike(unit_of: Callable[[np.ndarray], np.ndarray], pairs: np.ndarray, least: float) -> np.ndarray:
    """Those of the pairs (P, 2) whose vectors of length 1, made for some rows at a time, have at least this inner
    product."""
    found = [pairs[:0]]
    for block in np.array_split(pairs, len(pairs) // PAIRS + 1) if len(pairs) else ():
        rows, place = np.unique(block, return_inverse=True)
        unit, ends = unit_of(rows), place.reshape(block.shape)
        found.append(block[np.einsum("pd,pd->p", unit[ends[:, 0]], unit[ends[:, 1]]) >= least])
    return np.concatenate(found)


def _some(thumbs: np.ndarray) -> Iterator[np.ndarray]:
    """Small pictures some at a time."""
    for start in range(0, len(thumbs), PICTURES):
        yield thumbs[start : start + PICTURES]


def _few_each(pairs: np.ndarray, count: int) -> bool:
    """Has each picture only a handful of twins, as a spot has exposures? Parts in a fixture all resemble each other."""
    ends = np.bincount(pairs.ravel(), minlength=count)
    return bool(np.median(ends[ends > 0]) <= 10)


def _shared(thumbs: np.ndarray) -> np.ndarray:
    """What all small pictures share: the mean of those of length 1, (1024,)."""
    total = sum(_unit(some.astype(np.float32)).sum(axis=0, dtype=np.float64) for some in _some(thumbs))
    return np.asarray(total / len(thumbs), np.float32)


def _residuals(thumbs: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """Small pictures without what all share, of length 1, (N, 1024)."""
    return _unit(_unit(thumbs.astype(np.float32)) - shared)


def _hashes(flat: np.ndarray) -> np.ndarray:
    """128 bits of each, (N, 16) bytes: whether the next of 8 x 8 places to the right and below is lighter."""
    coarse = flat.reshape(-1, 8, THUMB // 8, 8, THUMB // 8).mean(axis=(2, 4))
    right = np.diff(coarse, axis=2, append=coarse[:, :, :1]) > 0
    down = np.diff(coarse, axis=1, append=coarse[:, :1]) > 0
    return np.packbits(np.concatenate([right.reshape(-1, 64), down.reshape(-1, 64)], axis=1), axis=1)


def _detail(thumbs: np.ndarray) -> np.ndarray:
    """What is finer than 3 x 3 pixels, of length 1, (N, 1024)."""
    values, side = thumbs.astype(np.float32), thumbs.shape[1]
    around = np.pad(values, ((0, 0), (1, 1), (1, 1)), mode="edge")
    mean = sum(around[:, i : i + side, j : j + side] for i in range(3) for j in range(3)) / np.float32(9)
    return _unit(values - mean)


def _unit(values: np.ndarray) -> np.ndarray:
    """Rows without their mean, of length 1 (0 stays 0)."""
    flat = values.reshape(len(values), values[0].size if len(values) else THUMB * THUMB)  # none at all have a size too
    flat = flat - flat.mean(axis=1, keepdims=True)
    unit: np.ndarray = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return unit


def _candidates(hashes: np.ndarray) -> np.ndarray:
    """Pairs (P, 2) that agree in one band of the hash at least, the smaller row first."""
    count, found = len(hashes), [np.empty(0, np.int64)]
    for band in np.ascontiguousarray(hashes).view(np.uint16).T:
        sizes = np.bincount(band)
        rows = np.flatnonzero(sizes[band] <= _largest(sizes))
        rows = rows[np.argsort(band[rows], kind="stable")]
        for apart in range(1, MOST_IN_BAND):
            same = np.flatnonzero(band[rows[apart:]] == band[rows[:-apart]])
            if not len(same):
                break
            found.append(rows[same] * count + rows[same + apart])
    return np.stack(np.divmod(np.unique(np.concatenate(found)), count), axis=1)


def _largest(sizes: np.ndarray) -> int:
    """Pictures that may share a value of a band (`sizes`: how many share each), so that pairs stay few enough."""
    of_size = np.bincount(np.minimum(sizes, MOST_IN_BAND + 1), minlength=MOST_IN_BAND + 2)[:-1]
    each = np.arange(MOST_IN_BAND + 1, dtype=np.int64)
    pairs = np.cumsum(of_size * each * (each - 1) // 2)
    return int(np.flatnonzero(pairs <= MOST_PAIRS).max())


def _joined(group: np.ndarray, one: int, other: int) -> np.ndarray:
    """Put two pictures into one group."""
    while group[one] != one:
        one = group[one]
    while group[other] != other:
        other = group[other]
    group[max(one, other)] = min(one, other)
    return group
