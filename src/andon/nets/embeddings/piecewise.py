"""Piecewise-linear embedding of numbers (Gorishniy et al. 2022, arXiv:2203.05556, eq. 1), in the form that TabM uses
(Gorishniy et al. 2024, arXiv:2410.24210): a linear embedding plus a map of the encoding that starts at zero.

Differs from the papers: bins are scaled as the inputs are, inside the graph; where no quantiles were fitted they are
those of a normal distribution with the fitted centre and spread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.nets.layers.layer import keep, tag
from andon.nets.scaling import NumberScaling

CLOSEST = 1e-6
"""Edges nearer than this are one edge: a bin without width has no slope."""


class PiecewiseLinear(nn.Module):
    """(N, C) scaled numbers -> (N, C, width). `edges`: per column the scaled bin edges, rising, at least two."""

    def __init__(self, edges: Sequence[np.ndarray], width: int) -> None:
        super().__init__()
        columns, bins = len(edges), max(len(e) for e in edges) - 1
        left, inverse = np.zeros((columns, bins)), np.zeros((columns, bins))
        low, high = np.zeros((columns, bins)), np.ones((columns, bins))
        for c, edge in enumerate(edges):
            count = len(edge) - 1
            left[c, :count], inverse[c, :count] = edge[:-1], 1 / np.diff(edge)
            # The outermost pieces go on beyond the bins, so that a number out of range is not mistaken for an edge.
            low[c, 0], high[c, count - 1] = -np.inf, np.inf
        for name, table in {"left": left, "inverse": inverse, "low": low, "high": high}.items():
            keep(self, name, torch.from_numpy(table).float())
        self.left: Tensor
        self.inverse: Tensor
        self.low: Tensor
        self.high: Tensor
        reach = 1 / math.sqrt(width)
        self.slope = tag(nn.Parameter(torch.empty(columns, width).uniform_(-reach, reach)), role="embedding")
        self.start = tag(nn.Parameter(torch.empty(columns, width).uniform_(-reach, reach)), role="vector")
        self.pieces = tag(nn.Parameter(torch.zeros(columns, bins, width)), role="embedding")

    def encode(self, x: Tensor) -> Tensor:
        """(N, C) -> (N, C, bins): 1 in the bins that lie below x, the share in its own, 0 above."""
        share = (x.unsqueeze(-1) - self.left) * self.inverse
        return torch.minimum(torch.maximum(share, self.low), self.high)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) -> (N, C, width)."""
        return x.unsqueeze(-1) * self.slope + self.start + torch.einsum("ncb,cbd->ncd", self.encode(x), self.pieces)


def edges_of(spec: InputSpec, scaling: dict[str, Any], bins: int) -> list[np.ndarray]:
    """Scaled bin edges per column, without ties: from `knots` (quantiles), else from centre and spread."""
    level = np.linspace(0.0, 1.0, bins + 1)
    columns = spec.shape[0]
    if scaling.get("knots"):
        raw = np.stack([np.quantile(np.asarray(knots, dtype=np.float64), level) for knots in scaling["knots"]], axis=1)
    else:
        inner = torch.from_numpy(0.01 + 0.98 * level)
        center, spread = (
            np.atleast_1d(np.asarray(scaling.get(k, d), np.float64)) for k, d in (("center", 0), ("spread", 1))
        )
        raw = center + spread * torch.special.ndtri(inner).numpy()[:, None]
        raw = np.ascontiguousarray(np.broadcast_to(raw, (bins + 1, columns)))
    with torch.device("cpu"):  # the network may be built on the meta device, edges are figures all the same
        scaled = NumberScaling(spec, scaling).scale(torch.from_numpy(raw)).numpy()
    found = []
    for column in scaled.T:
        edge = np.unique(column.astype(np.float32))
        edge = edge[np.concatenate([[True], np.diff(edge) > CLOSEST])]
        found.append(edge if len(edge) > 1 else np.array([edge[0] - 1.0, edge[0] + 1.0], dtype=np.float32))
    return found
