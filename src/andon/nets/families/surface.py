"""The surface family: a picture to a map of where it is unlike a good one. An encoder and a decoder with bridges
(U-Net: Ronneberger et al. 2015, arXiv:1505.04597), trained on planted defects.

Differs from the paper: two convolutions per level with batch normalisation, bilinear steps up, half the picture's sides
at the top. It sees each picture twice: with its local mean and spread taken out, so that light and shade cannot pass
for defects, and with its own mean taken out alone, so that stains can be seen.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from andon.errors import SettingProblem
from andon.feed.defects import means
from andon.nets.brief import Brief
from andon.nets.dial import SIZES
from andon.nets.scaling import ArrayScaling

WINDOW, FAINT = 31, 0.08
"""Pixels over which the local mean and spread go, and the spread below which nothing is enlarged further."""
LEVELS, RARE = 4, -3.0
"""Levels of the encoder, and the raw answer that training begins with: defects are rare."""


class SurfaceFamily(nn.Module):
    """One picture -> (N, height · width) raw answers, row by row."""

    optimizer, learning_rate = "muon", 4e-3

    def __init__(self, brief: Brief) -> None:
        super().__init__()
        if len(brief.inputs) != 1 or brief.inputs[0].kind != "image":
            raise SettingProblem.at(
                "network.family", "the family 'surface' takes one picture and nothing beside it",
                why=f"the inputs are {', '.join(spec.name for spec in brief.inputs)}",
                fix="leave the other columns out with known.ignore",
            )  # fmt: skip
        spec, first = brief.inputs[0], SIZES["surface"][brief.size].width * 2 // 3
        self.name, self.scaling = spec.name, ArrayScaling(spec, brief.scaling_of(spec))
        widths = [first * step for step in (1, 2, 4, 6)][:LEVELS]
        entries = [8 * self.scaling.shape[0], *widths[:-1]]
        self.down = nn.ModuleList(pair(i, o) for i, o in zip(entries, widths, strict=True))
        self.up = nn.ModuleList(pair(a + b, a) for a, b in pairwise(widths))
        self.last = nn.Conv2d(widths[0], 4, 1)
        nn.init.constant_(self.last.bias, RARE)  # type: ignore[arg-type]

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Pictures by name -> (N, height · width)."""
        return self.maps(self.scaling(inputs[self.name]))[0].flatten(1)

    def maps(self, planes: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scaled pictures (N, channels, height, width) -> raw answers (N, height, width) and the encoder's levels, at
        a half, a quarter, … of the sides."""
        height, width = planes.shape[2:]
        step = 2**LEVELS
        planes = F.pad(planes, (0, -width % step, 0, -height % step), mode="replicate")
        x = F.pixel_unshuffle(torch.cat([local(planes), planes - planes.mean(dim=(2, 3), keepdim=True)], dim=1), 2)
        levels: list[Tensor] = []
        for block in self.down:
            x = block(F.max_pool2d(x, 2) if levels else x)
            levels.append(x)
        for place in reversed(range(LEVELS - 1)):
            wide = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = self.up[place](torch.cat([levels[place], wide], dim=1))
        return F.pixel_shuffle(self.last(x), 2)[:, 0, :height, :width], levels


def pair(entry: int, exit_: int) -> nn.Sequential:
    """Two convolutions."""
    layers: list[nn.Module] = []
    for i in (entry, exit_):
        layers += [nn.Conv2d(i, exit_, 3, padding=1, bias=False), nn.BatchNorm2d(exit_), nn.ReLU()]
    return nn.Sequential(*layers)


def local(planes: Tensor) -> Tensor:
    """Pictures without their local mean and spread, (N, channels, height, width)."""
    mean = means(planes, WINDOW)
    spread = (means(planes.square(), WINDOW) - mean.square()).clamp_min(0).sqrt()
    return (planes - mean) / (spread + FAINT)
