"""Losses of classes. N rows, M members, K classes; targets are class numbers, int64 (N,)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from andon.losses.loss import weighted
from andon.losses.options import CrossEntropy, RobustCrossEntropy


class CrossEntropyLoss:
    """`-log p(truth)`, optionally smoothed, times the weight of the true class.

    Differs from `torch.nn.functional.cross_entropy`: with smoothing, a class weight belongs to the row (by its true
    class) and not to the log probability of every class, so that smoothing never favours the rare classes.
    """

    def __init__(self, options: CrossEntropy | None = None) -> None:
        options = options or CrossEntropy()
        self.smoothing = options.smoothing
        self.class_weights = torch.tensor(options.class_weights) if options.class_weights else None

    def __call__(self, raw: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Raw (N, M, K) logits, target (N,) int64 -> (N, M)."""
        rows, members, classes = raw.shape
        repeated = target[:, None].expand(rows, members).reshape(-1)
        flat = functional.cross_entropy(
            raw.float().reshape(-1, classes), repeated, reduction="none", label_smoothing=self.smoothing
        )
        return weighted(flat.view(rows, members), _row_weight(self.class_weights, target, weight))


class RobustCrossEntropyLoss:
    """`(1 - p(truth)^q) / q` (Zhang & Sabuncu 2018, arXiv:1805.07836, equation 6; without the truncation of section
    3.3, which needs a second pass over the data)."""

    def __init__(self, options: RobustCrossEntropy | None = None) -> None:
        options = options or RobustCrossEntropy()
        self.q = options.q
        self.class_weights = torch.tensor(options.class_weights) if options.class_weights else None

    def __call__(self, raw: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Raw (N, M, K) logits, target (N,) int64 -> (N, M)."""
        log_p = torch.log_softmax(raw.float(), dim=-1)
        index = target[:, None, None].expand(-1, raw.shape[1], 1)
        own = log_p.gather(-1, index).squeeze(-1)
        loss = -torch.expm1(self.q * own) / self.q  # expm1: exact for answers that are nearly certain
        return weighted(loss, _row_weight(self.class_weights, target, weight))


def _row_weight(class_weights: Tensor | None, target: Tensor, weight: Tensor | None) -> Tensor | None:
    """Weight of each row (N,): its class's times its own."""
    if class_weights is None:
        return weight
    own = class_weights.to(target.device)[target]
    if weight is None:
        return own
    return own * weight if weight.dim() == 1 else own[:, None] * weight
