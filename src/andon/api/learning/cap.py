"""The life left beyond which little can be told, found on validation lives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import lightgbm
import msgspec
import numpy as np
from msgspec import structs

from andon.api.prepare import Prepared
from andon.encode.series import read_series
from andon.nets.encoders.history import HistoryFigures
from andon.tasks.remaining_life import RemainingLife
from andon.train.rivals.figures import figured

SHARES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Candidates, as quantiles of the lives left that training knows."""
LEARNT, JUDGED, ROUNDS = 6000, 3000, 120
"""Rows to learn from and to judge by, and trees."""
SLACK = 0.02
"""A longer cap is worth so much of the explained variance."""
BEYOND = 0.15
"""What life left beyond the cap counts beside life below it, where all lives are seen to their end: enough that age and
load say what they know of it, too little to cost anything near the end (`docs/tried.md`)."""


def with_cap(prepared: Prepared, scaling_of: Callable[[Prepared], dict[str, Any]]) -> Prepared:
    """The same with the cap of its answers: the longest at which small boosted trees over the figures of histories
    explain as much of the capped lives of the validation part as at the best one, but for a little. Nothing changes
    where the plan says the cap, or no validation life is known to its end."""
    series = read_series(prepared.plan.series)
    if not isinstance(prepared.task, RemainingLife) or series.cap != "auto":
        return prepared
    learn = _some(prepared, prepared.rows("train"), LEARNT)
    held = _some(prepared, prepared.rows("validation"), JUDGED)
    if len(learn) < 100 or len(held) < 100:
        return prepared
    figures = HistoryFigures(prepared.specs, scaling_of(prepared)).eval()
    x, asked = (figured(figures, prepared.take(rows)) for rows in (learn, held))
    told, truth = prepared.raw[learn], prepared.raw[held]
    caps = sorted({float(np.quantile(told, share)) for share in SHARES} - {0.0})
    found = {cap: _explained((x, np.minimum(told, cap)), (asked, np.minimum(truth, cap))) for cap in caps}
    best = max(found.values())
    cap = max(cap for cap, share in found.items() if share >= best - SLACK)
    beyond = (0.0 if prepared.least is not None else BEYOND) if series.beyond == "auto" else series.beyond
    options = {**structs.asdict(series), "cap": round(cap, 3), "beyond": beyond}
    state = prepared.task.capped(
        prepared.raw[prepared.parts.codes == 0], prepared.plan.quantiles, float(options["cap"]), beyond
    )
    plan = structs.replace(prepared.plan, series=msgspec.to_builtins(options))
    why = "beyond it validation lives cannot be told apart" if cap < caps[-1] else "told apart to their beginning"
    return replace(prepared, plan=plan, state=state, reasons={**prepared.reasons, "series.cap": why})


def _some(prepared: Prepared, rows: np.ndarray, most: int) -> np.ndarray:
    """An even share of the rows whose life left is known."""
    known: np.ndarray = rows[np.isfinite(prepared.raw[rows])]
    return known[:: max(1, len(known) // most)]


def _explained(learnt: tuple[np.ndarray, np.ndarray], judged: tuple[np.ndarray, np.ndarray]) -> float:
    """Share of the variance of the judged lives that trees explain."""
    settings = {"objective": "regression", "num_leaves": 15, "learning_rate": 0.1, "min_child_samples": 20, "seed": 0,
                "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1}  # fmt: skip
    trees = lightgbm.train(settings, lightgbm.Dataset(*learnt), ROUNDS)
    spread = float(judged[1].var())
    return 1 - float(np.mean((trees.predict(judged[0]) - judged[1]) ** 2)) / spread if spread > 0 else 0.0
