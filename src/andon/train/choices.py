"""Threads, memory format, precision and compilation: tried on copies with the run's own first batches, then written
down. A resumed run obeys what was written and measures nothing."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from typing import Any

import torch
from msgspec import Struct, structs
from torch import nn

from andon.feed.feed import Feed
from andon.losses.loss import Loss
from andon.plan.settings import Train
from andon.train.device import bfloat16_may_pay, cores, pinned
from andon.train.settings import Settings
from andon.train.update import Updates

FIRST = 4
"""Updates whose losses must agree; they also warm up."""
ROUNDS, SLICE = 4, 0.05
"""How often two candidates take turns, and seconds of one turn."""
GAIN = 0.9
"""A candidate must take at most this share of the time; below that, noise would decide."""
SURER = 0.83
"""And of that at most so much, where the type of numbers alone is changed: answers differ then, and which a plant gets
is not for a busy clock to say."""
SHORT, LONG = 2.0, 300.0
"""Seconds of a run below which nothing is measured, and from which on compiling is tried."""
TOLERANCE = {"precision": 0.05, "threads": 1e-3, "channels_last": 1e-3, "compile": 1e-3}
"""How far losses of a candidate may be from the plain ones, relative."""
CHOSEN = ("precision", "channels_last", "threads", "compile")
"""What is decided here."""
PAIR = {"channels_last": True, "precision": "bfloat16"}
"""Tried together where the first did not win alone: a format that loses may win with the type it is made for."""


class Tried(Struct, frozen=True, kw_only=True):
    """One candidate beside what was chosen until then."""

    setting: str
    value: Any
    milliseconds: float
    "Per update: median of the turns."
    before: float
    "The same of what it was to replace."
    agrees: bool
    chosen: bool


class Measured(Struct, frozen=True):
    """`settings`: fields of `Settings` to replace. `why`: the same and every try, plain, for the manifest."""

    settings: dict[str, Any]
    why: dict[str, Any]


def measure(net: nn.Module, feed: Feed, *, loss: Loss, settings: Settings, plan: Train) -> Measured:
    """Decide what a plan's `train` leaves to measuring. The net is not changed; what the plan names is obeyed."""
    device = torch.device(settings.device)
    fixed = {
        "precision": "float32" if plan.precision == "auto" else plan.precision,
        "threads": settings.threads if plan.threads == "auto" else plan.threads,
        "compile": plan.compile is True,
    }
    now = structs.replace(settings, channels_last=False, **fixed)
    best, tries = _Candidate(net, feed, loss, now), []
    for changes in _candidates(net, device, plan, now, best.seconds_of_run()):
        if changes == PAIR and best.settings.channels_last:
            continue
        try:
            rival = _Candidate(net, feed, loss, structs.replace(best.settings, **changes))
        except (RuntimeError, OSError):  # a compiler that is missing, a kernel that this type has not
            continue
        old, new = _race(best, rival)
        agrees = rival.agrees(best, max(TOLERANCE[name] for name in changes))
        most = GAIN * (SURER if [*changes] == ["precision"] else 1.0)
        won = agrees and new <= most * old
        tries.append(
            Tried(setting=", ".join(changes), value=[*changes.values()][-1], milliseconds=new * 1e3, before=old * 1e3,
                  agrees=agrees, chosen=won)
        )  # fmt: skip
        best = rival if won else best
    chosen = {name: getattr(best.settings, name) for name in CHOSEN}
    return Measured(chosen, {**chosen, "tries": [structs.asdict(one) for one in tries]})


def _candidates(
    net: nn.Module, device: torch.device, plan: Train, now: Settings, seconds: float
) -> list[dict[str, Any]]:
    """What is worth a try, in turn."""
    found: list[dict[str, Any]] = []
    if seconds < SHORT:
        return found
    if plan.threads == "auto" and device.type == "cpu":
        found += [{"threads": count} for count in sorted({1, cores()} - {now.threads})]
    planes = any(p.dim() == 4 and max(p.shape[2:]) > 1 for p in net.parameters())
    half = plan.precision == "auto" and bfloat16_may_pay(device)
    if planes:
        found.append({"channels_last": True})
    if half:
        found.append({"precision": "bfloat16"})
    if planes and half:
        found.append(PAIR)
    if plan.compile == "auto" and seconds > LONG:
        found.append({"compile": True})
    return found


class _Candidate:
    """A copy of the net that has made its first updates under its settings."""

    def __init__(self, net: nn.Module, feed: Feed, loss: Loss, settings: Settings) -> None:
        self.settings, self.done = settings, 0
        with pinned(settings):
            self.updates = Updates(copy.deepcopy(net).train(), feed, loss=loss, settings=settings)
            self.losses = [self._update() for _ in range(FIRST - 1)]
            clock = time.process_time if self.alone else time.perf_counter
            begun = clock()
            self.losses.append(self._update())
            self.each = clock() - begun

    def _update(self) -> float:
        self.done += 1
        return self.updates.update((self.done - 1) % self.updates.count)

    def seconds_of_run(self) -> float:
        """What the whole training would take, roughly."""
        return self.each * self.updates.count

    @property
    def alone(self) -> bool:
        """Whether one thread of this processor does everything."""
        return self.settings.threads == 1 and torch.device(self.settings.device).type == "cpu"

    def turn(self, clock: Callable[[], float]) -> float:
        """Seconds per update over one turn."""
        count = max(1, int(SLICE / max(self.each, 1e-6)))
        with pinned(self.settings):
            begun = clock()
            for _ in range(count):
                self._update()
            return (clock() - begun) / count

    def agrees(self, other: _Candidate, tolerance: float) -> bool:
        """Whether the first losses are the same within the tolerance."""
        pairs = zip(self.losses, other.losses, strict=True)
        return all(math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-6) for a, b in pairs)


def _race(one: _Candidate, other: _Candidate) -> tuple[float, float]:
    """Median seconds per update of both, taking turns; of processor time where both are one thread, since whatever else
    the machine does would decide."""
    clock = time.process_time if one.alone and other.alone else time.perf_counter
    turns = sorted((one.turn(clock), other.turn(clock)) for _ in range(ROUNDS))
    return turns[len(turns) // 2][0], sorted(new for _, new in turns)[len(turns) // 2]
