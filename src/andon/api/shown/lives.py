"""Lives to look at: where each judged row stands in its life, and what the sensors of the worst lives did, smoothed as
the network sees them, beside a life that was told well and beside what is usual."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import polars as pl
import torch

from andon.api.prepare import Prepared
from andon.evaluation.lives import Watched, lengths_of, numbered, unclipped
from andon.evaluation.test import Tested
from andon.explain.permutation import Driver
from andon.nets.encoders.history import MIDDLE, HistoryFigures
from andon.records.lives.events import LIFE
from andon.records.lives.histories import counted
from andon.run.files import read_json, write_bytes
from andon.run.folder import Run

WORST, SENSORS, POINTS = 2, 5, 160
"""Lives and sensors that are kept, and points of each."""
USUAL, BINS = 2400, 30
"""Training rows by which is told what is usual, and places along the life left."""
FEWEST = 5
"""Rows of a place that tell what is usual there."""


def places(prepared: Prepared, rows: np.ndarray) -> pl.DataFrame:
    """`unit` and `time` of some rows as they were read, and `life`: the number of the life within the part."""
    unit, time = (prepared.records.the(role) for role in ("unit", "time"))
    assert unit is not None
    assert time is not None
    frame = prepared.records.frame
    told = prepared.records.events is not None  # then events said which life it is
    life = pl.col(LIFE) if told else pl.lit(None)
    read = frame.select(unit=pl.col(unit).cast(pl.String), time=pl.col(time), life=life).collect()
    some: pl.DataFrame = read[rows.tolist()]
    if told:
        return some.with_columns(life=pl.struct("unit", "life").rle_id().cast(pl.Int64))
    return some.with_columns(life=pl.Series(numbered(some["unit"].to_numpy(), prepared.raw[rows])))


def measure(prepared: Prepared) -> dict[str, str]:
    """In what lives are counted: `unit` behind a number, or else `time`, the column that they were counted by."""
    time = prepared.records.the("time")
    if not counted(prepared.records.columns) or time is None:
        return {}
    return {"unit": "h"} if prepared.records.kind(time) == "date" else {"time": time}


def watched(prepared: Prepared, tested: Tested) -> Watched:
    """The lives of the judged part, and how long those were that training saw."""
    (life, left), (before, learnt) = (_lived(prepared, rows) for rows in (tested.rows, prepared.parts.rows("train")))
    return Watched(prepared.raw[tested.rows], life, lengths_of(before, learnt), left)


def _lived(prepared: Prepared, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number of the life of some rows (n,), and the life left (n,) beyond what a clipped column tells."""
    where = places(prepared, rows)
    life = where["life"].to_numpy()
    return life, unclipped(life, prepared.raw[rows], where["time"].to_physical().cast(pl.Float64).to_numpy())


def write_lives(run: Run, prepared: Prepared, tested: Tested, drivers: list[Driver]) -> None:
    """`lives.arrow`: per life, sensor and point `left` (life left) and `value` (smoothed, in spreads of its regime);
    `role` is worst, best or usual, where `value` is the median of the training part with `low` and `high` about eight
    in ten of it. Nothing is written for runs without histories or without a life to show."""
    history = prepared.encoding.history
    if history is None or "cap" not in prepared.state or not len(tested.rows):
        return
    scaling: dict[str, Any] = read_json(run / "state/scaling.json")
    figures = HistoryFigures(prepared.specs, scaling)
    kept = [history.columns[c] for c in figures.scaling.kept]
    names = [d.column for d in drivers if d.column in kept and d.stable][:SENSORS] or kept[:SENSORS]
    if not names:
        return
    where = places(prepared, tested.rows)
    frames = []
    for role, life in _chosen(prepared, tested, where["life"].to_numpy()):
        own = tested.rows[where["life"].to_numpy() == life]
        own = own[np.unique(np.linspace(0, len(own) - 1, POINTS).round().astype(int))]
        unit = where.filter(pl.col("life") == life)["unit"][0]
        smooth = _smoothed(figures, prepared, own)
        frames += [
            pl.DataFrame({"role": role, "unit": unit, "life": life, "sensor": name, "left": prepared.raw[own],
                          "value": smooth[:, kept.index(name)]})
            for name in names
        ]  # fmt: skip
    if frames:
        far = max(float(f["left"].max()) for f in frames)  # type: ignore[arg-type]
        frames += _usual(figures, prepared, (names, kept), far)
        buffer = io.BytesIO()
        pl.concat(frames, how="diagonal").write_ipc(buffer, compression="zstd")
        write_bytes(run / "lives.arrow", buffer.getvalue())


def _chosen(prepared: Prepared, tested: Tested, life: np.ndarray) -> list[tuple[str, int]]:
    """The lives missed by most, worst first, and the one told best."""
    truth = np.minimum(prepared.raw[tested.rows], prepared.state["longest"])
    known = np.isfinite(truth)
    numbers, place = np.unique(life[known], return_inverse=True)
    squared = np.bincount(place, (tested.columns["answer"][known] - truth[known]) ** 2) / np.bincount(place)
    order = numbers[np.argsort(-squared, kind="stable")]
    worst = order[: min(WORST, max(len(order) - 1, 1))]
    return [("worst", int(n)) for n in worst] + [("best", int(n)) for n in order[len(worst) :][-1:]]


def _smoothed(figures: HistoryFigures, prepared: Prepared, rows: np.ndarray) -> np.ndarray:
    """(n, kept) the middle memory of each sensor at some rows, in spreads of its regime."""
    inputs: dict[str, Any] = {n: torch.from_numpy(np.ascontiguousarray(a)) for n, a in prepared.take(rows).items()}
    with torch.inference_mode():
        seen = figures.seen(inputs)
        smooth: np.ndarray = figures.features.smooth(seen.rows, seen.known)[:, :, MIDDLE, 0].numpy()
    return smooth


def _usual(
    figures: HistoryFigures, prepared: Prepared, columns: tuple[list[str], list[str]], far: float
) -> list[pl.DataFrame]:
    """What is usual at each place along the life left, by rows of the training part with no more of it than `far`."""
    names, kept = columns
    rows = prepared.learn[prepared.raw[prepared.learn] <= far]
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, USUAL).round().astype(int))] if len(rows) else rows
    left = prepared.raw[rows]
    smooth = _smoothed(figures, prepared, rows)
    place = np.minimum((left / max(far, 1e-12) * BINS).astype(int), BINS - 1)
    lines: list[dict[str, Any]] = []
    for k in range(BINS):
        own = place == k
        if own.sum() < FEWEST:
            continue
        ends = np.quantile(smooth[own], [0.1, 0.5, 0.9], axis=0)
        lines += [
            {"role": "usual", "sensor": name, "left": float(left[own].mean()), "low": ends[0, c], "value": ends[1, c],
             "high": ends[2, c]}
            for name in names for c in [kept.index(name)]
        ]  # fmt: skip
    return [pl.DataFrame(lines)] if lines else []
