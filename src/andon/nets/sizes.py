"""What a network costs before it exists: weights, memory and arithmetic, counted on the meta device."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from msgspec import Struct
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from andon.encode.block import InputSpec
from andon.nets.assemble import build
from andon.plan.settings import Network

ROWS = 8
"""Rows of the counted pass; more than one, so that no layer takes the way of a single row."""


class Figures(Struct, frozen=True, kw_only=True):
    """Counts of a network, all members together."""

    weights: int
    weight_bytes: int
    activation_bytes: int
    "Per row: what training keeps from the forward pass for the backward one."
    flops: int
    "Per row, forward: multiplications and additions of matrix products and convolutions. Training: about three times."
    members: int


def figures(
    network: Network,
    inputs: Sequence[InputSpec],
    scaling: dict[str, dict[str, Any]],
    *,
    width: int,
    task: str,
    rows: int = 0,
) -> Figures:
    """Count a network without allocating it: one training pass of a few rows over shapes alone."""
    with torch.device("meta"):
        net = build(network, inputs, scaling, width=width, task=task, seed=0, rows=rows).train()
    arrays = {
        spec.name: torch.empty(ROWS, *spec.shape, dtype=getattr(torch, spec.dtype), device="meta") for spec in inputs
    }
    own = {parameter.untyped_storage()._cdata for parameter in net.parameters()}
    kept: dict[int, int] = {}
    held: list[Tensor] = []

    def count(tensor: Tensor) -> Tensor:
        """Each storage once; views share it. Holding on to them keeps addresses from being used twice."""
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            kept[storage._cdata] = storage.nbytes()
            held.append(tensor)
        return tensor

    counter = FlopCounterMode(display=False)
    with counter, torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
        net(arrays)
    weights = net.num_weights()
    return Figures(
        weights=weights, weight_bytes=sum(p.numel() * p.element_size() for p in net.parameters()),
        activation_bytes=math.ceil(sum(kept.values()) / ROWS), flops=round(counter.get_total_flops() / ROWS),
        members=net.members,
    )  # fmt: skip
