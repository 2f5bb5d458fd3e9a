"""Judges records and parts, never changes them; a file per family of findings.

Checks that need the summary alone run first; what they suspect is counted, with rows named, in one shared pass over
the table in file order, which also brings evenly spaced rows and repeats for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import polars as pl

from andon.checks import (
    after,
    categories,
    drift,
    identity,
    leak,
    mirror,
    missing,
    outliers,
    overlap,
    pictures,
    reading,
    repeats,
    series,
    target,
    units,
    values,
    walk,
)
from andon.checks import rules as plan_rules
from andon.checks.drift import Parts
from andon.checks.facts import Draft, Facts
from andon.checks.finding import Finding, Level, gather, order
from andon.jobs import JOBS, looks_back
from andon.plan.settings import Plan
from andon.records.lives.histories import open_ended
from andon.records.records import Records
from andon.summary import Finished

CHECKS: dict[str, Callable[[Facts], Sequence[Finding | Draft]]] = {
    "reading": reading.reading,
    "target": target.target,
    "leak": leak.leak,
    "after": after.after,
    "with_the_answer": after.with_the_answer,
    "missing": missing.missing,
    "values": values.values,
    "units": units.mixed,
    "outliers": outliers.outliers,
    "categories": categories.categories,
    "whole_rows": repeats.whole_rows,
    "unit_and_time": repeats.unit_and_time,
    "mirror": mirror.mirror,
}
"""Checks that stand on the summary. A new one is one file and one line here."""

NUMBERS = ("regression", "remaining_life")
"""Tasks whose answers are numbers."""

ORDERED_CHECKS: dict[str, Callable[[Facts], Sequence[Finding | Draft]]] = {
    "identity": identity.identity,
    "unit_stretch": units.stretch,
}
"""Checks that look at rows in file order; they run after the shared pass and give findings only."""


class Reader(Protocol):
    """Someone who reads along in a pass."""

    def columns(self) -> set[str]:
        """Columns that are needed."""
        ...

    def see(self, row: int, block: pl.DataFrame) -> None:
        """Take one block into account, whose first row has this number."""
        ...


def check_records(records: Records, summary: Finished, plan: Plan, *, read: Records | None = None) -> list[Finding]:
    """Everything that can be said of the records before they are split, errors first. The plan's rules are included.
    `read`: the records as they were read, where they have been put in order since."""
    rules = plan_rules.read_rules(records, plan.checks)
    facts = Facts(records, summary, plan, task_of(records, summary, plan))
    found = [finding for check in CHECKS.values() for finding in check(facts)]
    found += [finding for check in pictures.CHECKS.values() for finding in check(facts)]
    found = [*series.series(facts, read), *found]  # a unit jump with its place goes before one without
    found += plan_rules.drafts(records, summary, rules)
    counted = walk.Counted([draft for draft in found if isinstance(draft, Draft)])
    spaced = walk.Spaced(summary.sample.columns, summary.rows)
    target_names = [facts.target] if facts.target else []
    compared = [] if _more(records, plan) or not target_names else records.identity()
    twins = walk.Hashed(compared, target_names, summary.rows)
    watched = _monotone(records, rules)
    _pass(records, [counted, spaced, twins, *watched])
    ordered, row_numbers = spaced.finish()
    facts = Facts(records, summary, plan, facts.task, ordered, row_numbers)
    findings = [finding for finding in found if isinstance(finding, Finding)] + counted.findings(summary.rows)
    findings += [f for check in ORDERED_CHECKS.values() for f in check(facts) if isinstance(f, Finding)]
    findings += repeats.conflicts(facts, twins.finish()) if target_names else []
    findings += [finding for watch in watched for finding in watch.findings()]
    return order(gather(_once(findings)))


READ_AS_TEXT = ("numbers_in_text", "mixed_numbers", "ambiguous_date")
"""Findings that say what a column of texts is in truth."""


def _once(findings: list[Finding]) -> list[Finding]:
    """Leave out what a stronger finding of the same column says already."""
    leaks = {finding.column for finding in findings if finding.level == "error" and finding.why == leak.WHY}
    as_text = {finding.column for finding in findings if finding.code in READ_AS_TEXT}
    weaker: dict[str, set[str]] = {"known_after": leaks, "identifier_as_input": leaks | as_text}
    kept = [finding for finding in findings if finding.column not in weaker.get(finding.code, set())]
    jumps: dict[str, Finding] = {}  # two heaps are told with exact rows, so they go before a stretch
    for finding in kept:
        if finding.code == "unit_jump":
            jumps.setdefault(finding.column, finding)
    return [finding for finding in kept if finding.code != "unit_jump" or finding is jumps[finding.column]]


def check_rules(records: Records, summary: Finished, plan: Plan) -> list[Finding]:
    """What breaks the rules of the plan, alone; the same findings as `check_records` gives among others."""
    rules = plan_rules.read_rules(records, plan.checks)
    found = plan_rules.drafts(records, summary, rules)
    counted = walk.Counted([draft for draft in found if isinstance(draft, Draft)])
    watched = _monotone(records, rules)
    _pass(records, [counted, *watched])
    return order([*counted.findings(summary.rows), *(finding for watch in watched for finding in watch.findings())])


def check_parts(records: Records, parts: Parts, summary: Finished, plan: Plan) -> list[Finding]:
    """What stands on both sides of a split, what a part lacks, and how the parts differ; errors first."""
    facts = Facts(records, summary, plan, task_of(records, summary, plan))
    inputs = [column.name for column in facts.inputs()]
    looked = drift.Looked(inputs, parts)
    compared = [] if _more(records, plan) else records.identity() if records.pictures else inputs
    twins = overlap.Sides(compared, parts)
    named = {role: overlap.Sides([name], parts) for role in ("unit", "group") if (name := _the(records, role))}
    shown = facts.task == "classification" and (plan.job not in JOBS or JOBS[plan.job].task != "anomaly")
    classes = (
        overlap.ClassesPerPart(facts.target, parts, pictures=bool(records.pictures)) if facts.target and shown else None
    )
    _pass(records, [looked, twins, *named.values(), *([classes] if classes else [])])
    findings = [*overlap.sizes(parts), *(classes.findings() if classes else [])]
    findings += overlap.no_ends(parts, open_ended(records))
    for role, sides in named.items():
        findings += overlap.same_name(sides.finish(), parts, role, _the(records, role) or "")
    findings += overlap.identical_rows(twins.finish(), parts)
    findings += pictures.across_parts(facts, parts)
    findings += drift.drift(facts, parts, *looked.finish())
    return order(gather(findings))


def _more(records: Records, plan: Plan) -> bool:
    """Is an input more than can be compared cell by cell: the rows before it, or pictures or windows in the cells
    themselves, which would cost more to hash again than it tells?"""
    held = [column for column in records.columns if column.kind in ("image", "signal") and column.role == "input"]
    return looks_back(plan.job) or any(column.name not in records.pictures for column in held)


def _the(records: Records, role: str) -> str | None:
    """The column that names the unit or group."""
    return records.the("unit") if role == "unit" else records.the("group")


def _monotone(records: Records, rules: dict[str, plan_rules.Rule]) -> list[plan_rules.Monotone]:
    """A watcher for each rule about order."""
    unit = records.the("unit")
    return [plan_rules.Monotone(name, rule, unit) for name, rule in rules.items() if rule.monotone]


def _pass(records: Records, readers: Sequence[Reader]) -> None:
    """One pass over the columns that anybody needs, in file order."""
    needed = {name for reader in readers for name in reader.columns()}
    names = [column.name for column in records.columns if column.name in needed]
    if names:
        for row, block in walk.blocks(records.frame, names):
            for reader in readers:
                reader.see(row, block)


def task_of(records: Records, summary: Finished, plan: Plan) -> str:
    """Whether the target is a class or a number, by its values and the job; empty without a target. A number of many
    different values is no class even where `andon check` looks at records without knowing the job."""
    name = records.the("target")
    if name is None:
        return ""
    if plan.job in JOBS and JOBS[plan.job].task == "labels":
        return "labels"
    if records.kind(name) != "number":
        return "classification"
    asked = JOBS[plan.job].task if plan.job in JOBS else "classification"
    classes = summary.numbers[name].distinct_seen if name in summary.numbers else 0
    classy = asked not in NUMBERS and classes <= 100 and not plan.quantiles
    return "classification" if classy else "regression"


__all__ = [
    "CHECKS",
    "ORDERED_CHECKS",
    "Draft",
    "Facts",
    "Finding",
    "Level",
    "Parts",
    "check_parts",
    "check_records",
    "check_rules",
    "gather",
    "order",
    "task_of",
]
