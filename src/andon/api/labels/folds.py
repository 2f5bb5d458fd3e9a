"""Every row answered by a network that has not seen it: cross-validation by the job's own plan."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from msgspec import structs
from rich.console import Console

from andon.api.learning.learn import learn
from andon.api.learning.recipe import Recipe, recipe
from andon.api.learning.shown import pieces_learnt, with_places
from andon.api.learning.symmetry import symmetric
from andon.api.prepare import Judged, Prepared, prepare
from andon.api.ready import scaling_of
from andon.errors import DataProblem
from andon.jobs import Job
from andon.plan import Plan
from andon.plan.settings import Split
from andon.run.files import write_bytes, write_json
from andon.run.folder import Run
from andon.ship.parity import trained_scores
from andon.split import Parts
from andon.split.deal import Groups, deal
from andon.split.parts import PARTS, PURGED
from andon.train.rivals.rival import voices

FOLDS = 4
HELD = 0.15
"""Share of a fold's training rows by which it chooses its weights."""
EPOCHS_LEAST = 5


def prepared_for_folds(plan: Plan, job: Job, judged: Judged, folder: Path) -> Prepared:
    """All rows prepared as one part, whatever parts the plan has: wrong labels are looked for in all of them. Copies,
    units and groups stay together: rows alike would confirm each other's wrong label."""
    by = plan.split.by
    if by not in ("unit", "group", "random"):
        by = next((role for role in ("unit", "group") if judged.records.the(role)), "random")
    whole = Split(by=by, test=0.0, validation=0.0, calibration=0.0, seed=plan.split.seed)
    return prepare(structs.replace(plan, split=whole), job, judged, cache=folder / "arrays")


def dealt(prepared: Prepared) -> tuple[Prepared, np.ndarray, dict[str, int]]:
    """The prepared rows, the fold of every row (-1: not judged), and the classes with too few rows to be judged, which
    are taken out. Raises `DataProblem` where fewer than two classes, or fewer than two units, are left."""
    few: dict[str, int] = {}
    groups, classes = prepared.parts.groups, list(prepared.state["classes"])
    usable = (prepared.parts.codes == 0) & ~prepared.stored.reject
    while True:
        rows = np.flatnonzero(usable & (prepared.task.target(prepared.raw, prepared.state) >= 0))
        target = prepared.target_of(rows)
        together = Groups.of(None if groups is None else groups[rows], target)
        folds = min(FOLDS, len(together.size))
        if folds < 2:
            raise _nothing(
                prepared, "all rows belong to one unit or group", "name another column, or none, as the unit"
            )
        fold = deal(together, [1 / folds] * folds, np.random.default_rng([prepared.plan.split.seed, 17]))
        counts = np.zeros((len(classes), folds), np.int64)
        np.add.at(counts, (target, fold), 1)
        total = counts.sum(axis=1)
        lost = (total < FOLDS) | (counts.max(axis=1) == total)  # a fold must have seen what it is asked for
        if not lost.any():
            of_row = np.full(len(prepared.raw), -1)
            of_row[rows] = fold
            return prepared, of_row, few
        few |= {classes[i]: int(total[i]) for i in np.flatnonzero(lost)}
        classes = [name for name, gone in zip(classes, lost, strict=True) if not gone]
        if len(classes) < 2:
            raise _nothing(
                prepared, f"fewer than two classes have {FOLDS} rows or more in different folds", "give more records"
            )
        kept = np.isin(prepared.raw, classes)
        state = prepared.task.prepare(prepared.raw[kept & usable], prepared.plan.quantiles)
        prepared = replace(prepared, state=state, learn=prepared.learn[kept[prepared.learn]])


def _nothing(prepared: Prepared, why: str, fix: str) -> DataProblem:
    """Why no label can be judged."""
    return DataProblem.of("the labels cannot be judged", where=f"column '{prepared.target}'", why=why, fix=fix)


def unseen(prepared: Prepared, fold: np.ndarray, folder: Path, *, quiet: bool) -> np.ndarray:
    """Probabilities (N, K) of every row, NaN where it is not judged. `fold` (N,): see `dealt`."""
    prob = np.full((len(fold), len(prepared.state["classes"])), np.nan)
    folds, console = int(fold.max()) + 1, Console(stderr=True, quiet=quiet)
    for number in range(folds):
        console.print(f"labels: fold {number + 1} of {folds}", highlight=False)
        rows = np.flatnonzero(fold == number)
        choices = folder / f"{number - 1}/state/choices.json"
        prob[rows] = asked(without(prepared, fold, number), rows, folder / str(number), choices=choices, quiet=quiet)
    return prob


def without(prepared: Prepared, fold: np.ndarray, number: int) -> Prepared:
    """One fold as the test part; of the rest a share to choose weights by, never the rows to be judged."""
    codes = np.where(fold == number, PARTS.index("test"), PURGED).astype(np.uint8)
    rest = np.flatnonzero((fold >= 0) & (fold != number))
    groups = prepared.parts.groups
    together = Groups.of(None if groups is None else groups[rest], prepared.target_of(rest))
    codes[rest] = deal(together, [1 - HELD, HELD], np.random.default_rng([prepared.plan.split.seed, 19, number + 1]))
    parts = Parts(codes=codes, by="random", why="", groups=groups)
    return _planned(replace(prepared, parts=parts, learn=prepared.learn[codes[prepared.learn] == 0]))


def asked(
    prepared: Prepared, rows: np.ndarray, folder: Path, *, quiet: bool, choices: Path | None = None
) -> np.ndarray:
    """Train on the training part and give the probabilities (rows, K) of these rows. `choices`: what was measured and
    chosen for another fold, and does for this one."""
    run = Run(folder)
    for name in ("state", "checkpoint"):
        (run / name).mkdir(parents=True)
    write_json(run / "state/scaling.json", scaling_of(prepared))
    if choices is not None and choices.exists():
        write_bytes(run / "state/choices.json", choices.read_bytes())
    prepared = symmetric(run, prepared)
    learnt = learn(run, prepared, quiet=quiet)
    arrays, state = prepared.take(rows), learnt.state
    scores = trained_scores(learnt.net, learnt.finish, arrays)
    return prepared.task.blend(voices(scores, learnt.beside, arrays, state), state)


def _planned(prepared: Prepared) -> Prepared:
    """The default plan for these rows. The network's training is `FOLDS` times shorter, so that all folds together take
    about as long as one fit, but for the trees."""

    def resolved(plan: Plan) -> Recipe:
        return recipe(
            plan, prepared.specs, task=prepared.task.name, train_rows=pieces_learnt(prepared),
            classes=len(prepared.state["classes"]), validation=True,
        )  # fmt: skip

    given = prepared.plan
    made = resolved(given)
    if given.train.epochs == "auto":
        epochs = max(EPOCHS_LEAST, -(-int(made.plan.train.epochs) // FOLDS))
        made = resolved(structs.replace(given, train=structs.replace(given.train, epochs=epochs)))
    return with_places(replace(prepared, plan=made.plan, reasons=made.reasons))


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards, also when the user interrupts."""
    with tempfile.TemporaryDirectory(prefix="andon-labels-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
