"""Multi-head self-attention (Vaswani et al. 2017, arXiv:1706.03762, section 3.2) with rotary (Su et al. 2021,
arXiv:2104.09864, eq. 34) or learned positions.

Differs from the papers: rotary turns the two halves of a head against each other instead of neighbouring pairs (the
same up to an order of features); a row of plain numbers is first made one token per column, as in FT-Transformer
(Gorishniy et al. 2021, arXiv:2106.11959, eq. 1).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from andon.layers import Attention
from andon.nets.layers.layer import Shape, misfit, tag

TOKEN = 8
"""Width per head of the tokens made from plain numbers."""
BASE = 10_000.0


class SelfAttention(nn.Module):
    """(N, T, width) -> the same. Parameters as `nn.MultiheadAttention` has them: `in_weight` (3 width, width) …"""

    def __init__(self, width: int, heads: int, *, positions: str = "none", steps: int = 0) -> None:
        super().__init__()
        per = width // heads
        if width % heads or (positions == "rotary" and per % 2):
            even = " an even number of" if positions == "rotary" else ""
            raise misfit(
                f"{width} channels cannot be shared out among {heads} heads",
                why=f"each head needs{even} channels of its own",
                fix=f"choose heads that divide {width}, or another width before it",
            )  # fmt: skip
        self.heads, self.positions = heads, positions
        self.in_weight = tag(nn.Parameter(torch.empty(3 * width, width)))
        self.in_bias = tag(nn.Parameter(torch.zeros(3 * width)), role="vector")
        self.out_weight = tag(nn.Parameter(torch.empty(width, width)))
        self.out_bias = tag(nn.Parameter(torch.zeros(width)), role="vector")
        nn.init.xavier_uniform_(self.in_weight)
        nn.init.xavier_uniform_(self.out_weight)
        self.cos: Tensor
        self.sin: Tensor
        if positions == "learned":
            self.place = tag(nn.Parameter(0.02 * torch.randn(steps, width)), role="embedding")
        elif positions == "rotary":
            rate = BASE ** (-torch.arange(0, per, 2) / per)
            angle = torch.outer(torch.arange(steps), torch.cat([rate, rate]))
            self.register_buffer("cos", angle.cos(), persistent=False)
            self.register_buffer("sin", angle.sin(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, width) -> (N, T, width)."""
        if self.positions == "learned":
            x = x + self.place
        split = F.linear(x, self.in_weight, self.in_bias).view(*x.shape[:2], 3, self.heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        if self.positions == "rotary":
            query, key = self._turn(query), self._turn(key)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return F.linear(mixed.transpose(1, 2).flatten(2), self.out_weight, self.out_bias)

    def _turn(self, x: Tensor) -> Tensor:
        """Rotate by an angle that grows with the position, so that scores depend on distances alone."""
        left, right = x.chunk(2, dim=-1)
        return x * self.cos + torch.cat([-right, left], dim=-1) * self.sin


class AttentionLayer(nn.Module):
    """(C, steps) or (C, height, width) -> the same; a row (C,) -> (8 heads, C). The skip connection is `residual`'s."""

    def __init__(self, options: Attention, shape: Shape) -> None:
        super().__init__()
        self.row = len(shape) == 1
        width, steps = (TOKEN * options.heads, shape[0]) if self.row else (shape[0], math.prod(shape[1:]))
        self.shape = (width, steps) if self.row else shape
        if self.row:
            self.slope = tag(
                nn.Parameter(torch.empty(steps, width).uniform_(-1, 1) / math.sqrt(width)), role="embedding"
            )
            self.start = tag(
                nn.Parameter(torch.empty(steps, width).uniform_(-1, 1) / math.sqrt(width)), role="embedding"
            )
        self.inner = SelfAttention(width, options.heads, positions=options.positions, steps=steps)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) -> (N, *shape)."""
        tokens = x.unsqueeze(-1) * self.slope + self.start if self.row else x.flatten(2).mT
        mixed: Tensor = self.inner(tokens)
        return mixed.mT.reshape(-1, *self.shape)
