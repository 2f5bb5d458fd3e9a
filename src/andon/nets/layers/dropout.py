"""Dropout (Srivastava et al. 2014) whose mask is cheap on a CPU.

Differs from the paper: the share is rounded to 1/256 and the random bits are drawn eight masks at a time, as bytes
(about ten times faster than a Bernoulli draw per element); members trained at once share the mask of a row, which
is no tie between them as their features mean different things.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from andon.layers import Dropout
from andon.nets.layers.layer import Shape

LEVELS = 256


def mask_like(x: Tensor, dropped: int) -> Tensor:
    """Zeros with chance `dropped` / 256, else 256 / (256 - `dropped`), of x's shape and type; CPU only."""
    count = x.numel()
    words = torch.empty((count + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
    level = words.view(torch.uint8)[:count].view(x.shape).float()
    # Two clamps instead of a comparison: turning booleans into floats is the slow step on a CPU.
    keep = level.sub_(dropped - 1).clamp_(0.0, 1.0).mul_(LEVELS / (LEVELS - dropped))
    return keep.to(x.dtype)


class DropoutLayer(nn.Module):
    """Silences a random share of its inputs while training; any shape. Answers don't depend on it."""

    members = 1

    def __init__(self, options: Dropout, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.dropped = min(math.ceil(options.share * LEVELS - 0.5), LEVELS - 1) if options.share * LEVELS >= 1 else 0
        if 0 < options.share * LEVELS < 1:
            self.dropped = 1

    def forward(self, x: Tensor) -> Tensor:
        """Any shape -> the same shape."""
        if not self.training or self.dropped == 0:
            return x
        if x.device.type != "cpu":
            return F.dropout(x, self.dropped / LEVELS)
        return x * mask_like(x if self.members == 1 else x[0], self.dropped)
