"""Pictures through convolutions to a vector: a plain stack for small pictures, residual blocks (He et al. 2015,
arXiv:1512.03385) behind a strided stem for large ones; mean and largest value of each channel at the end.

Differs from the paper: two shapes of our own (`NUMBERS.md` §14.6 has them measured: 99.7 % on MNIST, 99.6 % on NEU
surface defects, both from random weights).
"""

from __future__ import annotations

import math
from typing import Any

from msgspec import Struct
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.layers import Activate, Convolution, Normalise, Pool, Residual
from andon.nets.dial import SIZES
from andon.nets.layers.layer import Shape
from andon.nets.layers.listed import of_options
from andon.nets.scaling import ArrayScaling

SMALL_SIDE, LAST_SIDE = 64, 6


class ImageEncoder(nn.Module):
    """(N, height, width[, channels]) -> (N, width)."""

    def __init__(self, spec: InputSpec, scaling: dict[str, Any], size: str) -> None:
        super().__init__()
        self.scaling = ArrayScaling(spec, scaling)
        self.layers = of_options(picture_layers(self.scaling.shape, size), self.scaling.shape)
        self.width = self.layers.shape[0]

    def forward(self, x: Tensor) -> Tensor:
        """(N, …) -> (N, width)."""
        out: Tensor = self.layers(self.scaling(x))
        return out


def picture_layers(shape: Shape, size: str) -> list[Struct]:
    """The list of layers for a picture (channels, height, width). `small` on 28 x 28: 24, 48, 48, 96, 96 channels."""
    dial = SIZES["convolution"][size]
    side = min(shape[1:])
    if side <= SMALL_SIDE:
        found = block(dial.width)
        for stage in range(1, stages(side) + 1):
            found += [Pool("max", 2), *block(dial.width * 2 ** min(stage, 2))]
            found += more(dial.width * 2 ** min(stage, 2), dial.depth - 1)
        return [*found, Pool("both", 0)]
    first = dial.width * 2 // 3
    found = block(first, kernel=5, stride=2)
    for stage in range(1, stages(side // 2) + 1):
        channels = first * 2 ** min(stage, 3)
        found += [*block(channels), Pool("max", 2)]
        if stage % 2 or dial.depth > 2:  # in small networks a residual pair in every other stage is enough
            found += more(channels, 2 * max(1, dial.depth // 2))
    return [*found, Pool("both", 0)]


def stages(side: int) -> int:
    """How often a side can be halved before fewer than six are left; four times at most."""
    return max(0, min(4, int(math.log2(max(side, 1) / LAST_SIDE)))) if side >= LAST_SIDE else 0


def block(channels: int, *, kernel: int = 3, stride: int = 1, dilation: int = 1) -> list[Struct]:
    """Convolution, batch normalisation, rectifier."""
    return [
        Convolution(channels, kernel, stride=stride, dilation=dilation, bias=False),
        Normalise("batch"),
        Activate("relu"),
    ]


def more(channels: int, count: int, *, kernel: int = 3, dilation: int = 1) -> list[Struct]:
    """Further convolutions of the same width: in residual pairs, an odd one plain."""
    found = block(channels, kernel=kernel) if count % 2 else []
    for _ in range(count // 2):
        pair = [*block(channels, kernel=kernel), *block(channels, kernel=kernel, dilation=dilation)[:-1]]
        found += [Residual(tuple(pair)), Activate("relu")]  # type: ignore[arg-type]
    return found
