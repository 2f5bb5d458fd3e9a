"""`andon.check`: findings about records, before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from andon.api.plans import Resolved, resolve
from andon.api.prepare import Judged, judge_rows, refuse
from andon.checks import check_parts, order
from andon.checks.finding import Finding
from andon.checks.overlap import nothing_apart
from andon.checks.target import labels_wait
from andon.encode.series import read_series
from andon.errors import Problem, Refused, SettingProblem
from andon.jobs import looks_back
from andon.plan import Plan
from andon.records.records import Column
from andon.report import findings_page
from andon.run.files import write_by, write_json, write_text
from andon.split import PartEmpty, split
from andon.summary import Finished

if TYPE_CHECKING:
    from andon.api.labels import Labels


@dataclass(frozen=True)
class Checked:
    """What was found, errors first, and what the columns were taken for; `labels` where they were asked for."""

    findings: list[Finding]
    columns: tuple[Column, ...]
    rows: int
    summary: Finished
    labels: Labels | None = None


def check(data: Any, *, job: str = "classify", labels: bool = False, quiet: bool = False, **settings: Any) -> Checked:
    """Judge a path or frame. `job` says which target names are looked for; settings are those of a plan.

    `labels`: look for wrong ones too, by training on parts of the records and asking the rest (needs torch; shows its
    progress unless `quiet`). Nothing is written.
    """
    path = data if isinstance(data, (str, Path)) else ""
    frame = None if isinstance(data, (str, Path)) else data
    if str(path).endswith((".yaml", ".yml")):
        job, words = str(path), []
    else:
        words = [str(path)] if path else []
    return _check(resolve(job, words, settings), frame, labels=labels, quiet=quiet)[0]


def _check(resolved: Resolved, frame: Any, *, labels: bool, quiet: bool) -> tuple[Checked, Plan]:
    """Judge the records, the parts where a target says how they would be split, and the labels where asked."""
    plan, found = resolved.plan, None
    try:
        read_series(plan.series)
        judged = judge_rows(plan, resolved.job, frame)
        findings = [*judged.findings, *_parts(plan, judged)]
        if labels:
            found, more = _labels(resolved, judged, quiet=quiet)
            findings += more
    except SettingProblem as problem:
        raise resolved.locate(problem) from None
    return Checked(order(findings), judged.records.columns, judged.rows, judged.summary, found), plan


def _labels(resolved: Resolved, judged: Judged, *, quiet: bool) -> tuple[Labels | None, list[Finding]]:
    """Wrong labels, unless an error of the records would mislead whoever looks for them."""
    try:
        from andon.api.labels import judge_labels
    except ModuleNotFoundError as error:
        raise Problem.of(
            "labels are judged by training, which is not installed", why=f"there is no '{error.name}'",
            fix="get it: pip install 'andon[train]'",
        ) from None  # fmt: skip
    target = judged.records.the("target")
    try:
        refuse(judged.findings, resolved.plan)
    except Refused:
        return None, [labels_wait(target)] if target else []
    found = judge_labels(resolved.plan, resolved.job, judged, quiet=quiet)
    return found, found.findings


def _parts(plan: Plan, judged: Judged) -> list[Finding]:
    """Findings across parts: only where there is a target to split for."""
    from andon.api.learning.recipe import shares

    records = judged.records
    target = records.the("target")
    if target is None:
        return []
    task = "classification" if records.kind(target) == "category" else "regression"
    try:
        shared, whole = shares(plan, records, judged.rows)[0], looks_back(plan.job)
        parts = split(records, shared, task=task, target=target, whole=whole)
    except PartEmpty as problem:
        return [nothing_apart(problem.key.removeprefix("split."))]
    return check_parts(records, parts, judged.summary, plan)


def check_to_files(
    data: str, words: list[str], out: Path | None, *, labels: bool = False, quiet: bool = False
) -> tuple[Checked, Path]:
    """What the command does: judge, then write `findings.json`, a page and, where labels were judged, `suspects.csv`
    beside the data or where asked."""
    given = [w for w in words if not w.startswith("job=")]
    job = next((w[4:] for w in words if w.startswith("job=")), "classify")
    resolved = resolve(data, given) if data.endswith((".yaml", ".yml")) else resolve(job, [data, *given])
    checked, plan = _check(resolved, None, labels=labels, quiet=quiet)
    folder = out or Path("findings")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "findings.json", checked.findings)
    doubted = None
    if checked.labels is not None:
        write_by(folder / "suspects.csv", checked.labels.listed.write_csv)
        doubted = checked.labels.doubted
    title = plan.data.rows.path or data
    page = findings_page(
        checked.findings, title, plan.report.language, columns=checked.columns, summary=checked.summary, labels=doubted
    )
    write_text(folder / "findings.html", page)
    return checked, folder
