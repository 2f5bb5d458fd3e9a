"""The test part through the run-time: raw rows in, answers out, once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from andon.encode.store import blocks
from andon.runtime import Model


@dataclass(frozen=True)
class Tested:
    """Answers to the rows of a part that have one, rows ascending. `bad` are the rows without."""

    rows: np.ndarray
    scores: np.ndarray
    columns: dict[str, np.ndarray]
    bad: dict[int, str]


def ask(model: Model, frame: pl.LazyFrame, wanted: np.ndarray) -> Tested:
    """Ask the run for some rows (ascending numbers) of a frame, block by block."""
    there = frame.collect_schema().names()
    columns = list(dict.fromkeys([*model.schema.names(), *(c for c in model.schema.context() if c in there)]))
    rows: list[np.ndarray] = []
    scores: list[np.ndarray] = []
    bad: dict[int, str] = {}
    answers: dict[str, list[np.ndarray]] = {}
    start, remembers = 0, model.remembers
    model = model.stream(whole=True)
    for piece in blocks(frame, columns, model.schema):
        stop = start + len(piece)
        here = wanted[(wanted >= start) & (wanted < stop)]
        if remembers and len(piece):
            found = model.answers(piece, only=here - start)
        elif len(here):
            found = model.answers(piece[here - start])
        if len(here):
            good = found.good
            bad |= {int(here[row]): why for row, why in found.bad.items()}
            if len(good):
                rows.append(here[good])
                scores.append(found.scores)
                for name, values in found.columns.items():
                    answers.setdefault(name, []).append(values)
        start = stop
    if not rows:
        return Tested(np.empty(0, np.int64), np.empty((0, 0)), {}, bad)
    return Tested(np.concatenate(rows), np.concatenate(scores), {n: np.concatenate(v) for n, v in answers.items()}, bad)
