"""The training generator: `for event in train(...)`."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torch import nn

from andon.feed.feed import Feed
from andon.feed.order import mixed
from andon.losses.loss import Loss
from andon.optim.average import Average
from andon.train import checkpoint
from andon.train.budget import budget_of
from andon.train.device import pinned, seeded
from andon.train.events import Event, Finished, Saved, Started, Stepped, Validated
from andon.train.members import Best
from andon.train.settings import Settings
from andon.train.state import State, same_run
from andon.train.update import Updates
from andon.train.validate import judged

START_ROWS = 512
"""Rows that a data-dependent start of the weights looks at."""
LOOKED_AT = 4096
"""Rows whose loss is told of a head that was solved."""
SAVING_SHARE = 0.05
"""Most of the training time that checkpoints may take."""


def train(
    net: nn.Module, feed: Feed, valid: Feed | None, *, loss: Loss, settings: Settings, folder: Path | None = None
) -> Iterator[Event]:
    """Train `net` in place; at the end it holds the best weights (the last ones where `valid` is None).

    Yields `Started`, a `Stepped` per update, a `Validated` per epoch, a `Saved` per checkpoint and `Finished`.
    Checkpoints go into `folder`; where it holds one of the same training, the run goes on from there and ends in
    weights that are equal to the bit. Raises `Problem` before an update whose loss is not finite, and `RunProblem`
    for a checkpoint of another training.
    """
    if solvable(net) is not None:
        yield from _solve(net, feed, valid, loss=loss, settings=settings)
        return
    with pinned(settings):
        state = _begun(net, feed, valid, loss=loss, settings=settings, folder=folder)
        updates, clock = state.updates, _Clock(settings.checkpoint_seconds)
        if state.budget and state.fresh and folder:
            yield _saved(state, folder, clock)  # the budget was measured: it is written down before it is used
        yield Started(step=state.step, steps=updates.count, epochs=settings.epochs, budget=state.budget)
        net.train()
        while not state.done:
            yield _step(state)
            ends_epoch = state.step % updates.per_epoch == 0 or state.step == updates.count
            state.seconds += clock.lap()
            if ends_epoch:
                yield _validate(state, valid)
            if folder and (state.done or clock.due(ends_epoch)):
                yield _saved(state, folder, clock)
        if not state.best.weights:  # no validation part, or never a finite loss
            with state.for_judging():
                state.best.offer(state.step, [0.0] * len(state.best.loss), state.judged_weights())
        state.best.put(net)
        net.eval()
        yield Finished(step=state.step, reason=state.done, best_step=state.best.step, history=state.history)


def solvable(net: nn.Module) -> Any:
    """What of a network has a `fit_summary`; None where weights are learnt step by step."""
    core = getattr(net, "core", net)
    return core if hasattr(core, "fit_summary") else None


def _solve(net: nn.Module, feed: Feed, valid: Feed | None, *, loss: Loss, settings: Settings) -> Iterator[Event]:
    """Yield `Started`, one `Validated` and `Finished`, as a training of a single update does."""
    began = time.perf_counter()
    with pinned(settings):
        net.to(settings.device)
        for part in [feed] if valid is None else [feed, valid]:
            part.to(settings.device)
        yield Started(step=0, steps=1, epochs=1)
        solvable(net).fit_summary(feed)
        batch = feed.sample(LOOKED_AT)
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


def _begun(
    net: nn.Module, feed: Feed, valid: Feed | None, *, loss: Loss, settings: Settings, folder: Path | None
) -> State:
    """A run at its start, or where its newest checkpoint left it."""
    found = checkpoint.newest(folder) if folder and folder.is_dir() else None
    net.to(settings.device)
    for part in [feed] if valid is None else [feed, valid]:
        part.to(settings.device)
    if not found and hasattr(net, "calibrate_init"):
        net.calibrate_init(feed.sample(START_ROWS).inputs)  # type: ignore[operator]
    budget = found[1]["budget"] if found else settings.budget
    if settings.time_limit and not budget:
        budget = budget_of(net, feed, valid, loss=loss, settings=settings)
    updates = Updates(net, feed, loss=loss, settings=settings, budget=budget)
    average = Average(net, settings.average) if settings.average else None
    state = State(updates, average, Best(updates.members), budget=budget)
    if found:
        same_run(updates, found[1], str(folder))
        state.take_up(*found)
    return state


def _step(state: State) -> Stepped:
    """One update, and the average's."""
    updates, step = state.updates, state.step
    rate, loss = updates.optim.rate(), updates.update(step)
    if state.average is not None:
        state.average.update()
    state.step, state.loss = step + 1, state.loss + loss * updates.rows(step)
    return Stepped(step=step + 1, epoch=step // updates.per_epoch, loss=loss, learning_rate=rate)


def _validate(state: State, valid: Feed | None) -> Validated:
    """Judge the weights, keep the best, and end the run where patience or updates are used up."""
    updates, settings = state.updates, state.updates.settings
    seen = updates.rows_since_epoch(state.step)
    found, better = None, False
    if valid is not None:
        seeded(updates.device, mixed(settings.seed, 2, state.step))
        with state.for_judging():
            found = judged(updates.net, valid, loss=updates.loss, half=settings.precision == "bfloat16")
            better = state.best.offer(state.step, found.members, state.judged_weights())
    state.since = 0 if better else state.since + 1
    if state.step == updates.count:
        state.done = "budget" if updates.count < settings.epochs * updates.per_epoch else "epochs"
    elif valid is not None and settings.patience and state.since >= settings.patience:
        state.done = "patience"
    members = [loss if math.isfinite(loss) else None for loss in found.members] if found else []
    event = Validated(
        step=state.step, epoch=-(-state.step // updates.per_epoch), train_loss=state.loss / seen,
        valid_loss=found.loss if found and None not in members else None, members=members,
        metrics=found.metrics if found else {}, best=better, learning_rate=updates.optim.rate(), seconds=state.seconds,
    )  # fmt: skip
    state.loss = 0.0
    state.history.append(event)
    return event


def _saved(state: State, folder: Path, clock: _Clock) -> Saved:
    """Write a checkpoint."""
    begun = time.perf_counter()
    tensors, plain = state.write()
    path = checkpoint.save(folder, state.step, tensors=tensors, plain=plain)
    took = time.perf_counter() - begun
    clock.wrote(took)
    return Saved(step=state.step, path=str(path), seconds=took)


class _Clock:
    """When a checkpoint is due: every so many seconds, and at an epoch's end where saving stays cheap."""

    def __init__(self, every: float) -> None:
        self.every, self.cost = every, 0.0
        self.saved = self.mark = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last lap."""
        before, self.mark = self.mark, time.perf_counter()
        return self.mark - before

    def due(self, ends_epoch: bool) -> bool:
        """Whether to save now (`mark` is the time of the last lap)."""
        waited = self.mark - self.saved
        wanted = self.every / 4 if ends_epoch else self.every
        return waited >= wanted and waited * SAVING_SHARE >= self.cost

    def wrote(self, took: float) -> None:
        """A checkpoint was written."""
        self.saved, self.cost = time.perf_counter(), took
