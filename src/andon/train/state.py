"""What a run remembers between two updates, and how it is written and taken up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import torch
from torch import Tensor

from andon.errors import RunProblem
from andon.optim.average import Average
from andon.train.events import Validated
from andon.train.members import Best
from andon.train.update import Updates
from andon.train.validate import settled


@dataclass
class State:
    """A run between two updates. `loss` is the sum over the rows of the present epoch."""

    updates: Updates
    average: Average | None
    best: Best
    step: int = 0
    loss: float = 0.0
    since: int = 0
    "Epochs since any member was better."
    seconds: float = 0.0
    done: str = ""
    "Why the run ended; empty while it goes on."
    budget: int = 0
    fresh: bool = True
    "Whether no checkpoint was taken up."
    history: list[Validated] = field(default_factory=list)

    def judged_weights(self) -> Iterator[tuple[str, Tensor]]:
        """Names and tensors of the weights that count when judged."""
        return iter(self.updates.net.state_dict().items())

    @contextmanager
    def for_judging(self) -> Iterator[None]:
        """Inside the block the net holds the weights to be judged: averaged or schedule-free where asked."""
        updates = self.updates
        before = [p.detach().clone() for p in updates.net.parameters()] if updates.schedule_free else []
        with ExitStack() as stack:
            if self.average is not None:
                stack.enter_context(self.average.applied())
            updates.optim.evaluate(True)
            if updates.schedule_free:
                stack.enter_context(settled(updates.net, updates.feed, self.step // updates.per_epoch))
            yield
        updates.optim.evaluate(False)
        for parameter, kept in zip(updates.net.parameters(), before, strict=False):
            parameter.detach().copy_(kept)  # going there and back rounds; judging must not change the run

    def write(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and plain values of a checkpoint."""
        parts: dict[str, dict[str, Any]] = {"net": self.updates.net.state_dict(), "best": self.best.weights}
        parts["optim"] = dict(self.updates.optim.state_dict())
        parts["average"] = dict(self.average.state_dict()) if self.average else {}
        flat = {f"{part}:{name}": value for part, values in parts.items() for name, value in values.items()}
        tensors = {name: value for name, value in flat.items() if isinstance(value, Tensor)}
        plain = {
            "asked": asked(self.updates), "step": self.step, "loss": self.loss, "since": self.since, "done": self.done,
            "seconds": self.seconds, "budget": self.budget, "history": self.history, "best_step": self.best.step,
            "best_loss": [repr(loss) for loss in self.best.loss],  # JSON has no infinity
            "values": {name: value for name, value in flat.items() if name not in tensors},
        }  # fmt: skip
        return tensors, plain

    @torch.no_grad()
    def take_up(self, tensors: dict[str, Tensor], plain: dict[str, Any]) -> None:
        """Go on from a checkpoint. Tensors are copied into the run's own, whose place in memory is aligned alike."""
        parts: dict[str, dict[str, Any]] = {"net": {}, "best": {}, "optim": {}, "average": {}}
        for name, value in (plain["values"] | tensors).items():
            part, _, key = name.partition(":")
            parts[part][key] = value
        for name, tensor in self.updates.net.state_dict().items():
            tensor.copy_(parts["net"][name])
        device = self.updates.device
        self.updates.optim.load_state_dict(parts["optim"])
        if self.average:
            self.average.load_state_dict(parts["average"])
        self.best.weights = {name: tensor.clone().to(device) for name, tensor in parts["best"].items()}
        self.best.step, self.best.loss = plain["best_step"], [float(loss) for loss in plain["best_loss"]]
        self.fresh = False
        self.step, self.loss, self.since = plain["step"], plain["loss"], plain["since"]
        self.done, self.seconds, self.budget = plain["done"], plain["seconds"], plain["budget"]
        self.history = msgspec.convert(plain["history"], list[Validated])


def asked(updates: Updates) -> str:
    """Hash of all that must be equal for a checkpoint to be gone on with."""
    shapes = [(name, str(tensor.dtype), tuple(tensor.shape)) for name, tensor in updates.net.state_dict().items()]
    value = [msgspec.to_builtins(updates.settings), shapes, updates.feed.num_rows, updates.feed.bounds[1]]
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:16]


def same_run(updates: Updates, plain: dict[str, Any], where: str) -> None:
    """Raise `RunProblem` where a checkpoint was made by other settings, another net or other rows."""
    if plain["asked"] != asked(updates):
        raise RunProblem.of(
            "the checkpoint belongs to another training", where=where,
            why="settings, network or number of rows differ", fix="repeat the command that began it, or name a new run",
        )  # fmt: skip
