"""From a time limit to a number of updates, which can be repeated where seconds cannot."""

from __future__ import annotations

import copy
import time

from torch import nn

from andon.feed.feed import Feed
from andon.losses.loss import Loss
from andon.train.settings import Settings
from andon.train.update import Updates
from andon.train.validate import judged

WARM_UP, LONGEST = 3, 2.0
"""Updates before the clock starts, and seconds measured at most (or a twentieth of the limit)."""
RESERVE = 0.9
"""Share of the limit that is planned for: machines have slower hours."""


def budget_of(net: nn.Module, feed: Feed, valid: Feed | None, *, loss: Loss, settings: Settings) -> int:
    """Most updates that fit into `settings.time_limit`, one validation per epoch included; at least 1.

    Measured on a copy of the net with the run's own first batches; the copy is thrown away.
    """
    begun = time.perf_counter()
    updates = Updates(copy.deepcopy(net).train(), feed, loss=loss, settings=settings)
    longest = min(LONGEST, settings.time_limit / 20)
    times: list[float] = []
    while len(times) < WARM_UP + 1 or (sum(times) < longest and len(times) < updates.count):
        start = time.perf_counter()
        updates.update(len(times) % updates.per_epoch)
        times.append(time.perf_counter() - start)
    warm = times[WARM_UP:]
    each = sum(warm) / len(warm)
    if valid is not None:
        start = time.perf_counter()
        judged(updates.net, valid, loss=loss)
        each += (time.perf_counter() - start) / updates.per_epoch
    left = settings.time_limit * RESERVE - (time.perf_counter() - begun)
    return max(1, min(int(left / each), updates.count))
