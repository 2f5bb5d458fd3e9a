"""From a plan's `network` and the inputs to a `Net`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from andon.encode.block import InputSpec
from andon.errors import SettingProblem, nearest
from andon.nets.brief import Brief
from andon.nets.choice import FAMILIES, OF_HISTORIES, SHARED, family_of, members_of
from andon.nets.families.listed import TrunkList, WholeList
from andon.nets.families.own import OwnModule
from andon.nets.members import InTurn, seed_of, stack, stackable
from andon.nets.net import Net
from andon.plan.plugins import load
from andon.plan.settings import Network

TASKS = ("classification", "regression", "labels")


def build(
    network: Network, inputs: Sequence[InputSpec], scaling: dict[str, dict[str, Any]], *, width: int, task: str,
    seed: int, rows: int = 0,
) -> Net:  # fmt: skip
    """A network with `width` outputs for these inputs (each scaled by `scaling[input.name]`).

    `rows` is the number of training rows; it only decides how many members `auto` means. Equal seeds give equal
    weights. Under `torch.device("meta")` nothing is allocated. Raises `SettingProblem` for what does not fit.
    """
    assert task in TASKS, task
    if not inputs:
        raise SettingProblem.at("network", "the network has no input", fix="leave more columns in")
    family = family_of(network, inputs)
    members = members_of(network, inputs, rows)
    lived = family in OF_HISTORIES and _histories(inputs)
    if not lived and any(s.get("against") == "unit" for s in scaling.values()):
        raise SettingProblem.at(
            "series.against", "this network sees no first rows of a unit",
            why="only families of histories do, with no picture or waveform beside them", fix="take regime or window",
        )  # fmt: skip
    seen = tuple(spec for spec in inputs if spec.kind != "first" or lived)
    brief = Brief(seen, scaling, width, task, network.size, members)

    def one(member: int) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_of(seed, member))
            return _core(network, family, brief)

    first = one(0)
    if family in SHARED:
        return Net(first, members=members, members_kind="shared", seed=seed)
    if members == 1:
        return Net(first, members=_own_members(first), members_kind="one", seed=seed)
    nets = [first, *(one(member) for member in range(1, members))]
    if stackable(first):
        return Net(stack(nets), members=members, members_kind="batched", seed=seed, single=first)
    return Net(InTurn(nets), members=members * _own_members(first), members_kind="in_turn", seed=seed)


def _core(network: Network, family: str, brief: Brief) -> nn.Module:
    """One network, without the wrapper."""
    if family == "layers":
        assert network.layers is not None
        if len(brief.inputs) == 1:
            return WholeList(network.layers, brief)
        return TrunkList(network.layers, brief)
    if family == "module":
        assert network.module is not None
        return OwnModule(network.module, brief)
    if family not in FAMILIES:
        raise SettingProblem.at("network.family", f"'{family}' is not a family", fix=nearest(family, FAMILIES))
    lived = family in OF_HISTORIES and _histories(brief.inputs)
    made: nn.Module = load((OF_HISTORIES if lived else FAMILIES)[family])(brief)
    return made


def _histories(inputs: Sequence[InputSpec]) -> bool:
    """Whether rows are histories and nothing that only other families read."""
    kinds = {spec.kind for spec in inputs}
    return "series" in kinds and not kinds & {"image", "signal"}


def _own_members(core: nn.Module) -> int:
    """Members that a class says it has, the user's own or a family's."""
    return int(getattr(core.own if isinstance(core, OwnModule) else core, "members", 1))
