"""Optimiser and learning rate by trial: short trainings of copies with the run's own first batches, at most a tenth of
its steps, judged on the validation part (successive halving: Jamieson & Talwalkar 2016, arXiv:1502.07943).

Differs from the paper: each short training runs its own whole schedule, since an optimiser is judged by where it ends
and not by how fast it starts; and AdamW at 1e-3 stays in until the end and wins unless another is clearly better.
"""

from __future__ import annotations

import copy
import math
from typing import Any

from msgspec import Struct, structs
from torch import nn

from andon.feed.feed import Feed
from andon.losses.loss import Loss
from andon.train.events import Finished, Stepped, Validated
from andon.train.loop import train
from andon.train.settings import Settings

SHARE = 0.1
"""Most of the run's steps that the trials may take together."""
Pair = tuple[str, float]
"""Optimiser and learning rate."""
SAFE = ("adamw", 1e-3)
RATES = {"adamw": (1e-3, 3e-3, 1e-2, 3e-2), "muon": (3e-3, 1e-2), "sgd": (0.03, 0.1), "adam": (1e-3, 3e-3, 1e-2),
         "schedule_free": (1e-3, 3e-3, 1e-2), "gradient_descent": (0.1, 0.5)}  # fmt: skip
"""Learning rates worth a try."""
FEWEST = 8
"""A training of fewer steps says nothing."""
MARGIN = 0.02
"""Share by which a loss must be lower than the safe choice's to count as clearly better."""


class Trial(Struct, frozen=True, kw_only=True):
    """One short training. `losses` are training losses, evenly thinned; `judged` the validation loss at its end."""

    optimizer: str
    learning_rate: float
    steps: int
    judged: float
    losses: list[float]


class Choice(Struct, frozen=True, kw_only=True):
    """What was chosen, why, and every trial, for the report."""

    optimizer: str
    learning_rate: float
    why: str
    spent: int
    "Steps of all trials together."
    trials: list[Trial]


def choose(
    net: nn.Module,
    feed: Feed,
    valid: Feed | None,
    *,
    loss: Loss,
    settings: Settings,
    optimizer: Any,
    learning_rate: Any,
) -> Choice:
    """Choose what is `auto` of the two; what is named is obeyed. The net is not changed; equal seeds choose equally."""
    total = settings.epochs * math.ceil(feed.steps / settings.accumulate)
    found = _candidates(settings, optimizer, learning_rate)
    safe = SAFE if SAFE in found else found[0]
    trials: list[Trial] = []
    left = int(SHARE * total)
    while len(found) > 1:
        steps = left // (2 * len(found)) if len(found) > 2 else left // len(found)
        if steps < FEWEST:
            break
        judged = {pair: _tried(net, (feed, valid, loss), settings, pair, steps) for pair in found}
        trials += judged.values()
        left -= steps * len(found)
        ranked = sorted(found, key=lambda pair: judged[pair].judged)
        kept = ranked[: max(1, len(found) // 3)]
        found = list(dict.fromkeys([*kept, safe])) if len(found) > 2 else [_better(judged, safe, ranked[0])]
    spent = sum(trial.steps for trial in trials)
    if not trials:
        name, rate = safe
        return Choice(optimizer=name, learning_rate=rate, why="the run is too short to try others", spent=0, trials=[])
    name, rate = found[0] if len(found) == 1 else _last(trials, found, safe)
    why = "clearly better on the validation part" if (name, rate) != safe else "nothing was clearly better"
    return Choice(optimizer=name, learning_rate=rate, why=why, spent=spent, trials=trials)


def _candidates(settings: Settings, optimizer: Any, learning_rate: Any) -> list[Pair]:
    """Pairs of optimiser and rate that the plan leaves open."""
    names = ["adamw", "muon"] if optimizer == "auto" else [settings.optimizer]
    if learning_rate != "auto":
        return [(name, float(learning_rate)) for name in names]
    return [(name, rate) for name in names for rate in RATES.get(name, RATES["adam"])]


def _tried(net: nn.Module, parts: tuple[Feed, Feed | None, Loss], settings: Settings, pair: Pair, steps: int) -> Trial:
    """Train a copy for some steps, its schedule squeezed into them."""
    feed, valid, loss = parts
    schedule = "onecycle" if settings.schedule in ("coslog4", "onecycle") else settings.schedule
    options = settings.options if pair[0] == settings.optimizer else None
    short = structs.replace(
        settings, optimizer=pair[0], learning_rate=pair[1], options=options, budget=steps, patience=0, time_limit=0.0,
        schedule=schedule,
    )  # fmt: skip
    losses: list[float] = []
    judged = math.inf
    for event in train(copy.deepcopy(net), feed, valid, loss=loss, settings=short):
        if isinstance(event, Stepped):
            losses.append(event.loss)
        elif isinstance(event, Validated) and event.valid_loss is not None:
            judged = event.valid_loss
        elif isinstance(event, Finished) and valid is None:
            tail = losses[-max(1, len(losses) // 4) :]
            judged = sum(tail) / len(tail)
    thinned = losses[:: max(1, len(losses) // 50)]
    return Trial(
        optimizer=pair[0], learning_rate=pair[1], steps=steps, losses=thinned,
        judged=judged if math.isfinite(judged) else 1e30,
    )  # fmt: skip


def _better(judged: dict[Pair, Trial], safe: Pair, best: Pair) -> Pair:
    """The best, if it is clearly better than the safe choice."""
    return best if safe not in judged or judged[best].judged < (1 - MARGIN) * judged[safe].judged else safe


def _last(trials: list[Trial], found: list[Pair], safe: Pair) -> Pair:
    """The best of the last round that was run."""
    judged = {(trial.optimizer, trial.learning_rate): trial for trial in trials}
    return _better(judged, safe, min(found, key=lambda pair: judged[pair].judged))
