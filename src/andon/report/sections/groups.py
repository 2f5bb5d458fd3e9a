"""Per class and per group: where it is good and where it is not."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from andon.locale import Voice
from andon.report import words
from andon.report.charts import OURS, drawn, interval_plot
from andon.report.facts import Facts
from andon.report.html import figures, tag, together
from andon.report.section import Section
from andon.report.table import Num, table

JUDGED_BY = {"classification": "accuracy", "regression": "rmse", "labels": "label_average_precision"}
"""What groups are judged by, unless the run says otherwise (`group_metric`)."""
MOST_CLASSES, MOST_GROUPS, MOST_COLUMNS = 20, 15, 4


def groups(facts: Facts, say: Voice) -> Section | None:
    """A table per class and a picture per grouping column; long lists are cut to their worst."""
    parts = [*_classes(facts, say)]
    columns: dict[str, list[dict[str, Any]]] = {}
    for group in facts.metrics.get("per_group") or []:
        if group.get("metric") is not None:
            columns.setdefault(str(group.get("column", "")), []).append(group)
    pictures = [_picture(column, found, facts, say) for column, found in list(columns.items())[:MOST_COLUMNS]]
    if pictures:
        parts.append(figures(*pictures))
    return Section(say("Per class and group"), together(parts)) if parts else None


def _classes(facts: Facts, say: Voice) -> list[Markup]:
    """Precision, recall and F1 of each class, the worst first when there are many."""
    found = list(facts.metrics.get("per_class") or [])
    if not found:
        return []
    parts: list[Markup] = []
    if len(found) > MOST_CLASSES:
        parts.append(tag("p", _cut(len(found), MOST_CLASSES, say)))
        found = sorted(found, key=lambda c: c.get("f1") if c.get("f1") is not None else 2.0)[:MOST_CLASSES]
    rows = [
        [
            str(c.get("class", "")),
            Num(say.count(c.get("rows"))),
            Num(say.share(c.get("recall") if c.get("rows") != 0 else None)),  # nobody asked about it
            Num(say.share(c.get("precision"))),
            Num(say.fixed(c.get("f1") if c.get("rows") != 0 else None, 3)),
        ]
        for c in found
    ]
    heads = [say("Class"), say("Rows"), say("Found of all there were"), say("Right of those answered"), "F1"]
    return [*parts, table(heads, rows)]


def _cut(count: int, most: int, say: Voice) -> str:
    """That only the worst are shown."""
    return say("Of {count}, the {most} worst are shown.", count=say.count(count), most=most)


def _picture(column: str, found: list[dict[str, Any]], facts: Facts, say: Voice) -> Markup:
    """The main metric per value of one column, with its interval; the dashed line is the figure over all."""
    name = facts.metrics.get("group_metric") or JUDGED_BY.get(facts.task, facts.metrics.get("main"))
    main = facts.table.get(str(name), {})
    named = words.metric(str(name), main.get("unit"), say)
    higher = main.get("better", "higher") == "higher"
    title = say("By {column}", column=column)
    worst_first = sorted(found, key=lambda g: g["metric"], reverse=not higher)
    note = f" {_cut(len(found), MOST_GROUPS, say)}" if len(found) > MOST_GROUPS else ""
    rows = [
        {
            "label": f"{g.get('value')} ({say.count(g.get('rows'))})",
            "value": g["metric"], "low": g.get("low"), "high": g.get("high"), "colour": OURS, "shape": "circle",
        }
        for g in worst_first[:MOST_GROUPS]
    ]  # fmt: skip
    chart = interval_plot(rows, title=named.label + words.unit(main, named), share=named.share, line=main.get("value"))
    reading = say(
        "One line per group, the worst at the top, its number of records in brackets; a bar that does not reach the "
        "dashed line (all records) is a group the network serves differently."
    )
    return drawn(title, chart, reading + note)
