"""Parts of RealMLP (Holzmüller et al. 2024, arXiv:2407.04491): dense layers in the neural tangent parametrisation
(Jacot et al. 2018, arXiv:1806.07572), a learnt factor per feature, and the smooth clip of numbers.

Differs from the paper: the data-dependent start (`calibrate`) is only made when asked for; activations have no learnt
share. Learning-rate factors as in the paper: 6 for the feature factors, 0.1 for biases.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from andon.nets.layers.activate import FUNCTIONS
from andon.nets.layers.layer import affine, tag

SIMPLEX = 5
"""Biases start so that a neuron's edge runs through a random mix of this many rows (`he+5` in the authors' code)."""
CLIP, FAR = 3.0, 1e6


def smooth_clip(x: Tensor) -> Tensor:
    """x / sqrt(1 + (x / 3)^2): straight near 0, never beyond ±3. Clamped first: float32 would square to infinity."""
    x = x.clamp(-FAR, FAR)
    return x * torch.rsqrt(1 + (x / CLIP).square())


class FeatureScale(nn.Module):
    """One learnt factor per feature, starting at 1: (N, D) -> (N, D)."""

    members = 1

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = tag(nn.Parameter(torch.ones(width)), lr_factor=6.0, role="vector")

    def forward(self, x: Tensor) -> Tensor:
        """Any (…, N, D) -> the same shape."""
        return x * self.weight.unsqueeze(-2)


class TangentDense(nn.Module):
    """x W' / sqrt(inputs) + b with W and b from a standard normal, or from zero (`zero`, for the last layer)."""

    members = 1

    def __init__(self, inputs: int, width: int, *, activation: str = "none", zero: bool = False) -> None:
        super().__init__()
        start = torch.zeros if zero else torch.randn
        self.factor = 1 / math.sqrt(inputs)
        self.activation, self.zero = activation, zero
        self.weight = tag(nn.Parameter(start(width, inputs)))
        self.bias = tag(nn.Parameter(start(width)), lr_factor=0.1, role="vector")

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs) -> (N, width)."""
        out = affine(x, self.weight, self.bias, members=self.members, factor=self.factor)
        return FUNCTIONS[self.activation](out)

    @torch.no_grad()
    def calibrate(self, x: Tensor, draw: list[torch.Generator]) -> None:
        """Set each neuron's spread over these rows to 1 and its bias to minus a random mix of its own values.

        `draw` holds one generator per member, so that a member starts as it would alone.
        """
        if self.zero:
            return
        weights = self.weight if self.members > 1 else self.weight.unsqueeze(0)
        biases = self.bias if self.members > 1 else self.bias.unsqueeze(0)
        for weight, bias, rows, generator in zip(
            weights, biases, x if self.members > 1 else x.unsqueeze(0), draw, strict=True
        ):
            out = rows @ weight.mT * self.factor
            spread = out.std(dim=0, correction=0).clamp_min(1e-6)
            weight /= spread.unsqueeze(1)
            out = out / spread
            mix = torch.empty(SIMPLEX, out.shape[1]).exponential_(generator=generator)
            chosen = torch.randint(len(out), (SIMPLEX, out.shape[1]), generator=generator)
            bias.copy_(-(out.gather(0, chosen) * (mix / mix.sum(dim=0))).sum(dim=0))
