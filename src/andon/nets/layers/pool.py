"""Pooling: largest, mean, both side by side, or an average whose weights are learnt (attention pooling, Ilse et al.
2018, arXiv:1802.04712, eq. 8). Differs from the paper: one linear score per position, without its tanh layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from andon.layers import Pool
from andon.nets.layers.layer import Shape, misfit, shown, tag


class PoolLayer(nn.Module):
    """(C, …) -> (C, … // size); over everything (`size` 0, or `attention`) -> (C,). `both` gives 2 C channels."""

    def __init__(self, options: Pool, shape: Shape) -> None:
        super().__init__()
        if len(shape) == 1:
            raise misfit(
                "pooling needs a window or a picture", why=f"its input is a row of {shown(shape)}",
                fix="put it before 'flatten'",
            )  # fmt: skip
        self.how, self.size = options.how, 0 if options.how == "attention" else options.size
        if self.size > min(shape[1:]):
            raise misfit(
                f"pooling over {self.size} neighbours leaves nothing", why=f"its input is {shown(shape)}",
                fix="lower 'size', or leave this layer out",
            )  # fmt: skip
        channels = shape[0] * (2 if self.how == "both" else 1)
        self.shape = (channels, *(side // self.size for side in shape[1:])) if self.size else (channels,)
        if self.how == "attention":
            self.weight = tag(nn.Parameter(torch.empty(1, shape[0])), role="vector")
            nn.init.xavier_uniform_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) -> (N, *shape)."""
        if self.how == "attention":
            flat = x.flatten(2)
            share = F.linear(flat.mT, self.weight).softmax(dim=1)
            return torch.bmm(flat, share).squeeze(-1)
        parts = [self._one(x, how) for how in (("average", "max") if self.how == "both" else (self.how,))]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def _one(self, x: Tensor, how: str) -> Tensor:
        """Largest or mean, over neighbours or everything."""
        if self.size == 0:
            flat = x.flatten(2)
            return flat.amax(dim=2) if how == "max" else flat.mean(dim=2)
        if x.ndim == 3:
            return F.max_pool1d(x, self.size) if how == "max" else F.avg_pool1d(x, self.size)
        return F.max_pool2d(x, self.size) if how == "max" else F.avg_pool2d(x, self.size)
