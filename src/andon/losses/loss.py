"""What every loss is, and the loss of mixed-up rows."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Loss(Protocol):
    """Loss per row and member: raw (N, M, W), target (N,) or (N, T), weight (N,), (N, M) or None
    -> (N, M) float32."""

    def __call__(self, raw: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Give the loss of every row for every member."""
        ...


Aim = tuple[Tensor, Tensor | None]
"""Target and weight of the rows of a batch."""


def mixed_loss(loss: Loss, raw: Tensor, aim: Aim, *, other: Aim | None = None, share: float = 1.0) -> Tensor:
    """Loss (N, M) of rows that are `share` of their own and the rest of `other` (mix-up: Zhang et al. 2018,
    arXiv:1710.09412; the form with two losses is equal to soft labels for cross-entropy)."""
    own = loss(raw, *aim)
    if other is None or share == 1.0:
        return own
    return share * own + (1 - share) * loss(raw, *other)


def weighted(loss: Tensor, weight: Tensor | None) -> Tensor:
    """Multiply (N, M) losses by weights of rows (N,) or of rows and members (N, M)."""
    if weight is None:
        return loss
    return loss * (weight if weight.dim() == 2 else weight[:, None]).to(loss.dtype)
