"""The history family: two networks that look at a unit's past in different ways, their mean the answer.

One goes over the last rows with dilated residual convolutions (van den Oord et al. 2016, arXiv:1609.03499, without the
gates), one is dense over figures of each sensor: smoothed values, distance from the unit's own beginning, slope,
spread. They err differently, and their mean is better than two of a kind (`docs/tried.md`).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.errors import SettingProblem
from andon.nets.brief import Brief
from andon.nets.dial import SIZES
from andon.nets.encoders.codes import CodesEncoder
from andon.nets.encoders.history import RATES, HistoryFeatures, HistoryScaling, Smoothing, begun_of
from andon.nets.ntk import smooth_clip
from andon.nets.scaling import NumberScaling

LAST = 50
"""Newest rows that convolutions go over; older ones count through the smoothing."""
DROPOUT, NOISE = 0.1, 0.05


class HistoryFamily(nn.Module):
    """Inputs -> (N, 2, W): the convolutions' answer and the dense network's."""

    members = 2
    optimizer, learning_rate = "adamw", 3e-3

    def __init__(self, brief: Brief) -> None:
        super().__init__()
        named = {spec.name: spec for spec in brief.inputs}
        if "series" not in named:
            raise SettingProblem.at(
                "network.family", "the family 'history' needs rows that are histories",
                why="no unit and time are known, or the job takes each row alone", fix="take 'auto', 'dense' or 'tabm'",
            )  # fmt: skip
        size, spec = SIZES["history"][brief.size], named["series"]
        self.scaling = HistoryScaling(spec, brief.scaling_of(spec))
        self.start = HistoryScaling(named["first"], brief.scaling_of(spec)) if "first" in named else None
        self.beside = _Beside(brief)
        steps, channels = spec.shape[0], self.scaling.channels
        self.convolutions = Convolutions(steps, channels, self.beside.width, size.width, size.depth)
        self.features = HistoryFeatures(steps, channels, named["first"].shape[0] if self.start else 0)
        self.dense = _dense(self.features.width + self.beside.width, 2 * size.width, size.depth + 1)
        self.heads = nn.ModuleList([nn.Linear(size.width, brief.width), nn.Linear(2 * size.width, brief.width)])

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> raw outputs (N, 2, W)."""
        z, known, begun, beside = self.seen(inputs)
        if self.training:
            z = z + NOISE * torch.randn_like(z) * known.unsqueeze(2)
        figures = torch.cat([self.features(z, known, begun), beside], dim=1)
        wide = self.convolutions(z, known, beside)
        return torch.stack([self.heads[0](wide), self.heads[1](self.dense(figures))], dim=1)

    def seen(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor | None, Tensor]:
        """Scaled rows, which there are, the mean of the first ones, and what stands beside them."""
        z, known = self.scaling(inputs["series"])
        begun = None if self.start is None else begun_of(*self.start(inputs["first"]))
        return z, known, begun, self.beside(inputs)

    def figures(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> (N, features): what the dense network sees, for a rival that takes tables."""
        z, known, begun, beside = self.seen(inputs)
        return torch.cat([self.features(z, known, begun), beside], dim=1)


class _Beside(nn.Module):
    """Numbers and codes of the row itself -> (N, width)."""

    def __init__(self, brief: Brief) -> None:
        super().__init__()
        named: dict[str, InputSpec] = {spec.name: spec for spec in brief.inputs}
        numbers, codes = named.get("numbers"), named.get("codes")
        self.numbers = None if numbers is None else NumberScaling(numbers, brief.scaling_of(numbers))
        self.codes = None if codes is None else CodesEncoder(codes)
        self.width = (self.numbers.shape[0] if self.numbers else 0) + (self.codes.width if self.codes else 0)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Side by side."""
        parts = [] if self.numbers is None else [smooth_clip(self.numbers(inputs["numbers"]))]
        parts += [] if self.codes is None else [self.codes(inputs["codes"])]
        series = inputs["series"]
        return torch.cat(parts, dim=1) if parts else torch.zeros(len(series), 0, device=series.device)


class Convolutions(nn.Module):
    """(N, T, C), (N, T), (N, B) -> (N, width): a strided layer, residual dilated ones, the last place and the mean."""

    def __init__(self, steps: int, channels: int, beside: int, width: int, depth: int) -> None:
        super().__init__()
        self.last = min(LAST, steps)
        self.smooth = Smoothing(steps, self.last)
        self.stem = nn.Conv1d(channels * (1 + len(RATES)) + 1 + beside, width, 5, stride=2, padding=2, bias=False)
        self.norm = nn.BatchNorm1d(width)
        self.blocks = nn.ModuleList(
            nn.Conv1d(width, width, 3, padding=2 ** (1 + place), dilation=2 ** (1 + place), bias=False)
            for place in range(depth)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(depth))
        self.mix = nn.Linear(2 * width, width)

    def forward(self, z: Tensor, known: Tensor, beside: Tensor) -> Tensor:
        """-> (N, width)."""
        smooth = self.smooth(z, known).flatten(1, 2)
        newest = z[:, -self.last :].transpose(1, 2)
        there = known[:, -self.last :].unsqueeze(1)
        x = torch.cat([newest, smooth, there, beside.unsqueeze(2).expand(-1, -1, self.last)], dim=1)
        x = F.gelu(self.norm(self.stem(x)))
        for block, norm in zip(self.blocks, self.norms, strict=True):
            x = x + F.gelu(norm(block(x)))
        return F.gelu(self.mix(torch.cat([x[:, :, -1], x.mean(dim=2)], dim=1)))


def _dense(width: int, wide: int, depth: int) -> nn.Sequential:
    """Dense layers with batch normalisation and dropout."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(width, wide, bias=False), nn.BatchNorm1d(wide), nn.GELU(), nn.Dropout(DROPOUT)]
        width = wide
    return nn.Sequential(*layers)
