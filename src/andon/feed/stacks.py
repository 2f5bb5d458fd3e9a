"""`SomeTiles` as tensors: a batch of them reads the tiles that were chosen and no others."""

from __future__ import annotations

import math

import torch
from torch import Tensor


class StackTensor:
    """What a feed holds of pictures cut into tiles, some of which count: `stack` (N, T, …), `places` (N, K)."""

    def __init__(self, stack: Tensor, places: Tensor) -> None:
        self.stack, self.places = stack, places

    @property
    def row_bytes(self) -> int:
        """Bytes of the tiles of one row."""
        return self.places.shape[1] * math.prod(self.stack.shape[2:]) * self.stack.element_size()

    def to(self, device: torch.device) -> StackTensor:
        """The same on another device, whole."""
        return StackTensor(self.stack.to(device), self.places.to(device))

    def index_select(self, dim: int, index: Tensor) -> Tensor:
        """The chosen tiles of some rows, (n, K, …)."""
        assert dim == 0
        found: Tensor = self.stack[index[:, None], self.places[index]]
        return found
