"""What leaves a part what it is, found by trial where nobody said so (`checks: {picture: {symmetry: auto}}`).

The job's own guess is tried beside less and other symmetry, from one start and by the machinery of `train.search`: at
most a tenth of the run's updates, judged row by row on the validation part. Runs too short for that are asked without
training (`mirrored.py`). A mirrored arrow is another arrow; a mirrored scratch is a scratch. The choice goes into the
plan that the run keeps, so that whoever trains from it obeys.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import Struct, structs

from andon.api.learning.learn import base_settings, begun_network, feeds, loss_of, turns_of
from andon.api.learning.mirrored import looked
from andon.api.learning.recipe import SYMMETRIES, guess_of, pictures_of, symmetry_of, to_be_found
from andon.api.prepare import Prepared
from andon.plan import Plan
from andon.run.files import read_json
from andon.run.folder import Run
from andon.train.budget import budget_of
from andon.train.search import FEWEST, SHARE, Pair, Trials, candidates, with_pair

FIRST_SHARE = 0.45
"""Of the updates that may be spent: for the first round, where each candidate has its turn."""
RIVALS = ("none", "horizontal", "vertical", "both", "turn", "all")
"""In order of promise: what does harm is more often mirroring too much than too little."""
QUARTERS = ("turn", "all")
"""Of no use where pictures are not square."""


class Found(Struct, frozen=True, kw_only=True):
    """What was taken and why; the mean loss on the validation part of each that was tried, after as many updates as the
    last round had (None: it fell over), and all updates spent. No updates: the squared error of the closed form."""

    symmetry: str
    guess: str
    why: str
    judged: dict[str, float | None]
    steps: int
    spent: int


def symmetric(run: Run, prepared: Prepared) -> Prepared:
    """The records with the plan's symmetry settled, and told what was tried. A run that goes on, or is reproduced,
    takes what was found then."""
    if not to_be_found(prepared.plan, prepared.specs, prepared.reasons) or not len(prepared.known("validation")):
        return prepared
    path = run / "state/choices.json"
    kept: dict[str, Any] = read_json(path)["choices"] if path.exists() else {}
    told = kept.get("symmetry") if path.exists() else msgspec.to_builtins(_found(run, prepared))
    if told is None:
        return prepared
    plan = _with(prepared.plan, prepared, told["symmetry"])
    return replace(prepared, plan=plan, tried={**prepared.tried, "symmetry": told})


def _with(plan: Plan, prepared: Prepared, symmetry: str) -> Plan:
    """The plan with this symmetry instead of the guess: in what is trained on, and said of the picture columns."""
    before = SYMMETRIES[symmetry_of(plan, prepared.specs)]
    entries = list(plan.train.augment)
    place = next((i for i in range(len(entries)) if entries[i : i + len(before)] == before), len(entries))
    augment = [*entries[:place], *SYMMETRIES[symmetry], *entries[place + len(before) :]]
    rules = {name: {**plan.checks.get(name, {}), "symmetry": symmetry} for name in pictures_of(prepared.specs)}
    return structs.replace(plan, train=structs.replace(plan.train, augment=augment), checks=plan.checks | rules)


def _found(run: Run, prepared: Prepared) -> Found:
    """Two rounds: all candidates that the updates allow, then the guess and the best rival for longer."""
    guess = guess_of(prepared.plan, prepared.specs)
    trials, pair, turns = _begun(run, prepared)
    budget = int(SHARE * trials.total)
    square = all(spec.shape[0] == spec.shape[1] for spec in prepared.specs if spec.kind == "image")
    others = [name for name in RIVALS if name != guess and (square or name not in QUARTERS)]
    rivals = list(others)
    while rivals and int(FIRST_SHARE * budget) // (len(rivals) + 1) < FEWEST:  # a short run compares fewer
        rivals.pop()
    if not rivals:
        return _unlearnt(prepared, [guess, *others])

    def attempt(name: str, steps: int) -> None:
        feed, _ = feeds(replace(prepared, plan=_with(prepared.plan, prepared, name)), turns)
        trials.attempt(name, feed, with_pair(trials.settings, pair), steps)

    best, steps, judged = trials.rounds(guess, rivals, share=FIRST_SHARE, attempt=attempt)
    better = trials.clear(best, guess, steps[1]) and trials.lasts(best, guess, steps)
    why = (
        "clearly better on the validation part, and not losing its lead" if better
        else "nothing was clearly better on the validation part"
    )  # fmt: skip
    return Found(
        symmetry=best if better else guess, guess=guess, why=why, steps=steps[1], spent=trials.spent,
        judged={name: loss if math.isfinite(loss) else None for name, loss in judged.items()},
    )  # fmt: skip


def _unlearnt(prepared: Prepared, names: list[str]) -> Found:
    """What a learner in closed form says, where the run is too short for trials; it costs no update."""
    taken, judged = looked(prepared, names)
    why = (
        "the run is too short to try others" if not judged
        else "under the guess some class could not be told from its mirror image" if taken != names[0]
        else "no class is like the mirror image of another"
    )  # fmt: skip
    return Found(symmetry=taken, guess=names[0], why=why, judged=dict(judged), steps=0, spent=0)


def _begun(run: Run, prepared: Prepared) -> tuple[Trials[str], Pair, Any]:
    """The start that all trials share: the run's own network, and the optimiser and rate it is made for."""
    net, _ = begun_network(prepared, read_json(run / "state/scaling.json"))
    turns, loss, settings = turns_of(prepared, net), loss_of(prepared), base_settings(prepared)
    feed, valid = feeds(prepared, turns)
    total = settings.epochs * math.ceil(feed.steps / settings.accumulate)
    if settings.time_limit:
        total = budget_of(net, feed, valid, loss=loss, settings=settings)
    plan = prepared.plan.train
    pair = candidates(net, settings, plan.optimizer, plan.learning_rate)[0]
    return Trials(net, valid, loss, settings, total), pair, turns
