"""Boosted trees beside the network, for tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from andon.api.prepare import Prepared
from andon.api.rivals.rows import judged_elsewhere, row_weights
from andon.split import Turns
from andon.train import Settings
from andon.train.rivals.trees import Rows, Trees, fit_in_turn, fit_trees

MOST_TREE_CELLS = 200_000_000


def boosted(prepared: Prepared, settings: Settings, turns: Turns | None, some: Callable[[np.ndarray], Rows]) -> Trees:
    """Boosted trees."""
    task, width = prepared.task.name, prepared.task.width(prepared.state)
    seed, threads = prepared.plan.train.seed, settings.threads
    if turns is not None:
        return fit_in_turn(some(turns.rows), turns.held, task=task, width=width, seed=seed, threads=threads)
    held = some(prepared.known("validation"))
    return fit_trees(
        some(prepared.learn), held, task=task, width=width, seed=seed, threads=threads, again=judged_elsewhere(prepared)
    )


def switched_off(prepared: Prepared) -> bool:
    """Whether the plan wants no rival, or nothing is there to stop it by."""
    return prepared.plan.train.trees == "off" or not len(prepared.known("validation"))


def tree_rows(prepared: Prepared) -> Callable[[np.ndarray], Rows] | None:
    """What gives trees their rows of a table; None for anything else, or where they are switched off."""
    cells = sum(a[:1].size for a in prepared.stored.arrays.values()) * len(prepared.learn)
    table = all(spec.kind in ("numbers", "codes") for spec in prepared.specs)
    if switched_off(prepared) or not table or cells > MOST_TREE_CELLS:
        return None
    weight = row_weights(prepared)
    return lambda rows: (prepared.take(rows), prepared.target_of(rows), None if weight is None else weight[rows])
