"""The history family: two networks that look at a unit's past in different ways, their mean the answer.

One goes over the last rows with dilated residual convolutions (van den Oord et al. 2016, arXiv:1609.03499, without the
gates), one is dense over figures of each sensor: smoothed values, distance from the unit's own beginning, slope,
spread. They err differently, and their mean is better than two of a kind (`docs/tried.md`).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from andon.errors import SettingProblem
from andon.nets.brief import Brief
from andon.nets.dial import SIZES
from andon.nets.encoders.codes import CodesEncoder
from andon.nets.encoders.history import LAST, RATES, HistoryFigures, Smoothing, planes_of
from andon.nets.ntk import smooth_clip

DROPOUT, NOISE = 0.1, 0.05


class HistoryFamily(nn.Module):
    """Inputs -> (N, 2, W): the convolutions' answer and the dense network's."""

    members = 2
    optimizer, learning_rate = "adamw", 3e-3

    def __init__(self, brief: Brief) -> None:
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
        self.convolutions = Convolutions(self.figures.steps, self.figures.channels, beside, (size.width, size.depth))
        self.dense = _dense(self.figures.features.width + beside, 2 * size.width, size.depth + 1)
        self.heads = nn.ModuleList([nn.Linear(size.width, brief.width), nn.Linear(2 * size.width, brief.width)])

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
        wide = self.convolutions(seen.rows.float(), seen.known.float(), beside)
        return torch.stack([self.heads[0](wide), self.heads[1](self.dense(figures))], dim=1)


class Convolutions(nn.Module):
    """(N, T, C), what is known of it, (N, B) -> (N, width): a strided layer, residual dilated ones, the last place and
    the mean."""

    def __init__(self, steps: int, channels: int, beside: int, size: tuple[int, int]) -> None:
        super().__init__()
        width, depth = size
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
        wide = beside.unsqueeze(2).expand(-1, -1, self.last)
        x = torch.cat([planes_of(self.smooth, z, known), wide], dim=1)
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
