"""Numbers as RealMLP takes them (Holzmüller et al. 2024, arXiv:2407.04491): scaled, smoothly clipped, each with three
learnt waves beside it. Differs from the paper: above 200 columns the waves are left out (they cost more than they
bring there: measured on SECOM); missing cells are 0 with a mask column instead of being refused."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.nets.embeddings.periodic import Periodic
from andon.nets.layers.layer import spread
from andon.nets.ntk import smooth_clip
from andon.nets.scaling import NumberScaling

MOST = 200


class NumbersEncoder(nn.Module):
    """(N, C) float64 with NaN -> (N, width)."""

    members = 1

    def __init__(self, spec: InputSpec, scaling: dict[str, Any]) -> None:
        super().__init__()
        self.scaling = NumberScaling(spec, scaling)
        self.columns = spec.shape[0]
        self.waves = Periodic(self.columns) if self.columns <= MOST else None
        self.masks = self.scaling.shape[0] - self.columns
        self.width = self.masks + (self.columns if self.waves is None else self.waves.width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) -> (N, width), or (M, N, width) for M members."""
        scaled = self.scaling(x)
        numbers = spread(smooth_clip(scaled[:, : self.columns]), self.members)
        parts = [numbers if self.waves is None else self.waves(numbers)]
        if self.masks:
            parts.append(spread(scaled[:, self.columns :], self.members))
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)
