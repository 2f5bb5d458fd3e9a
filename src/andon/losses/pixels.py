"""Loss of maps, one raw answer per pixel."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from andon.losses.loss import weighted
from andon.losses.options import Pixels

SMOOTH = 20.0
"""Pixels by which the overlap of a small defect is steadied."""


class PixelsLoss:
    """Focal log loss per pixel (Lin et al. 2017, arXiv:1708.02002, eq. 4) plus a share of one minus the overlap of
    answer and truth (dice; Milletari et al. 2016, arXiv:1606.04797, section 3, without its squares), so that a defect
    of ten pixels counts beside ten thousand good ones."""

    def __init__(self, options: Pixels | None = None) -> None:
        options = options or Pixels()
        self.gamma, self.overlap = options.gamma, options.overlap

    def __call__(self, raw: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Raw (N, M, T) logits of T pixels, target (N, T) in 0 … 1 -> (N, M)."""
        raw, truth = raw.float(), target.float().unsqueeze(1).expand_as(raw)
        p = raw.sigmoid()
        missed = torch.where(truth > 0.5, 1 - p, p)
        focal = (missed**self.gamma * F.binary_cross_entropy_with_logits(raw, truth, reduction="none")).mean(dim=-1)
        both = 2 * (p * truth).sum(dim=-1) + SMOOTH
        dice = 1 - both / (p.sum(dim=-1) + truth.sum(dim=-1) + SMOOTH)
        return weighted(2 * focal + self.overlap * dice, weight)
