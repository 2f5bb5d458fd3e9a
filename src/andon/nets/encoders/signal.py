"""Windows and waveforms through convolutions to a vector: a strided stem for long ones, residual blocks with growing
dilation (van den Oord et al. 2016, arXiv:1609.03499), mean and largest value of each channel at the end.

Differs from the paper: not causal (the window is known when the answer is due), no gates, batch normalisation.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.layers import Pool
from andon.nets.dial import SIZES
from andon.nets.encoders.image import block, more
from andon.nets.layers.layer import Shape
from andon.nets.layers.listed import of_options
from andon.nets.scaling import ArrayScaling

LAST_STEPS = 12
STRIDES = ((128, 1), (512, 2), (2048, 4))
"""Up to so many steps: stride of the stem; longer windows take eight steps at a time."""


class SignalEncoder(nn.Module):
    """(N, steps[, channels]) -> (N, width)."""

    def __init__(self, spec: InputSpec, scaling: dict[str, Any], size: str) -> None:
        super().__init__()
        self.scaling = ArrayScaling(spec, scaling)
        self.layers = of_options(window_layers(self.scaling.shape, size), self.scaling.shape)
        self.width = self.layers.shape[0]

    def forward(self, x: Tensor) -> Tensor:
        """(N, …) -> (N, width)."""
        out: Tensor = self.layers(self.scaling(x))
        return out


def window_layers(shape: Shape, size: str) -> list[Struct]:
    """The list of layers for a window (channels, steps). `small`: 48 channels, doubled at the second halving."""
    dial = SIZES["convolution"][size]
    channels, steps = 2 * dial.width, shape[1]
    stride = next((stride for most, stride in STRIDES if steps <= most), 8)
    found = block(channels, kernel=7, stride=stride)
    steps = -(-steps // stride)
    dilation = 2
    for stage in range(4):
        if stage:
            if steps < 2 * LAST_STEPS:
                break
            steps //= 2
            channels = dial.width * 2 * (2 if stage > 1 else 1)
            found += [Pool("max", 2), *block(channels, kernel=5)]
        found += more(channels, 2 * max(1, dial.depth // 2), kernel=5, dilation=dilation)
        dilation = 4
    return [*found, Pool("both", 0)]
