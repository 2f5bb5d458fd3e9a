"""`andon.evaluate`: a run judged on records with known truth, through the run-time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from andon.api.predict import read_rows, rows_of
from andon.api.prepare import raw_target
from andon.errors import SettingProblem, nearest
from andon.evaluation.judge import judge
from andon.evaluation.test import ask
from andon.records.lives.histories import as_lives, open_ended
from andon.records.lives.parted import apart
from andon.runtime import Model, load
from andon.split import numbered
from andon.tasks.remaining_life import RemainingLife


def evaluate(run: str | Path | Model, data: Any) -> dict[str, Any]:
    """Metrics with intervals on a path or frame that has the target column. The same form as `metrics.json`."""
    model = run if isinstance(run, Model) else load(run)
    target = model.run.manifest["target"]
    path = str(data) if isinstance(data, (str, Path)) else ""
    frame = None if path else data
    lives = isinstance(model.task, RemainingLife)
    records = as_lives(apart(read_rows(model, path, frame))) if lives else rows_of(model, path, frame)
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
    return judge(model.task, model.state, tested.scores, raw[tested.rows], decided=tested.columns, groups=groups)
