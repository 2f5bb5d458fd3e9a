"""Whether stated confidence is earned: reliability of probabilities, coverage of intervals."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from andon.locale import Voice
from andon.report.charts import INK, OURS, data, drawn, fitted, interval_plot
from andon.report.facts import Facts
from andon.report.html import figures, tag
from andon.report.lights import calibration_error
from andon.report.section import Section

SLICES = 8
"""Slices of the answers in which coverage is looked at by itself."""


def calibration(facts: Facts, say: Voice) -> Section | None:
    """Reliability curve for classes, coverage overall and by size of the answer for numbers."""
    pictures = [picture for picture in (_reliability(facts, say), _coverage(facts, say)) if picture is not None]
    sentences = [sentence for sentence in (_confidence(facts, say), _intervals(facts, say)) if sentence]
    if not pictures and not sentences:
        return None
    told = [tag("p", sentence) for sentence in sentences]
    return Section(say("Whether its confidence is earned"), figures(*pictures, tag("div", *told)))


def _confidence(facts: Facts, say: Voice) -> str | None:
    """Calibration error in words, beside what chance alone would show."""
    measured = calibration_error(facts.metrics.get("reliability") or [])
    if measured is None:
        return None
    return say(
        "Stated confidence and share of right answers lie {error} apart on average; {noise} would be chance alone.",
        error=say.share(measured[0]),
        noise=say.share(measured[1]),
    )


def _intervals(facts: Facts, say: Voice) -> str | None:
    """Coverage and width of intervals, or of sets of classes, in words."""
    found = facts.metrics.get("intervals") or {}
    if found.get("covered") is None:
        return None
    asked, covered, width = say.share(found.get("asked")), say.share(found["covered"]), say.number(found.get("width"))
    if facts.task == "classification":
        return say(
            "Where one answer is not sure, a set of classes is given: asked to hold the truth in {asked} of the "
            "records, the sets hold it in {covered} and name {width} classes on average.",
            asked=asked,
            covered=covered,
            width=width,
        )
    return say(
        "The intervals were asked to hold {asked} of the true values and hold {covered}; they are {width} wide on "
        "average.",
        asked=asked,
        covered=covered,
        width=width + facts.unit,
    )


def _reliability(facts: Facts, say: Voice) -> Markup | None:
    """Share of right answers over stated confidence, with the 95 % interval of each bin (Wilson 1927)."""
    bins = [b for b in facts.metrics.get("reliability") or [] if b.get("rows")]
    if not bins:
        return None
    classes = (facts.metrics.get("confusion") or {}).get("classes") or []
    positive = (facts.metrics.get("decision") or {}).get("positive", "")
    stated = say("Stated confidence")
    if len(classes) == 2:
        stated = say("Stated probability of the class to catch") + (f" ({positive})" if positive else "")
    rows: list[dict[str, Any]] = []
    for b in bins:
        low, high = wilson(b["share"], b["rows"])
        rows.append({"x": b["mean"], "y": b["share"], "low": low, "high": high, "rows": b["rows"]})
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(format=".0%", tickCount=5)
    line = (
        alt.Chart(data([{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
        .mark_line(color=INK, strokeWidth=1, strokeDash=[4, 3])
        .encode(x=alt.X("x:Q", scale=scale), y=alt.Y("y:Q", scale=scale))
    )
    base = alt.Chart(data(rows)).encode(x=alt.X("x:Q", scale=scale, title=stated, axis=axis))
    whiskers = base.mark_rule(color=OURS, opacity=0.45, strokeWidth=3).encode(
        y=alt.Y("low:Q", scale=scale, title=""), y2="high:Q"
    )
    dots = base.mark_circle(color=OURS, opacity=1).encode(
        y=alt.Y("y:Q", scale=scale, title=say("How often it was so"), axis=axis),
        size=alt.Size("rows:Q", scale=alt.Scale(range=[30, 260]), legend=None),
    )
    reading = say(
        "On the dashed line, 80% confidence is right eight times in ten; dots below it are too sure of themselves, "
        "dots above too modest. Large dots hold many records."
    )
    chart = fitted(alt.layer(line, whiskers, dots), 320)
    return drawn(say("Stated confidence and what happened"), chart, reading)


def wilson(share: float, rows: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share of so many rows (Wilson 1927, eq. 4)."""
    center = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * (share * (1 - share) / rows + z * z / (4 * rows * rows)) ** 0.5
    return max(0.0, center - half), min(1.0, center + half)


def _coverage(facts: Facts, say: Voice) -> Markup | None:
    """Share of truths inside their interval, by size of the answer: an average may hide a part that is never right."""
    if not {"truth", "answer", "low", "high"} <= set(facts.columns()) or facts.task != "regression":
        return None
    assert facts.judged is not None
    # rows of one life are right or wrong together: they count as one
    counted = pl.col("life").n_unique() if facts.lived and "life" in facts.columns() else pl.len()
    keys = [name for name in ("truth", "answer", "low", "high", "life") if name in facts.columns()]
    numbers = facts.judged.select(pl.col(c).cast(pl.Float64) for c in keys).drop_nulls()
    numbers = numbers.filter(pl.col("truth").is_finite())  # of a life that goes on nobody knows where its end lies
    frame = numbers.with_columns(
        inside=pl.col("truth").is_between("low", "high"), rank=pl.col("answer").rank("ordinal")
    )
    frame = frame.with_columns(slice=((pl.col("rank") - 1) * SLICES // pl.len().clip(1)))
    sliced = (
        frame.group_by("slice")
        .agg(low=pl.col("answer").min(), high=pl.col("answer").max(), inside=pl.col("inside").mean(), rows=counted)
        .sort("slice")
        .collect()
    )
    asked = (facts.metrics.get("intervals") or {}).get("asked")
    rows = []
    for part in sliced.iter_rows(named=True):
        low, high = wilson(part["inside"], part["rows"])
        label = say("{low} to {high}", low=say.number(part["low"]), high=say.number(part["high"]))
        rows.append(
            {"label": label, "value": part["inside"], "low": low, "high": high, "colour": OURS, "shape": "circle"}
        )
    if len({row["label"] for row in rows}) < 2:
        return None
    reading = say(
        "Each line is a slice of the answers, small ones first; the dot says how many true values lay inside their "
        "interval. Dots near the dashed line keep the promise; a slice far left of it needs care."
    )
    chart = interval_plot(rows, title=say("Share of true values inside the interval"), share=True, line=asked)
    return drawn(say("Intervals, by size of the answer"), chart, reading)
