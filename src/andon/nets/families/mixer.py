"""The dense family of histories: dense layers alone, in turn over the last rows and over what they hold, and beside
them dense layers over figures of each sensor (see `history.py`).

TSMixer (Chen et al. 2023, arXiv:2303.06053, section 3.2). Differs from the paper: rows are taken two by two, and the
newest place counts beside the mean over all, since a history is asked at its end.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from andon.nets.brief import Brief
from andon.nets.dial import SIZES
from andon.nets.encoders.mixer import Mixed
from andon.nets.families.history import HistoryFamily, Place, runs_of

ROWS = 2
"""Rows that are one place."""


def mixer(brief: Brief) -> HistoryFamily:
    """Inputs -> (N, 2, W)."""
    return HistoryFamily(brief, TimeMixer)


class TimeMixer(nn.Module):
    """(N, planes, L) -> (N, width)."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        size, (planes, last) = SIZES["mixer"][place.size], place.planes
        self.rows = min(ROWS, last)
        self.cut = nn.Linear(planes * self.rows, size.width)
        self.blocks = nn.ModuleList(Mixed(last // self.rows, size.width) for _ in range(size.depth))
        self.norm, self.mix = nn.LayerNorm(size.width), nn.Linear(2 * size.width, size.width)
        self.width = size.width

    def forward(self, x: Tensor) -> Tensor:
        """-> (N, width)."""
        x = self.cut(runs_of(x, self.rows))
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return F.gelu(self.mix(torch.cat([x[:, -1], x.mean(dim=1)], dim=1)))
