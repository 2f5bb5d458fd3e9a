"""Photographs through dense layers alone: patches, mixed in turn over places and over channels (MLP-Mixer: Tolstikhin
et al. 2021, arXiv:2105.01601). Differs from the paper: widths follow our dial, and the answer is the mean and the
largest value of each channel over the places, since a defect fills few of them.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.layers import Convolution
from andon.nets.dial import SIZES
from andon.nets.layers.convolution import ConvolutionLayer
from andon.nets.scaling import ArrayScaling

MOST_PLACES = 12
"""Patches along the longer side."""


class MixerEncoder(nn.Module):
    """(N, height, width[, channels]) -> (N, width)."""

    def __init__(self, spec: InputSpec, scaling: dict[str, Any], size: str) -> None:
        super().__init__()
        dial = SIZES["dense"][size]
        self.scaling = ArrayScaling(spec, scaling)
        patch = -(-max(self.scaling.shape[1:]) // MOST_PLACES)
        self.cut = ConvolutionLayer(Convolution(dial.width, patch, stride=patch), self.scaling.shape)
        self.blocks = nn.ModuleList(Mixed(math.prod(self.cut.shape[1:]), dial.width) for _ in range(2 * dial.depth))
        self.norm = nn.LayerNorm(dial.width)
        self.width = 2 * dial.width

    def forward(self, x: Tensor) -> Tensor:
        """(N, …) -> (N, width)."""
        places = self.cut(self.scaling(x)).flatten(2).mT
        for block in self.blocks:
            places = block(places)
        places = self.norm(places)
        return torch.cat([places.mean(dim=1), places.amax(dim=1)], dim=1)


class Mixed(nn.Module):
    """(N, places, width) -> the same: two dense layers over places, two over channels, each added to what comes in."""

    def __init__(self, places: int, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix_patches, self.mix_channels = _two(places, max(8, width // 2)), _two(width, 2 * width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, places, width) -> (N, places, width)."""
        x = x + self.mix_patches(self.first(x).mT).mT
        out: Tensor = x + self.mix_channels(self.second(x))
        return out


def _two(width: int, wide: int) -> nn.Sequential:
    """Two dense layers."""
    return nn.Sequential(nn.Linear(width, wide), nn.GELU(), nn.Linear(wide, width))
