"""A list of layers as a network: all of it over one input array, the trunk over several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from andon.errors import SettingProblem
from andon.layers import Dense
from andon.nets.brief import Brief
from andon.nets.embeddings.categories import Categories
from andon.nets.encoders import plain, vector, width_of
from andon.nets.layers.dense import DenseLayer
from andon.nets.layers.layer import shown, spread
from andon.nets.layers.listed import of_plan


class WholeList(nn.Module):
    """A list of layers that is the whole network over the one input array: its last layer gives the outputs."""

    members = 1
    learning_rate = 3e-3  # with warm-up and cosine: Adam's usual 1e-3 is still far from the end after five epochs

    def __init__(self, nodes: Sequence[Any], brief: Brief) -> None:
        super().__init__()
        self.name = brief.inputs[0].name
        self.scaling = plain(brief.inputs[0], brief)
        self.layers = of_plan(nodes, self.scaling.shape)
        if self.layers.shape != (brief.width,):
            what = "classes" if brief.task != "regression" else "values"
            flat = (
                ""
                if len(self.layers.shape) == 1
                else "put 'flatten' or 'pool:average:0' before the last dense layer, and "
            )
            raise SettingProblem.at(
                f"network.layers.{max(len(nodes) - 1, 0)}", f"the last layer gives {shown(self.layers.shape)}",
                why=f"the task needs {brief.width} {what}", fix=f"{flat}end the list with 'dense:{brief.width}'",
            )  # fmt: skip

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> raw outputs."""
        x = self.scaling(inputs[self.name])
        if not isinstance(self.scaling, Categories):
            x = spread(x, self.members)
        out: Tensor = self.layers(x)
        return out


class TrunkList(nn.Module):
    """A list of layers between the encoders of several inputs and a linear head."""

    members = 1
    learning_rate = 3e-3

    def __init__(self, nodes: Sequence[Any], brief: Brief) -> None:
        super().__init__()
        self.names = [spec.name for spec in brief.inputs]
        self.encoders = nn.ModuleList(vector(spec, brief) for spec in brief.inputs)
        width = width_of(self.encoders)
        self.layers = of_plan(nodes, (width,))
        self.flat = len(self.layers.shape) > 1
        self.head = DenseLayer(Dense(brief.width), (math.prod(self.layers.shape),))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> raw outputs."""
        parts = [encoder(inputs[name]) for name, encoder in zip(self.names, self.encoders, strict=True)]
        x = self.layers(torch.cat(parts, dim=-1))
        out: Tensor = self.head(x.flatten(1 if self.members == 1 else 2) if self.flat else x)
        return out
