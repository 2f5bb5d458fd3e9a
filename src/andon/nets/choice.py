"""Which family a plan means, and how many members. Needs no torch: a plan is written without."""

from __future__ import annotations

from collections.abc import Sequence

from andon.encode.block import InputSpec
from andon.plan.settings import Network

FAMILIES: dict[str, str] = {
    "dense": "andon.nets.families.dense:DenseFamily",
    "convolution": "andon.nets.families.convolution:ConvolutionFamily",
    "attention": "andon.nets.families.attention:AttentionFamily",
    "tabm": "andon.nets.families.tabm:TabM",
    "surface": "andon.nets.families.surface:SurfaceFamily",
    "history": "andon.nets.families.history:HistoryFamily",
    "random": "andon.nets.families.random:RandomFamily",
}
"""Family -> class, built from a `Brief`."""
OF_HISTORIES: dict[str, str] = {
    "history": FAMILIES["history"],
    "random": FAMILIES["random"],
    "dense": "andon.nets.families.mixer:mixer",
    "convolution": "andon.nets.families.inception:inception",
    "attention": "andon.nets.families.patches:patches",
}
"""The same where rows are histories, with no picture or waveform beside them; these see a history's first rows too."""

SHARED = ("tabm",)
"""Families whose members share weights and come out of one network."""


def family_of(network: Network, inputs: Sequence[InputSpec]) -> str:
    """`layers`, `module`, or the family; `auto` is history where rows are one, convolution where there are
    pictures or windows, else dense."""
    if network.layers is not None:
        return "layers"
    if network.module is not None:
        return "module"
    if network.family != "auto":
        return network.family
    if any(spec.kind == "series" for spec in inputs):
        return "history"
    return "convolution" if any(spec.kind in ("image", "signal") for spec in inputs) else "dense"


def members_of(network: Network, inputs: Sequence[InputSpec], rows: int) -> int:
    """Number of members; `auto`: 16 or 8 predictions of `tabm`, 5 dense networks for small tables, else one."""
    if network.members != "auto":
        return int(network.members)
    family = family_of(network, inputs)
    table = all(spec.kind in ("numbers", "codes") for spec in inputs)
    if family == "tabm":
        return 16 if rows <= 2800 else 8
    return 5 if family == "dense" and table and 0 < rows <= 50_000 else 1
