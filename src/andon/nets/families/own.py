"""A network of the user's own, named `module:Class`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from msgspec import structs
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.errors import SettingProblem
from andon.nets.brief import Brief
from andon.nets.embeddings.categories import known
from andon.nets.encoders import plain
from andon.nets.layers.layer import keep
from andon.plan.plugins import load


class OwnModule(nn.Module):
    """A class of the user's own, `Class(inputs, width)`: `forward(dict) -> (N, W)` or `(N, M, W)`.

    It sees its inputs ready to use: numbers scaled, float32, without NaN (mask columns at the end), codes within range,
    pictures and windows scaled and channels first. The `InputSpec`s it is given say so.
    """

    def __init__(self, target: str, brief: Brief) -> None:
        super().__init__()
        self.names = [spec.name for spec in brief.inputs]
        self.ready = nn.ModuleList(Codes(spec) if spec.kind == "codes" else plain(spec, brief) for spec in brief.inputs)
        specs = [_seen(spec, ready) for spec, ready in zip(brief.inputs, self.ready, strict=True)]
        own: Callable[[list[InputSpec], int], nn.Module] = load(target)
        try:
            inspect.signature(own).bind(specs, brief.width)
        except (TypeError, ValueError) as error:
            raise SettingProblem.at(
                "network.module", f"'{target}' cannot be built", why=str(error), fix="let it take (inputs, width)"
            ) from None
        self.own = own(specs, brief.width)
        if not isinstance(self.own, nn.Module):
            raise SettingProblem.at(
                "network.module", f"'{target}' is not a torch.nn.Module", fix="derive the class from torch.nn.Module"
            )
        self.width, self.target = brief.width, target
        if hasattr(self.own, "learning_rate"):
            self.learning_rate = float(self.own.learning_rate)  # type: ignore[arg-type]

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> raw outputs."""
        out: Tensor = self.own({name: ready(inputs[name]) for name, ready in zip(self.names, self.ready, strict=True)})
        if out.ndim not in (2, 3) or out.shape[-1] != self.width:
            raise SettingProblem.at(
                "network.module", f"'{self.target}' answers with the shape {tuple(out.shape)}",
                why=f"it must be (rows, {self.width}) or (rows, members, {self.width})", fix="change its last layer",
            )  # fmt: skip
        return out


class Codes(nn.Module):
    """(N, K) int64 -> the same, everything out of range in slot 0."""

    def __init__(self, spec: InputSpec) -> None:
        super().__init__()
        keep(self, "sizes", torch.tensor(spec.cardinalities))
        self.shape = spec.shape
        self.sizes: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """(N, K) -> (N, K)."""
        return known(x, self.sizes)


def _seen(spec: InputSpec, ready: nn.Module) -> InputSpec:
    """The spec of an input after scaling."""
    shape: Any = ready.shape
    extra = tuple(f"{spec.columns[c]} missing" for c in getattr(ready, "with_mask", []) if spec.columns)
    dtype = spec.dtype if spec.kind == "codes" else "float32"
    return structs.replace(spec, shape=tuple(shape), dtype=dtype, columns=(*spec.columns, *extra))
