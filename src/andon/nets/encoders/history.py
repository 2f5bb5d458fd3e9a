"""Histories of sensors inside the graph: every row against its regime, then smoothed over several times.

Wear is slow and noise is fast: what tells them apart is a long memory. Exponentially weighted means with several time
constants, corrected for the beginning as in Adam (Kingma & Ba 2015, arXiv:1412.6980, section 3), are a fixed kernel
over the window, so that no answer depends on what a stream carried along.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.nets.layers.layer import keep

MOST = 8.0
"""Spreads beyond which a reading counts as this far."""
RATES = (0.3, 0.1, 0.03)
"""Weights of the newest reading: memories of about 3, 10 and 30 rows."""
MIDDLE = 1
"""Place of the memory that differences are taken of."""
SHORT, BACK = 30, 20
"""Rows of the rolling spread, and of the step back that a slope is taken over."""


class HistoryScaling(nn.Module):
    """(N, T, C) as recorded, NaN where missing or before the beginning -> (N, T, kept) float32 in spreads of the row's
    regime, nought where missing, and (N, T) float32, one where there is a row at all."""

    def __init__(self, spec: InputSpec, scaling: dict[str, Any]) -> None:
        super().__init__()
        columns = spec.shape[-1]
        self.kept = [int(c) for c in scaling.get("kept", range(columns))]
        self.settings = [int(c) for c in scaling.get("settings", [])]
        self.wide = spec.dtype == "float64"
        self.center: Tensor
        self.spread: Tensor
        self.centers: Tensor
        self.at: Tensor
        self.by: Tensor
        self.places: Tensor
        self.set_places: Tensor
        kind = torch.float64 if self.wide else torch.float32
        center = torch.tensor(scaling.get("center", [[0.0] * columns]), dtype=torch.float64)
        spread = torch.tensor(scaling.get("spread", [[1.0] * columns]), dtype=torch.float64)
        keep(self, "center", center[:, self.kept].to(kind))
        keep(self, "spread", spread[:, self.kept].to(kind))
        keep(self, "centers", torch.tensor(scaling.get("centers", [[]]), dtype=torch.float32))
        keep(self, "at", torch.tensor(scaling.get("at", []), dtype=kind))
        keep(self, "by", torch.tensor(scaling.get("by", []), dtype=kind))
        keep(self, "places", torch.tensor(self.kept, dtype=torch.int64))
        keep(self, "set_places", torch.tensor(self.settings, dtype=torch.int64))
        self.channels = len(self.kept)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, T, C) -> (N, T, kept), (N, T)."""
        known = (~torch.isnan(x)).any(dim=-1)
        own = x.index_select(2, self.places)
        if len(self.centers) > 1:
            regime = self.regime(x)
            z = (own - self.center[regime]) / self.spread[regime]
        else:
            z = (own - self.center[0]) / self.spread[0]
        z = torch.where(torch.isnan(z), torch.zeros((), dtype=z.dtype, device=z.device), z)
        return z.float().clamp(-MOST, MOST), known.float()

    def regime(self, x: Tensor) -> Tensor:
        """(N, T, C) -> (N, T) int64: the nearest regime of each row."""
        settings = ((x.index_select(2, self.set_places) - self.at) / self.by).float()
        settings = torch.where(torch.isnan(settings), torch.zeros((), device=x.device), settings)
        apart = (settings.unsqueeze(2) - self.centers).square().sum(dim=-1)
        return apart.argmin(dim=-1)


class Smoothing(nn.Module):
    """(N, T, C) and (N, T) -> (N, C, rates, L): exponentially weighted means at each of the last L rows."""

    def __init__(self, steps: int, last: int, rates: tuple[float, ...] = RATES) -> None:
        super().__init__()
        self.rates, self.last = rates, last
        kernel = torch.zeros(steps, len(rates), last, dtype=torch.float64)
        for place, rate in enumerate(rates):
            for column in range(last):
                end = steps - last + column
                back = torch.arange(end, -1, -1, dtype=torch.float64)
                kernel[: end + 1, place, column] = rate * (1 - rate) ** back
        self.kernel: Tensor
        keep(self, "kernel", kernel.flatten(1).float())

    def forward(self, z: Tensor, known: Tensor) -> Tensor:
        """Means over the rows that there are."""
        weight = (known @ self.kernel).clamp_min(1e-6)
        sums = z.transpose(1, 2) @ self.kernel
        return (sums / weight.unsqueeze(1)).unflatten(2, (len(self.rates), self.last))


class HistoryFeatures(nn.Module):
    """(N, T, C), (N, T), the history's first rows and how many (N, F, C), (N, F) -> (N, width): per column its smoothed
    values, its distance from the unit's own beginning, its slope, its spread and its mean over the window."""

    def __init__(self, steps: int, channels: int, first: int) -> None:
        super().__init__()
        self.steps, self.first = steps, first
        self.smooth = Smoothing(steps, 1)
        self.back = min(BACK, steps - 1)
        self.earlier = Smoothing(steps - self.back, 1, RATES[MIDDLE : MIDDLE + 1])
        self.short = min(SHORT, steps)
        self.width = channels * (len(RATES) + 3 + (1 if first else 0))

    def forward(self, z: Tensor, known: Tensor, begun: Tensor | None) -> Tensor:
        """`begun` (N, C): mean of the first rows."""
        smooth = self.smooth(z, known).squeeze(-1)
        middle = smooth[:, :, MIDDLE]
        parts = [smooth.flatten(1)]
        if begun is not None:
            parts.append(middle - begun)
        count = self.steps - self.back
        seen = known[:, :count]
        earlier = self.earlier(z[:, :count], seen).flatten(1)
        there = seen[:, -1:]
        parts.append((middle - earlier) * there)
        some, rows = z[:, -self.short :], known[:, -self.short :].unsqueeze(2)
        number = rows.sum(dim=1).clamp_min(1.0)
        mean = (some * rows).sum(dim=1) / number
        spread = (((some - mean.unsqueeze(1)).square() * rows).sum(dim=1) / number + 1e-6).sqrt()
        total = known.sum(dim=1, keepdim=True).clamp_min(1.0)
        parts += [spread, z.sum(dim=1) / total]
        return torch.cat(parts, dim=1)


def begun_of(z: Tensor, known: Tensor) -> Tensor:
    """Mean of a history's first rows: (N, F, C), (N, F) -> (N, C)."""
    return z.sum(dim=1) / known.sum(dim=1, keepdim=True).clamp_min(1.0)
