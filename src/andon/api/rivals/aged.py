"""What stands beside a forecast of the life left that looks at sensors: the law of lives, which looks at the age."""

from __future__ import annotations

import numpy as np
import polars as pl

from andon.api.prepare import Prepared
from andon.api.shown.lives import places
from andon.evaluation.weibull import Weibull, fit_weibull
from andon.records.lives.histories import in_hours
from andon.tasks.remaining_life import RemainingLife


def law_of_lives(prepared: Prepared, rows: np.ndarray) -> tuple[Weibull, np.ndarray] | None:
    """The Weibull law of the training part's lives, and its answers (n, 1) to some rows. None for other jobs, or where
    too few lives are known to their end."""
    cap, task = prepared.state.get("cap"), prepared.task
    if prepared.encoding.history is None or cap is None or not isinstance(task, RemainingLife):
        return None
    lives = places(prepared, np.arange(len(prepared.raw)))
    begun = ["unit", "life"] if prepared.records.events is not None else ["unit"]
    since = pl.col("time") - pl.col("time").min().over(begun)
    dated = lives["time"].dtype.is_temporal()
    age = lives.select(in_hours(since, dated)).to_series().to_numpy()
    learnt = prepared.parts.rows("train")
    life, raw = lives["life"].to_numpy()[learnt], prepared.raw[learnt]
    age = age * _pace(age[learnt], raw, life)
    least = np.full(len(raw), np.nan) if prepared.least is None else prepared.least[learnt]
    ends = age[learnt] + np.where(np.isnan(raw), least, raw)
    last = np.append(life[1:] != life[:-1], True)
    law = fit_weibull(ends[last], np.isfinite(raw[last]))
    longest = float(prepared.state["longest"])
    return None if law is None else (law, task.told(law.left(age[rows], longest), prepared.state)[:, None])


def _pace(age: np.ndarray, left: np.ndarray, life: np.ndarray) -> float:
    """How fast the life left runs down as the age goes up: 1 where it was counted in the same unit."""
    same = life[1:] == life[:-1]
    down, up = (left[:-1] - left[1:])[same], (age[1:] - age[:-1])[same]
    good = np.isfinite(down) & (down > 0) & (up > 0)
    return float(np.median(down[good] / up[good])) if good.any() else 1.0
