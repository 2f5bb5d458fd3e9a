"""The page of `andon check`: what was found, and a line per column with its shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from andon.checks.finding import Finding
from andon.locale import Voice, mark, translate
from andon.records.records import Column
from andon.report.html import tag, together
from andon.report.lights import data_light
from andon.report.page import document
from andon.report.section import Section
from andon.report.sections.findings import findings_list
from andon.report.suspects import Doubted, suspects_section
from andon.report.table import Num, table

if TYPE_CHECKING:
    from andon.summary import Finished

MOST_COLUMNS, BARS = 400, 24

KINDS = {
    "number": mark("number"), "category": mark("category"), "date": mark("date"), "image": mark("picture"),
    "signal": mark("window of a series"), "text": mark("text"),
}  # fmt: skip
ROLES = {
    "input": mark("input"), "target": mark("to be predicted"), "unit": mark("unit"), "time": mark("time"),
    "group": mark("group"), "weight": mark("weight"), "part": mark("part"), "after": mark("known only afterwards"),
    "event": mark("says what happened to a unit"), "ignore": mark("left out"),
}  # fmt: skip


def findings_page(
    findings: Sequence[Finding],
    title: str,
    language: str = "en",
    *,
    columns: Sequence[Column] = (),
    summary: Finished | None = None,
    labels: Doubted | None = None,
) -> str:
    """A page with the findings and, where columns are given, an overview of them; a summary adds figures and shapes,
    judged labels the rows to look at."""
    say = translate(language)
    sections = [("findings", Section(say("What was found in the records"), findings_list(findings, say)))]
    if labels is not None:
        sections.append(("labels", suspects_section(labels, say)))
    if columns:
        sections.append(("columns", Section(say("The columns"), _overview(columns, findings, summary, say))))
    under = "" if summary is None else say.many("{count} row", "{count} rows", summary.rows)
    return document(title, under, [data_light(tuple(findings), say)], sections, say)


def _overview(columns: Sequence[Column], findings: Sequence[Finding], summary: Finished | None, say: Voice) -> Markup:
    """A table with a row per column; those with findings first."""
    troubled = {finding.column for finding in findings if finding.level != "info"}
    ordered = sorted(columns, key=lambda column: column.name not in troubled)
    rows: list[list[object]] = []
    for column in ordered[:MOST_COLUMNS]:
        sign = tag("span", "!", class_="sign look", title=say("see above")) if column.name in troubled else ""
        name = together([column.name, " ", sign]) if sign else column.name
        rows.append(
            [
                name,
                say(KINDS.get(column.kind, column.kind)),
                say(ROLES.get(column.role, column.role)),
                *_measured(column, summary, say),
            ]
        )
    heads = [say("Column"), say("Kind"), say("Role")]
    heads += [] if summary is None else [say("Missing"), say("Values"), say("Shape")]
    note = []
    if len(columns) > MOST_COLUMNS:
        note = [
            tag("p", say("Of {count} columns, {most} are shown.", count=say.count(len(columns)), most=MOST_COLUMNS))
        ]
    reading = tag("p", say("The shape: how often small values (left) to large ones (right) occur."), class_="soft")
    return together([*note, table(heads, rows), *([] if summary is None else [reading])])


def _measured(column: Column, summary: Finished | None, say: Voice) -> list[object]:
    """Missing share, what values there are, and their shape."""
    if summary is None:
        return []
    rows = max(summary.rows, 1)
    if column.name in summary.numbers:
        facts = summary.numbers[column.name]
        reach = say("{low} to {high}", low=say.number(facts.low), high=say.number(facts.high))
        return [Num(say.share(facts.missing / rows)), reach, _shape(_heights(summary, column.name))]
    if column.name in summary.categories:
        kinds = summary.categories[column.name]
        counts = np.array(list(kinds.counts.values())[:BARS], dtype=float)
        values = say.many("{count} value", "{count} values", len(kinds.counts) + kinds.overflow)
        return [Num(say.share(kinds.missing / rows)), values, _shape(counts)]
    if column.name in summary.dates:
        dates = summary.dates[column.name]
        return [Num(say.share(dates.missing / rows)), "", ""]
    return [Num(say.share(None)), "", ""]


def _heights(summary: Finished, name: str) -> np.ndarray:
    """How many of the summary's sampled rows fall into each of `BARS` bins between the 1 % and 99 % quantiles."""
    if name not in summary.sample.columns:
        return np.zeros(0)
    values = summary.sample[name].drop_nulls().cast(float).to_numpy()
    values = values[np.isfinite(values)]
    if not len(values):
        return np.zeros(0)
    low, high = np.quantile(values, [0.01, 0.99])
    return np.histogram(np.clip(values, low, high), bins=BARS, range=(low, high if high > low else low + 1))[0]


def _shape(heights: np.ndarray) -> Markup:
    """Bars as a small picture within the line of text."""
    if not len(heights) or not heights.max():
        return Markup("")
    bars = [
        Markup('<rect x="{}" y="{:.1f}" width="3" height="{:.1f}"/>').format(4 * i, 20 - h, h)
        for i, h in enumerate(np.where(heights > 0, np.maximum(20 * heights / heights.max(), 1), 0))
        if h > 0
    ]
    return tag(
        "svg", *bars, width=4 * BARS, height=20, viewBox=f"0 0 {4 * BARS} 20", class_="shape", aria_hidden="true"
    )
