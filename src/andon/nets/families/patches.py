"""The attention family of histories: self-attention over runs of the last rows, and dense layers over figures of each
sensor beside it (see `history.py`).

PatchTST (Nie et al. 2022, arXiv:2211.14730, section 3). Differs from the paper: all sensors of a run make one token,
for what tells wear is how they move together; the answer is read off a token of its own.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from andon.nets.brief import Brief
from andon.nets.dial import SIZES
from andon.nets.families.attention import HISTORY_PATCH, Block
from andon.nets.families.history import HistoryFamily, Place, runs_of
from andon.nets.layers.layer import tag


def patches(brief: Brief) -> HistoryFamily:
    """Inputs -> (N, 2, W)."""
    return HistoryFamily(brief, Patches)


class Patches(nn.Module):
    """(N, planes, L) -> (N, width)."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        size, (planes, last) = SIZES["attention"][place.size], place.planes
        self.rows = min(HISTORY_PATCH, last)
        self.cut = nn.Linear(planes * self.rows, size.width)
        self.place = tag(nn.Parameter(0.02 * torch.randn(last // self.rows, size.width)), role="embedding")
        self.answer = tag(nn.Parameter(0.02 * torch.randn(1, 1, size.width)), role="vector")
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.depth))
        self.norm, self.width = nn.LayerNorm(size.width), size.width

    def forward(self, x: Tensor) -> Tensor:
        """-> (N, width)."""
        tokens = self.cut(runs_of(x, self.rows)) + self.place
        x = torch.cat([self.answer.expand(tokens.shape[0], -1, -1), tokens], dim=1)
        for block in self.blocks:
            x = block(x)
        out: Tensor = self.norm(x[:, 0])
        return out
