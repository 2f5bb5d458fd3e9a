"""Normalisation of activations: batch (Ioffe & Szegedy 2015, arXiv:1502.03167), layer (Ba et al. 2016,
arXiv:1607.06450), group (Wu & He 2018, arXiv:1803.08494).

Differs from the papers: `layer` normalises over the channels of each step or pixel (as transformers do); a training
batch of a single row is normalised by the running statistics, as it has no spread of its own.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from andon.layers import Normalise
from andon.nets.layers.layer import Shape, misfit, tag

MOMENTUM, EPSILON = 0.1, 1e-5


class NormaliseLayer(nn.Module):
    """Any shape -> the same shape. Parameters: `weight`, `bias` (C); `batch` also keeps running mean and variance."""

    members = 1

    def __init__(self, options: Normalise, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.how, self.groups = options.how, options.groups
        channels = shape[0]
        if self.how == "group" and channels % self.groups:
            raise misfit(
                f"{channels} channels cannot be put into {self.groups} groups",
                why="groups must be of one size",
                fix=f"choose a number of groups that divides {channels}",
            )
        self.weight = tag(nn.Parameter(torch.ones(channels)), role="vector")
        self.bias = tag(nn.Parameter(torch.zeros(channels)), role="vector")
        self.running_mean: Tensor
        self.running_var: Tensor
        if self.how == "batch":
            self.register_buffer("running_mean", torch.zeros(channels))
            self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) -> the same shape."""
        if self.how == "batch":
            return self._batch(x)
        axis = -len(self.shape)
        if self.how == "layer":
            last = F.layer_norm(x if axis == -1 else x.movedim(axis, -1), self.shape[:1], eps=EPSILON)
            out = last if axis == -1 else last.movedim(-1, axis)
        else:
            rows = x if self.members == 1 else x.flatten(0, 1)
            out = F.group_norm(rows, self.groups, eps=EPSILON).view_as(x)
        wide = (self.members, 1) if self.members > 1 else ()
        fit = (*wide, -1, *(1 for _ in self.shape[1:]))
        return out * self.weight.view(fit) + self.bias.view(fit)

    def _batch(self, x: Tensor) -> Tensor:
        """Members lie side by side as channels, each with its own statistics."""
        several = self.members > 1
        rows = x.transpose(0, 1).flatten(1, 2) if several else x
        training = self.training and rows.numel() > rows.shape[1]
        out = F.batch_norm(
            rows, self.running_mean.view(-1), self.running_var.view(-1), self.weight.view(-1), self.bias.view(-1),
            training, MOMENTUM, EPSILON,
        )  # fmt: skip
        return out.view(x.shape[1], self.members, *self.shape).transpose(0, 1) if several else out
