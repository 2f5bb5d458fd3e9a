"""`Optim`: one or several PyTorch optimisers behind the few words the training loop needs."""

from __future__ import annotations

import importlib
from typing import Any

import torch
from msgspec import Struct
from torch import Tensor, nn

from andon.errors import SettingProblem, nearest
from andon.optim import OPTIMIZERS, WHOLE_SET
from andon.optim.groups import trained
from andon.optim.schedules import factor

State = dict[str, Tensor | int | float | bool]
"""Flat: tensors (named `<slot>/<parameter>`, for safetensors) and plain numbers (for JSON)."""

_COUNTERS = ("k", "weight_sum", "lr_max", "scheduled_lr", "train_mode")
"""What schedule-free keeps outside its tensors, per group."""


def build(
    name: str, options: Struct | None, net: nn.Module, *, learning_rate: float, weight_decay: float, total_steps: int,
    schedule: str,
) -> Optim:  # fmt: skip
    """Optimiser of a net's parameters. `options` None: the entry's own defaults. Schedule-free ignores `schedule`.

    Raises `SettingProblem` for a name that is not in the registry.
    """
    if name not in OPTIMIZERS:
        raise SettingProblem.at("train.optimizer", f"'{name}' is not an optimiser", fix=nearest(name, OPTIMIZERS))
    kind, target = OPTIMIZERS[name]
    module, _, maker = target.partition(":")
    entries = trained(net)
    parts = getattr(importlib.import_module(module), maker)(options or kind(), entries, weight_decay, total_steps)
    names = {id(entry.parameter): entry.name for entry in entries}
    schedule = "constant" if name == "schedule_free" else schedule
    optim = Optim(parts, names, learning_rate=learning_rate, total_steps=total_steps, schedule=schedule)
    optim.whole_set = name in WHOLE_SET
    return optim


class Optim:
    """Moves a net's parameters. `step` moves them by the schedule, `zero` forgets the gradient, `rate` is the learning
    rate of the coming step. `whole_set`: the loop must accumulate an epoch per step."""

    def __init__(
        self, parts: list[torch.optim.Optimizer], names: dict[int, str], *, learning_rate: float, total_steps: int,
        schedule: str,
    ) -> None:  # fmt: skip
        self.parts, self.names = parts, names
        self.learning_rate, self.total_steps, self.schedule = learning_rate, total_steps, schedule
        self.steps_done = 0
        self.whole_set = False
        factor(schedule, 0, total_steps)  # an unknown schedule is named now, not at the first step
        self.evaluate(False)

    def rate(self) -> float:
        """Learning rate of the coming step, before the factors of single parameters."""
        return self.learning_rate * factor(self.schedule, self.steps_done, self.total_steps)

    def step(self) -> None:
        """Move the parameters along their gradients."""
        rate = self.rate()
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = rate * group["factor"]
            part.step()
        self.steps_done += 1

    def zero(self) -> None:
        """Forget the gradients."""
        for part in self.parts:
            part.zero_grad(set_to_none=True)

    def evaluate(self, on: bool) -> None:
        """Put the weights to be judged into the net (`on`), or those to be trained: they differ for schedule-free.

        Batch norms keep statistics of the trained weights; re-estimate them after `evaluate(True)` where there are any.
        """
        for part in self.parts:
            switch = getattr(part, "eval" if on else "train", None)
            if switch is not None:
                switch()

    def state_dict(self) -> State:
        """Everything a resumed run needs: tensors (not copied) and plain numbers."""
        state: State = {"steps_done": self.steps_done}
        for number, part in enumerate(self.parts):
            for place, group in enumerate(part.param_groups):
                state |= {f"{number}.{place}.{key}": group[key] for key in _COUNTERS if key in group}
                for parameter in group["params"]:
                    for slot, value in part.state.get(parameter, {}).items():
                        if value is not None:
                            state[f"{slot}/{self.names[id(parameter)]}"] = value
        return state

    def load_state_dict(self, state: State) -> None:
        """Take up a state given by `state_dict` of an optimiser built alike; the net must hold the weights that were
        saved with it (and, for schedule-free, in the same mode)."""
        self.steps_done = int(state["steps_done"])
        slots: dict[str, dict[str, Any]] = {}
        for key, value in state.items():
            slot, slash, name = key.partition("/")
            if slash:
                slots.setdefault(name, {})[slot] = value.clone() if isinstance(value, Tensor) else value
        for number, part in enumerate(self.parts):
            part.state.clear()
            for place, group in enumerate(part.param_groups):
                group.update({key: state[f"{number}.{place}.{key}"] for key in _COUNTERS if key in group})
                for parameter in group["params"]:
                    if self.names[id(parameter)] in slots:
                        part.state[parameter] = slots[self.names[id(parameter)]]
