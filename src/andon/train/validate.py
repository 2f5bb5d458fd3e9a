"""Judging a net by the validation part."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from msgspec import Struct
from torch import Tensor, nn

from andon.feed.batch import Batch
from andon.feed.feed import Feed
from andon.losses.labels import BinaryLoss
from andon.losses.loss import Loss

_NORMS = (nn.modules.batchnorm._BatchNorm,)
NORM_BATCHES = 50
"""Batches that batch norms' statistics are estimated again from (schedule-free)."""


MOST_CELLS = 64 << 20
"""Pixels and figures that are judged at once."""


class Judged(Struct, frozen=True):
    """Mean loss of each member, and the metrics of their mean answer."""

    members: list[float]
    metrics: dict[str, float]

    @property
    def loss(self) -> float:
        """Mean over members."""
        return sum(self.members) / len(self.members)


def judged(net: nn.Module, valid: Feed, *, loss: Loss, half: bool = False, chunk: int = 4096) -> Judged:
    """Mean losses over all rows of `valid` in chunks, sums in float64. Leaves the net in training mode.

    Under `no_grad` and not `inference_mode`: a net of the user's own may keep tensors from one call to the next, and
    those of inference mode cannot be trained with.
    """
    net.eval()
    cells = sum(t.numel() for t in valid.sample(1).inputs.values())
    chunk = max(1, min(chunk, MOST_CELLS // cells))
    losses, counted, score = torch.zeros(1), torch.zeros(1), 0.0
    with torch.no_grad(), torch.autocast(valid.device.type, torch.bfloat16, enabled=half):
        for batch in valid.all(chunk):
            for whose, raw, target in _asked(net, batch):
                part = loss(raw.float(), target, None).double().sum(0).cpu()
                losses = losses + part * whose
                counted = counted + len(target) * whose
                score += _score(raw.float(), target, yes_or_no=isinstance(loss, BinaryLoss))
    net.train()
    score /= valid.num_rows
    counted_right = _is_classes(batch.target) or isinstance(loss, BinaryLoss)
    name, value = ("accuracy", score) if counted_right else ("rmse", score**0.5)
    return Judged((losses / counted).tolist(), {name: value} if math.isfinite(value) else {})


def _asked(net: nn.Module, batch: Batch) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Whose answers they are (1 per member), the answers and their truth: of all members to the whole batch, or, where
    members hold out in turn (weights (N, M)), of each to the rows that it holds out."""
    if batch.weight is None:
        yield torch.ones(1), net(batch.inputs), batch.target
        return
    members = batch.weight.shape[1]
    for member in range(members):
        own = batch.weight[:, member].nonzero().squeeze(1)
        if len(own):
            raw = net.member(member, {name: array[own] for name, array in batch.inputs.items()})  # type: ignore[operator]
            yield torch.eye(members)[member], raw, batch.target[own]


def _is_classes(target: Tensor) -> bool:
    return not target.is_floating_point()


def _score(raw: Tensor, target: Tensor, *, yes_or_no: bool = False) -> float:
    """Number of right answers (rows; `yes_or_no`: share of a row's classes), or sum over rows of the mean squared miss,
    of the members' mean answer."""
    if _is_classes(target):
        return float((raw.softmax(-1).mean(1).argmax(-1) == target).sum())
    if yes_or_no:
        return float(((raw.mean(1) > 0) == (target > 0.5)).double().mean(1).sum())
    wanted = target if target.dim() > 1 else target[:, None]
    return float((raw.mean(1)[:, : wanted.shape[1]] - wanted).double().square().mean(1).sum())


@contextmanager
def settled(net: nn.Module, feed: Feed, epoch: int) -> Iterator[None]:
    """Batch norms hold statistics of the weights as they are now inside the block, and the old ones after it.

    Wanted where the weights judged are not those trained (schedule-free: Defazio et al. 2024, arXiv:2405.15682,
    appendix A).
    """
    norms = [module for module in net.modules() if isinstance(module, _NORMS)]
    if not norms:
        yield
        return
    kept = [(copy.deepcopy(dict(norm.named_buffers())), norm.momentum) for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over the batches
    with torch.no_grad():
        for step in range(min(NORM_BATCHES, feed.steps)):
            net(feed.batch(epoch, step).inputs)
    try:
        yield
    finally:
        for norm, (buffers, momentum) in zip(norms, kept, strict=True):
            norm.momentum = momentum
            for name, buffer in norm.named_buffers():
                buffer.copy_(buffers[name])
