"""What all layers share: shapes, tags on parameters, members, and the sentence for a layer that does not fit.

A layer is an `nn.Module` built as `Layer(options, shape)`: `shape` is that of one input row, channels first, `(C,)`,
`(C, steps)` or `(C, height, width)`; `layer.shape` is that of one output row. Rows come first in `forward`.

A class with an attribute `members` also works for several networks at once: activations are then `(M, N, *shape)`
and every parameter has a leading M. `andon.nets.members.stack` does the stacking; a class without it is run in turn.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from andon.errors import SettingProblem

Shape = tuple[int, ...]

WIDE = 64


def tag(parameter: nn.Parameter, *, lr_factor: float = 1.0, role: str = "matrix") -> nn.Parameter:
    """Tell the optimiser about a parameter: `lr_factor` times the learning rate; `role` is `matrix` (decays, fit for
    Muon), `embedding` (a table or a stack of small maps: decays, not for Muon) or `vector` (neither)."""
    if lr_factor != 1.0:
        parameter.lr_factor = lr_factor  # type: ignore[attr-defined]
    if role != "matrix":
        parameter.hidden = False  # type: ignore[attr-defined]
    if role == "vector":
        parameter.no_decay = True  # type: ignore[attr-defined]
    return parameter


def keep(module: nn.Module, name: str, value: Tensor) -> None:
    """Non-persistent buffer, on the device that modules are being built on."""
    module.register_buffer(name, value.to(torch.get_default_device()), persistent=False)


def misfit(what: str, *, why: str, fix: str) -> SettingProblem:
    """A layer that cannot take its input. The list of layers completes the key on the way up."""
    return SettingProblem.at("", what, why=why, fix=fix)


def shown(shape: Shape) -> str:
    """A shape in words: `784 numbers`, `24 channels x 50 steps`, `1 channel x 28 x 28`."""
    channels = f"{shape[0]} channel{'s' if shape[0] != 1 else ''}"
    if len(shape) == 1:
        return f"{shape[0]} number{'s' if shape[0] != 1 else ''}"
    return f"{channels} x {shape[1]} steps" if len(shape) == 2 else " x ".join([channels, *map(str, shape[1:])])


def spread(x: Tensor, members: int) -> Tensor:
    """Show the same rows to every member: (N, …) -> (M, N, …) without a copy; one member: as it is."""
    return x if members == 1 else x.unsqueeze(0).expand(members, *x.shape)


def affine(x: Tensor, weight: Tensor, bias: Tensor | None, *, members: int, factor: float = 1.0) -> Tensor:
    """`factor * x W' + b` over the last axis; for M members x (M, N, …, in), weight (M, out, in), bias (M, out)."""
    if members == 1:
        if factor == 1.0 or bias is None or x.ndim != 2:
            return F.linear(x, weight if factor == 1.0 else weight * factor, bias)
        return torch.addmm(bias, x, weight.mT, alpha=factor)
    if x.ndim == 3 and x.stride(0) == 0 and x.shape[2] >= WIDE and factor == 1.0:
        # All members see the same rows: one product for all of them, twice as fast from a picture's width on.
        joined = F.linear(x[0], weight.flatten(0, 1), None if bias is None else bias.flatten())
        return joined.view(x.shape[1], members, -1).transpose(0, 1)
    flat = x if x.ndim == 3 else x.flatten(1, -2)
    if bias is None:
        out = torch.bmm(flat, weight.mT)
        out = out if factor == 1.0 else out * factor
    else:
        out = torch.baddbmm(bias.unsqueeze(1), flat, weight.mT, alpha=factor)
    return out if x.ndim == 3 else out.view(*x.shape[:-1], -1)
