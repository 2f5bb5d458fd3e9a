"""Loss of classes that may apply together. N rows, M members, K classes; targets are 0 and 1, (N, K)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from andon.losses.loss import weighted
from andon.losses.options import Binary


class BinaryLoss:
    """Log loss of each class's yes or no, mean over classes; `smoothing` draws the truth towards one half."""

    def __init__(self, options: Binary | None = None) -> None:
        self.smoothing = (options or Binary()).smoothing

    def __call__(self, raw: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Raw (N, M, K) logits, target (N, K) in 0 … 1 -> (N, M)."""
        raw = raw.float()
        truth = (target.float() * (1 - self.smoothing) + self.smoothing / 2).unsqueeze(1).expand_as(raw)
        return weighted(F.binary_cross_entropy_with_logits(raw, truth, reduction="none").mean(dim=-1), weight)
