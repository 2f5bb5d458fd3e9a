"""Fully connected layer with Glorot's uniform start (Glorot & Bengio 2010, eq. 16) and a zero bias, as Keras has it.

Differs from the paper: where the input has steps or pixels it acts on the channels of each, as a 1 x 1 convolution.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from andon.layers import Dense
from andon.nets.layers.activate import FUNCTIONS
from andon.nets.layers.layer import Shape, affine, tag


class DenseLayer(nn.Module):
    """(C, …) -> (width, …). Parameters: `weight` (width, C), `bias` (width)."""

    members = 1

    def __init__(self, options: Dense, shape: Shape) -> None:
        super().__init__()
        self.shape = (options.width, *shape[1:])
        self.activation = options.activation
        self.weight = tag(nn.Parameter(torch.empty(options.width, shape[0])))
        self.bias = tag(nn.Parameter(torch.zeros(options.width)), role="vector") if options.bias else None
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) -> (N, width, …)."""
        axis = -len(self.shape)
        x = x if axis == -1 else x.movedim(axis, -1)
        out = affine(x, self.weight, self.bias, members=self.members)
        return FUNCTIONS[self.activation](out if axis == -1 else out.movedim(-1, axis))
