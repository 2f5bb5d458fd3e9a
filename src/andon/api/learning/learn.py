"""The training of one run: network, optimiser, rival, blend, calibration."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
import polars as pl
import torch
from msgspec import structs
from torch import nn

from andon.api.histories import series_scaling
from andon.api.learning.calibration import calibrated, unseen
from andon.api.learning.shown import learnable
from andon.api.learning.start import Begun, begin_from
from andon.api.learning.surfaces import inspector, simple_map_loss, surface_feeds
from andon.api.learning.views import views
from andon.api.prepare import Prepared
from andon.api.rivals import blended, judged_elsewhere, learnt_twice, rivals_of, row_weights
from andon.api.waiting import waiting
from andon.encode.block import tiled
from andon.encode.histories import SERIES
from andon.errors import SettingProblem
from andon.feed import AUGMENT, Feed, augmentation
from andon.feed.augment import of_tiles
from andon.feed.series import Ground
from andon.losses import LOSSES, balanced_weights
from andon.nets import build as build_net
from andon.nets.heads import Finish
from andon.nets.tiles import Tiled
from andon.optim import OPTIMIZERS, AdamW
from andon.plan import load, read_entries, read_entry, seconds
from andon.plan.entries import target_of
from andon.run.files import read_json, write_bytes, write_json
from andon.run.folder import Run
from andon.split import Turns, take_turns
from andon.tasks import State
from andon.tasks.remaining_life import RemainingLife
from andon.train import Settings, train
from andon.train.budget import budget_of
from andon.train.choices import measure
from andon.train.device import device_of
from andon.train.events import Validated
from andon.train.loop import solvable
from andon.train.members import independent
from andon.train.progress import show
from andon.train.rivals.rival import Rival, joined
from andon.train.search import choose

FITTING = {
    "classification": ("cross_entropy", "robust_cross_entropy"), "regression": ("squared", "huber", "at_least"),
    "anomaly": ("pixels",), "labels": ("binary",),
}  # fmt: skip
"""Losses of each task, where no quantiles are asked for."""


@dataclass(frozen=True)
class Learnt:
    """The best network with its head, its rivals where there are any, and the decision state."""

    net: nn.Module
    finish: nn.Module
    rivals: tuple[Rival, ...]
    state: State
    history: list[Validated]
    choices: dict[str, Any]
    settings: Settings
    turns: int
    "Members that held out in turn; 0: all shared the validation part."

    @property
    def beside(self) -> tuple[Rival, ...]:
        """The rivals that are part of the answer."""
        return joined(self.rivals, self.state)


def learn(run: Run, prepared: Prepared, *, quiet: bool) -> Learnt:
    """Train, or go on where a killed process stopped; the same bits either way."""
    scaling: dict[str, Any] = read_json(run / "state/scaling.json")
    net, begun = begun_network(prepared, scaling)
    turns = turns_of(prepared, net)
    feed, valid = feeds(prepared, turns, scaling)
    loss = loss_of(prepared)
    with waiting("trying learning rates, threads and precision", quiet=quiet):
        settings, choices = chosen(run, prepared, net, (feed, valid, loss))
    if begun is not None:
        choices["init"] = msgspec.to_builtins(begun)
    history: list[Validated] = []
    for event in show(train(net, feed, valid, loss=loss, settings=settings, folder=run / "checkpoint"), quiet=quiet):
        if isinstance(event, Validated):
            history.append(event)
        history = getattr(event, "history", history)
    write_history(run, history)
    if prepared.task.good_only:
        with waiting("fitting what knows good parts alone, and choosing among the ways", quiet=quiet, said=True):
            return inspected(prepared, net, history, choices, settings)
    finish = Finish(prepared.task.name, prepared.state)
    alone = quiet or prepared.plan.train.trees == "off"
    with waiting("training its rivals, and weighing them on the validation part", quiet=alone, said=True):
        net, seen = views(prepared, net, finish)
        if seen.views > 1 or seen.once is not None:
            choices["views"] = msgspec.to_builtins(seen)
        rivals = rivals_of(prepared, settings, turns, scaling)
        state = blended(prepared, (net, finish), rivals, turns)
    beside, judged = joined(rivals, state), None
    if learnt_twice(prepared):
        judged = unseen(prepared, (net, finish), rivals, state)
        net = learnt_again(run, prepared, scaling, settings, quiet=quiet)
    state = calibrated(prepared, (net, finish), beside, state, judged=judged)
    return Learnt(net, finish, rivals, state, history, choices, settings, 0 if turns is None else turns.members)


def learnt_again(
    run: Run, prepared: Prepared, scaling: dict[str, Any], settings: Settings, *, quiet: bool
) -> nn.Module:
    """A network trained as the first one was, on the validation part as well: lives are few, and with the first one
    everything that is chosen on them was chosen."""
    net, _ = begun_network(prepared, scaling)
    rows = np.union1d(prepared.learn, prepared.known("validation"))
    (run / "checkpoint/again").mkdir(exist_ok=True)
    feed, _ = feeds(replace(prepared, learn=rows), scaling=scaling)
    events = train(net, feed, None, loss=loss_of(prepared), settings=settings, folder=run / "checkpoint/again")
    list(show(events, quiet=quiet))
    return net


def inspected(
    prepared: Prepared, net: nn.Module, history: list[Validated], choices: dict[str, Any], settings: Settings
) -> Learnt:
    """What is learnt where only good rows teach: the network with what is fitted on them afterwards."""
    found, choices["ways"] = inspector(prepared, net)
    finish, spec = nn.Identity(), tiled(prepared.specs)
    whole = found if spec is None else Tiled(found, spec.name, prepared.state["good"], ranks=True)
    state = calibrated(prepared, (whole, finish), (), dict(prepared.state))
    return Learnt(whole, finish, (), state, history, choices, settings, 0)


def network(prepared: Prepared, scaling: dict[str, Any]) -> nn.Module:
    """The untrained network of the plan; where pictures are cut into tiles, one of tiles that answers for the whole."""
    net = build_net(
        prepared.plan.network, prepared.specs, scaling, width=prepared.task.width(prepared.state),
        seed=prepared.plan.train.seed, rows=len(prepared.learn), task=prepared.task.name,
    )  # fmt: skip
    spec = tiled(prepared.specs)
    if spec is not None and not prepared.task.good_only:
        return Tiled(net, spec.name, prepared.state["good"])
    return net


def begun_network(prepared: Prepared, scaling: dict[str, Any]) -> tuple[nn.Module, Begun | None]:
    """The same with the weights that the plan has it begin with, and what those were; None where it names none."""
    net, init = network(prepared, scaling), prepared.plan.network.init
    return net, begin_from(net, init) if init else None


def turns_of(prepared: Prepared, net: nn.Module) -> Turns | None:
    """Who holds out what, where independent members can do so in turn; None where all share the validation part."""
    held = prepared.known("validation")
    if prepared.task.good_only or prepared.task.name == "labels" or not judged_elsewhere(prepared):
        return None
    return take_turns(
        prepared.parts, prepared.learn, held, prepared.target_of(prepared.learn), members=independent(net),
        seed=prepared.plan.train.seed,
    )  # fmt: skip


def feeds(
    prepared: Prepared, turns: Turns | None = None, scaling: dict[str, Any] | None = None
) -> tuple[Feed, Feed | None]:
    """Training and validation feeds over the same arrays; in turns both hold the same rows, and weights tell apart.
    `scaling`: that of the run, where it is there already."""
    plan = prepared.plan
    if prepared.task.good_only:
        return surface_feeds(prepared)
    entries = read_entries(AUGMENT, plan.train.augment, "train.augment") if plan.train.augment else []
    target = prepared.taught()
    weight = row_weights(prepared)
    batch = int(plan.train.batch)
    rows, held, judging = prepared.learn, prepared.known("validation"), None
    judged_by = target if prepared.least is None else target[:, 0]
    if turns is not None:
        rows = held = turns.rows
        weight = _spread(turns.learning(), turns.rows, weight, len(target))
        judging = _spread(turns.judging(), turns.rows, None, len(target))
    arrays, cut = prepared.stored.arrays, tiled(prepared.specs)
    if cut is None:
        augment = augmentation(entries, prepared.specs, _ground(prepared, scaling)) if entries else None
    else:
        augment, arrays = of_tiles(entries, prepared.specs, cut), arrays | learnable(prepared)
    feed = Feed(
        arrays, target, batch=batch, seed=plan.train.seed, weight=weight, rows=rows, augment=augment,
    )  # fmt: skip
    feed.columns = {spec.name: spec.columns for spec in prepared.specs if spec.columns}
    if not len(held):
        return feed, None
    return feed, Feed(arrays, judged_by, batch=batch, seed=0, rows=held, weight=judging)


def _ground(prepared: Prepared, scaling: dict[str, Any] | None) -> Ground | None:
    """What augmentations of histories stand on. A life that goes by faster has less left of it."""
    history = prepared.encoding.history
    if history is None:
        return None
    if scaling is None:
        laid = prepared.stored.arrays[SERIES], prepared.learn
        series = series_scaling(prepared.plan, history, prepared.schema, prepared.summary, laid=laid)
    else:
        series = scaling[SERIES]
    return Ground(series, _retold(prepared) if isinstance(prepared.task, RemainingLife) else None)


def _retold(prepared: Prepared) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Targets of rows whose life left is multiplied. Where lives are given with a cap of their own, many rows share the
    longest: it says "so long or longer", and stays."""
    known = prepared.raw[prepared.learn]
    longest = float(np.nanmax(known)) if np.isfinite(known).any() else math.inf
    lives = 1 if prepared.parts.groups is None else len(np.unique(prepared.parts.groups[prepared.learn]))
    capped = np.count_nonzero(known == longest) > lives

    def told(rows: np.ndarray, times: np.ndarray) -> np.ndarray:
        stays = capped & (prepared.raw[rows] >= longest)
        return prepared.taught(rows, np.where(stays, 1.0, times))

    return told


