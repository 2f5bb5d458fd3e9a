"""`zones`: how deep in the picture each cell lies, from its own border down and across.

Pictures of different size stand in the middle of one canvas, within their own mirror image (`andon.pictures.fitting`).
Parts differ most where they end, and the mirrored copies of that say it again: on magnetic tile a quarter of the cells
lies within 12 pixels of the border and half of the strangest cells of good pictures do. So a cell is to be compared
with good cells as deep in the picture as itself.
"""

from __future__ import annotations

import torch
from torch import Tensor

EDGES = (0.0, 8.0, 24.0)
"""Pixels from the nearer end at which bands begin; less is outside."""
ZONES = 1 + len(EDGES) ** 2
"""Outside, and each band down with each band across: a part's upper end is seldom like its sides."""
LEAST = 8
"""Lines that a picture has at least."""
MARK, PRIME = 65_521, 40_503
"""Lines are compared by whole numbers, weighted sums of their pixels, which float64 holds exactly in any order."""


def zones(planes: Tensor, stride: int) -> Tensor:
    """Pictures (N, channels, height, width) of whole numbers -> the zone of each cell, (N, cells down, cells across); 0
    is outside."""
    flat = planes.double().sum(dim=1)
    weights = torch.arange(1, max(flat.shape[1:]) + 1, dtype=flat.dtype, device=flat.device) * PRIME % MARK
    rows = (flat * weights[: flat.shape[2]]).sum(dim=2)
    columns = (flat * weights[: flat.shape[1], None]).sum(dim=1)
    down, across = band(rows, stride).unsqueeze(2), band(columns, stride).unsqueeze(1)
    inside = (down > 0) & (across > 0)
    return torch.where(inside, 1 + (down - 1) * len(EDGES) + across - 1, 0)


def band(marks: Tensor, stride: int) -> Tensor:
    """Marks of lines (N, count) -> the band of each `stride` lines, (N, cells): how far their middle is from the nearer
    end of the picture; 0 is outside."""
    count = marks.shape[1]
    margin = mirrored(marks).unsqueeze(1)
    first = torch.arange(0, count, stride, dtype=marks.dtype, device=marks.device)
    middle = (first + (first + stride).clamp(max=count)) / 2
    deep = torch.minimum(middle - margin, count - margin - middle)
    return torch.stack([(deep >= edge).long() for edge in EDGES]).sum(dim=0)


def mirrored(marks: Tensor) -> Tensor:
    """How many of the first lines are the mirror image of what comes after them, by their marks (N, count); (N,). 0
    where no picture would be left, as in one of a single colour."""
    count = marks.shape[1]
    half = count // 2
    differ = (marks.unsqueeze(2) - marks.unsqueeze(1)).abs().flatten(1)
    place, step = torch.meshgrid(torch.arange(1, half + 1), torch.arange(half), indexing="ij")
    pairs = torch.where(step < place, (place - 1 - step) * count + place + step, 0)
    alike = differ[:, pairs.flatten()].view(-1, half, half).amax(dim=2) == 0
    found = (alike * place[:, 0]).amax(dim=1)
    return (found * (found < half - LEAST // 2)).to(marks.dtype)
