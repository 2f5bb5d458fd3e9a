"""Which labels are wrong? Rows answered by cross-validation, and what confident learning makes of the answers."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from andon.api.labels.folds import dealt, prepared_for_folds, scratch, unseen
from andon.api.labels.listed import doubted, ranked
from andon.api.prepare import Judged
from andon.checks.finding import Finding
from andon.checks.target import doubted_labels, rare_labels
from andon.errors import SettingProblem
from andon.jobs import Job
from andon.plan import Plan
from andon.report.suspects import Doubted
from andon.score.suspects import find_suspects


@dataclass(frozen=True)
class Labels:
    """`listed`: every judged row, the likeliest wrong label first (`row`, `given`, `suggested`, `given_probability`,
    `suggested_probability`, `suspect`, `at_…` what names the row, `p_…` each class); `doubted`: what a page
    shows; `findings`: what to do."""

    listed: pl.DataFrame
    doubted: Doubted
    findings: list[Finding]


def judge_labels(plan: Plan, job: Job, judged: Judged, *, quiet: bool) -> Labels:
    """Judge the labels of records that were read and checked. Leaves nothing on the disk, also when interrupted.

    Raises `SettingProblem` for a job without classes, `DataProblem` where too few rows of a class are there.
    """
    if job.task != "classification":
        raise SettingProblem.at(
            "job", "labels cannot be judged", why=f"the job '{job.name}' predicts a number",
            fix="take a job of classes: classify, process_quality or defect_class",
        )  # fmt: skip
    with scratch() as folder:
        prepared = prepared_for_folds(plan, job, judged, folder)
        prepared, fold, few = dealt(prepared)
        prob = unseen(prepared, fold, folder, quiet=quiet)
        found = find_suspects(prob, prepared.task.target(prepared.raw, prepared.state))
        listed = ranked(prepared, prob, found)
        shown = doubted(prepared, listed, found)
    name, suspects = prepared.target, listed.filter("suspect")
    example = (suspects["given"][0], suspects["suggested"][0]) if suspects.height else ("", "")
    findings = [doubted_labels(name, listed.height, suspects["row"].to_numpy(), shown.expected, example)]
    if few:
        findings.append(rare_labels(name, few))
    return Labels(listed, shown, findings)