def _spread(weights: np.ndarray, rows: np.ndarray, more: np.ndarray | None, total: int) -> np.ndarray:
    """Weights (N, M) of some rows as weights of all records, times the rows' own."""
    found = np.zeros((total, weights.shape[1]), np.float32)
    found[rows] = weights if more is None else weights * more[rows, None]
    return found


def loss_of(prepared: Prepared) -> Any:
    """The plan's loss, with the plan's quantiles and the training part's classes."""
    name, options = read_entry(LOSSES, prepared.plan.train.loss, "train.loss")
    quantiles = tuple(prepared.state.get("quantiles", ()))
    if name in LOSSES:
        fitting = ("pinball",) if quantiles else FITTING["anomaly" if prepared.task.good_only else prepared.task.name]
        fitting = fitting if quantiles or prepared.least is None else ("at_least",)
        if name not in fitting:
            raise SettingProblem.at(
                "train.loss", f"'train.loss' is '{name}', which does not fit",
                why="quantiles are asked for" if quantiles else "some lives are not over" if prepared.least is not None
                else f"the task is {prepared.task.name}",
                fix=f"take {' or '.join(fitting)}",
            )  # fmt: skip
        if quantiles:
            options = structs.replace(options, quantiles=quantiles)
        if getattr(options, "balance", 0.0) and not options.class_weights:  # type: ignore[attr-defined]
            counts = np.bincount(prepared.target_of(prepared.learn), minlength=prepared.task.width(prepared.state))
            weights = balanced_weights(counts.tolist(), strength=options.balance)  # type: ignore[attr-defined]
            options = structs.replace(options, class_weights=weights)
    return load(target_of(LOSSES, name))(options)


