"""Records ready to be trained on: every `auto` of the plan that needs no measuring resolved, the scaling fitted.

Needs no torch, so that a plan can be written without; but for histories, whose longest life to tell is found by small
trees, and for tiles.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from andon.api.histories import series_scaling, with_age
from andon.api.learning.recipe import recipe, shares
from andon.api.plans import Resolved
from andon.api.prepare import Prepared, judge_rows, prepare
from andon.encode.block import InputSpec, tiled
from andon.encode.histories import SERIES
from andon.encode.series import Series, read_series
from andon.errors import SettingProblem
from andon.jobs import Job
from andon.plan import Plan
from andon.scale import fit_scaling

PICTURES, TILES = 5000, 256
"""Pictures and tiles enough to know mean and spread of their pixels."""


def ready(resolved: Resolved, frame: Any = None, cache: Path | None = None) -> Prepared:
    """Prepared records with every `auto` of the plan that needs no measuring resolved."""
    refuse_idle(resolved.plan, resolved.job)
    judged = judge_rows(resolved.plan, resolved.job, frame)
    split, _ = shares(resolved.plan, judged.records, judged.rows)
    plan = msgspec.structs.replace(resolved.plan, split=split)
    prepared = prepare(plan, resolved.job, judged, cache=cache)
    if resolved.job.histories:
        from andon.api.learning.cap import with_cap  # these train trees: the other jobs need nothing of the kind
        from andon.api.learning.lookback import with_lookback

        prepared = with_lookback(with_cap(prepared, scaling_of), scaling_of)
    plan = prepared.plan
    nobody = np.empty((0, prepared.task.width(prepared.state)))
    prepared.task.calibrate(nobody, prepared.raw[:0], plan.decide, prepared.state)  # costs are refused now, not later
    made = recipe(
        plan, prepared.specs, task=prepared.task.name,
        train_rows=_pieces_learnt(prepared),
        classes=len(prepared.state.get("classes", ())), validation=len(prepared.rows("validation")) > 0,
    )  # fmt: skip
    prepared = cut_unasked(replace(prepared, plan=made.plan, reasons={**prepared.reasons, **made.reasons}))
    if tiled(prepared.specs) is None:
        return prepared
    from andon.api.learning.shown import with_places  # what only pictures in tiles need

    return with_places(prepared)


def refuse_idle(plan: Plan, job: Job) -> None:
    """Refuse settings that this job would not look at. `andon check`, which may not know the job, lets them be."""
    if plan.quantiles and job.task not in ("regression", "remaining_life"):
        raise SettingProblem.at(
            "quantiles", "quantiles are of numbers", why=f"the job '{job.name}' answers no number",
            fix="leave them out, or take the job 'regress'",
        )  # fmt: skip
    idle = {"series": read_series(plan.series) != Series(), "scale.regimes": plan.scale.regimes not in ("auto", "none")}
    for name in (name for name, asked in idle.items() if asked and not job.histories):
        raise SettingProblem.at(
            name, f"'{name}' has no effect here", why=f"the job '{job.name}' takes each row alone",
            fix="leave it out; the job 'remaining_life' looks back on histories",
        )  # fmt: skip


def _pieces_learnt(prepared: Prepared) -> int:
    """Rows, pictures or tiles of them that an epoch of training looks at."""
    if tiled(prepared.specs) is None:
        return len(prepared.learn)
    from andon.api.learning.shown import pieces_learnt

    return pieces_learnt(prepared)


def cut_unasked(prepared: Prepared) -> Prepared:
    """The plan says how pictures are fitted that are cut into tiles for a reason of ours."""
    found = next((f for f in prepared.schema.fields if f.why), None)
    if found is None:
        return prepared
    checks = prepared.plan.checks | {found.name: {**prepared.plan.checks.get(found.name, {}), "fit": "tiles"}}
    plan = msgspec.structs.replace(prepared.plan, checks=checks)
    return replace(prepared, plan=plan, reasons={**prepared.reasons, f"checks.{found.name}": found.why})


def scaling_of(prepared: Prepared) -> dict[str, Any]:
    """Per input of the graph, how it is scaled; fitted on the training part.

    Pictures are brought to mean 0 and spread 1 where training is ours to choose, and divided by 255 where the
    optimiser was named: then everything is as the user's own program has it.
    """
    found, history = {}, prepared.encoding.history
    ours = prepared.plan.scale.method == "auto" and prepared.plan.train.optimizer == "auto"
    for spec in prepared.specs:
        if ours and spec.kind == "image" and spec.dtype == "uint8":
            some = _some_pictures(prepared, spec)
            spread = float(some.std()) or 1.0
            found[spec.name] = {"method": "zscore", "center": float(some.mean()), "spread": spread}
        elif spec.kind == "signal" and prepared.plan.scale.method == "auto":
            found[spec.name] = _of_waveforms(_some_pictures(prepared, spec))
        elif spec.kind == SERIES and history is not None:
            found[spec.name] = series_scaling(
                prepared.plan, history, prepared.schema, prepared.summary,
                laid=(prepared.stored.arrays[SERIES], prepared.learn),
            )  # fmt: skip
        else:
            found[spec.name] = fit_scaling(prepared.plan.scale, spec, prepared.summary, list(spec.columns))
            if history is not None and spec.kind == "numbers":
                with_age(found[spec.name], spec, prepared.stored.arrays["numbers"][prepared.learn])
    return found


def _of_waveforms(some: np.ndarray) -> dict[str, Any]:
    """Mean and spread of waveforms (N, L[, channels]), channel by channel."""
    flat = some.reshape(-1, some.shape[2] if some.ndim == 3 else 1).astype(np.float64)
    spread = flat.std(axis=0)
    return {
        "method": "zscore", "center": flat.mean(axis=0).tolist(), "spread": np.where(spread > 0, spread, 1.0).tolist()
    }  # fmt: skip


def _some_pictures(prepared: Prepared, spec: InputSpec) -> np.ndarray:
    """Pictures of the training part, or tiles of them, spread over it."""
    if spec.tiles:
        from andon.api.learning.surfaces import pieced, pieces_of

        return np.asarray(pieced(prepared)[pieces_of(prepared, prepared.learn, TILES)])
    rows = prepared.learn[:: max(1, len(prepared.learn) // PICTURES)]
    return np.asarray(prepared.stored.arrays[spec.name][rows])
