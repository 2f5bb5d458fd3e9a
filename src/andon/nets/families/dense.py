"""The dense family. For tables it is RealMLP (Holzmüller et al. 2024, arXiv:2407.04491): see `ntk.py` and
`encoders/numbers.py` for what is taken and what differs. Besides: dropout stays at 0.15 (the paper lets it fall), and
SiLU stands in for Mish, which costs several times as much on a CPU and answered no better in our runs.

Windows and small pictures are flattened and go the same way, without waves; photographs go through a mixer of patches
(`encoders/mixer.py`) first.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from andon.layers import Dropout
from andon.nets.brief import Brief
from andon.nets.dial import SIZES
from andon.nets.encoders import vector, width_of
from andon.nets.layers.dropout import DropoutLayer
from andon.nets.ntk import FeatureScale, TangentDense

DROPOUT = 0.15
RATES = {"classification": 0.04, "regression": 0.2, "labels": 0.04}


class DenseFamily(nn.Module):
    """Inputs -> (N, W), or (M, N, W) for members at once. `learning_rate` is AdamW's, as the paper found it."""

    members = 1

    def __init__(self, brief: Brief) -> None:
        super().__init__()
        size = SIZES["dense"][brief.size]
        activation = "selu" if brief.task != "regression" else "silu"
        self.learning_rate = RATES[brief.task]
        self.names = [spec.name for spec in brief.inputs]
        self.encoders = nn.ModuleList(vector(spec, brief, flat=True) for spec in brief.inputs)
        width = width_of(self.encoders)
        self.scale = FeatureScale(width)
        self.layers = nn.ModuleList()
        for _ in range(size.depth):
            self.layers.append(TangentDense(width, size.width, activation=activation))
            self.layers.append(DropoutLayer(Dropout(DROPOUT), (size.width,)))
            width = size.width
        self.head = TangentDense(width, brief.width, zero=True)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> raw outputs."""
        parts = [encoder(inputs[name]) for name, encoder in zip(self.names, self.encoders, strict=True)]
        x = self.scale(parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1))
        for layer in self.layers:
            x = layer(x)
        out: Tensor = self.head(x)
        return out
