"""Brings inputs to one size inside the graph, with the statistics that `andon.scale` fitted on the training part.

Subtraction happens in float64, so that a totaliser at 10^9 keeps its digits; only then comes the cast to float32.
Statistics are non-persistent buffers: weights that travel to another plant don't carry this one's statistics along.
Quantile-to-normal (as scikit-learn's QuantileTransformer) is a count of comparisons and a line between two entries of
a table, as neither searchsorted nor erfinv can be exported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.errors import SettingProblem, nearest
from andon.nets.layers.layer import Shape, keep

METHODS = ("zscore", "minmax", "robust", "log", "quantile", "none")
AFFINE = ("zscore", "minmax", "robust", "log")


class NumberScaling(nn.Module):
    """(N, C) float64, NaN where missing -> (N, C + masks) float32: missing becomes 0, and each column that had missing
    cells in training (`scaling["missing"]`) gets a mask column of zeros and ones at the end."""

    members = 1

    def __init__(self, spec: InputSpec, scaling: dict[str, Any]) -> None:
        super().__init__()
        columns = spec.shape[0]
        self.columns = columns
        self.method = checked(scaling.get("method", "none"))
        self.with_mask = [int(c) for c in np.flatnonzero(list(scaling.get("missing", [])))]
        self.num_masks = len(self.with_mask)
        self.shape: Shape = (columns + self.num_masks,)
        self.masked: Tensor
        keep(self, "masked", torch.tensor(self.with_mask, dtype=torch.int64))
        self.center: Tensor
        self.spread: Tensor
        self.knots: Tensor
        self.normal: Tensor
        if self.method in AFFINE:
            keep(self, "center", wide(scaling["center"], columns))
            keep(self, "spread", wide(scaling["spread"], columns))
        elif self.method == "quantile":
            knots, normal = quantile_table(scaling["knots"])
            keep(self, "knots", knots)
            keep(self, "normal", normal)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) -> (N, C + masks)."""
        missing = torch.isnan(x)
        scaled = self.scale(x.double())
        filled = torch.where(missing, torch.zeros((), dtype=scaled.dtype, device=scaled.device), scaled).float()
        if not self.num_masks:
            return filled
        # One gather: a slice per column made an export of hundreds of columns take minutes.
        return torch.cat([filled, missing.index_select(1, self.masked).float()], dim=1)

    def scale(self, x: Tensor) -> Tensor:
        """The method itself, float64 (N, C) -> (N, C); NaN stays NaN or becomes any number."""
        if self.method in AFFINE:
            z = (x - self.center) / self.spread
            return torch.sign(z) * torch.log1p(torch.abs(z)) if self.method == "log" else z
        return interpolate(x, self.knots, self.normal) if self.method == "quantile" else x


class ArrayScaling(nn.Module):
    """Pictures (N, H, W[, channels]) and windows (N, T[, channels]) -> float32, channels first: (N, channels, …).

    `pixels` multiplies by `factor`; the affine methods take one centre and spread, or one per channel. NaN becomes 0.
    """

    members = 1

    def __init__(self, spec: InputSpec, scaling: dict[str, Any]) -> None:
        super().__init__()
        sides = 2 if spec.kind == "image" else 1
        self.bare = len(spec.shape) == sides
        channels = 1 if self.bare else spec.shape[-1]
        self.shape: Shape = (channels, *spec.shape[:sides])
        self.method = scaling.get("method", "none")
        self.factor = float(scaling.get("factor", 1.0))
        self.center: Tensor
        self.spread: Tensor
        if self.method != "pixels" and checked(self.method) in AFFINE:
            keep(self, "center", wide(scaling["center"], channels).view(-1, *(1,) * sides))
            keep(self, "spread", wide(scaling["spread"], channels).view(-1, *(1,) * sides))

    def forward(self, x: Tensor) -> Tensor:
        """(N, …) -> (N, channels, …)."""
        x = x.unsqueeze(1) if self.bare else x.movedim(-1, 1)
        if self.method == "pixels":
            return x.float() * self.factor
        if self.method in AFFINE:
            z = (x.double() - self.center) / self.spread
            x = torch.sign(z) * torch.log1p(torch.abs(z)) if self.method == "log" else z
        return torch.nan_to_num(x.float(), nan=0.0)


def checked(method: str) -> str:
    """The method if it is known, else a `SettingProblem`."""
    if method not in METHODS:
        raise SettingProblem.at("scale.method", f"'{method}' is not a scaling method", fix=nearest(method, METHODS))
    return method


def wide(values: Sequence[float] | float, columns: int) -> Tensor:
    """Statistics as float64 of one entry per column. A spread of nought would divide by it; scaling never gives one."""
    array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    return torch.from_numpy(np.array(np.broadcast_to(array, (columns,))))


def quantile_table(knots: Sequence[Sequence[float]]) -> tuple[Tensor, Tensor]:
    """Quantiles of each column at even levels -> knots (C, K) without ties, and what they become (C, K), both float64.

    A value that several levels share gets the normal quantile of their mean level. Shorter columns end in infinities.
    """
    columns = [np.unique(np.asarray(k, dtype=np.float64), return_inverse=True) for k in knots]
    longest = max([2, *(len(values) for values, _ in columns)])
    table = np.full((len(columns), longest), np.inf)
    normal = np.zeros_like(table)
    for c, (values, place) in enumerate(columns):
        count = len(place)
        level = np.linspace(0.0, 1.0, count) if count > 1 else np.array([0.5])
        mean = np.bincount(place, weights=level) / np.bincount(place)
        end = 0.5 / max(count, 2)
        z = torch.special.ndtri(torch.from_numpy(mean.clip(end, 1 - end))).numpy()
        table[c, : len(values)] = values
        normal[c, : len(values)], normal[c, len(values) :] = z, z[-1]
    return torch.from_numpy(table), torch.from_numpy(normal)


def interpolate(x: Tensor, knots: Tensor, normal: Tensor) -> Tensor:
    """Piecewise-linear table, flat beyond its ends: x (N, C) with knots and values (C, K) -> (N, C)."""
    columns, count = knots.shape
    above = (x.unsqueeze(-1) >= knots).sum(dim=-1).clamp(1, count - 1)
    place = above + torch.arange(columns, device=x.device) * count
    right, left = knots.view(-1)[place], knots.view(-1)[place - 1]
    share = ((x - left) / (right - left)).clamp(0.0, 1.0)
    low, high = normal.view(-1)[place - 1], normal.view(-1)[place]
    return low + torch.nan_to_num(share, nan=0.0) * (high - low)
