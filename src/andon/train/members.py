"""Independent members: several nets trained as one, each of which clips for itself and keeps its own best weights."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

import torch
from torch import Tensor, nn


def independent(net: nn.Module) -> int:
    """Number of members that share no weight, else 0. They sit side by side in each parameter's leading dimension
    (`batched`), or one after the other under `core.nets.<member>.` (`in_turn`)."""
    members, kind = int(getattr(net, "members", 1)), getattr(net, "members_kind", "")
    if kind == "batched":
        apart = all(p.shape[:1] == (members,) for p in net.parameters())
    else:
        owners = {owner_of(name) for name, _ in net.named_parameters()}
        apart = kind == "in_turn" and owners == set(range(members))
    return members if members > 1 and apart else 0


def owner_of(name: str) -> int | None:
    """Member that a parameter belongs to alone, by its name; None where it holds all members."""
    found = re.match(r"core\.nets\.(\d+)\.", name)
    return int(found[1]) if found else None


def clip_norm(gradients: list[Tensor], limit: float) -> bool:
    """Bring the gradients' common norm down to the limit, in place and in a few fused calls; False where it is not
    finite."""
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients))).item()
    if norm > limit:
        torch._foreach_mul_(gradients, limit / norm)
    return math.isfinite(norm)


def clip_members(gradients: list[Tensor], limit: float, members: int) -> bool:
    """Bring each member's gradient norm down to the limit, in place; False where a norm is not finite."""
    parts = [torch.linalg.vector_norm(gradient.reshape(members, -1), dim=1) for gradient in gradients]
    norm = torch.linalg.vector_norm(torch.stack(parts), dim=0)
    share = (limit / norm).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(share.view(-1, *[1] * (gradient.dim() - 1)).to(gradient.dtype))
    return bool(norm.isfinite().all())


class Best:
    """The best weights so far: of each member for itself where members are independent, else of the whole net."""

    def __init__(self, members: int) -> None:
        """`members`: number of independent members, 0 where weights are shared."""
        self.members = members
        self.loss: list[float] = [float("inf")] * max(members, 1)
        self.step: list[int] = [0] * max(members, 1)
        self.weights: dict[str, Tensor] = {}

    @torch.no_grad()
    def offer(self, step: int, losses: list[float], state: Iterable[tuple[str, Tensor]]) -> bool:
        """Keep what is better than before (a loss that is not a number never is). True where anything was."""
        losses = losses if self.members else [sum(losses) / len(losses)]
        better = [place for place, loss in enumerate(losses) if loss < self.loss[place]]
        for place in better:
            self.loss[place], self.step[place] = losses[place], step
        if not better:
            return False
        if len(better) == len(losses) or not self.weights:
            self.weights = {name: tensor.detach().clone() for name, tensor in state}
            return True
        for name, tensor in state:
            owner = owner_of(name)
            if owner in better:
                self.weights[name].copy_(tensor)
            elif owner is None and tensor.shape[:1] == (self.members,):
                self.weights[name][better] = tensor.detach()[better]
        return True

    @torch.no_grad()
    def put(self, net: nn.Module) -> None:
        """Write the best weights into the net; nothing where none were ever kept."""
        for name, tensor in net.state_dict().items():
            if self.weights:
                tensor.copy_(self.weights[name])
