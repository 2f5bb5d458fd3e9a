"""Residual connection (He et al. 2015, arXiv:1512.03385, eq. 1 and 2): the layers' answer is added to their input.

Differs from the paper: no activation after the sum; write one where you want it. The projection (its option B) is
1 x 1 with the stride that the sizes ask for, without normalisation.
"""

from __future__ import annotations

from torch import Tensor, nn

from andon.layers import LAYERS, Dense, Residual
from andon.nets.layers.dense import DenseLayer
from andon.nets.layers.layer import Shape, misfit, shown
from andon.nets.layers.listed import LayerList
from andon.plan.entries import name_of
from andon.plan.plugins import registered


class ResidualLayer(nn.Module):
    """Any shape -> that of the inner layers, which may have other channels and be smaller by a whole factor."""

    members = 1

    def __init__(self, options: Residual, shape: Shape) -> None:
        super().__init__()
        known = registered(LAYERS, "layers")
        self.inner = LayerList([(name_of(known, layer), layer) for layer in options.layers], shape)
        self.shape = self.inner.shape
        self.stride = 1
        self.project: DenseLayer | None = None
        if self.shape == shape:
            return
        if len(self.shape) == len(shape):
            self.stride = max(-(-a // b) for a, b in zip(shape, (shape[0], *self.shape[1:]), strict=True))
        if (shape[0], *self.shape[1:]) != (shape[0], *(-(-side // self.stride) for side in shape[1:])):
            raise misfit(
                "the layers of a residual change the shape beyond adding",
                why=f"{shown(shape)} in, {shown(self.shape)} out",
                fix="keep the size, or make it smaller by strides or pooling alone",
            )  # fmt: skip
        self.project = DenseLayer(Dense(self.shape[0], bias=False), (shape[0], *self.shape[1:]))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) -> (N, *shape)."""
        short = x
        for axis in range(1, len(self.shape)):
            short = short if self.stride == 1 else _every(short, -axis, self.stride)
        out: Tensor = self.inner(x) + (short if self.project is None else self.project(short))
        return out


def _every(x: Tensor, axis: int, stride: int) -> Tensor:
    """Every `stride`-th element along an axis counted from the end."""
    return x[..., ::stride] if axis == -1 else x[..., ::stride, :]
