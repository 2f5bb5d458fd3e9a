"""Clean tables of a made-up line, and records from frames, for planting faults into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from andon.checks import check_parts, check_records, check_rules
from andon.checks.finding import Finding
from andon.plan.settings import Plan
from andon.records.records import Column, Note, Records
from andon.summary import fold

KINDS = {"temperature": "number", "pressure_kpa": "number", "flow": "number", "count": "number", "type": "category"}


@dataclass(frozen=True)
class SomeParts:
    """Parts as a split gives them."""

    codes: np.ndarray
    by: str = "random"
    groups: np.ndarray | None = None


def clean(seed: int = 0, rows: int = 1500) -> pl.DataFrame:
    """An honest table: sensors of many tails, counts, categories, a target that depends on two sensors."""
    g = np.random.default_rng(seed)
    temperature = g.normal(60, 4, rows)
    flow = g.lognormal(1, 0.8, rows)
    odds = 0.5 * (temperature - 60) + 0.6 * (np.log(flow) - 1) - 1.5
    scrap = g.random(rows) < 1 / (1 + np.exp(-odds))
    return pl.DataFrame(
        {
            "temperature": temperature,
            "pressure_kpa": g.normal(300, 25, rows).round(1),
            "flow": flow,
            "vibration": g.standard_t(4, rows),
            "count": g.poisson(12, rows),
            "share": g.random(rows),
            "type": g.choice(["A", "B", "C"], rows, p=[0.6, 0.3, 0.1]),
            "shift": g.choice(["day", "night"], rows),
            "strength": 20 + temperature * 0.3 + g.normal(0, 1, rows),
            "scrap": np.where(scrap, "scrap", "good"),
        }
    )


def records_of(frame: pl.DataFrame, roles: Mapping[str, Any], notes: tuple[Note, ...] = ()) -> Records:
    """Records whose columns have the given roles, else are inputs; kinds follow from the types."""
    columns = []
    for name, dtype in frame.schema.items():
        kind = "number" if dtype.is_numeric() else "date" if dtype.is_temporal() else "category"
        if dtype == pl.String and frame[name].n_unique() > 0.5 * frame.height and frame.height > 50:
            kind = "text"
        columns.append(Column(name, kind, roles.get(name, "input")))  # type: ignore[arg-type]
    return Records(frame.lazy(), tuple(columns), notes=notes)


def judge(
    frame: pl.DataFrame, target: str | None = "scrap", *, job: str = "process_quality", rules: Any = None, **roles: str
) -> list[Finding]:
    """Everything the checks say of a frame. `strength` is left out of classifications, `scrap` of regressions."""
    records = _with_roles(frame, target, roles)
    plan = Plan(job=job, checks=rules or {})
    return check_records(records, fold(records.frame, {c.name: c.kind for c in records.columns}), plan)


def judge_rules(frame: pl.DataFrame, rules: dict[str, Any], **roles: str) -> list[Finding]:
    """What breaks the rules."""
    records = _with_roles(frame, None, roles)
    summary = fold(records.frame, {c.name: c.kind for c in records.columns})
    return check_rules(records, summary, Plan(job="classify", checks=rules))


def judge_parts(
    frame: pl.DataFrame, parts: SomeParts, target: str = "scrap", *, job: str = "process_quality", **roles: str
) -> list[Finding]:
    """What the checks say of a split."""
    records = _with_roles(frame, target, roles)
    summary = fold(records.frame, {c.name: c.kind for c in records.columns})
    return check_parts(records, parts, summary, Plan(job=job))


def _with_roles(frame: pl.DataFrame, target: str | None, roles: Mapping[str, str]) -> Records:
    """Records with the other target left out."""
    others = {name: "ignore" for name in ("scrap", "strength") if name != target}
    return records_of(frame, {**others, **({target: "target"} if target else {}), **roles})


def loud(findings: list[Finding]) -> list[Finding]:
    """Warnings and errors."""
    return [finding for finding in findings if finding.level != "info"]


def coded(findings: list[Finding], code: str, column: str | None = None) -> list[Finding]:
    """Findings of one code, and of one column where it is given."""
    return [f for f in findings if f.code == code and (column is None or f.column == column or column in f.columns)]


def hours(rows: int) -> pl.Series:
    """Time stamps, one per hour."""
    start = datetime(2024, 1, 1)
    return pl.datetime_range(start, eager=True, interval="1h", end=datetime(2040, 1, 1)).head(rows).alias("time")
