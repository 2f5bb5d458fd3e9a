"""`Batch`: what a network eats at one step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor


@dataclass(slots=True)
class Batch:
    """N rows: one tensor per input, rows first.

    `target` is int64 classes (N,) or float values (N,) or (N, T); `weight` float32 (N,) or None. `rows` (int64, NumPy)
    are row numbers of the records, so that a message can name them. With mix-up, `mixed` holds the other rows' target
    and weight and `share` how much of this batch's own rows is left in the blend: the loss is
    share · loss(target) + (1 - share) · loss(mixed).
    """

    inputs: dict[str, Tensor]
    target: Tensor
    weight: Tensor | None
    rows: np.ndarray
    mixed: tuple[Tensor, Tensor | None] | None = None
    share: float = 1.0

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.rows)
