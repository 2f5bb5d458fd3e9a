"""Which layers of a list go together while training: a batch normalisation, and a rectifier and a pool behind it."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from andon.nets.joined.norm import Joined, kernels
from andon.nets.layers.activate import ActivateLayer
from andon.nets.layers.normalise import EPSILON, MOMENTUM, NormaliseLayer
from andon.nets.layers.pool import PoolLayer


class Run(NamedTuple):
    """Layers that go together."""

    norm: NormaliseLayer
    length: int
    rectified: bool
    pooled: bool

    def __call__(self, x: Tensor) -> Tensor | None:
        """(N, C, H, W) -> what the layers give one after the other; None where they have to do it themselves."""
        if x.dtype != torch.bfloat16 or not x.is_contiguous(memory_format=torch.channels_last):
            return None
        norm = self.norm
        return Joined.apply(  # type: ignore[no-any-return, no-untyped-call]
            x, norm.weight, norm.bias, (norm.running_mean, norm.running_var), MOMENTUM, EPSILON, self.rectified,
            self.pooled,
        )  # fmt: skip


def runs(listed: Any) -> dict[int, Run]:
    """Runs among the layers of a list, by the place of their first."""
    layers: list[nn.Module] = list(listed)
    found: dict[int, Run] = {}
    for place, layer in enumerate(layers):
        if isinstance(layer, NormaliseLayer) and layer.how == "batch" and layer.members == 1 and len(layer.shape) == 3:
            rectified = place + 1 < len(layers) and _is(layers[place + 1], ActivateLayer, how="relu")
            pooled = rectified and place + 2 < len(layers) and _is(layers[place + 2], PoolLayer, how="max", size=2)
            found[place] = Run(layer, 1 + rectified + pooled, rectified, pooled)
    return found


def joinable(net: nn.Module) -> bool:
    """Whether a net has such runs, and this machine what they need."""
    return any(runs(one.layers) for one in _lists(net)) and kernels() is not None


def join(net: nn.Module) -> None:
    """Have the lists of a net train with their runs joined, where Numba is there."""
    for one in _lists(net):
        one.joined = runs(one.layers) if kernels() is not None else {}


def _lists(net: nn.Module) -> list[Any]:
    return [module for module in net.modules() if hasattr(module, "joined")]


def _is(layer: nn.Module, kind: type[nn.Module], **values: object) -> bool:
    return isinstance(layer, kind) and all(getattr(layer, name) == value for name, value in values.items())
