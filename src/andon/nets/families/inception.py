"""The convolution family of histories: kernels of three lengths side by side over the last rows, and dense layers over
figures of each sensor beside them (see `history.py`).

InceptionTime (Ismail Fawaz et al. 2020, arXiv:1909.04939, section 3). Differs from the paper: kernels of 9, 19 and 39
rows, which have a middle; the newest place counts beside the mean over all, since a history is asked at its end; GELU.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from andon.nets.brief import Brief
from andon.nets.dial import SIZES
from andon.nets.families.history import HistoryFamily, Place

KERNELS, EVERY = (9, 19, 39), 3
"""Rows that kernels reach over, and modules between two ways round."""


def inception(brief: Brief) -> HistoryFamily:
    """Inputs -> (N, 2, W)."""
    return HistoryFamily(brief, Inception)


class Inception(nn.Module):
    """(N, planes, L) -> (N, width): modules, a way round every third, the newest place and the mean."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        size, planes = SIZES["inception"][place.size], place.planes[0]
        wide = (len(KERNELS) + 1) * size.width
        self.units = nn.ModuleList(Module(wide if number else planes, size.width) for number in range(size.depth))
        self.round = nn.ModuleList(
            nn.Sequential(nn.Conv1d(wide if number else planes, wide, 1, bias=False), nn.BatchNorm1d(wide))
            for number in range(size.depth // EVERY)
        )
        self.mix, self.width = nn.Linear(2 * wide, wide), wide

    def forward(self, x: Tensor) -> Tensor:
        """-> (N, width)."""
        before = x
        for number, unit in enumerate(self.units, 1):
            x = unit(x)
            if number % EVERY == 0:
                x = before = F.gelu(x + self.round[number // EVERY - 1](before))
        return F.gelu(self.mix(torch.cat([x[:, :, -1], x.mean(dim=2)], dim=1)))


class Module(nn.Module):
    """(N, C, L) -> (N, 4 · width, L): through a narrow layer the three kernels, and the largest of three rows."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.narrow = nn.Conv1d(channels, width, 1, bias=False)
        self.kernels = nn.ModuleList(nn.Conv1d(width, width, k, padding=k // 2, bias=False) for k in KERNELS)
        self.largest = nn.Conv1d(channels, width, 1, bias=False)
        self.norm = nn.BatchNorm1d((len(KERNELS) + 1) * width)

    def forward(self, x: Tensor) -> Tensor:
        """-> (N, 4 · width, L)."""
        narrow = self.narrow(x)
        parts = [kernel(narrow) for kernel in self.kernels]
        parts.append(self.largest(F.max_pool1d(x, 3, stride=1, padding=1)))
        out: Tensor = F.gelu(self.norm(torch.cat(parts, dim=1)))
        return out
