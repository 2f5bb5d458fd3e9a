"""Activations by name: rectified linear (Nair & Hinton 2010), GELU (Hendrycks & Gimpel 2016, arXiv:1606.08415), SiLU
(Elfwing et al. 2017, arXiv:1702.03118), SELU (Klambauer et al. 2017, arXiv:1706.02515), Mish (Misra 2019,
arXiv:1908.08681), tanh, sigmoid. Differs from the papers: nothing; SELU comes without its own start and dropout."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from andon.layers import Activate
from andon.nets.layers.layer import Shape


def same(x: Tensor) -> Tensor:
    """No activation."""
    return x


FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "none": same, "relu": F.relu, "gelu": F.gelu, "silu": F.silu, "selu": F.selu, "mish": F.mish,
    "tanh": torch.tanh, "sigmoid": torch.sigmoid,
}  # fmt: skip
"""Name in a plan -> function, element by element."""


class ActivateLayer(nn.Module):
    """An activation on its own; any shape."""

    members = 1

    def __init__(self, options: Activate, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.how = options.how

    def forward(self, x: Tensor) -> Tensor:
        """Any shape -> the same shape."""
        return FUNCTIONS[self.how](x)
