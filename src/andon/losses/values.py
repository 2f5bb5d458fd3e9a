"""Losses of numbers. N rows, M members, W outputs; targets are standardised values, float (N,) or (N, T)."""

from __future__ import annotations

import torch
from torch import Tensor

from andon.losses.loss import weighted
from andon.losses.options import AtLeast, Huber, Pinball, Squared


class SquaredLoss:
    """Squared error of the first outputs, one per target column; further outputs are left alone."""

    def __init__(self, options: Squared | None = None) -> None:
        self.options = options or Squared()

    def __call__(self, raw: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Raw (N, M, W), target (N,) or (N, T) with T <= W -> (N, M), the mean over T."""
        return weighted(_miss(raw, target).square().mean(dim=-1), weight)


class AtLeastLoss:
    """Squared error where the truth is known; where only a lower bound is, the square of what the answer falls short of
    it (one-sided squared error, as for censored rows in Van Belle et al. 2011, "Support vector methods for survival
    analysis", eq. 9)."""

    def __init__(self, options: AtLeast | None = None) -> None:
        self.options = options or AtLeast()

    def __call__(self, raw: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Raw (N, M, W), target (N,), or (N, 2) of truth and bound, either of them NaN -> (N, M)."""
        first = raw[..., :1]
        miss = target[:, None, None].float() - first.float() if target.ndim == 1 else _short(first, target)
        return weighted(miss[..., 0].square(), weight)


class HuberLoss:
    """`e²/2` up to `delta`, `delta (|e| - delta/2)` beyond (Huber 1964, "Robust estimation of a location
    parameter")."""

    def __init__(self, options: Huber | None = None) -> None:
        self.delta = (options or Huber()).delta

    def __call__(self, raw: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Raw (N, M, W), target (N,) or (N, T) with T <= W -> (N, M), the mean over T."""
        size = _miss(raw, target).abs()
        near = size.clamp(max=self.delta)
        return weighted((near * (size - near / 2)).mean(dim=-1), weight)


class PinballLoss:
    """Squared error of the first output, the mean, plus the mean pinball loss of the others, one per quantile:
    `max(q e, (q - 1) e)`, e = truth - answer (Koenker & Bassett 1978, "Regression quantiles"). Where only a lower bound
    of the truth is known, e is what the answer falls short of it."""

    def __init__(self, options: Pinball | None = None) -> None:
        self.quantiles = torch.tensor((options or Pinball()).quantiles)

    def __call__(self, raw: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Raw (N, M, 1 + Q), target (N,), or (N, 2) of truth and bound, either of them NaN -> (N, M)."""
        assert raw.shape[-1] == 1 + len(self.quantiles), "one output for the mean and one per quantile"
        level = self.quantiles.to(raw.device)
        miss = target[:, None, None].float() - raw.float() if target.ndim == 1 else _short(raw, target)
        tail = torch.maximum(level * miss[..., 1:], (level - 1) * miss[..., 1:]).mean(dim=-1)
        return weighted(miss[..., 0].square() + tail, weight)


def _short(raw: Tensor, target: Tensor) -> Tensor:
    """Truth minus each answer (N, M, W) of targets (N, 2); where the truth is NaN what is missing to the bound, and
    nothing where both are."""
    truth, bound = target[:, None, :1].float(), target[:, None, 1:].float()
    answer = raw.float()
    short = (torch.nan_to_num(bound) - answer).clamp_min(0.0) * (~torch.isnan(bound))
    return torch.where(torch.isnan(truth), short, torch.nan_to_num(truth) - answer)


def _miss(raw: Tensor, target: Tensor) -> Tensor:
    """Truth minus answer, (N, M, T)."""
    wanted = target[:, None, None] if target.ndim == 1 else target[:, None, :]
    return wanted.float() - raw[..., : wanted.shape[-1]].float()
