"""`andon.check`: findings about records, before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from andon.api.plans import resolve
from andon.api.prepare import Judged, judge_rows
from andon.checks import check_parts, order
from andon.checks.finding import Finding
from andon.errors import SettingProblem
from andon.plan import Plan
from andon.records.records import Column
from andon.report import findings_page
from andon.run.files import write_json, write_text
from andon.split import split
from andon.summary import Finished


@dataclass(frozen=True)
class Checked:
    """What was found, errors first, and what the columns were taken for."""

    findings: list[Finding]
    columns: tuple[Column, ...]
    rows: int
    summary: Finished


def check(data: Any, *, job: str = "classify", **settings: Any) -> Checked:
    """Judge a path or frame. `job` only says which target names are looked for; settings are those of a plan."""
    path = data if isinstance(data, (str, Path)) else ""
    frame = None if isinstance(data, (str, Path)) else data
    if str(path).endswith((".yaml", ".yml")):
        job, words = str(path), []
    else:
        words = [str(path)] if path else []
    return _check(resolve(job, words, settings), frame)[0]


def _check(resolved: Any, frame: Any) -> tuple[Checked, Plan]:
    """Judge the records, and the parts where a target says how they would be split."""
    plan = resolved.plan
    try:
        judged = judge_rows(plan, resolved.job, frame)
        findings = [*judged.findings, *_parts(plan, judged)]
    except SettingProblem as problem:
        raise resolved.locate(problem) from None
    return Checked(order(findings), judged.records.columns, judged.rows, judged.summary), plan


def _parts(plan: Plan, judged: Judged) -> list[Finding]:
    """Findings across parts: only where there is a target to split for."""
    from andon.api.recipe import shares

    records = judged.records
    target = records.the("target")
    if target is None:
        return []
    task = "classification" if records.kind(target) == "category" else "regression"
    parts = split(records, shares(plan, judged.rows)[0], task=task, target=target)
    return check_parts(records, parts, judged.summary, plan)


def check_to_files(data: str, words: list[str], out: Path | None) -> tuple[Checked, Path]:
    """What the command does: judge, then write `findings.json` and a page beside the data or where asked."""
    given = [w for w in words if not w.startswith("job=")]
    job = next((w[4:] for w in words if w.startswith("job=")), "classify")
    resolved = resolve(data, given) if data.endswith((".yaml", ".yml")) else resolve(job, [data, *given])
    checked, plan = _check(resolved, None)
    folder = out or Path("findings")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "findings.json", checked.findings)
    title = plan.data.rows.path or data
    page = findings_page(
        checked.findings, title, plan.report.language, columns=checked.columns, summary=checked.summary
    )
    write_text(folder / "findings.html", page)
    return checked, folder