def simple_loss(prepared: Prepared) -> float:
    """What the plan's own loss gives for the simplest answer: the classes' shares, or mean and quantiles."""
    if prepared.task.good_only:
        return simple_map_loss(loss_of(prepared), surface_feeds(prepared)[1])
    held, task = prepared.known("validation"), prepared.task
    learnt, target = prepared.target_of(prepared.learn), prepared.target_of(held)
    width = task.width(prepared.state)
    if task.name == "classification":
        answer = np.log((np.bincount(learnt, minlength=width) + 1e-3) / len(learnt))
    elif task.name == "labels":
        share = np.clip(learnt.mean(axis=0), 1e-3, 1 - 1e-3)
        answer = np.log(share / (1 - share))
    else:
        answer = np.array([np.nanmean(learnt), *np.nanquantile(learnt, prepared.state["quantiles"])])
    raw = torch.from_numpy(answer.astype(np.float32)).expand(len(held), 1, width)
    return float(loss_of(prepared)(raw, torch.from_numpy(target), None).mean())


def chosen(
    run: Run, prepared: Prepared, net: nn.Module, parts: tuple[Feed, Feed | None, Any]
) -> tuple[Settings, dict[str, Any]]:
    """Resolve what only measuring can tell; measured once per run and obeyed on resume."""
    feed, valid, loss = parts
    path = run / "state/choices.json"
    train_plan = prepared.plan.train
    settings = base_settings(prepared)
    if path.exists():
        kept: dict[str, Any] = read_json(path)
        if kept["settings"].get("optimizer", settings.optimizer) != settings.optimizer:
            settings = structs.replace(settings, options=None)
        return structs.replace(settings, **kept["settings"]), kept["choices"]
    found: dict[str, Any] = {}
    choices: dict[str, Any] = dict(prepared.tried)
    if solvable(net) is not None:  # nothing is learnt step by step
        write_json(path, {"settings": found, "choices": choices})
        return settings, choices
    if settings.time_limit:  # from here on the run has so many updates, and the trials their share of those
        share = structs.replace(settings, time_limit=settings.time_limit / (1 + learnt_twice(prepared)))
        found["budget"] = choices["updates"] = budget_of(net, feed, valid, loss=loss, settings=share)
        settings = structs.replace(settings, budget=found["budget"])
    if train_plan.optimizer == "auto" or train_plan.learning_rate == "auto":
        choice = choose(
            net, feed, valid, loss=loss, settings=settings, optimizer=train_plan.optimizer,
            learning_rate=train_plan.learning_rate,
        )  # fmt: skip
        found |= {"optimizer": choice.optimizer, "learning_rate": choice.learning_rate}
        if choice.optimizer != settings.optimizer:  # options are the other optimiser's
            settings = structs.replace(settings, optimizer=choice.optimizer, options=None)
        write_json(run / "optim.json", msgspec.to_builtins(choice))
        choices |= found
    measured = measure(net, feed, loss=loss, settings=settings, plan=train_plan)
    found |= measured.settings
    choices |= measured.why
    write_json(path, {"settings": found, "choices": choices})
    return structs.replace(settings, **found), choices


