"""Which parameter gets which step: decay, learning-rate factor, and whether it is a hidden matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

_Convolutions = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


@dataclass(frozen=True, slots=True)
class Trained:
    """One parameter. `decays`: weight decay applies. `factor`: multiplies the learning rate. `stack`: (matrices, rows,
    columns) it is read as if it is a hidden matrix or several of a kind (members, groups of a convolution), else None.
    """

    name: str
    parameter: nn.Parameter
    decays: bool
    factor: float
    stack: tuple[int, int, int] | None


def trained(net: nn.Module) -> list[Trained]:
    """Parameters that learn, in the order of the net.

    Decay: on matrices only, that is two dimensions or more, not called `bias`, not flagged `parameter.no_decay`
    (members' biases and norm weights have a leading dimension too and want the flag). Factor: `parameter.lr_factor`,
    else 1. Hidden matrices are those that decay, except embeddings, the first convolution, the last matrix of
    the net (its head) and what is flagged `parameter.hidden = False`.
    """
    found = list(_parameters(net))
    matrices = [place for place, (_, parameter, _) in enumerate(found) if _is_matrix(parameter)]
    head = matrices[-1] if matrices else -1
    stem = next((place for place in matrices if isinstance(found[place][2], _Convolutions)), -1)
    answer = []
    for place, (name, parameter, owner) in enumerate(found):
        decays = _is_matrix(parameter) and not name.endswith("bias") and not getattr(parameter, "no_decay", False)
        hidden = decays and place not in (head, stem) and not isinstance(owner, nn.Embedding | nn.EmbeddingBag)
        hidden = bool(getattr(parameter, "hidden", hidden)) and _is_matrix(parameter)
        factor = float(getattr(parameter, "lr_factor", 1.0))
        answer.append(Trained(name, parameter, decays, factor, _stack(parameter, owner) if hidden else None))
    return answer


def _parameters(net: nn.Module) -> Iterator[tuple[str, nn.Parameter, nn.Module]]:
    """Each parameter that learns, once, with its name and the module that owns it."""
    seen: set[int] = set()
    for prefix, module in net.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.requires_grad and id(parameter) not in seen:
                seen.add(id(parameter))
                yield f"{prefix}.{name}" if prefix else name, parameter, module


def _is_matrix(parameter: nn.Parameter) -> bool:
    """Two dimensions or more."""
    return parameter.ndim >= 2


def _stack(parameter: nn.Parameter, owner: nn.Module) -> tuple[int, int, int]:
    """A convolution (O, I, …) is one matrix per group, kernel flattened; else the last two dimensions are a matrix."""
    shape = parameter.shape
    if isinstance(owner, _Convolutions):
        return owner.groups, shape[0] // owner.groups, shape[1:].numel()
    return shape[:-2].numel(), shape[-2], shape[-1]


def grouped(parameters: list[Trained], weight_decay: float) -> list[dict[str, Any]]:
    """Groups as `torch.optim` takes them: equal decay, factor and stack go together, in order of first sight. The keys
    `factor` and `stack` are ours; optimisers keep what they don't know."""
    groups: dict[tuple[bool, float, tuple[int, int, int] | None], list[nn.Parameter]] = {}
    for entry in parameters:
        groups.setdefault((entry.decays, entry.factor, entry.stack), []).append(entry.parameter)
    return [
        {"params": members, "weight_decay": weight_decay if decays else 0.0, "factor": factor, "stack": stack}
        for (decays, factor, stack), members in groups.items()
    ]
