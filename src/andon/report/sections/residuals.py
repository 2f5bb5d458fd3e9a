"""Predicted beside true values, and how the errors are spread (for numbers)."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from andon.locale import Voice
from andon.report.charts import INK, OURS, data, drawn, fitted
from andon.report.facts import Facts
from andon.report.html import figures, tag, together
from andon.report.section import Section

MOST_POINTS, CELLS, BARS = 2_000, 40, 40


def residuals(facts: Facts, say: Voice) -> Section | None:
    """Points up to two thousand rows, beyond that squares that hold more the darker they are."""
    if facts.task != "regression" or not {"truth", "answer"} <= set(facts.columns()):
        return None
    assert facts.judged is not None
    pair = facts.judged.select(truth=pl.col("truth").cast(pl.Float64), answer=pl.col("answer").cast(pl.Float64))
    pair = pair.filter(pl.all_horizontal(pl.all().is_finite()))
    frame = pair.collect()
    if not frame.height:
        return None
    unit = facts.unit.strip()
    pictures = figures(_against(frame, unit, say), _spread(frame, unit, say))
    return Section(say("Answers beside the truth"), together([tag("p", _sentence(frame, unit, say)), pictures]))


def _sentence(frame: pl.DataFrame, unit: str, say: Voice) -> str:
    """The middle and the tail of the errors in words."""
    size = (frame["answer"] - frame["truth"]).abs()
    half, most = (say.number(size.quantile(q)) + (f" {unit}" if unit else "") for q in (0.5, 0.95))
    return say(
        "Half of the answers are within {half} of the truth, nineteen in twenty within {most}.", half=half, most=most
    )


def _title(text: str, unit: str) -> str:
    """An axis title with its unit."""
    return f"{text} ({unit})" if unit else text


def _ends(frame: pl.DataFrame) -> tuple[float, float]:
    """Smallest and largest of truth and answer."""
    low = min(frame["truth"].min(), frame["answer"].min())  # type: ignore[type-var]
    high = max(frame["truth"].max(), frame["answer"].max())  # type: ignore[type-var]
    return float(low), float(high) if high > low else float(low) + 1.0  # type: ignore[arg-type, operator]


def _against(frame: pl.DataFrame, unit: str, say: Voice) -> Markup:
    """Answer over truth with the line where they are equal."""
    low, high = _ends(frame)
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    axis = alt.Axis(tickCount=5, format=",~r")
    x_title, y_title = _title(say("Truth"), unit), _title(say("Answer"), unit)
    diagonal = (
        alt.Chart(data([{"x": low, "y": low}, {"x": high, "y": high}]))
        .mark_line(color=INK, strokeWidth=1, strokeDash=[4, 3])
        .encode(x=alt.X("x:Q", scale=scale), y=alt.Y("y:Q", scale=scale))
    )
    if frame.height <= MOST_POINTS:
        rows = [
            {"x": float(f"{t:.6g}"), "y": float(f"{a:.6g}")} for t, a in frame.select("truth", "answer").iter_rows()
        ]
        marks = (
            alt.Chart(data(rows))
            .mark_circle(color=OURS, opacity=0.35, size=22)
            .encode(
                x=alt.X("x:Q", scale=scale, title=x_title, axis=axis),
                y=alt.Y("y:Q", scale=scale, title=y_title, axis=axis),
            )
        )
    else:
        marks = (
            alt.Chart(data(_cells(frame, low, high)))
            .mark_rect(color=OURS)
            .encode(
                x=alt.X("x:Q", scale=scale, title=x_title, axis=axis),
                x2="x2:Q",
                y=alt.Y("y:Q", scale=scale, title=y_title, axis=axis),
                y2="y2:Q",
                opacity=alt.Opacity("rows:Q", scale=alt.Scale(type="log", range=[0.12, 1]), legend=None),
            )
        )
    reading = say(
        "Every record is a point (many of them a square, darker where there are more); on the dashed line the answer "
        "is exactly the truth, above it too high, below it too low."
    )
    return drawn(say("Answer over truth"), fitted(alt.layer(marks, diagonal), 320), reading)


def _cells(frame: pl.DataFrame, low: float, high: float) -> list[dict[str, Any]]:
    """Rows counted on a grid of squares."""
    step = (high - low) / CELLS
    at = [((pl.col(c) - low) / step).floor().clip(0, CELLS - 1).alias(c) for c in ("truth", "answer")]
    counted = frame.select(at).group_by("truth", "answer").agg(rows=pl.len()).sort("truth", "answer")
    return [
        {"x": low + t * step, "x2": low + (t + 1) * step, "y": low + a * step, "y2": low + (a + 1) * step, "rows": n}
        for t, a, n in counted.iter_rows()
    ]


def _spread(frame: pl.DataFrame, unit: str, say: Voice) -> Markup:
    """Histogram of answer minus truth; the outermost bars hold everything beyond the 0.5 % tails."""
    error = (frame["answer"] - frame["truth"]).alias("error")
    low, high = float(error.quantile(0.005) or 0.0), float(error.quantile(0.995) or 0.0)
    if not high > low:
        low, high = low - 0.5, high + 0.5
    step = (high - low) / BARS
    bins = ((error.clip(low, high) - low) / step).floor().clip(0, BARS - 1).alias("bin")
    counted = bins.to_frame().group_by("bin").agg(rows=pl.len()).sort("bin")
    rows = [{"from": low + b * step, "to": low + (b + 1) * step, "rows": n} for b, n in counted.iter_rows()]
    bars = (
        alt.Chart(data(rows))
        .mark_bar(color=OURS, opacity=0.7, binSpacing=1)
        .encode(
            x=alt.X(
                "from:Q",
                bin="binned",
                title=_title(say("Answer minus truth"), unit),
                axis=alt.Axis(tickCount=5, format=",~r"),
                scale=alt.Scale(domain=[low, high], nice=False, zero=False),
            ),
            x2="to:Q",
            y=alt.Y("rows:Q", title=say("Rows"), axis=alt.Axis(tickCount=4)),
        )
    )
    zero = alt.Chart(data([{"at": 0.0}])).mark_rule(color=INK, strokeDash=[4, 3]).encode(x="at:Q")
    layers = [bars, zero] if low <= 0 <= high else [bars]
    reading = say(
        "A narrow hill around zero is good; a hill beside zero means answers that are always too high or too low. The "
        "outermost bars hold everything farther out."
    )
    return drawn(say("How the errors are spread"), fitted(alt.layer(*layers), 320), reading)
