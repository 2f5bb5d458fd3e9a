"""`Finish`: from raw outputs of all members to scores in the user's own terms. The last piece of the exported graph."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Finish(nn.Module):
    """(N, M, W) -> probabilities (N, K) float32, the mean of the members'; or values (N, Q) float64 in the target's
    unit, the mean of the members', of which the first is the point answer and the others are quantiles in rising order.

    `state` is the task's: `center` and `spread` for regression.
    """

    def __init__(self, task: str, state: dict[str, Any]) -> None:
        super().__init__()
        self.task = task
        self.center, self.spread = float(state.get("center", 0.0)), float(state.get("spread", 1.0))

    def forward(self, raw: Tensor) -> Tensor:
        """(N, M, W) -> (N, K) or (N, Q)."""
        if self.task == "classification":
            return raw.float().softmax(dim=-1).mean(dim=1)
        values = raw.double().mean(dim=1) * self.spread + self.center
        if values.shape[1] <= 2:
            return values
        return torch.cat([values[:, :1], values[:, 1:].sort(dim=1).values], dim=1)
