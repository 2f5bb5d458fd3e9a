"""`Finish`: from raw outputs of all members to scores in the user's own terms. The last piece of the exported graph."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

BEYOND = 0.25
"""Share of the target's range by which an answer may lie beyond it."""


class Finish(nn.Module):
    """(N, M, W) -> probabilities (N, K) float32, the mean of the members' (of `labels` each a yes or no of its own); or
    values (N, Q) float64 in the target's unit, the mean of the members', of which the first is the point answer and the
    others are quantiles in rising order.

    `state` is the task's: `center` and `spread` for regression, and `low` and `high`, the range of the training part:
    no member's value goes further beyond it than a quarter of its width, since one wild answer costs more than it can
    win (RealMLP cuts at the range itself: Holzmüller et al. 2024, arXiv:2407.04491, section 3).
    """

    def __init__(self, task: str, state: dict[str, Any]) -> None:
        super().__init__()
        self.task = task
        self.center, self.spread = float(state.get("center", 0.0)), float(state.get("spread", 1.0))
        low, high = float(state.get("low", -math.inf)), float(state.get("high", math.inf))
        beyond = float(state.get("beyond", BEYOND)) * (high - low) if math.isfinite(high - low) else 0.0
        self.low, self.high = low - beyond, high + beyond

    def forward(self, raw: Tensor) -> Tensor:
        """(N, M, W) -> (N, K) or (N, Q)."""
        if self.task == "classification":
            return raw.float().softmax(dim=-1).mean(dim=1)
        if self.task == "labels":
            return raw.float().sigmoid().mean(dim=1)
        values = (raw.double() * self.spread + self.center).clamp(self.low, self.high).mean(dim=1)
        if values.shape[1] <= 2:
            return values
        return torch.cat([values[:, :1], values[:, 1:].sort(dim=1).values], dim=1)
