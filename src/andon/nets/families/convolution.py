"""The convolution family: each picture and window through convolutions to a vector, tables beside them as RealMLP
takes them, one linear layer (several inputs: one hidden layer before it). See `encoders/image.py` and `signal.py`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from andon.errors import SettingProblem
from andon.layers import Dense, Dropout, Normalise
from andon.nets.brief import Brief
from andon.nets.encoders import vector, width_of
from andon.nets.layers.listed import of_options

MIXED, DROPOUT = 256, 0.1


class ConvolutionFamily(nn.Module):
    """Inputs -> (N, W)."""

    optimizer, learning_rate = "muon", 4e-3

    def __init__(self, brief: Brief) -> None:
        super().__init__()
        if not brief.pictures:
            raise SettingProblem.at(
                "network.family", "the family 'convolution' needs a picture or a window", why="the inputs are a table",
                fix="use 'dense' or 'tabm'",
            )  # fmt: skip
        self.names = [spec.name for spec in brief.inputs]
        self.encoders = nn.ModuleList(vector(spec, brief) for spec in brief.inputs)
        width = width_of(self.encoders)
        mixing = [Normalise("batch"), Dense(MIXED, "relu"), Dropout(DROPOUT)] if len(self.names) > 1 else []
        self.head = of_options([*mixing, Dense(brief.width)], (width,))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> raw outputs."""
        parts = [encoder(inputs[name]) for name, encoder in zip(self.names, self.encoders, strict=True)]
        out: Tensor = self.head(parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1))
        return out
