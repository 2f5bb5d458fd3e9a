"""Categories as vectors: one-hot where there are few, else a learnt embedding (Guo & Berkhahn 2016, arXiv:1604.06737).

As in RealMLP (Holzmüller et al. 2024, arXiv:2407.04491): up to nine categories one-hot, more of them eight numbers.
Differs from the papers: slot 0 stands for missing and never seen; it starts at zero, the middle of all others, so that
a category which only turns up at the line is answered as an average one.
"""

from __future__ import annotations

from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from andon.encode.block import InputSpec
from andon.nets.layers.layer import Shape, keep, tag

FEW, WIDTH = 9, 8


def known(codes: Tensor, sizes: Tensor) -> Tensor:
    """Codes with everything outside 0 … size - 1 put into slot 0."""
    return torch.where((codes >= 0) & (codes < sizes), codes, torch.zeros((), dtype=codes.dtype, device=codes.device))


class CodeTable(nn.Module):
    """(N, K) int64 -> (N, K, width): one table for all columns, one gather."""

    members = 1

    def __init__(self, cardinalities: tuple[int, ...], width: int, *, start: float = 1.0) -> None:
        super().__init__()
        self.width = width
        first = torch.tensor([0, *accumulate(cardinalities[:-1])])
        keep(self, "first", first)
        keep(self, "sizes", torch.tensor(cardinalities))
        table = start * torch.randn(sum(cardinalities), width)
        table[first.to(table.device)] = 0.0
        self.weight = tag(nn.Parameter(table), role="embedding")
        self.first: Tensor
        self.sizes: Tensor

    def forward(self, codes: Tensor) -> Tensor:
        """(N, K) -> (N, K, width), or (M, N, K, width) for M members."""
        place = known(codes, self.sizes) + self.first
        if self.members == 1:
            return F.embedding(place, self.weight)
        rows: Tensor = self.weight.index_select(1, place.view(-1))
        return rows.view(self.members, *place.shape, self.width)


class Categories(nn.Module):
    """(N, K) int64 -> (N, D): one-hot of the columns with at most nine categories, embeddings of the others."""

    members = 1

    def __init__(self, spec: InputSpec) -> None:
        super().__init__()
        sizes = spec.cardinalities
        few = [k for k, size in enumerate(sizes) if size - 1 <= FEW]
        many = [k for k, size in enumerate(sizes) if size - 1 > FEW]
        self.few, self.many = few, many
        wanted = [(k, code) for k in few for code in range(1, sizes[k])]
        keep(self, "column", torch.tensor([k for k, _ in wanted], dtype=torch.int64))
        keep(self, "code", torch.tensor([code for _, code in wanted], dtype=torch.int64))
        keep(self, "chosen", torch.tensor(many, dtype=torch.int64))
        self.table = CodeTable(tuple(sizes[k] for k in many), WIDTH) if many else None
        self.shape: Shape = (len(wanted) + WIDTH * len(many),)
        self.column: Tensor
        self.code: Tensor
        self.chosen: Tensor

    def forward(self, codes: Tensor) -> Tensor:
        """(N, K) -> (N, D), or (M, N, D) for M members."""
        parts = []
        if len(self.code):
            hot = (codes.index_select(1, self.column) == self.code).float()
            parts.append(hot if self.members == 1 else hot.unsqueeze(0).expand(self.members, *hot.shape))
        if self.table is not None:
            parts.append(self.table(codes.index_select(1, self.chosen)).flatten(-2))
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)
