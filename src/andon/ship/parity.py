"""The parity gate: raw records end to end through the trained network and through the shipped run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from msgspec import Struct
from torch import nn

from andon.encode.block import Arrays
from andon.encode.windows import taken
from andon.errors import Refused
from andon.train.rivals.rival import Rival, voices

if TYPE_CHECKING:
    import polars as pl

    from andon.runtime import Model


MOST_CELLS = 1 << 20
"""Pixels and figures that go through the network at once."""


class Parity(Struct, frozen=True, kw_only=True):
    """What the gate saw. `largest` is the largest difference of two scores (of a number: in spreads of the target)."""

    rows: int
    flips: int
    largest: float
    one_row_equal: bool
    "Whether rows asked one at a time, as dicts, got the answers they got together."


def trained_scores(
    net: nn.Module, finish: nn.Module, arrays: Arrays, *, held: np.ndarray | None = None, most: int = MOST_CELLS
) -> np.ndarray:
    """Scores (N, K) of the network as it was trained, float64. `held` (N,): the member that holds each row out; then
    that one alone answers it. `most`: cells of the inputs per pass."""
    rows = len(next(iter(arrays.values())))
    chunk = max(1, min(8192, most // max(1, sum(a[:1].size for a in arrays.values()))))
    device = next(net.parameters()).device
    net.eval()
    pieces = []
    with torch.inference_mode():
        for start in range(0, rows, chunk):
            batch = {
                n: torch.from_numpy(np.ascontiguousarray(a[start : start + chunk])).to(device)
                for n, a in arrays.items()
            }
            raw = net(batch)
            if held is not None:
                some = torch.from_numpy(held[start : start + chunk]).to(device)
                raw = raw[torch.arange(len(raw), device=device), some][:, None]
            pieces.append(finish(raw).double().cpu().numpy())
    return np.concatenate(pieces)


def parity(
    model: Model, net: nn.Module, finish: nn.Module, rivals: Sequence[Rival], frame: pl.DataFrame, *, single: int = 32
) -> Parity:
    """Replay raw rows both ways and compare decisions; raises `Refused` if one flips outside its tolerance. `rivals`:
    those that have a share.

    The first `single` rows go through the shipped run once more, one dict at a time.
    """
    block, bad = model.schema.block(frame)
    arrays, reject, _ = model.arrays(block)
    good = ~reject
    good[list(bad)] = False
    arrays = taken(arrays, np.flatnonzero(good))
    rows = int(good.sum())
    if rows == 0:
        return Parity(rows=0, flips=0, largest=0.0, one_row_equal=True)
    task, state = model.task, model.state
    ours = trained_scores(net, finish, arrays)
    ours = task.adjust(task.blend(voices(ours, rivals, arrays, state), state), state)
    theirs = model.graph.scores(arrays)
    apart = np.abs(ours - theirs).max()
    flips = int(task.flips(ours, theirs, state).sum())
    equal = _one_by_one(model, frame, theirs, np.flatnonzero(good), single)
    found = Parity(rows=rows, flips=flips, largest=float(apart / state.get("spread", 1.0)), one_row_equal=equal)
    if flips or not equal:
        raise Refused.of(
            f"{flips} of {rows} decisions differ between the trained network and the exported file"
            if flips else "rows asked alone get other answers than together",
            where=str(model.run.folder), why=f"largest difference of scores {found.largest:.2e}",
            fix="report this with the plan; the run is not fit to be used",
        )  # fmt: skip
    return found


def _one_by_one(model: Model, frame: pl.DataFrame, together: np.ndarray, good: np.ndarray, single: int) -> bool:
    """Whether single dicts, which take the way without Polars, decide as the whole frame did. They come as a stream:
    where cleaning remembers, the rows between count too. What looks ahead cannot be asked one by one."""
    if model.cleaning.looks_ahead or not len(good):
        return True
    model, wanted = model.stream(whole=True), {int(row): place for place, row in enumerate(good[:single])}
    for row in range(max(wanted) + 1):
        if row not in wanted and not model.remembers:
            continue
        block, bad = model.schema.rows([frame.row(row, named=True)], placed=True)
        arrays, reject, _ = model.arrays(block)
        if row not in wanted:
            continue
        if bad or reject.any():
            return False
        place = wanted[row]
        alone = model.graph.scores(arrays)
        if model.task.flips(together[place : place + 1], alone, model.state).any():
            return False
    return True
