"""Several networks as one: batched where every layer can carry members side by side, else in turn.

A stacked network has the names of a single one; each parameter and running statistic has a leading M. Member i equals
the network that is built alone with `seed_of(seed, i)` (deep ensembles: Lakshminarayanan et al. 2016,
arXiv:1612.01474). Differs from the paper: nothing but that one matrix product serves all.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

GOLDEN = 0x9E3779B97F4A7C15
"""Odd and without pattern, so that members of neighbouring seeds are not each other's."""


def seed_of(seed: int, member: int) -> int:
    """Seed of a member; the first has the network's own."""
    return (seed + GOLDEN * member) % 2**63


def stackable(net: nn.Module) -> bool:
    """Whether every module of the network says (by its attribute `members`) that it can carry several at once."""
    return all(hasattr(module, "members") or isinstance(module, nn.ModuleList) for module in net.modules())


@torch.no_grad()
def stack(nets: Sequence[nn.Module]) -> nn.Module:
    """Single networks of one shape -> one that holds them all. Fitted statistics (buffers not saved) stay shared."""
    found = copy.deepcopy(nets[0])
    modules = [dict(net.named_modules()) for net in nets]
    for path, module in found.named_modules():
        twins = [each[path] for each in modules]
        if not isinstance(module, nn.ModuleList):
            module.members = len(nets)
        for name, parameter in module._parameters.items():
            if parameter is not None:
                joined = nn.Parameter(torch.stack([twin.get_parameter(name) for twin in twins]))
                joined.__dict__.update(twins[0].get_parameter(name).__dict__)
                module._parameters[name] = joined
        for name, buffer in module._buffers.items():
            if buffer is not None and name not in module._non_persistent_buffers_set:
                module._buffers[name] = torch.stack([twin.get_buffer(name) for twin in twins])
    return found


class InTurn(nn.Module):
    """Networks asked one after the other: inputs -> (N, M, W)."""

    def __init__(self, nets: Sequence[nn.Module]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> raw outputs of all members."""
        parts = [net(inputs) for net in self.nets]
        return torch.stack(parts, dim=1) if parts[0].ndim == 2 else torch.cat(parts, dim=1)
