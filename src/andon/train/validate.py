"""Judging a net by the validation part."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from msgspec import Struct
from torch import Tensor, nn

from andon.feed.feed import Feed
from andon.losses.loss import Loss

_NORMS = (nn.modules.batchnorm._BatchNorm,)
NORM_BATCHES = 50
"""Batches that batch norms' statistics are estimated again from (schedule-free)."""


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
    losses, counted, score = torch.zeros(0), torch.zeros(()), 0.0
    with torch.no_grad(), torch.autocast(valid.device.type, torch.bfloat16, enabled=half):
        for batch in valid.all(chunk):
            raw = net(batch.inputs)
            part = loss(raw.float(), batch.target, batch.weight).double().sum(0).cpu()
            losses = part if not losses.numel() else losses + part
            held = batch.weight is not None and batch.weight.dim() == 2  # each member is judged by rows of its own
            counted = counted + (batch.weight.double().sum(0).cpu() if held else len(raw))  # type: ignore[union-attr]
            score += _score(raw.float(), batch.target, batch.weight)
    net.train()
    members = (losses / counted).tolist()
    score /= valid.num_rows
    name, value = ("accuracy", score) if _is_classes(batch.target) else ("rmse", score**0.5)
    return Judged(members, {name: value} if math.isfinite(value) else {})


def _is_classes(target: Tensor) -> bool:
    return not target.is_floating_point()


def _score(raw: Tensor, target: Tensor, weight: Tensor | None) -> float:
    """Number of right answers, or sum over rows of the mean squared miss, of the members' mean answer; where members
    hold out in turn (weights (N, M)), of the answer of those that have not seen the row."""
    classes = _is_classes(target)
    answers = raw.softmax(-1) if classes else raw
    if weight is not None and weight.dim() == 2:
        answers = (answers * (weight / weight.sum(1, keepdim=True))[:, :, None]).sum(1)
    else:
        answers = answers.mean(1)
    if classes:
        return float((answers.argmax(-1) == target).sum())
    wanted = target if target.dim() > 1 else target[:, None]
    return float((answers[:, : wanted.shape[1]] - wanted).double().square().mean(1).sum())


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
