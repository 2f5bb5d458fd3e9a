"""Members that hold out in turn: each learns from all rows but a share of its own, and is judged by that share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from andon.split.deal import Groups, deal
from andon.split.parts import Parts

FEWEST = 3
"""With two members each would learn from too little."""
STRATA, ROWS_PER_STRATUM = 20, 40


@dataclass(frozen=True)
class Turns:
    """`rows`: training and validation part together, ascending; `held`: the member that holds each of them out."""

    rows: np.ndarray
    held: np.ndarray
    members: int

    def learning(self) -> np.ndarray:
        """Weight of each row for each member (N, M) while it learns: 0 where held out, mean 1."""
        weight = np.ones((len(self.rows), self.members), np.float32)
        weight[np.arange(len(self.rows)), self.held] = 0
        return np.asarray(weight / weight.mean(axis=0))

    def judging(self) -> np.ndarray:
        """Weight of each row for each member (N, M) while it is judged: nothing but what it holds out."""
        weight = np.zeros((len(self.rows), self.members), np.float32)
        weight[np.arange(len(self.rows)), self.held] = self.members
        return weight


def take_turns(
    parts: Parts, learn: np.ndarray, valid: np.ndarray, target: np.ndarray, *, members: int, seed: int
) -> Turns | None:
    """The validation part is what the first member holds out; each other one holds out its own share of the training
    part in its stead, stratified, with groups kept together (cross-validation as an ensemble: Krogh & Vedelsby 1995).

    `target`: classes or values of `learn`. None where rows must not change places (split by time or as given), where
    there is no validation part, where there are too few groups or members, or where groups are so uneven that a member
    would learn a class not at all or from less than half of the rows.
    """
    if members < FEWEST or parts.by in ("time", "given") or not len(valid):
        return None
    stratum = target if target.dtype == np.int64 else _bins(target)
    groups = Groups.of(None if parts.groups is None else parts.groups[learn], stratum)
    if len(groups.size) < members:
        return None
    dealt = 1 + deal(groups, [1 / (members - 1)] * (members - 1), np.random.default_rng([seed, 11]))
    if not _fair(dealt, target, members):
        return None
    rows = np.concatenate([learn, valid])
    held = np.concatenate([dealt, np.zeros(len(valid), np.int64)])
    order = np.argsort(rows)
    return Turns(rows[order], held[order], members)


def _fair(dealt: np.ndarray, target: np.ndarray, members: int) -> bool:
    """Whether each member keeps enough to learn from: half of the rows, and rows of every class."""
    shares = np.bincount(dealt, minlength=members)[1:]
    if shares.min() == 0 or shares.max() > len(dealt) / 2:
        return False
    if target.dtype != np.int64:
        return True
    whole = np.bincount(target)
    held = np.stack([np.bincount(target[dealt == m], minlength=len(whole)) for m in range(1, members)])
    return bool(((held < whole) | (whole == 0)).all())


def _bins(values: np.ndarray) -> np.ndarray:
    """Quantile bin of each value."""
    bins = max(min(STRATA, len(values) // ROWS_PER_STRATUM), 1)
    edges = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1])
    return np.searchsorted(edges, values, side="right")
