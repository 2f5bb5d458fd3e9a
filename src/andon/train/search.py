"""Optimiser and learning rate by trial: short trainings of copies with the run's own first batches, at most a tenth of
its steps, judged row by row on the validation part.

A range test (Smith 2017, arXiv:1506.01186) proposes a rate; successive halving (Jamieson & Talwalkar 2016,
arXiv:1502.07943) tries it beside a few others. Differs from the papers: each trial runs a whole schedule of its own,
since a rate is judged by where it ends and not by how fast it starts; and short trainings flatter large steps, so that
a rival must be ahead by more than noise and must not lose its lead, drawn on from the two rounds in the logarithm of
the steps, before the run's own length. Else the rate that the network is made for stays, or AdamW at 1e-3 where that
is clearly better.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from msgspec import Struct, structs
from torch import nn

from andon.errors import Problem
from andon.feed.feed import Feed
from andon.losses.loss import Loss
from andon.optim import USUAL_RATE
from andon.train.device import pinned
from andon.train.events import Stepped
from andon.train.loop import train
from andon.train.settings import Settings
from andon.train.update import Updates

SHARE = 0.1
"""Most of the run's updates that range test and trials may take together."""
RANGE_SHARE, FIRST_SHARE = 0.1, 0.35
"""Of those: for the range test, and for the first round; the rest is the last round's."""
RANGE_STEPS = (20, 100)
FEWEST = 10
"""A trial of fewer updates says nothing."""
MARGIN, SURE = 0.02, 2.0
"""Clearly better: by this share of the loss and by so many standard errors of the rows' differences."""
JUDGED_ROWS = 8192
Pair = tuple[str, float]
"""Optimiser and learning rate."""
SAFE: Pair = ("adamw", 1e-3)


class Curve(Struct, frozen=True, kw_only=True):
    """The longest trial of one pair: training loss at some of its updates, and the loss it was judged by (None where it
    fell over)."""

    optimizer: str
    learning_rate: float
    steps: list[int]
    losses: list[float]
    judged: float | None
    chosen: bool


class Choice(Struct, frozen=True, kw_only=True):
    """What was chosen, why, and every trial, for the report. `ranged`: rate and smoothed loss of the range test."""

    optimizer: str
    learning_rate: float
    why: str
    spent: int
    "Updates of range test and trials together."
    curves: list[Curve]
    ranged: list[tuple[float, float]]


Key = TypeVar("Key")


