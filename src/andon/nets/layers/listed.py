"""A list of layer options as one module: each layer takes the shape that the one before it gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from torch import Tensor, nn

from andon.errors import SettingProblem
from andon.layers import LAYERS
from andon.nets.layers.layer import Shape
from andon.plan.entries import name_of, read_entries, target_of
from andon.plan.plugins import load, registered

Entry = tuple[str, Struct]
"""Name in the registry, or `module:Class`, and options."""


class LayerList(nn.Module):
    """Layers in a row. A `SettingProblem` of one gets its place in the list as its key (`.2`, `.2.layers.0`)."""

    members = 1

    def __init__(self, entries: Sequence[Entry], shape: Shape) -> None:
        super().__init__()
        known = registered(LAYERS, "layers")
        self.layers = nn.ModuleList()
        for place, (name, options) in enumerate(entries):
            try:
                layer: Any = load(target_of(known, name))(options, shape)
            except SettingProblem as problem:
                problem.key = f".{place}" + (f".layers{problem.key}" if problem.key else "")
                raise
            self.layers.append(layer)
            shape = layer.shape
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        """(N, *shape of the input) -> (N, *shape)."""
        for layer in self.layers:
            x = layer(x)
        return x


def of_options(options: Sequence[Struct], shape: Shape) -> LayerList:
    """A list of options Structs, as families are written."""
    known = registered(LAYERS, "layers")
    return LayerList([(name_of(known, option), option) for option in options], shape)


def of_plan(nodes: Sequence[Any], shape: Shape, *, key: str = "network.layers") -> LayerList:
    """Entries as they stand in a plan, or options Structs. Raises `SettingProblem` with the full key of the layer."""
    entries = read_entries(registered(LAYERS, "layers"), nodes, key)
    try:
        return LayerList(entries, shape)
    except SettingProblem as problem:
        place = problem.key
        raise SettingProblem.at(f"{key}{place}", f"'{key}{place}': {problem}") from None
