"""One update: the only code that runs thousands of times. Everything in it is there because it must be."""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from andon.feed.batch import Batch
from andon.feed.feed import Feed
from andon.feed.order import mixed
from andon.losses.loss import Loss, mixed_loss
from andon.optim import WHOLE_SET
from andon.optim.build import Optim, build
from andon.train.device import seeded
from andon.train.fused import Step
from andon.train.members import clip_members, clip_norm, independent, owner_of
from andon.train.nonfinite import explain
from andon.train.settings import Settings


class Updates:
    """Updates of a net by a feed. `per_epoch` and `count` say how many there are; `update` makes one."""

    def __init__(self, net: nn.Module, feed: Feed, *, loss: Loss, settings: Settings, budget: int = 0) -> None:
        """Moves the net and the feed to the device. `budget`: most updates, 0 for no limit."""
        self.net, self.loss, self.settings = net, loss, settings
        self.device = torch.device(settings.device)
        net.to(self.device)
        if settings.channels_last:
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.feed = feed if feed.device == self.device else feed.to(self.device)
        self.group = feed.steps if settings.optimizer in WHOLE_SET else min(settings.accumulate, feed.steps)
        self.per_epoch = -(-feed.steps // self.group)
        self.count = settings.epochs * self.per_epoch
        if budget:
            self.count = min(self.count, budget)
        self.optim: Optim = build(
            settings.optimizer, settings.options, net, learning_rate=settings.learning_rate,
            weight_decay=settings.weight_decay, total_steps=self.count, schedule=settings.schedule,
        )  # fmt: skip
        self.step = Step(self.optim)
        self._parameters = [p for p in net.parameters() if p.requires_grad]
        self.forward: Any = torch.compile(net) if settings.compile else net
        self.members = independent(net)
        owners = {owner_of(name) for name, _ in net.named_parameters()} if self.members else {None}
        self._groups = [
            [
                p
                for name, p in net.named_parameters()
                if p.requires_grad and (not self.members or owner_of(name) == owner)
            ]
            for owner in owners
        ]
        self._seed = mixed(settings.seed, 1)
        self.schedule_free = settings.optimizer == "schedule_free"
        self._shares_of, self._share, self._held_shares = (0, 0, 0), 0.0, torch.zeros(0)
        self._half = settings.precision == "bfloat16"

    def rows(self, number: int) -> int:
        """Rows of one update."""
        first = number % self.per_epoch * self.group
        return self.feed.bounds[min(first + self.group, self.feed.steps)] - self.feed.bounds[first]

    def rows_since_epoch(self, count: int) -> int:
        """Rows of the updates of the epoch that update `count - 1` belongs to, up to it."""
        place = (count - 1) % self.per_epoch * self.group
        return self.feed.bounds[min(place + self.group, self.feed.steps)]

    def update(self, number: int) -> float:
        """Make update `number` (from 0 on) and give its mean loss. A loss or gradient that is not finite raises
        `Problem` before any weight is moved."""
        epoch, place = divmod(number, self.per_epoch)
        bounds, first = self.feed.bounds, place * self.group
        last = min(first + self.group, self.feed.steps)
        rows, total = bounds[last] - bounds[first], 0.0
        for step in range(first, last):
            batch = self.feed.batch(epoch, step)
            seeded(self.device, self._seed + epoch * self.feed.steps + step)
            losses = self.losses(batch)
            shares = self._shares(losses, rows)
            torch.autograd.backward(losses, shares)
            value = losses.detach().sum().item() * self._share
            if not math.isfinite(value):
                raise explain(self.net, batch, loss=self.loss, step=number, columns=self.feed.columns)
            total += value
        if self.settings.clip and not self._clipped():
            raise explain(self.net, batch, loss=self.loss, step=number, columns=self.feed.columns)
        self.step()
        for parameter in self._parameters:
            parameter.grad = None
        return total / self.members if self.members else total

    def losses(self, batch: Batch) -> Tensor:
        """Loss of each row and member (N, M)."""
        with self._precision():
            raw = self.forward(batch.inputs)
        return mixed_loss(self.loss, raw, (batch.target, batch.weight), other=batch.mixed, share=batch.share)

    def _shares(self, losses: Tensor, rows: int) -> Tensor:
        """What each loss counts (N, M): 1 / rows of the update, averaged over members that share weights; independent
        ones are summed, so that each learns as if alone. Handing it to `backward` saves the mean's two nodes."""
        members = losses.shape[1]
        if (len(losses), members, rows) != self._shares_of:
            self._shares_of = len(losses), members, rows
            self._share = 1 / rows if self.members else 1 / (rows * members)
            self._held_shares = torch.full_like(losses.detach(), self._share)
        return self._held_shares

    def _precision(self) -> Any:
        return torch.autocast(self.device.type, torch.bfloat16) if self._half else _PLAIN

    def _clipped(self) -> bool:
        """Bring each gradient's norm down to the limit; False where one is not finite."""
        groups = [[p.grad for p in group if p.grad is not None] for group in self._groups]
        if self.members and len(groups) == 1:
            return clip_members(groups[0], self.settings.clip, self.members)
        return all(clip_norm(gradients, self.settings.clip) for gradients in groups if gradients)


_PLAIN = nullcontext()
