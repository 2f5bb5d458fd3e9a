"""Training of a network whose head is solved and not learnt: one fit, one event."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from torch import nn

from andon.feed.feed import Feed
from andon.losses.loss import Loss
from andon.train.device import pinned
from andon.train.events import Event, Finished, Started, Validated
from andon.train.settings import Settings
from andon.train.validate import judged


def solvable(net: nn.Module) -> Any:
    """What of a network has a `fit_summary`; None where weights are learnt step by step."""
    core = getattr(net, "core", net)
    return core if hasattr(core, "fit_summary") else None


def solve(net: nn.Module, feed: Feed, valid: Feed | None, *, loss: Loss, settings: Settings) -> Iterator[Event]:
    """Yield `Started`, one `Validated` and `Finished`, as a training of one epoch of one update does."""
    began = time.perf_counter()
    with pinned(settings):
        net.to(settings.device)
        for part in [feed] if valid is None else [feed, valid]:
            part.to(settings.device)
        yield Started(step=0, steps=1, epochs=1)
        solvable(net).fit_summary(feed)
        batch = feed.sample(4096)
        learnt = float(loss(net(batch.inputs), batch.target, None).mean())
        found = None if valid is None else judged(net, valid, loss=loss)
        told = Validated(
            step=1, epoch=1, train_loss=learnt, valid_loss=found.loss if found else None,
            members=list(found.members) if found else [], metrics=found.metrics if found else {}, best=True,
            seconds=time.perf_counter() - began,
        )  # fmt: skip
        net.eval()
        yield told
        yield Finished(step=1, reason="epochs", best_step=[1], history=[told])
