"""Periodic embedding of numbers, PBLD: cosines with a learnt bias, a linear map, and the number itself beside it
(RealMLP, Holzmüller et al. 2024, arXiv:2407.04491, section 3; after Gorishniy et al. 2022, arXiv:2203.05556, eq. 4).

Differs from the paper: nothing but the names. Learning-rate factor 0.1 as there.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from andon.nets.layers.layer import tag

WAVES, INNER, SIGMA = 16, 3, 0.1


class Periodic(nn.Module):
    """(N, C) of spread near 1 -> (N, 4 C): per column three mixed waves and the number."""

    members = 1

    def __init__(self, columns: int, *, waves: int = WAVES, inner: int = INNER, sigma: float = SIGMA) -> None:
        super().__init__()
        self.width = columns * (inner + 1)
        reach = 1 / math.sqrt(waves)
        rate, shift = sigma * torch.randn(columns, waves), torch.empty(columns, waves).uniform_(-math.pi, math.pi)
        self.rate = tag(nn.Parameter(rate), lr_factor=0.1, role="vector")
        self.shift = tag(nn.Parameter(shift), lr_factor=0.1, role="vector")
        mix = torch.empty(columns, waves, inner).uniform_(-reach, reach)
        self.mix = tag(nn.Parameter(mix), lr_factor=0.1, role="embedding")
        self.bias = tag(nn.Parameter(torch.empty(columns, inner).uniform_(-reach, reach)), lr_factor=0.1, role="vector")

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) -> (N, 4 C); with members (M, N, C) -> (M, N, 4 C)."""
        turn = x.unsqueeze(-1) * (2 * math.pi * self.rate).unsqueeze(-3) + self.shift.unsqueeze(-3)
        pattern = "mnck,mckd->mncd" if self.members > 1 else "nck,ckd->ncd"
        mixed = torch.einsum(pattern, turn.cos(), self.mix) + self.bias.unsqueeze(-3)
        return torch.cat([mixed, x.unsqueeze(-1)], dim=-1).flatten(-2)
