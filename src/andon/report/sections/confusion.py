"""The confusion matrix: what was taken for what."""

from __future__ import annotations

from typing import Any

import altair as alt
from markupsafe import Markup

from andon.locale import Voice
from andon.report.charts import INK, OURS, PAPER, WIDTH, data, drawn
from andon.report.facts import Facts
from andon.report.html import figures, jpeg, tag, together
from andon.report.section import Section

MOST_CLASSES, MOST_MISTAKES = 20, 6
MOST_CELLS, MOST_PICTURES = 4, 6
"""Squares of the matrix that are shown in pictures, and how many of each."""


def confusion(facts: Facts, say: Voice) -> Section | None:
    """Truth down, answer across, shares of each row; of many classes the twenty that are mixed up most."""
    found = facts.metrics.get("confusion") or {}
    classes, counts = [str(c) for c in found.get("classes") or []], found.get("counts") or []
    if not classes or len(counts) != len(classes):
        return None
    kept = _worst_classes(counts) if len(classes) > MOST_CLASSES else list(range(len(classes)))
    beside: list[Markup] = [_mistakes(classes, counts, say)]
    if len(kept) < len(classes):
        cut = say(
            "Of {all} classes, the {count} with the most mistakes are shown.",
            all=say.count(len(classes)),
            count=len(kept),
        )
        beside.append(tag("p", cut))
    picture = _picture(classes, counts, kept, say)
    whole = [figures(picture, tag("div", *beside)), _pictures(facts, _wrong(classes, counts), say)]
    return Section(say("What was taken for what"), together(part for part in whole if part is not None))


def _worst_classes(counts: list[list[int]]) -> list[int]:
    """Classes with the most mistakes, as truth or as answer, in their own order."""
    wrong = [sum(row) + sum(other[i] for other in counts) - 2 * row[i] for i, row in enumerate(counts)]
    return sorted(sorted(range(len(counts)), key=lambda i: -wrong[i])[:MOST_CLASSES])


def _mistakes(classes: list[str], counts: list[list[int]], say: Voice) -> Markup:
    """The most frequent mistakes in words."""
    told = [
        tag("li", say("{truth} taken for {answer}: {count}×", truth=truth, answer=answer, count=say.count(n)))
        for n, truth, answer in _wrong(classes, counts)[:MOST_MISTAKES]
    ]
    if not told:
        return tag("p", say("No mistakes."))
    return tag("div", tag("h3", say("Most frequent mistakes")), tag("ul", *told))


def _wrong(classes: list[str], counts: list[list[int]]) -> list[tuple[int, str, str]]:
    """How often, truth and answer of each kind of mistake, the most frequent first."""
    pairs = [(n, t, a) for t, row in enumerate(counts) for a, n in enumerate(row) if t != a and n]
    return [(n, classes[t], classes[a]) for n, t, a in sorted(pairs, reverse=True)]


def _pictures(facts: Facts, wrong: list[tuple[int, str, str]], say: Voice) -> Markup | None:
    """For the largest wrong squares their worst pictures, where any of them are among those the run kept."""
    if facts.worst is None:
        return None
    strips: list[Markup] = []
    for n, truth, answer in wrong:
        here = facts.worst.filter((facts.worst["truth"] == truth) & (facts.worst["answer"] == answer))
        if not here.height or len(strips) == MOST_CELLS:
            continue
        images = [
            tag("img", src=jpeg(entry["picture"]), alt=say("picture"), title=_where(entry, say))
            for entry in here.head(MOST_PICTURES).iter_rows(named=True)
        ]
        named = say("{truth} taken for {answer}: {count}×", truth=truth, answer=answer, count=say.count(n))
        strips.append(tag("div", tag("p", named), *images, class_="strip"))
    if not strips:
        return None
    reading = say(
        "The worst pictures of the most frequent mistakes; a wrong label is often seen at once. Where the network "
        "looked is shown further down."
    )
    return together([tag("h3", say("What the mistakes look like")), tag("p", reading), *strips])


def _where(entry: dict[str, Any], say: Voice) -> str:
    """File or row of a picture, as a tip."""
    return str(entry["place"] or say("row {row}", row=entry["row"]))


def _picture(classes: list[str], counts: list[list[int]], kept: list[int], say: Voice) -> Markup:
    """The matrix; each row adds up to all records of its true class."""
    rows: list[dict[str, Any]] = []
    for t in kept:
        total = sum(counts[t]) or 1
        for a in kept:
            share = counts[t][a] / total
            text = say.count(counts[t][a]) if counts[t][a] else ""
            rows.append({"truth": f"{classes[t]}", "answer": f"{classes[a]}", "share": share, "text": text})
    order = [classes[i] for i in kept]
    cell = max(22, min(84, 320 // len(kept)))
    base = alt.Chart(data(rows)).encode(
        x=alt.X(
            "answer:N",
            sort=order,
            title=say("Answer"),
            axis=alt.Axis(
                orient="top",
                grid=False,
                labelColor=INK,
                labelAngle=0 if 7 * max(map(len, order)) <= cell else -40,
                labelLimit=80,
            ),
        ),
        y=alt.Y("truth:N", sort=order, title=say("Truth"), axis=alt.Axis(grid=False, labelColor=INK, labelLimit=90)),
    )
    squares = base.mark_rect(color=OURS, stroke=PAPER, strokeWidth=2).encode(
        opacity=alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.06, 1]), legend=None)
    )
    texts = base.mark_text(fontSize=12 if cell >= 34 else 9).encode(
        text="text:N", color=alt.condition("datum.share > 0.55", alt.value(PAPER), alt.value(INK))
    )
    side = min(cell * len(kept), WIDTH)
    chart = alt.layer(squares, texts).properties(width=side, height=side * 0.66 if len(kept) <= 5 else side * 0.8)
    reading = say(
        "Each row is one true class and where its records went; a strong diagonal is good, a strong square beside it "
        "is a pair of classes that the network mixes up."
    )
    return drawn(say("Truth and answer"), chart, reading)