@dataclass
class Trials(Generic[Key]):
    """What every trial needs, and what they found: `rows` holds the judged losses (rows,) of a candidate and a number
    of updates; `total` is the run's own number of them."""

    net: nn.Module
    valid: Feed | None
    loss: Loss
    settings: Settings
    total: int
    spent: int = 0
    rows: dict[tuple[Key, int], np.ndarray] = field(default_factory=dict)
    losses: dict[Key, list[float]] = field(default_factory=dict)

    def attempt(self, key: Key, feed: Feed, settings: Settings, steps: int) -> None:
        """Train a copy for some updates, its schedule squeezed into them, and judge its rows. Cycles are not squeezed:
        one has to do; weights are not averaged, since a mean over more steps than there are would judge where they
        began. A training that is not finite counts as infinitely bad."""
        net = copy.deepcopy(self.net)
        short = structs.replace(
            settings, budget=steps, patience=0, average=0.0, time_limit=0.0,
            schedule="onecycle" if settings.schedule == "coslog4" else settings.schedule,
        )  # fmt: skip
        losses: list[float] = []
        self.spent += steps
        try:
            for event in train(net, feed, self.valid, loss=self.loss, settings=short):
                if isinstance(event, Stepped):
                    losses.append(event.loss)
            judged = self._judged(net, losses)
        except Problem:
            judged = np.array([math.inf])
        self.rows[key, steps] = judged if np.isfinite(judged).all() else np.array([math.inf])
        self.losses[key] = losses

    def rounds(
        self, usual: Key, rivals: Sequence[Key], *, share: float, attempt: Callable[[Key, int], None]
    ) -> tuple[Key, tuple[int, int], dict[Key, float]]:
        """Two rounds within what trials may spend: all for a `share` of it, then the usual one and the best rival for
        the rest. The best rival, the updates of both rounds, and what each candidate was judged by at its last."""
        budget = int(SHARE * self.total)
        first = int(share * budget) // (len(rivals) + 1)
        for key in (usual, *rivals):
            attempt(key, first)
        best = min(rivals, key=lambda key: self.mean(key, first))
        last = (budget - self.spent) // 2
        for key in (usual, best):
            attempt(key, last)
        judged = {key: self.mean(key, last if key in (usual, best) else first) for key in (usual, *rivals)}
        return best, (first, last), judged

    def _judged(self, net: nn.Module, losses: list[float]) -> np.ndarray:
        """Loss of each validation row, mean over members; without a validation part the last quarter of the steps'."""
        if self.valid is None:
            return np.array(losses[-max(len(losses) // 4, 1) :])
        parts: list[np.ndarray] = []
        with torch.no_grad(), pinned(self.settings):
            for batch in self.valid.all():
                raw = net(batch.inputs).float()
                parts.append(self.loss(raw, batch.target, batch.weight).double().mean(dim=1).cpu().numpy())
                if sum(len(part) for part in parts) >= JUDGED_ROWS:
                    break
        return np.concatenate(parts)

    def mean(self, key: Key, steps: int) -> float:
        """What a candidate was judged by after so many updates."""
        return float(self.rows[key, steps].mean())

    def lead(self, one: Key, other: Key, steps: int) -> float:
        """By how much `one` is ahead after so many updates: log of the ratio of losses; infinite if one fell over."""
        ours, theirs = self.mean(one, steps), self.mean(other, steps)
        if not math.isfinite(ours) or not math.isfinite(theirs):
            return math.inf if math.isfinite(ours) else -math.inf
        return math.log(max(theirs, 1e-12) / max(ours, 1e-12))

    def clear(self, one: Key, other: Key, steps: int) -> bool:
        """Whether `one` is ahead by more than the margin and more than the noise of the rows."""
        lead = self.lead(one, other, steps)
        if math.isinf(lead):
            return lead > 0
        apart = self.rows[other, steps] - self.rows[one, steps]
        noise = float(apart.std(ddof=1)) / math.sqrt(len(apart)) if len(apart) > 1 else math.inf
        return lead > MARGIN and float(apart.mean()) > SURE * noise

    def lasts(self, one: Key, other: Key, rounds: tuple[int, int]) -> bool:
        """Whether the lead, drawn on over the logarithm of the steps, is still there at the run's end."""
        early, late = (self.lead(one, other, steps) for steps in rounds)
        if math.isinf(early) or math.isinf(late):
            return late > 0
        slope = (late - early) / math.log(rounds[1] / rounds[0])
        return late + min(slope, 0.0) * math.log(self.total / rounds[1]) > MARGIN


def choose(
    net: nn.Module, feed: Feed, valid: Feed | None, *, loss: Loss, settings: Settings, optimizer: Any,
    learning_rate: Any,
) -> Choice:  # fmt: skip
    """Choose what is `auto` of the two; what is named is obeyed. The net is not changed; equal seeds choose equally.
    Without a validation part the last training losses judge."""
    total = settings.budget or settings.epochs * math.ceil(feed.steps / settings.accumulate)
    search: Trials[Pair] = Trials(net, valid, loss, settings, total)
    budget, ranged = int(SHARE * total), []  # type: int, list[tuple[float, float]]
    made_for, safe, rivals = candidates(net, settings, optimizer, learning_rate)
    if learning_rate == "auto" and RANGE_SHARE * budget >= RANGE_STEPS[0]:
        best, ranged = _range_test(search, feed, made_for, steps=min(int(RANGE_SHARE * budget), RANGE_STEPS[1]))
        rivals = list(dict.fromkeys([*rivals, (made_for[0], best)]))
    fixed = list(dict.fromkeys([made_for, safe]))
    rivals = [pair for pair in rivals if pair not in fixed]
    found = [*fixed, *rivals]
    first = int(FIRST_SHARE * budget) // len(found)
    while rivals and first < FEWEST:  # a short run compares fewer
        found.remove(rivals.pop())
        first = int(FIRST_SHARE * budget) // len(found)
    if len(found) < 2 or first < FEWEST:
        return _chosen(search, ranged, made_for, "the run is too short to try others")
    for pair in found:
        search.attempt(pair, feed, with_pair(settings, pair), first)
    rivals.sort(key=lambda pair: search.mean(pair, first))
    finalists = [*fixed, *rivals[:1]]
    last = (budget - search.spent) // len(finalists)
    for pair in finalists:
        search.attempt(pair, feed, with_pair(settings, pair), last)
    pick, why = made_for, "nothing was clearly better than the rate the network is made for"
    if search.clear(safe, pick, last):
        pick, why = safe, "clearly better on the validation part than the rate the network is made for"
    for rival in rivals[:1]:
        if search.clear(rival, pick, last) and search.lasts(rival, pick, (first, last)):
            pick, why = rival, "clearly better on the validation part, and not losing its lead"
    return _chosen(search, ranged, pick, why)


def candidates(net: nn.Module, settings: Settings, optimizer: Any, learning_rate: Any) -> tuple[Pair, Pair, list[Pair]]:
    """The pair the network is made for, the safe one, and rivals in order of promise."""
    meant, meant_rate = getattr(net, "optimizer", SAFE[0]), float(getattr(net, "learning_rate", SAFE[1]))
    name = meant if optimizer == "auto" else settings.optimizer
    other = "adamw" if name == "muon" else "muon"
    if learning_rate != "auto":
        made_for = (name, float(learning_rate))
        return made_for, made_for, [(other, float(learning_rate))] if optimizer == "auto" else []
    fits = name == meant or {name, meant} == {"adam", "adamw"}
    usual = USUAL_RATE.get(name, SAFE[1])  # an optimiser of the user's own says none
    own = meant_rate if fits else usual
    made_for, safe = (name, own), SAFE if optimizer == "auto" else (name, usual)
    rivals = [(name, 3 * own), (name, own / 3)]
    if optimizer == "auto":
        rivals[1:1] = [(other, 3 * own), (other, own)]
    return made_for, safe, rivals


def with_pair(settings: Settings, pair: Pair) -> Settings:
    """The settings with this pair; options are those of the optimiser they were given for."""
    options = settings.options if pair[0] == settings.optimizer else None
    return structs.replace(settings, optimizer=pair[0], learning_rate=pair[1], options=options)


def _range_test(
    search: Trials[Pair], feed: Feed, made_for: Pair, *, steps: int
) -> tuple[float, list[tuple[float, float]]]:
    """Raise the rate from a thousandth to a thousand times the one the network is made for and take a quarter of the
    one where the smoothed loss was least, within a tenth and ten times of it. Gives every rate and loss as well."""
    own, ranged = made_for[1], []  # type: float, list[tuple[float, float]]
    settings = with_pair(search.settings, made_for)
    settings = structs.replace(settings, schedule="constant", budget=steps, time_limit=0.0)
    search.spent += steps
    with pinned(settings):
        updates = Updates(copy.deepcopy(search.net).train(), feed, loss=search.loss, settings=settings, budget=steps)
        smooth = 0.0
        for step in range(updates.count):
            rate = own * 10 ** (6 * step / max(updates.count - 1, 1) - 3)
            updates.optim.learning_rate = rate
            try:
                value = updates.update(step)
            except Problem:
                break
            smooth = 0.9 * smooth + 0.1 * value
            ranged.append((rate, smooth / (1 - 0.9 ** (step + 1))))
            if ranged[-1][1] > 4 * min(loss for _, loss in ranged):
                break
    if not ranged:
        return own, ranged
    best = min(ranged, key=lambda pair: pair[1])[0] / 4
    return float(f"{min(max(best, own / 10), own * 10):.1g}"), ranged


def _chosen(search: Trials[Pair], ranged: list[tuple[float, float]], pick: Pair, why: str) -> Choice:
    """The choice with its curves, one per pair."""
    curves = []
    for pair, losses in search.losses.items():
        judged = [float(rows.mean()) for (tried, _), rows in search.rows.items() if tried == pair][-1]
        places = list(range(0, len(losses), max(1, len(losses) // 60)))
        curves.append(
            Curve(
                optimizer=pair[0], learning_rate=pair[1], steps=[place + 1 for place in places], chosen=pair == pick,
                losses=[losses[place] for place in places], judged=judged if math.isfinite(judged) else None,
            )
        )  # fmt: skip
    return Choice(optimizer=pick[0], learning_rate=pick[1], why=why, spent=search.spent, curves=curves, ranged=ranged)