def base_settings(prepared: Prepared) -> Settings:
    """The plan's training as the loop wants it, with stand-ins where a choice follows."""
    plan = prepared.plan.train
    name, options = "adamw", None  # type: str, Any
    table = prepared.encoding.history is None
    if table and prepared.plan.network.layers is None and prepared.plan.network.family == "dense":
        options = AdamW(beta2=0.95)  # as RealMLP has it (arXiv:2407.04491, table A.1)
    if plan.optimizer != "auto":
        name, options = read_entry(OPTIMIZERS, plan.optimizer, "train.optimizer")
    if plan.time_limit is not None and seconds(plan.time_limit) <= 0:
        raise SettingProblem.at("train.time_limit", "the time limit is no time at all", fix="give for example 10 min")
    return Settings(
        epochs=int(plan.epochs), seed=plan.seed, optimizer=name, options=options,
        learning_rate=1e-3 if plan.learning_rate == "auto" else plan.learning_rate,
        schedule=plan.schedule, weight_decay=float(plan.weight_decay), clip=float(plan.clip),
        average=float(plan.average),
        patience=int(plan.patience), accumulate=plan.accumulate, device=str(device_of(plan.device)),
        threads=torch.get_num_threads() if plan.threads == "auto" else plan.threads,
        checkpoint_seconds=plan.checkpoint_seconds, time_limit=seconds(plan.time_limit) if plan.time_limit else 0.0,
    )  # fmt: skip


def write_history(run: Run, history: list[Validated]) -> None:
    """The curves, as Arrow."""
    import io

    frame = pl.DataFrame(
        {
            name: pl.Series(name, [getattr(event, name) for event in history], dtype=kind)
            for name, kind in (
                ("step", pl.Int64), ("epoch", pl.Int64), ("train_loss", pl.Float64), ("valid_loss", pl.Float64),
                ("learning_rate", pl.Float64), ("seconds", pl.Float64),
            )
        }
    )  # fmt: skip
    buffer = io.BytesIO()
    frame.write_ipc(buffer)
    write_bytes(run / "history.arrow", buffer.getvalue())
