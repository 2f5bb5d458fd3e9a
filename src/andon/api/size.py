"""`andon size`: weights, memory and time of a run before it begins, from a few measured steps of the very run.

Time is what a fit spends: starting and preparing (measured), updates and validations (measured on the first ones and
multiplied; histories are learnt twice), the rival (its first booster fitted for some seconds at most, or some pictures
described), shuffling columns (measured rows per second, multiplied) and a fixed allowance for export and report
(`benchmarks/size_plans.py` has it beside what fits really took). Memory is the peak of this process after the first
updates plus what exporting needs.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from msgspec import structs

from andon.api.learning.family import left_open, long_enough
from andon.api.learning.learn import base_settings, feeds, loss_of, network, turns_of
from andon.api.learning.recipe import to_be_found
from andon.api.plans import Resolved, resolve
from andon.api.prepare import Prepared
from andon.api.ready import ready, scaling_of
from andon.api.rivals import figured_rows, learnt_twice, switched_off, textured, tree_rows
from andon.errors import SettingProblem
from andon.explain.permutation import rows_asked
from andon.nets.texture import Texture
from andon.split import Turns
from andon.train import Settings, train
from andon.train.events import Started, Stepped, Validated
from andon.train.loop import solvable
from andon.train.rivals.affine import described
from andon.train.rivals.texture import BATCH, MOST_ROWS
from andon.train.rivals.trees import tries, try_out

MEASURED_SECONDS, TREE_SECONDS = 3.0, 4.0
EXPORT_SECONDS, EXPORT_BYTES = 9.0, 220 << 20
"""Allowance for export and report: their libraries, and a copy of the weights."""
CHOICE_SHARE, CHOICE_LOOKS = 0.1, 18
"""Choosing optimiser and learning rate, or symmetry: share of the steps, and looks at the validation part (nine tries,
two each)."""


def size_words(job: str, words: list[str]) -> dict[str, Any]:
    """Facts about the run that these words would begin; numbers with their units in the names."""
    start_seconds = time.process_time()  # of this process until here, as a fit will need it too
    with tempfile.TemporaryDirectory(prefix="andon-") as folder:  # as in a fit, pictures may not fit in memory
        return _sized(resolve(job, words), start_seconds, Path(folder) / "arrays")


def _sized(resolved: Resolved, start_seconds: float, cache: Path) -> dict[str, Any]:
    """The same for a plan."""
    began = time.perf_counter()
    try:
        prepared = ready(resolved, cache=cache)
        prepare_seconds = time.perf_counter() - began
        net = network(prepared, scaling_of(prepared))
        settings = base_settings(prepared)
    except SettingProblem as problem:
        raise resolved.locate(problem) from None
    weights = sum(p.numel() for p in net.parameters())
    turns = turns_of(prepared, net)
    steps, step_seconds, check_seconds = _measured(prepared, net, settings, turns)
    beside = _texture(prepared) if textured(prepared) else _trees(prepared, settings, turns)
    again = learnt_twice(prepared)
    rival_seconds, rival_row = beside
    looked_at = len(prepared.known("validation")) if turns is None else len(turns.rows)
    tested = len(prepared.rows("test")) + len(prepared.rows("calibration"))
    judge_seconds = rows_asked(tested, prepared.encoding) * (check_seconds / max(looked_at, 1) + rival_row)
    plan = prepared.plan.train
    at_once = solvable(net) is not None  # nothing is chosen, and looked at once
    chosen = not at_once and "auto" in (plan.optimizer, plan.learning_rate)
    looks = 1 if at_once else settings.epochs + CHOICE_LOOKS * chosen
    tried = chosen + to_be_found(prepared.plan, prepared.specs, prepared.reasons)
    tried += left_open(prepared) and long_enough(steps)
    training = (1 + again + CHOICE_SHARE * tried) * steps * step_seconds + looks * check_seconds
    if settings.time_limit:
        training = min(training, settings.time_limit)
    return {
        "rows_to_train_on": len(prepared.learn),
        "weights": weights,
        "model_file_mb": round(4 * weights / 2**20, 2),
        "updates": steps,
        "ms_per_update": round(1e3 * step_seconds, 3),
        "training_seconds": round(training + rival_seconds, 1),
        "seconds": round(
            start_seconds + prepare_seconds + training + rival_seconds + judge_seconds + EXPORT_SECONDS, 1
        ),
        "memory_mb": round((_peak() + EXPORT_BYTES + 8 * weights) / 2**20),
    }


def _trees(prepared: Prepared, settings: Settings, turns: Turns | None) -> tuple[float, float]:
    """Seconds of the boosted trees, and of one row's answer by all of them."""
    some = tree_rows(prepared)
    if prepared.encoding.history is not None and not switched_off(prepared):
        _, some = figured_rows(prepared, scaling_of(prepared))
    if some is None:
        return 0.0, 0.0
    valid, train, count = prepared.known("validation"), prepared.learn, 1
    if turns is not None:
        train, count = turns.rows[turns.held != 0], turns.members
    task, width = prepared.task.name, prepared.task.width(prepared.state)
    asked = some(valid)
    learnt = some(train)
    trees, took, share = try_out(learnt, asked, task=task, width=width, threads=settings.threads, seconds=TREE_SECONDS)
    began = time.perf_counter()
    trees.scores(asked[0], prepared.state)
    asking = (time.perf_counter() - began) / len(valid)
    tried = tries(learnt)
    more = count - 1 if turns is not None else 1  # without turns the booster is fitted once more on all
    return took * (tried + more) / tried, asking * count / share


def _texture(prepared: Prepared) -> tuple[float, float]:
    """Seconds of describing all pictures, the validation part twice, and of one of them."""
    features = Texture(prepared.specs, scaling_of(prepared)).eval()
    some = prepared.take(prepared.learn[:BATCH])
    described(features, some, BATCH)
    began = time.perf_counter()
    described(features, some, BATCH)
    one = (time.perf_counter() - began) / len(prepared.learn[:BATCH])
    return one * (min(len(prepared.learn), MOST_ROWS) + 2 * len(prepared.known("validation"))), one


def _measured(prepared: Prepared, net: Any, settings: Settings, turns: Turns | None) -> tuple[int, float, float]:
    """Updates in all, seconds of one, seconds of a look at the validation part."""
    feed, valid = feeds(prepared, turns)
    loss = loss_of(prepared)
    total, done, check, began, last = 0, 0, 0.0, 0.0, 0.0
    events = train(net, feed, valid, loss=loss, settings=structs.replace(settings, time_limit=0.0, patience=0))
    for event in events:
        now = time.perf_counter()
        if isinstance(event, Started):
            total, began = event.steps, now
        elif isinstance(event, Stepped):
            done += 1
            if done == 3:  # the first ones warm up
                began, last = now, now
            if done > 3:
                last = now
        elif isinstance(event, Validated) and not done:  # solved at once: features of all rows, and a look at some
            check = (now - began) * (held := valid.num_rows if valid else 0) / (held + feed.num_rows)
            last = now - check
        elif isinstance(event, Validated):
            check = now - last if last else 0.0
            began += check
        if done > 8 and now - began > MEASURED_SECONDS:
            break
    events.close()  # type: ignore[attr-defined]
    return total, max(last - began, 1e-6) / max(done - 3, 1), check


def _peak() -> int:
    """Largest resident memory of this process so far, bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
