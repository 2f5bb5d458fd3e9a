"""`Grain`: how strongly lines, edges and spots show at each place of a picture, by fixed filters at three scales.

Second and first derivatives of Gaussians in four directions (steerable filters: Freeman & Adelson 1991) and one round
second derivative; of each the largest answer, the least one and the energy in windows of 16 pixels, every eight.
Nothing is trained: what a network was taught to see in planted defects cannot bias it.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE, WINDOW, SCALES, ANGLES = 8, 16, 3, 4
WIDTH, STRETCH, REACH = 0.9, 2.5, 4
"""Spread of the Gaussians across their direction in pixels, how many times as long they are along it, and pixels from
the middle of a filter to its rim."""
DARK, FLOOR = 0.02, 0.004
"""Share of the range that is added to the mean that a picture is divided by, and answers too faint to be told apart."""


class Grain(nn.Module):
    """Pictures (N, channels, height, width) of values up to `full` -> (N, 82, cells down, cells across)."""

    def __init__(self, full: float) -> None:
        super().__init__()
        self.full = full
        self.kernels = nn.Buffer(filters(), persistent=False)

    def forward(self, planes: Tensor) -> Tensor:
        """Logarithms, so that a doubling counts the same everywhere; the last one is of the local light."""
        grey = planes.mean(dim=1, keepdim=True) / self.full
        grey = grey / (grey.abs().mean(dim=(2, 3), keepdim=True) + DARK)
        height, width = grey.shape[2:]
        grey = F.pad(grey, (0, -width % STRIDE, 0, -height % STRIDE), mode="replicate")
        light = F.avg_pool2d(around(grey, (WINDOW - STRIDE) // 2), WINDOW, STRIDE)
        found = []
        for scale in range(SCALES):
            answers = F.conv2d(around(grey, REACH), self.kernels)
            window, stride = WINDOW >> scale, STRIDE >> scale
            answers = around(answers, (window - stride) // 2)
            found += [F.max_pool2d(answers, window, stride), F.max_pool2d(-answers, window, stride)]
            found += [F.avg_pool2d(answers.square(), window, stride).sqrt()]
            grey = F.avg_pool2d(grey, 2)
        strength = torch.cat(found, dim=1).clamp_min(0)
        return torch.cat([(strength + FLOOR).log(), (light.clamp_min(0) + 0.05).log()], dim=1)


def around(planes: Tensor, margin: int) -> Tensor:
    """The same with a margin that repeats its edge."""
    return F.pad(planes, (margin, margin, margin, margin), mode="replicate")


def filters() -> Tensor:
    """(9, 1, 9, 9): for each direction a line and an edge, then a spot, each of absolute sum 1."""
    down, across = torch.meshgrid(*[torch.arange(-REACH, REACH + 1.0)] * 2, indexing="ij")
    made = []
    for number in range(ANGLES):
        cos, sin = math.cos(math.pi * number / ANGLES), math.sin(math.pi * number / ANGLES)
        u, v = (across * cos + down * sin) / WIDTH, (down * cos - across * sin) / (WIDTH * STRETCH)
        bell = torch.exp(-(u.square() + v.square()) / 2)
        line = (u.square() - 1) * bell
        made += [line - line.mean(), u * bell]
    far = (down.square() + across.square()) / WIDTH**2
    spot = (far - 2) * torch.exp(-far / 2)
    made.append(spot - spot.mean())
    return torch.stack([kernel / kernel.abs().sum() for kernel in made]).unsqueeze(1)
