"""Who says how much of the answer: the shares of the network and its rivals, by the loss of rows that none has seen.

Tables: the mean of all shares, each as likely as it makes the truths of those rows (an even prior on the simplex). With
many rows that is the best way (stacking: Wolpert 1992; for distributions Yao et al. 2018, arXiv:1704.02030); where few
rows cannot tell the voices apart, the plain mean.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from torch import nn

from andon.api.prepare import Prepared
from andon.api.rivals.near import near_cap
from andon.ship.parity import trained_scores
from andon.split import Turns
from andon.tasks import State
from andon.tasks.remaining_life import NEAR
from andon.train.rivals.rival import Rival

STEPS = 20
"""Shares are multiples of a twentieth."""
MOST_ROWS = 20_000
"""Rows that the choice goes by at most: an even share of more."""
LEAST = 0.05
"""A smaller share is not worth its time at the line."""
PULL = 32.0
"""Times the square of the share's distance from one half: what that must gain in log loss, summed over rows, in the
choice between network and texture. A validation part of some dozen pictures cannot tell them apart, and the loss
flatters the surer of the two; the plain mean is the safest then."""
LIVES, USUAL = 8.0, 2 / 3
"""The same for histories, in shares of the loss: rows of a unit are no news of each other, so that some dozen units
must tell the two apart; and the share of the network that did best on three sets of engines (`NUMBERS.md` §14.1)."""


def blended(
    prepared: Prepared, trained: tuple[nn.Module, nn.Module], rivals: tuple[Rival, ...], turns: Turns | None
) -> State:
    """The decision state with the shares in it, where any rival has one."""
    state, task = dict(prepared.state), prepared.task
    if any(rival.kind == NEAR for rival in rivals):
        state[NEAR] = near_cap(prepared)
    rivals = tuple(rival for rival in rivals if rival.kind != NEAR)  # it has no share of the answer
    if not rivals:
        return state
    rows, held = (prepared.known("validation"), None) if turns is None else (turns.rows, turns.held)
    kept = slice(None, None, -(-len(rows) // MOST_ROWS))
    rows, held = rows[kept], None if held is None else held[kept]
    arrays, raw = prepared.take(rows), prepared.raw[rows]
    said = {"network": trained_scores(*trained, arrays, held=held)}
    said |= {rival.kind: rival.unseen(arrays, state, held) for rival in rivals}
    ways = ways_of(tuple(said))
    losses = np.array([task.loss_of(task.blend(said, {**state, "blend": way}), raw, state).mean() for way in ways])
    if prepared.encoding.history is None and "texture" not in said:
        groups = prepared.parts.groups
        count = len(rows) if groups is None else len(np.unique(groups[rows]))
        shares = believed(ways, losses, count, squared=task.name == "regression")
    else:
        shares = ways[int((losses + _pull(prepared, rows, losses, ways)).argmin())]
    if prepared.plan.train.trees == "on" and shares["network"] == 1.0:
        shares = {"network": 0.5, rivals[0].kind: 0.5}
    return state if shares["network"] == 1.0 else {**state, "blend": shares}


def ways_of(names: tuple[str, ...]) -> list[dict[str, float]]:
    """All shares in steps of a twentieth that make one."""
    counts = (each for each in product(range(STEPS + 1), repeat=len(names) - 1) if sum(each) <= STEPS)
    return [
        {n: c / STEPS for n, c in zip(names, (*each, STEPS - sum(each)), strict=True) if c or n == "network"}
        for each in counts
    ]


def believed(ways: list[dict[str, float]], losses: np.ndarray, count: int, *, squared: bool) -> dict[str, float]:
    """The mean of the ways, by the likelihood of `count` independent truths whose mean losses they have: log loss, or
    squared errors of normal noise of unknown size."""
    told = -count * (0.5 * np.log(np.maximum(losses, 1e-300)) if squared else losses)
    weight = np.exp(told - told.max())
    mean = {n: sum(w * way.get(n, 0.0) for w, way in zip(weight, ways, strict=True)) for n in _names(ways)}
    total = sum(mean.values())
    kept = {name: share for name, share in mean.items() if share >= LEAST * total}
    shares = {name: round(float(share / sum(kept.values())), 3) for name, share in kept.items()}
    first = max(shares, key=lambda name: shares[name])
    rest = {name: share for name, share in shares.items() if name != first}
    return {"network": 0.0, **shares, first: round(1 - sum(rest.values()), 3)}


def _names(ways: list[dict[str, float]]) -> list[str]:
    """All that some way gives a share to, the network first."""
    return list(dict.fromkeys(name for way in ways for name in ("network", *way)))


def _pull(prepared: Prepared, rows: np.ndarray, losses: np.ndarray, ways: list[dict[str, float]]) -> np.ndarray:
    """What each way must gain to be taken."""
    network = np.array([way["network"] for way in ways])
    if prepared.encoding.history is not None and prepared.parts.groups is not None:
        units = len(np.unique(prepared.parts.groups[rows]))
        return np.asarray(losses.min() * LIVES / units * (network - USUAL) ** 2)
    if any("texture" in way for way in ways):
        return PULL / len(rows) * (network - 0.5) ** 2
    return np.zeros(len(ways))
