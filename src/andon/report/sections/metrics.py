"""All metrics beside their baselines: a picture with intervals, then the figures."""

from __future__ import annotations

from typing import Any

import altair as alt
from markupsafe import Markup

from andon.locale import Voice
from andon.report import words
from andon.report.charts import RIVALS, WIDTH, data, drawn, percent_axis, span
from andon.report.facts import Facts
from andon.report.html import figures, tag, together
from andon.report.section import Section
from andon.report.table import Num, table

MOST_PICTURES = 6
"""Metrics that get a picture; the table has them all."""


def metrics(facts: Facts, say: Voice) -> Section | None:
    """Each metric on its own axis, the network with its interval, the rivals as marks."""
    if not facts.table:
        return None
    named = [name for name in RIVALS if name != "andon"]
    rivals = [name for name in named if any(m.get(name) is not None for m in facts.table.values())]
    shown = {
        n: m for n, m in facts.table.items() if m.get("low") is not None or any(m.get(r) is not None for r in rivals)
    }
    beside = [_meanings(facts, say)]
    if shown:
        beside.insert(0, _picture(dict(list(shown.items())[:MOST_PICTURES]), rivals, say))
    return Section(
        say("Figures, beside simple rules"),
        together([figures(*beside), _table(facts, rivals, say), *_left_out(facts, say)]),
    )


def _meanings(facts: Facts, say: Voice) -> Markup:
    """What each metric means, in one line."""
    pairs: list[Markup] = []
    for name, metric in facts.table.items():
        named = words.metric(name, metric.get("unit"), say)
        if named.meaning:
            pairs += [tag("dt", named.label), tag("dd", named.meaning)]
    return tag("dl", *pairs, class_="meanings") if pairs else Markup("")


def _picture(shown: dict[str, dict[str, Any]], rivals: list[str], say: Voice) -> Markup:
    """One strip per metric."""
    colours = [RIVALS[name] for name in ["andon", *rivals]]
    labels = [say(words.RIVALS[name]) for name in ["andon", *rivals]]
    scales = {
        "color": alt.Color("who:N", scale=alt.Scale(domain=labels, range=[c for c, _ in colours]), sort=labels),
        "shape": alt.Shape("who:N", scale=alt.Scale(domain=labels, range=[s for _, s in colours]), sort=labels),
    }
    strips = [_strip(name, metric, rivals, scales, say) for name, metric in shown.items()]
    chart = alt.vconcat(*strips, spacing=48, bounds="flush").resolve_scale(x="independent")
    reading = say(
        "Each strip is one way to measure; the bar is the 95% interval of this network, the other marks are rivals. A "
        "mark outside the bar is a real difference, one inside may be luck."
    )
    return drawn(say("Every figure with its rivals"), chart, reading)


def _strip(name: str, metric: dict[str, Any], rivals: list[str], scales: dict[str, Any], say: Voice) -> Any:
    """One metric: its interval and dot below, the marks of the rivals above, so that neither hides the other."""
    named = words.metric(name, metric.get("unit"), say)
    values = {"andon": metric["value"], **{rival: metric.get(rival) for rival in rivals}}
    ends = [*values.values(), metric.get("low"), metric.get("high")]
    scale = alt.Scale(domain=span(ends, share=named.share), nice=False, zero=False)
    axis = alt.Axis(title=None, tickCount=5, **percent_axis(named.share))
    marks = [
        {"value": v, "who": say(words.RIVALS[who]), "y": 19 if who == "andon" else 7}
        for who, v in values.items()
        if v is not None
    ]
    level = alt.Y("y:Q", scale=alt.Scale(domain=[0, 26], reverse=True, nice=False), axis=None)
    points = alt.Chart(data(marks)).mark_point(filled=True, size=90, opacity=1)
    interval = [{"low": metric["low"], "high": metric["high"], "y": 19}] if metric.get("low") is not None else []
    rule = alt.Chart(data(interval)).mark_rule(strokeWidth=5, opacity=0.35, strokeCap="round", color=RIVALS["andon"][0])
    arrow = "→" if metric.get("better", "higher") == "higher" else "←"
    title = named.label + words.unit(metric, named) + f"  {arrow} " + say("better")
    return alt.layer(
        rule.encode(x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", y=level),
        points.encode(x=alt.X("value:Q", scale=scale, axis=axis), y=level, **scales),
    ).properties(width=WIDTH - 20, height=26, title=title)


def _table(facts: Facts, rivals: list[str], say: Voice) -> Markup:
    """All metrics in figures."""
    rows: list[list[object]] = []
    for name, metric in facts.table.items():
        named = words.metric(name, metric.get("unit"), say)
        low, high = metric.get("low"), metric.get("high")
        width = None if low is None or high is None else high - low
        said = [Num(words.value(metric.get(k), named, say, width)) for k in ("value", "low", "high", *rivals)]
        rows.append([named.label + words.unit(metric, named), *said])
    heads = [
        say("Measured by"),
        say("Value"),
        say("From"),
        say("To"),
        *[say(words.RIVALS[r]) for r in rivals],
    ]
    return table(heads, rows)


def _left_out(facts: Facts, say: Voice) -> list[Markup]:
    """Records of the part that got no figure, and why."""
    told = []
    rejected, unknown = (int(facts.metrics.get(key) or 0) for key in ("rejected", "unknown"))
    if rejected:
        told.append(
            say.many("{count} record could not be answered.", "{count} records could not be answered.", rejected)
        )
    if unknown and facts.lived:
        told.append(
            say.many(
                "{count} record is of a life whose end is not known, and counts nowhere.",
                "{count} records are of lives whose end is not known, and count nowhere.",
                unknown,
            )
        )
    elif unknown:
        told.append(
            say.many(
                "{count} record has a truth that is missing or was never seen in training.",
                "{count} records have a truth that is missing or was never seen in training.",
                unknown,
            )
        )
    return [tag("p", say.gap.join(told), class_="soft")] if told else []
