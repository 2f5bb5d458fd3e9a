"""Pictures and windows laid out as one row of numbers, for networks without convolutions."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.nets.layers.layer import spread
from andon.nets.scaling import ArrayScaling


class FlatEncoder(nn.Module):
    """(N, height, width[, channels]) or (N, steps[, channels]) -> (N, width), scaled."""

    members = 1

    def __init__(self, spec: InputSpec, scaling: dict[str, Any]) -> None:
        super().__init__()
        self.scaling = ArrayScaling(spec, scaling)
        self.width = math.prod(spec.shape)

    def forward(self, x: Tensor) -> Tensor:
        """(N, …) -> (N, width), or (M, N, width) for M members."""
        return spread(self.scaling(x).flatten(1), self.members)
