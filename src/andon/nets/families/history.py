"""The history family: two networks that look at a unit's past in different ways, their mean the answer.

One goes over the last rows with dilated residual convolutions (van den Oord et al. 2016, arXiv:1609.03499, without the
gates), one is dense over figures of each sensor: smoothed values, distance from the unit's own beginning, slope,
spread. They err differently, and their mean is better than two of a kind (`docs/tried.md`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from andon.errors import SettingProblem
from andon.nets.brief import Brief
from andon.nets.dial import SIZES
from andon.nets.encoders.codes import CodesEncoder
from andon.nets.encoders.history import LAST, RATES, HistoryFigures, Smoothing, planes_of
from andon.nets.layers.layer import Shape
from andon.nets.ntk import smooth_clip

DROPOUT, NOISE = 0.1, 0.05


class Place(NamedTuple):
    """Where a part of the network that goes over rows is put: steps of a window, sensors, numbers beside them, and what
    the dial says."""

    steps: int
    channels: int
    beside: int
    size: str

    @property
    def planes(self) -> Shape:
        """Of what it goes over: readings, smoothed ones, which rows there are, and the numbers at every row."""
        return self.channels * (1 + len(RATES)) + 1 + self.beside, min(LAST, self.steps)


class HistoryFamily(nn.Module):
    """Inputs -> (N, 2, W): the answer of what goes over the last rows (`over`: convolutions, or what a neighbouring
    family puts there) and the dense network's. What `over` builds takes (N, planes, L) and has a `width`."""

    members = 2
    optimizer, learning_rate = "adamw", 3e-3

    def __init__(self, brief: Brief, over: Callable[[Place], nn.Module] | None = None) -> None:
        super().__init__()
        if not any(spec.kind == "series" for spec in brief.inputs):
            raise SettingProblem.at(
                "network.family", "the family 'history' needs rows that are histories",
                why="no unit and time are known, or the job takes each row alone", fix="take 'auto', 'dense' or 'tabm'",
            )  # fmt: skip
        size = SIZES["history"][brief.size]
        self.figures = HistoryFigures(brief.inputs, brief.scaling)
        codes = next((spec for spec in brief.inputs if spec.kind == "codes"), None)
        self.codes = None if codes is None else CodesEncoder(codes)
        beside = self.figures.num_beside + (self.codes.width if self.codes else 0)
        place = Place(self.figures.steps, self.figures.channels, beside, brief.size)
        self.smooth = Smoothing(place.steps, place.planes[1])
        self.over = Convolutions(place) if over is None else over(place)
        self.dense = _dense(self.figures.features.width + beside, 2 * size.width, size.depth + 1)
        wide = int(self.over.width)  # type: ignore[arg-type]
        self.heads = nn.ModuleList([nn.Linear(wide, brief.width), nn.Linear(2 * size.width, brief.width)])

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> raw outputs (N, 2, W)."""
        seen = self.figures.seen(inputs)
        if self.training:
            noise = NOISE * torch.randn_like(seen.rows, dtype=torch.float32) * seen.known
            seen = seen._replace(rows=seen.rows + noise)
        figures = self.figures.of(seen).float()
        beside = smooth_clip(seen.beside.float())
        if self.codes is not None:
            codes = self.codes(inputs["codes"])
            figures, beside = torch.cat([figures, codes], dim=1), torch.cat([beside, codes], dim=1)
        planes = planes_of(self.smooth, seen.rows.float(), seen.known.float())
        planes = torch.cat([planes, beside.unsqueeze(2).expand(-1, -1, planes.shape[2])], dim=1)
        return torch.stack([self.heads[0](self.over(planes)), self.heads[1](self.dense(figures))], dim=1)


class Convolutions(nn.Module):
    """(N, planes, L) -> (N, width): a strided layer, residual dilated ones, the last place and the mean."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        size = SIZES["history"][place.size]
        width, depth = size.width, size.depth
        self.width = width
        self.stem = nn.Conv1d(place.planes[0], width, 5, stride=2, padding=2, bias=False)
        self.norm = nn.BatchNorm1d(width)
        self.blocks = nn.ModuleList(
            nn.Conv1d(width, width, 3, padding=2 ** (1 + place), dilation=2 ** (1 + place), bias=False)
            for place in range(depth)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(depth))
        self.mix = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """-> (N, width)."""
        x = F.gelu(self.norm(self.stem(x)))
        for block, norm in zip(self.blocks, self.norms, strict=True):
            x = x + F.gelu(norm(block(x)))
        return F.gelu(self.mix(torch.cat([x[:, :, -1], x.mean(dim=2)], dim=1)))


def runs_of(x: Tensor, rows: int) -> Tensor:
    """(N, planes, L) -> (N, L // rows, planes · rows), the newest ones whole."""
    planes, count = x.shape[1], x.shape[2] // rows
    runs = x[:, :, x.shape[2] - count * rows :].reshape(-1, planes, count, rows)
    return runs.transpose(1, 2).flatten(2)


def _dense(width: int, wide: int, depth: int) -> nn.Sequential:
    """Dense layers with batch normalisation and dropout."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(width, wide, bias=False), nn.BatchNorm1d(wide), nn.GELU(), nn.Dropout(DROPOUT)]
        width = wide
    return nn.Sequential(*layers)
