"""Pictures of a decision: scores of good and bad parts, what every threshold costs, and escapes against overkills."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from andon.locale import Voice
from andon.report.charts import BASE, INK, OURS, PAPER, STOP, data, drawn, fitted
from andon.report.facts import number

BINS = 40
TICKS = (0.0, 0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 1.0)


def histogram(scores: pl.DataFrame, lines: Sequence[tuple[float, str]], title: str, say: Voice) -> Markup:
    """Scores of good and bad parts, each as a share of its own kind, with a named line where the decision changes.

    `scores` has `fine` (a thousandth of the score), `bad` and `rows`.
    """
    names = {False: say("good parts"), True: say("bad parts")}
    wide = scores.group_by(bin=pl.col("fine") * BINS // 1000, bad="bad").agg(pl.col("rows").sum()).sort("bin", "bad")
    wide = wide.with_columns(share=pl.col("rows") / pl.col("rows").sum().over("bad"))
    rows = [{"from": r["bin"] / BINS, "to": (r["bin"] + 1) / BINS, "share": r["share"], "kind": names[r["bad"]]}
            for r in wide.iter_rows(named=True)]  # fmt: skip
    colour = alt.Color("kind:N", scale=alt.Scale(domain=[names[False], names[True]], range=[BASE, STOP]))
    axis = alt.Axis(format=".0%", tickCount=4)
    bars = (
        alt.Chart(data(rows))
        .mark_bar(opacity=0.65, binSpacing=1)
        .encode(
            x=alt.X("from:Q", bin="binned", scale=alt.Scale(domain=[0, 1], nice=False), title=title),
            x2="to:Q",
            y=alt.Y("share:Q", stack=None, title=say("Share of its kind"), axis=axis, scale=alt.Scale(type="sqrt")),
            color=colour,
        )
    )
    layers: list[Any] = [bars]
    for place, (at, name) in enumerate(lines):
        rule = alt.Chart(data([{"at": at, "name": name}])).encode(x="at:Q")
        left = at > 0.7
        text = rule.mark_text(
            align="right" if left else "left", dx=-5 if left else 5, baseline="top", y=2 + 16 * place
        ).encode(text="name:N")
        layers += [rule.mark_rule(color=INK, strokeWidth=1.5), text]
    if len(lines) > 1:
        reading = say(
            "Left of the first line parts are passed, right of the second they are stopped, between them a person "
            "decides. Red bars left of the first are escapes, grey bars right of the second overkills. Low bars are "
            "drawn enlarged."
        )
    else:
        reading = say(
            "Right of the line an alarm is raised. Red bars left of it are escapes, grey bars right of it are "
            "overkills; the less the two colours overlap, the better the network tells them apart. Low bars are drawn "
            "enlarged."
        )
    return drawn(say("Scores of good and bad parts"), fitted(alt.layer(*layers), 300), reading)


def cost_curve(
    counts: Callable[[float], dict[str, int]], threshold: float, costs: dict[str, float], say: Voice
) -> Markup | None:
    """Mean cost per record for every threshold, if the plan has costs; `counts` gives mistakes at a threshold."""
    if not {"escape", "overkill"} & set(costs):
        return None
    rows: list[dict[str, Any]] = []
    for step in range(0, 101):
        found = counts(step / 100)
        paid = found["escapes"] * costs.get("escape", 1.0) + found["overkills"] * costs.get("overkill", 1.0)
        rows.append({"at": step / 100, "cost": paid / max(found["bad"] + found["good"], 1)})
    x = alt.X("at:Q", title=say("Threshold"), scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5))
    line = (
        alt.Chart(data(rows))
        .mark_line(color=OURS, strokeWidth=2, interpolate="step-after")
        .encode(x=x, y=alt.Y("cost:Q", title=say("Cost per record"), axis=alt.Axis(tickCount=4)))
    )
    rule = alt.Chart(data([{"at": threshold}])).mark_rule(color=INK, strokeWidth=1.5).encode(x="at:Q")
    reading = say(
        "The line shows what mistakes would cost at each threshold on the test part; the threshold was chosen before, "
        "on the calibration part, so it need not stand exactly at the lowest point."
    )
    return drawn(say("Cost of every threshold"), fitted(alt.layer(line, rule), 300), reading)


def escape_curve(found: dict[str, Any], say: Voice) -> Markup | None:
    """Escape rate against overkill rate at every threshold, with the point that was chosen and its intervals."""
    points, rates = found.get("curve") or [], found.get("rates") or {}
    escape, overkill = rates.get("escape") or {}, rates.get("overkill") or {}
    if len(points) < 3 or number(escape.get("value")) is None or number(overkill.get("value")) is None:
        return None
    x = _axis("overkill", overkill, say("Overkill rate (good parts stopped)"))
    y = _axis("escape", escape, say("Escape rate (bad parts passed)"))
    rows = [{"escape": e, "overkill": o, "place": place} for place, (_, e, o) in enumerate(points)]
    line = (
        alt.Chart(data(rows)).mark_line(color=OURS, strokeWidth=2).encode(x=alt.X(**x), y=alt.Y(**y), order="place:Q")
    )
    here = alt.Chart(
        data([{"escape": escape["value"], "overkill": overkill["value"], "name": say("this run"), **{
            f"{name}_{end}": rate[end] for name, rate in (("escape", escape), ("overkill", overkill))
            for end in ("low", "high")
        }}])
    )  # fmt: skip
    across = here.mark_rule(color=INK, opacity=0.45, strokeWidth=3, strokeCap="round").encode(
        x=alt.X(**{**x, "shorthand": "overkill_low:Q"}), x2="overkill_high:Q", y=alt.Y(**y)
    )
    down = here.mark_rule(color=INK, opacity=0.45, strokeWidth=3, strokeCap="round").encode(
        x=alt.X(**x), y=alt.Y(**{**y, "shorthand": "escape_low:Q"}), y2="escape_high:Q"
    )
    mark = here.mark_point(filled=True, size=110, opacity=1, color=INK, stroke=PAPER).encode(x=alt.X(**x), y=alt.Y(**y))
    text = here.mark_text(align="left", dx=9, dy=-9).encode(x=alt.X(**x), y=alt.Y(**y), text="name:N")
    reading = say(
        "Each point of the line is one threshold: further left fewer good parts are stopped, further down fewer bad "
        "ones escape. The dot is what was decided, its bars show where the true rates lie with 95% confidence. Both "
        "axes are stretched towards 0."
    )
    if found.get("band"):
        reading += say.gap + say("The dot lies below the line because the doubtful parts go to review.")
    chart = fitted(alt.layer(line, across, down, mark, text), 300)
    return drawn(say("Escapes against overkills"), chart, reading)


def _axis(name: str, rate: dict[str, Any], title: str) -> dict[str, Any]:
    """An axis from 0 to 1 on which rates as small as one part can make are still apart."""
    one = 1 / max(int(rate.get("of") or 1), 1)
    return {
        "shorthand": f"{name}:Q", "title": title,
        "scale": alt.Scale(type="symlog", constant=one, domain=[0, 1], nice=False),
        "axis": alt.Axis(values=[t for t in TICKS if t == 0 or t >= one], format=".4~%", labelOverlap=True),
    }  # fmt: skip
