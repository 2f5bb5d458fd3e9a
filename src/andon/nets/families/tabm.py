"""TabM-mini (Gorishniy et al. 2024, arXiv:2410.24210, section 3): k predictions from one shared network whose input is
multiplied by k learnt vectors, and k heads; numbers through piecewise-linear embeddings.

Differs from the paper: fewer bins and a narrower network (`sizes.py`), as it must train on two cores; above 200 columns
numbers enter without embedding.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.errors import SettingProblem
from andon.layers import Dense, Dropout
from andon.nets.brief import Brief
from andon.nets.dial import SIZES
from andon.nets.embeddings.categories import Categories
from andon.nets.embeddings.piecewise import PiecewiseLinear, edges_of
from andon.nets.layers.layer import tag
from andon.nets.layers.listed import of_options
from andon.nets.ntk import smooth_clip
from andon.nets.scaling import NumberScaling

DROPOUT, MOST = 0.1, 200
BINS = {"tiny": (8, 4), "small": (24, 8)}
"""Bins and width of a number's embedding; larger sizes have the paper's 48 and 16."""


class TabM(nn.Module):
    """Inputs -> (N, k, W)."""

    learning_rate = 2e-3

    def __init__(self, brief: Brief) -> None:
        super().__init__()
        if brief.pictures:
            raise SettingProblem.at(
                "network.family", "the family 'tabm' is for tables",
                why=f"'{brief.pictures[0].name}' is a picture or a window",
                fix="use 'convolution', 'attention' or 'dense'",
            )  # fmt: skip
        size = SIZES["tabm"][brief.size]
        self.k = brief.members
        self.names = [spec.name for spec in brief.inputs]
        self.encoders = nn.ModuleList(
            Categories(spec) if spec.kind == "codes" else Numbers(spec, brief) for spec in brief.inputs
        )
        chunks = [chunk for encoder in self.encoders for chunk in _chunks(encoder)]
        # One draw per column: what belongs together is turned together (the authors' `start_scaling_init_chunks`).
        place = torch.tensor([number for number, count in enumerate(chunks) for _ in range(count)])
        start = torch.randn(self.k, len(chunks)).index_select(1, place)
        self.start = tag(nn.Parameter(start), role="vector")
        width = sum(chunks)
        trunk = [layer for _ in range(size.depth) for layer in (Dense(size.width, "relu"), Dropout(DROPOUT))]
        self.trunk = of_options(trunk, (width,))
        self.heads = Heads(self.k, size.width, brief.width)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> raw outputs of k members."""
        parts = [encoder(inputs[name]) for name, encoder in zip(self.names, self.encoders, strict=True)]
        x = parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)
        wide = x.unsqueeze(0) * self.start.unsqueeze(1)
        hidden = self.trunk(wide.flatten(0, 1)).unflatten(0, (self.k, -1))
        out: Tensor = self.heads(hidden)
        return out.transpose(0, 1)


class Heads(nn.Module):
    """(k, N, width) -> (k, N, W): a linear layer of its own for each member."""

    def __init__(self, k: int, inputs: int, width: int) -> None:
        super().__init__()
        self.weight = tag(nn.Parameter(torch.empty(k, width, inputs)))
        self.bias = tag(nn.Parameter(torch.zeros(k, width)), role="vector")
        for head in self.weight:
            nn.init.xavier_uniform_(head)

    def forward(self, x: Tensor) -> Tensor:
        """(k, N, width) -> (k, N, W)."""
        return torch.baddbmm(self.bias.unsqueeze(1), x, self.weight.mT)


class Numbers(nn.Module):
    """(N, C) float64 with NaN -> (N, D): embeddings of the numbers, then masks."""

    def __init__(self, spec: InputSpec, brief: Brief) -> None:
        super().__init__()
        scaling = brief.scaling_of(spec)
        self.scaling, self.columns = NumberScaling(spec, scaling), spec.shape[0]
        bins, width = BINS.get(brief.size, (48, 16))
        few = self.columns <= MOST
        self.pieces = PiecewiseLinear(edges_of(spec, scaling, bins), width) if few else None
        masks = self.scaling.shape[0] - self.columns
        self.chunks = [width if few else 1] * self.columns + [1] * masks

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) -> (N, D)."""
        scaled = self.scaling(x)
        numbers = scaled[:, : self.columns]
        numbers = smooth_clip(numbers) if self.pieces is None else self.pieces(numbers).flatten(1)
        return torch.cat([numbers, scaled[:, self.columns :]], dim=1) if scaled.shape[1] > self.columns else numbers


def _chunks(encoder: nn.Module) -> list[int]:
    """Widths of the pieces of an encoder's answer that belong to one column each."""
    if isinstance(encoder, Numbers):
        return encoder.chunks
    assert isinstance(encoder, Categories)
    return [1] * encoder.shape[0]
