"""`andon new`: looks at the data and writes a plan whose every value carries its reason."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

from andon.api.learning.recipe import shares
from andon.api.plans import plan_schema, resolve
from andon.api.prepare import Prepared, judge_rows
from andon.api.ready import ready
from andon.checks import order
from andon.checks.finding import Finding
from andon.errors import Problem, Refused, SettingProblem
from andon.plan import Plan, commented
from andon.records.lives.histories import counted
from andon.run.files import write_json, write_text


def new(job: str, data: str, words: list[str], *, out: Path, force: bool = False) -> str:
    """Text of the plan, written to `out`, and beside it the JSON Schema by which editors complete and check it.

    Findings that would stop a training are met in the plan itself: columns that give the target away go to
    `known.after`, with the finding as the reason.
    """
    if out.exists() and not force:
        raise Problem.of(
            f"there is a plan already: {out}", why="it may hold your own changes", fix="use --force, or --out OTHER"
        )
    resolved = resolve(job, [data, *words])
    try:
        judged = judge_rows(resolved.plan, resolved.job, None)
        leaks = _leaks(judged.findings)
        if leaks:
            known = msgspec.structs.replace(
                resolved.plan.known, after=[*resolved.plan.known.after, *(name for f in leaks for name in _named_by(f))]
            )
            resolved = msgspec.structs.replace(resolved, plan=msgspec.structs.replace(resolved.plan, known=known))
        beside = out.parent if os.access(out.parent, os.W_OK) else None
        with tempfile.TemporaryDirectory(prefix=".arrays-", dir=beside) as folder:  # pictures may not fit in memory
            accepting = msgspec.structs.replace(resolved, plan=_accepting(resolved.plan))
            prepared = ready(accepting, cache=Path(folder) / "arrays")
    except SettingProblem as problem:
        raise resolved.locate(problem) from None
    reasons = _reasons(prepared, leaks)
    reasons |= shares(resolved.plan, prepared.records, len(prepared.raw))[1]
    plan = _named(msgspec.structs.replace(prepared.plan, accept=resolved.plan.accept), prepared)
    schema = out.with_name("plan.schema.json")
    text = f"# yaml-language-server: $schema={schema.name}\n"
    text += commented(plan, reasons, defaults=resolved.job.defaults)
    write_text(out, text)
    write_json(schema, plan_schema())
    remaining = [f for f in order(prepared.findings) if f.level == "error"]
    if remaining:
        raise Refused.of(
            f"the plan is written to {out}, but the data needs mending first: {remaining[0].what}",
            why=remaining[0].why, fix=remaining[0].fix,
        )  # fmt: skip
    return text


def _named(plan: Plan, prepared: Prepared) -> Plan:
    """The plan with the columns and the rule that were found, by name."""
    roles = {role: prepared.records.the(role) for role in ("unit", "time", "group", "weight", "part")}
    rows = msgspec.structs.replace(plan.data.rows, **{role: name for role, name in roles.items() if name is not None})
    spots = prepared.records.pictures and prepared.parts.by == "random"  # by name it would part pictures of one spot
    by = "unit" if prepared.parts.by == "life" else prepared.parts.by
    split = plan.split if spots else msgspec.structs.replace(plan.split, by=by)
    data = msgspec.structs.replace(plan.data, rows=rows)
    # a life that is counted down is no column, and is counted down again
    target = plan.target if counted(prepared.records.columns) else prepared.target
    return msgspec.structs.replace(plan, target=target, data=data, split=split)


def _accepting(plan: msgspec.Struct) -> msgspec.Struct:
    """The same plan, going on over errors: the plan file shall be written in any case."""
    return msgspec.structs.replace(plan, accept=["*"])


def _leaks(findings: list[Finding]) -> list[Finding]:
    """Findings that say a column gives the target away, or comes with it."""
    leaks = [f for f in findings if f.level == "error" and f.code.startswith("leak") and f.column]
    told = {f.column for f in leaks}
    return [*leaks, *(f for f in findings if f.code == "comes_with_the_answer" and f.column not in told)]


def _named_by(finding: Finding) -> list[str]:
    """The columns to leave out; a leak by the difference of two dates has one, though it names both."""
    return [finding.column] if finding.column else finding.columns


def _reasons(prepared: Prepared, leaks: list[Finding]) -> dict[str, str]:
    """Path -> reason, for whatever was decided from the data."""
    reasons = dict(prepared.reasons)
    column = {c.name: c for c in prepared.records.columns}
    reasons["target"] = column[prepared.target].why or "as asked"
    for role in ("unit", "time", "group"):
        name = prepared.records.the(role)
        if name:
            reasons[f"data.rows.{role}"] = column[name].why
    if (event := prepared.records.the("event")) is not None:
        off = f"known.ignore: [{event}] takes it out"
        reasons["data.rows"] = f"'{event}': {column[event].why.partition('; event:')[0]}; {off}"
    reasons["split.by"] = prepared.parts.why
    if leaks:
        reasons["known.after"] = "; ".join(f"{f.column}: {_said(f)}" if f.column else _said(f) for f in leaks)
    return reasons


def _said(finding: Finding) -> str:
    """Why a column is left out, and what else to do with one whose values may have been labelled as wholes."""
    return f"{finding.what}; {finding.fix}" if "wholes" in finding.figures else finding.what
