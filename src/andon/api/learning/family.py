"""The family of a network of histories, found by trial where the plan leaves it open.

The usual one is tried beside the others from starts of their own, by the machinery of `train.search` and within a tenth
of the run's updates. Rows of a life are no news of each other, so that validation lives are compared, each by its mean
loss. What is only quicker at first is not taken: a lead must last from the first round to the second, and be clear.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import structs

from andon.api.learning.learn import base_settings, begun_network, feeds, loss_of, turns_of
from andon.api.learning.lookback import Found, clearly
from andon.api.prepare import Prepared
from andon.run.files import read_json
from andon.run.folder import Run
from andon.train.budget import budget_of
from andon.train.search import SHARE, Trials, candidates, with_pair

USUAL, RIVALS = "history", ("convolution", "attention", "dense")
"""In order of promise."""
FIRST_SHARE, FEWEST = 0.4, 30
"""Of the updates that may be spent, for the first round; a trial of fewer says who is quick, not who is good."""


def with_family(run: Run, prepared: Prepared) -> Prepared:
    """The records with the plan's family settled, and told what was tried. A run that goes on, or is reproduced, takes
    what was found then."""
    if not left_open(prepared):
        return prepared
    path = run / "state/choices.json"
    kept: dict[str, Any] = read_json(path)["choices"] if path.exists() else {}
    told = kept.get("network.family") if path.exists() else msgspec.to_builtins(_found(run, prepared))
    if told is None:
        return prepared
    tried, reasons = {**prepared.tried, "network.family": told}, {**prepared.reasons, "network.family": told["why"]}
    return replace(_of(prepared, told["taken"]), tried=tried, reasons=reasons)


def left_open(prepared: Prepared) -> bool:
    """Whether trials are to settle the family: ours to choose, of histories, with lives to judge by."""
    ours = "network.family" in prepared.reasons and prepared.plan.network.family == USUAL
    return ours and prepared.encoding.history is not None and len(prepared.known("validation")) > 0


def long_enough(total: int, families: int = 2) -> bool:
    """Whether so many updates leave room for trials of so many families."""
    return int(FIRST_SHARE * int(SHARE * total)) // families >= FEWEST


def _of(prepared: Prepared, family: str) -> Prepared:
    """The same with another family."""
    network = structs.replace(prepared.plan.network, family=family)
    return replace(prepared, plan=structs.replace(prepared.plan, network=network))


def _found(run: Run, prepared: Prepared) -> Found:
    """Two rounds: as many as the updates allow, then the usual one and the best rival for longer."""
    scaling: dict[str, Any] = read_json(run / "state/scaling.json")
    settings, loss = base_settings(prepared), loss_of(prepared)
    nets = {family: begun_network(_of(prepared, family), scaling)[0] for family in (USUAL, *RIVALS)}
    feed, valid = feeds(prepared, turns_of(prepared, nets[USUAL]), scaling)
    total = settings.epochs * math.ceil(feed.steps / settings.accumulate)
    if settings.time_limit:
        total = budget_of(nets[USUAL], feed, valid, loss=loss, settings=settings)
    trials: Trials[str] = Trials(nets[USUAL], valid, loss, settings, total)
    rivals = list(RIVALS)
    while rivals and not long_enough(total, len(rivals) + 1):  # a short run compares fewer
        rivals.pop()
    if not rivals:
        return Found(taken=USUAL, usual=USUAL, why="the run is too short to try others", judged={})

    def attempt(family: str, steps: int) -> None:
        pair = candidates(nets[family], settings, prepared.plan.train.optimizer, prepared.plan.train.learning_rate)[0]
        trials.net = nets[family]
        trials.attempt(family, feed, with_pair(settings, pair), steps)

    best, steps, judged = trials.rounds(USUAL, rivals, share=FIRST_SHARE, attempt=attempt)
    better = trials.lasts(best, USUAL, steps) and _clear(prepared, trials, (best, steps[1]))
    return Found(
        taken=best if better else USUAL, usual=USUAL,
        judged={family: value for family, value in judged.items() if math.isfinite(value)},
        why="clearly better on validation lives than the usual" if better
        else "nothing was clearly better on validation lives",
    )  # fmt: skip


def _clear(prepared: Prepared, trials: Trials[str], tried: tuple[str, int]) -> bool:
    """Whether a family is clearly ahead of the usual one after so many updates, life by life."""
    usual, own = trials.rows[USUAL, tried[1]], trials.rows[tried]
    if prepared.parts.groups is None or len(own) != len(usual):
        return trials.clear(tried[0], USUAL, tried[1])
    return clearly(own, usual, prepared.parts.groups[prepared.known("validation")[: len(own)]])
