"""`andon.evaluate`: a run judged on records with known truth, through the run-time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from andon.api.predict import known_columns, list_named, read_told, rows_of
from andon.api.prepare import raw_target
from andon.errors import SettingProblem, nearest
from andon.evaluation.judge import judge
from andon.evaluation.test import ask
from andon.jobs import find
from andon.locale import mark
from andon.records import Records
from andon.records.lives.histories import as_lives, counted, open_ended
from andon.records.lives.parted import apart
from andon.records.words import squeeze
from andon.runtime import Model, load
from andon.split import numbered
from andon.tasks.remaining_life import RemainingLife

GIVEN = mark("as column '{name}' says")
HOURS = mark("as column '{name}' says, in hours")
LISTED = mark("counted down to the failures that '{where}' lists")
LAST = mark("counted down to the last row of each unit: right only where each ran to its failure")


def evaluate(run: str | Path | Model, data: Any, *, events: str | Path | None = None) -> dict[str, Any]:
    """Metrics with intervals on a path or frame that has the target column. The same form as `metrics.json`.

    Where training counted lives down, a column that people call the life left is the truth here, in the rows that fill
    it; without one lives are counted down again. `truth` says which. `events`: as for `predict`."""
    model = run if isinstance(run, Model) else load(run)
    path = str(data) if isinstance(data, (str, Path)) else ""
    frame, listed = None if path else data, list_named(events)
    lives = isinstance(model.task, RemainingLife)
    records = _lives(model, path, frame, listed) if lives else rows_of(model, path, frame, events=listed)
    target = (records.the("target") if lives else None) or model.run.manifest["target"]
    columns = records.frame.collect_schema().names()
    if target not in columns:
        raise SettingProblem.of(
            f"the target '{target}' is not in the data", where=path, why="without it nothing can be judged",
            fix=f"{nearest(target, columns)} `andon predict` needs no target",
        )  # fmt: skip
    raw = raw_target(records, target, model.task)
    if lives and (ended := open_ended(records)) is not None:
        raw = np.where(ended, np.nan, raw)
    tested = ask(model, records.frame, np.arange(len(raw)))
    together = next((name for role in ("unit", "group") if (name := records.the(role)) is not None), None)
    groups = None
    if together is not None:  # rows of one unit or group are resampled together
        groups = numbered(records.frame.select(together).collect()[together])[tested.rows]
    found = judge(model.task, model.state, tested.scores, raw[tested.rows], decided=tested.columns, groups=groups)
    return found | ({"truth": _truth(model, records, target)} if lives else {})


def _lives(model: Model, path: str, frame: Any, events: str | None) -> Records:
    """Rows in order. Their target is the life left that is given; where there is none it is counted down, if it was in
    training."""
    (plan, records), again = read_told(model, path, frame, events), counted(known_columns(model))
    names = [column.name for column in records.columns if column.name not in model.schema.names()]
    words = [squeeze(word) for word in find(plan.job).target_names] if again else []
    called = [name for word in words for name in names if squeeze(name) == word]
    given = next((name for name in (model.run.manifest["target"], *called) if name in names), None)
    columns = [replace(each, role="ignore") if each.role == "target" else each for each in records.columns]
    columns = [replace(each, role="target") if each.name == given else each for each in columns]
    records = replace(records, columns=tuple(columns))
    if given is None and not again:
        return records
    return as_lives(apart(records), whole=given is not None, repaired=model.schema.repaired)


def _truth(model: Model, records: Records, target: str) -> str:
    """Where the lives left that a run is judged by come from."""
    if not counted(records.columns):
        time = records.the("time")
        hours = counted(known_columns(model)) and time is not None and records.kind(time) == "date"
        return (HOURS if hours else GIVEN).format(name=target)
    return LAST if records.events is None else LISTED.format(where=records.events.where)
