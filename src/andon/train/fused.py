"""Adam's update in one call. On a small network the way from `Optimizer.step` to the fused kernel costs more than the
kernel: hooks, checks and one call per group of parameters. Here the lists are made once and handed to PyTorch's own
functional form, which gives the same bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.adamw import adamw

from andon.optim.build import Optim

_FORMS: dict[type[torch.optim.Optimizer], Callable[..., None]] = {torch.optim.Adam: adam, torch.optim.AdamW: adamw}


class Step:
    """`Optim.step`, faster where all its parts are fused Adams; else, and whenever a parameter has no gradient or no
    state yet, the thing itself."""

    def __init__(self, optim: Optim) -> None:
        self.optim = optim
        self.able = all(type(part) in _FORMS and part.defaults["fused"] for part in optim.parts)
        self.groups: list[_Group] = []

    def __call__(self) -> None:
        """Move the parameters along their gradients."""
        if not self.able or not (self.groups or self._gathered()):
            self.optim.step()
            return
        gradients = [[p.grad for p in group.parameters if p.grad is not None] for group in self.groups]
        if any(len(g) < len(group.parameters) for g, group in zip(gradients, self.groups, strict=True)):
            self.optim.step()
            return
        rate = self.optim.rate()
        with torch.no_grad():
            for group, found in zip(self.groups, gradients, strict=True):
                group.move(found, rate)
        self.optim.steps_done += 1

    def _gathered(self) -> bool:
        """Make the lists, parameters of equal decay and rate together; False while a parameter has no state."""
        found: dict[tuple[object, ...], _Group] = {}
        for part in self.optim.parts:
            for settings in part.param_groups:
                key = (type(part), settings["factor"], settings["weight_decay"], settings["betas"], settings["eps"])
                group = found.setdefault(key, _Group(type(part), settings))
                for parameter in settings["params"]:
                    if not part.state.get(parameter):
                        return False
                    group.add(parameter, part.state[parameter])
        self.groups = list(found.values())
        return True


class _Group:
    """Parameters that move alike, and what Adam remembers of them."""

    def __init__(self, kind: type[torch.optim.Optimizer], settings: dict[str, Any]) -> None:
        self.form, self.factor = _FORMS[kind], settings["factor"]
        beta1, beta2 = settings["betas"]
        self.fixed = {
            "beta1": beta1, "beta2": beta2, "eps": settings["eps"], "weight_decay": settings["weight_decay"],
            "fused": True, "foreach": False, "amsgrad": False, "maximize": False,
        }  # fmt: skip
        self.parameters: list[Tensor] = []
        self.means: list[Tensor] = []
        self.squares: list[Tensor] = []
        self.counts: list[Tensor] = []

    def add(self, parameter: Tensor, state: dict[str, Tensor]) -> None:
        """Take one more parameter in."""
        self.parameters.append(parameter)
        self.means.append(state["exp_avg"])
        self.squares.append(state["exp_avg_sq"])
        self.counts.append(state["step"])

    def move(self, gradients: list[Tensor], rate: float) -> None:
        """One update of all of them."""
        self.form(
            self.parameters, gradients, self.means, self.squares, [], self.counts, lr=rate * self.factor, **self.fixed
        )
