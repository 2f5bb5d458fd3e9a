"""Convolution over windows and pictures (LeCun et al. 1989) with Glorot's uniform start.

Differs from the paper: always padded so that stride 1 keeps the size (`same` in Keras; stride s gives ceil(size / s)).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from andon.layers import Convolution
from andon.nets.layers.activate import FUNCTIONS
from andon.nets.layers.layer import Shape, misfit, shown, tag


class ConvolutionLayer(nn.Module):
    """(C, steps) -> (width, ceil(steps / stride)); pictures likewise. Weights (width, C / groups, k[, k])."""

    def __init__(self, options: Convolution, shape: Shape) -> None:
        super().__init__()
        if len(shape) == 1:
            raise misfit(
                "a convolution needs a window or a picture", why=f"its input is a row of {shown(shape)}",
                fix="put it before 'flatten', or use 'dense'",
            )  # fmt: skip
        channels, sides = shape[0], len(shape) - 1
        if channels % options.groups or options.width % options.groups:
            raise misfit(
                f"{channels} channels in and {options.width} out cannot be put into {options.groups} groups",
                why="groups must be of one size", fix="choose a number of groups that divides both",
            )  # fmt: skip
        self.activation, self.sides = options.activation, sides
        self.shape = (options.width, *(-(-side // options.stride) for side in shape[1:]))
        # PyTorch's own module holds the weights, so that optimisers see a convolution in it.
        kind = nn.Conv1d if sides == 1 else nn.Conv2d
        reach = options.dilation * (options.kernel - 1)
        self.before, self.after = reach // 2, reach - reach // 2
        self.inner = kind(
            channels, options.width, options.kernel, options.stride, self.before if self.before == self.after else 0,
            options.dilation, options.groups, options.bias,
        )  # fmt: skip
        nn.init.xavier_uniform_(self.inner.weight)
        if self.inner.bias is not None:
            assert isinstance(self.inner.bias, nn.Parameter)
            nn.init.zeros_(tag(self.inner.bias, role="vector"))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) -> (N, width, …)."""
        if self.before != self.after:
            x = F.pad(x, (self.before, self.after) * self.sides)
        out: Tensor = self.inner(x)
        return FUNCTIONS[self.activation](out)
