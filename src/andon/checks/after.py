"""Columns known only after the fact, by the words in their names, or since they come with the answer."""

from __future__ import annotations

import re

import numpy as np

from andon.checks import measure
from andon.checks.facts import Facts, floats, labels
from andon.checks.finding import Finding, Level

STRONG = {
    "rework", "reworked", "scrap", "scrapped", "repair", "repaired", "reject", "rejected", "disposition", "verdict",
    "outcome", "complaint", "warranty", "refund", "profit", "revenue", "margin", "downtime", "aftermath", "posthoc",
    "rootcause", "diagnosis", "delivered",
}  # fmt: skip
"""Words for what happens to a part or order once the answer is known."""
LABELLING = {
    "result", "results", "fail", "failed", "failure", "fault", "faults", "defect", "defects", "judgement", "judgment",
    "cause", "reason", "decision", "label",
}  # fmt: skip
"""Words for what is judged or found; they also name honest counts (`faults_last_week`)."""
WEAK = LABELLING | {"after", "final", "recorded", "received", "completed", "closed", "returned", "corrected"}
"""Words that may mean the same but also occur in honest names (`temperature_after_cooler`)."""
STRONG_ZH = ("返工", "返修", "维修", "修理", "报废", "处置", "投诉", "退货", "判定", "利润", "停机时间", "诊断", "事后")
WEAK_ZH = ("结果", "之后", "最终", "缺陷", "故障", "失效", "不良", "原因", "结论", "完成", "签收")


def words(name: str) -> list[str]:
    """Words of a column name: `ScrapCode`, `scrap_code` and `scrap-code (1)` all give `scrap`, `code`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [word.lower() for word in re.findall(r"[A-Za-z]+\d*", apart)]


def telling_word(name: str, *, weak: bool = True) -> str:
    """The word in a name that says "known afterwards", or nothing."""
    for word in words(name):
        if word in STRONG or (weak and word in WEAK):
            return word
    if "root_cause" in name.lower() or "root cause" in name.lower():
        return "root cause"
    return next((w for w in (STRONG_ZH + WEAK_ZH if weak else STRONG_ZH) if w in name), "")


def labelling_word(name: str) -> str:
    """The word in a name that says "part of the label", or nothing: strong enough to make a question an error."""
    word = telling_word(name)
    return "" if word in WEAK - LABELLING or word in ("之后", "最终", "完成", "签收") else word


def after(facts: Facts) -> list[Finding]:
    """Inputs whose names say that they exist only after the fact: a warning for plain words, for doubtful ones only
    where the column also goes with the target; else an info."""
    found = []
    for column in facts.inputs():
        word = telling_word(column.name)
        if not word:
            continue
        plain = bool(telling_word(column.name, weak=False))
        strength = _strength(facts, column.name, column.kind)
        level: Level = "warning" if plain or strength >= 0.25 else "info"
        found.append(
            Finding(
                level=level,
                code="known_after",
                column=column.name,
                rows=facts.rows,
                what=f"'{column.name}' sounds ('{word}') like something that is written once the answer is known",
                why="at the line it is still empty when the answer is due, and in the records it gives the answer away",
                fix=f"if so: known.after: ['{column.name}']; if it is measured before, nothing",
                figures={"strength": strength},
            )
        )
    return found


def with_the_answer(facts: Facts) -> list[Finding]:
    """Inputs that were joined by key from the very source that brings the target."""
    target = next((column for column in facts.records.columns if column.role == "target"), None)
    if target is None or not target.source:
        return []
    asked = target.name
    return [
        Finding(
            level="warning",
            code="comes_with_the_answer",
            column=column.name,
            rows=facts.rows,
            what=f"'{column.name}' comes from '{target.source}', as the target '{asked}' does",
            why="who measures the answer writes it down beside it: when the answer is due, neither is there yet",
            fix=f"if so: known.after: ['{column.name}']; if it is known before, nothing",
        )
        for column in facts.inputs("number", "category", "date", "image", "signal")
        if column.source == target.source
    ]


def _strength(facts: Facts, name: str, kind: str) -> float:
    """How much of the target the column explains alone (0 to 1), on the sample; 0 without a target."""
    if facts.target is None or facts.target not in facts.sample.columns or kind in ("image", "signal"):
        return 0.0
    rows = facts.sample.drop_nulls(facts.target)
    if rows.height < 30:
        return 0.0
    if kind in ("number", "date"):
        codes = measure.binned(floats(rows[name]))
    else:
        codes, _ = labels(rows[name])
        codes = np.where(codes < 0, codes.max(initial=0) + 1, codes)
    if facts.task == "regression":
        truth = floats(rows[facts.target])
        known = ~np.isnan(truth)
        return max(0.0, measure.table_r2(codes[known], measure.ranks(truth[known])))
    truth_codes, _ = labels(rows[facts.target])
    return max(0.0, measure.table_skill(codes, truth_codes))
