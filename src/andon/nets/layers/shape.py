"""Layers that only change shapes. Pictures are channels first here, so a picture of one channel flattens as in Keras;
one of several does so in another order of pixels, which a network that is trained from the start does not notice."""

from __future__ import annotations

import math

from torch import Tensor, nn

from andon.layers import Flatten
from andon.nets.layers.layer import Shape


class FlattenLayer(nn.Module):
    """(C, …) -> (C * …,)."""

    members = 1

    def __init__(self, options: Flatten, shape: Shape) -> None:
        super().__init__()
        self.shape = (math.prod(shape),)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) -> (N, C * …)."""
        return x.flatten(1 if self.members == 1 else 2)
