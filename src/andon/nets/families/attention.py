"""The attention family: every input as tokens, transformer blocks over all of them (Vaswani et al. 2017,
arXiv:1706.03762; normalised first: Xiong et al. 2020, arXiv:2002.04745), answered from one extra token.

Tables: one token per column (FT-Transformer, Gorishniy et al. 2021, arXiv:2106.11959). Pictures: patches (Dosovitskiy
et al. 2020, arXiv:2010.11929). Windows and histories: runs of steps (Nie et al. 2022, arXiv:2211.14730). Differs from
the papers: all of them side by side in one sequence; plain GELU blocks, four times the width (FT-Transformer gates a
narrower one).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.layers import Convolution, Dense, Dropout, Normalise
from andon.nets.brief import Brief
from andon.nets.dial import SIZES, Size
from andon.nets.embeddings.categories import CodeTable
from andon.nets.encoders.history import HistoryPlanes
from andon.nets.layers.attention import SelfAttention
from andon.nets.layers.convolution import ConvolutionLayer
from andon.nets.layers.dropout import DropoutLayer
from andon.nets.layers.layer import tag
from andon.nets.layers.listed import of_options
from andon.nets.layers.normalise import NormaliseLayer
from andon.nets.ntk import smooth_clip
from andon.nets.scaling import ArrayScaling, NumberScaling

DROPOUT, WIDER = 0.1, 4
MOST_PATCHES = {"image": 14, "signal": 64}
"""Largest number of patches along one side."""
FEW_PIXELS, FEW_PATCHES = 64, 8
HISTORY_PATCH = 5
"""Rows of a history that are one token."""


class AttentionFamily(nn.Module):
    """Inputs -> (N, W)."""

    learning_rate = 5e-4

    def __init__(self, brief: Brief) -> None:
        super().__init__()
        size = SIZES["attention"][brief.size]
        self.names = [spec.name for spec in brief.inputs]
        self.tokens = nn.ModuleList(_tokens(spec, brief, size.width) for spec in brief.inputs)
        self.answer = tag(nn.Parameter(0.02 * torch.randn(1, 1, size.width)), role="vector")
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.depth))
        self.head = of_options([Normalise("layer"), Dense(brief.width)], (size.width,))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> raw outputs."""
        parts = [tokens(inputs[name]) for name, tokens in zip(self.names, self.tokens, strict=True)]
        x = torch.cat([self.answer.expand(parts[0].shape[0], -1, -1), *parts], dim=1)
        for block in self.blocks:
            x = block(x)
        out: Tensor = self.head(x[:, 0])
        return out


class Block(nn.Module):
    """(N, T, width) -> the same: attention, then a dense layer per token, each added to what comes in."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.first = nn.LayerNorm(size.width)
        self.attention = SelfAttention(size.width, size.heads)
        wide = WIDER * size.width
        self.second = of_options(
            [Normalise("layer"), Dense(wide, "gelu"), Dropout(DROPOUT), Dense(size.width)], (size.width,)
        )
        self.drop = DropoutLayer(Dropout(DROPOUT), (size.width,))

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, width) -> (N, T, width)."""
        x = x + self.drop(self.attention(self.first(x)))
        inner: Tensor = self.second(x.flatten(0, 1))
        out: Tensor = x + self.drop(inner.view_as(x))
        return out


class NumberTokens(nn.Module):
    """(N, C) -> (N, C + masks, width): a slope and a start per column."""

    def __init__(self, spec: InputSpec, brief: Brief, width: int) -> None:
        super().__init__()
        self.scaling = NumberScaling(spec, brief.scaling_of(spec))
        count, reach = self.scaling.shape[0], 1 / math.sqrt(width)
        self.slope = tag(nn.Parameter(torch.empty(count, width).uniform_(-reach, reach)), role="embedding")
        self.start = tag(nn.Parameter(torch.empty(count, width).uniform_(-reach, reach)), role="vector")

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) -> (N, C + masks, width)."""
        out: Tensor = smooth_clip(self.scaling(x)).unsqueeze(-1) * self.slope + self.start
        return out


class CodeTokens(nn.Module):
    """(N, K) -> (N, K, width): an embedding and a start per column."""

    def __init__(self, spec: InputSpec, width: int) -> None:
        super().__init__()
        reach = 1 / math.sqrt(width)
        self.table = CodeTable(spec.cardinalities, width, start=reach)
        self.start = tag(nn.Parameter(torch.empty(spec.shape[0], width).uniform_(-reach, reach)), role="vector")

    def forward(self, x: Tensor) -> Tensor:
        """(N, K) -> (N, K, width)."""
        out: Tensor = self.table(x) + self.start
        return out


class PatchTokens(nn.Module):
    """Pictures and windows -> (N, patches, width), with learnt places."""

    def __init__(self, spec: InputSpec, brief: Brief, width: int) -> None:
        super().__init__()
        scaling = brief.scaling_of(spec)
        history = spec.kind == "series"
        self.scaling = HistoryPlanes(spec, scaling) if history else ArrayScaling(spec, scaling)
        patch = HISTORY_PATCH if history else patch_of(self.scaling.shape[1:], spec.kind)
        self.cut = ConvolutionLayer(Convolution(width, patch, stride=patch), self.scaling.shape)
        count = math.prod(self.cut.shape[1:])
        self.place = tag(nn.Parameter(0.02 * torch.randn(count, width)), role="embedding")
        self.norm = NormaliseLayer(Normalise("layer"), (width,))

    def forward(self, x: Tensor) -> Tensor:
        """(N, …) -> (N, patches, width)."""
        tokens = self.cut(self.scaling(x)).flatten(2).mT
        out: Tensor = self.norm(tokens.flatten(0, 1)).view_as(tokens) + self.place
        return out


def _tokens(spec: InputSpec, brief: Brief, width: int) -> NumberTokens | CodeTokens | PatchTokens:
    """Tokens of an input, by its kind."""
    if spec.kind == "numbers":
        return NumberTokens(spec, brief, width)
    return CodeTokens(spec, width) if spec.kind == "codes" else PatchTokens(spec, brief, width)


def patch_of(sides: tuple[int, ...], kind: str) -> int:
    """Side of a patch, so that attention, whose cost grows with the square of the tokens, stays bearable."""
    longest = max(sides)
    most = FEW_PATCHES if kind == "image" and longest <= FEW_PIXELS else MOST_PATCHES[kind]
    return max(1, -(-longest // most))
