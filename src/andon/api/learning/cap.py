"""The life left beyond which little can be told, found on validation lives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import lightgbm
import msgspec
import numpy as np
from msgspec import structs

from andon.api.learning.lookback import FEWEST, JUDGED, ROUNDS, TREES, share_known
from andon.api.prepare import Prepared
from andon.encode.series import read_series
from andon.nets.encoders.history import HistoryFigures
from andon.tasks.remaining_life import RemainingLife
from andon.train.rivals.figures import figured

SHARES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Candidates, as quantiles of the lives left that training knows."""
LEARNT = 6000
"""Rows to learn from."""
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
    learn = share_known(prepared, prepared.rows("train"), LEARNT)
    held = share_known(prepared, prepared.rows("validation"), JUDGED)
    if len(learn) < FEWEST or len(held) < FEWEST:
        return prepared
    figures = HistoryFigures(prepared.specs, scaling_of(prepared)).eval()
    x, asked = (figured(figures, prepared.take(rows)) for rows in (learn, held))
    told, truth = prepared.raw[learn], prepared.raw[held]
    caps = sorted({float(np.quantile(told, share)) for share in SHARES} - {0.0})
    found = {cap: _explained((x, np.minimum(told, cap)), (asked, np.minimum(truth, cap))) for cap in caps}
    best = max(found.values())
    cap = max(cap for cap, share in found.items() if share >= best - SLACK)
    beyond = (0.0 if prepared.least is not None else BEYOND) if series.beyond == "auto" else series.beyond
    cap = round(cap, 3) if cap >= 1 else float(f"{cap:.4g}")  # of short lives decimals would leave little or nothing
    options = {**structs.asdict(series), "cap": cap, "beyond": beyond}
    state = prepared.task.capped(prepared.raw[prepared.parts.codes == 0], prepared.plan.quantiles, cap, beyond)
    plan = structs.replace(prepared.plan, series=msgspec.to_builtins(options))
    why = "beyond it validation lives cannot be told apart" if cap < caps[-1] else "told apart to their beginning"
    return replace(prepared, plan=plan, state=state, reasons={**prepared.reasons, "series.cap": why})


def _explained(learnt: tuple[np.ndarray, np.ndarray], judged: tuple[np.ndarray, np.ndarray]) -> float:
    """Share of the variance of the judged lives that trees explain."""
    trees = lightgbm.train(TREES, lightgbm.Dataset(*learnt), ROUNDS)
    spread = float(judged[1].var())
    return 1 - float(np.mean((trees.predict(judged[0]) - judged[1]) ** 2)) / spread if spread > 0 else 0.0
