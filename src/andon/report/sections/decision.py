"""The decision: where the threshold stands, what it costs, what it misses and what it overkills."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from andon.locale import Voice
from andon.report.charts import BASE, INK, OURS, STOP, data, drawn, fitted
from andon.report.facts import Facts, number
from andon.report.html import facts_list, figures, tag, together
from andon.report.section import Section

BINS = 40


def decision(facts: Facts, say: Voice) -> Section | None:
    """Threshold and costs; with answers at hand, the scores of both classes and the cost of every other threshold."""
    found = facts.metrics.get("decision") or {}
    if not found:
        return None
    listed = facts_list(
        [
            (say("Class to catch"), _positive(facts)),
            (say("Threshold of its score"), say.number(number(found.get("threshold")))),
            (say("Cost per record"), say.number(number(found.get("cost")))),
            (say("… without the network"), say.number(number(found.get("baseline_cost")))),
            *_costs(facts, say),
        ]
    )
    parts: list[Markup] = [listed]
    counts = _counted(facts)
    scores, threshold = _scores(facts), number(found.get("threshold"))
    if scores is not None and threshold is not None:
        counts = counts or _counts(scores, threshold)
        parts.append(figures(_histogram(scores, threshold, say), _cost_curve(facts, scores, threshold, say)))
    if counts:
        parts.insert(1, tag("p", _sentence(counts, say)))
    return Section(say("The decision: threshold and costs"), together(parts))


def _counted(facts: Facts) -> dict[str, int]:
    """Escapes, overkills, bad and good parts as the run counted them, exact where the scores are not at hand."""
    found = facts.metrics.get("decision") or {}
    lines = {str(c.get("class")): int(c.get("rows") or 0) for c in facts.metrics.get("per_class") or []}
    positive = _positive(facts)
    if positive not in lines or found.get("escape") is None or found.get("overkill") is None:
        return {}
    bad = lines[positive]
    return {"escapes": found["escape"], "overkills": found["overkill"], "bad": bad, "good": sum(lines.values()) - bad}


def _positive(facts: Facts) -> str | None:
    """The class to catch, by name."""
    found = facts.metrics.get("decision") or {}
    named = found.get("positive", (facts.plan.get("decide") or {}).get("positive"))
    classes = (facts.metrics.get("confusion") or {}).get("classes") or []
    if isinstance(named, int) and not isinstance(named, bool) and named < len(classes):
        return str(classes[named])
    return None if named is None else str(named)


def _plan_costs(facts: Facts) -> dict[str, float]:
    """What an escape and an overkill cost, by the plan."""
    costs = (facts.plan.get("decide") or {}).get("cost") or (facts.metrics.get("decision") or {}).get("costs") or {}
    return {str(name): float(cost) for name, cost in costs.items()} if isinstance(costs, dict) else {}


def _costs(facts: Facts, say: Voice) -> list[tuple[str, str]]:
    """The plan's costs, each with its name."""
    names = {
        "escape": say("Cost of an escape (a bad part passed)"),
        "overkill": say("Cost of an overkill (a good part stopped)"),
    }
    return [
        (names.get(name, say("Cost of missing {name}", name=name)), say.number(cost))
        for name, cost in _plan_costs(facts).items()
    ]


def _scores(facts: Facts) -> pl.DataFrame | None:
    """Rows counted by bin of the score and by whether the part was bad: `bin`, `bad`, `rows`."""
    positive = _positive(facts)
    if facts.answers is None or positive is None or not {f"p_{positive}", "truth"} <= set(facts.columns()):
        return None
    score = pl.col(f"p_{positive}").cast(pl.Float64).clip(0, 1)
    bad = pl.col("truth").cast(pl.String) == positive
    known = facts.answers.filter(score.is_not_null() & pl.col("truth").is_not_null())
    fine = (score * 1000).floor().clip(0, 999).cast(pl.Int64)
    counted: pl.DataFrame = known.group_by(fine=fine, bad=bad).agg(rows=pl.len()).sort("fine", "bad").collect()
    return counted if counted.height else None


def _counts(scores: pl.DataFrame, threshold: float) -> dict[str, int]:
    """Escapes, overkills, bad and good parts at a threshold, to a thousandth of the score."""
    caught = pl.col("fine") >= round(threshold * 1000)
    cells = scores.select(
        escapes=pl.col("rows").filter(pl.col("bad") & ~caught).sum(),
        overkills=pl.col("rows").filter(~pl.col("bad") & caught).sum(),
        bad=pl.col("rows").filter("bad").sum(),
        good=pl.col("rows").filter(~pl.col("bad")).sum(),
    )
    return {name: int(value) for name, value in cells.row(0, named=True).items()}


def _sentence(counts: dict[str, int], say: Voice) -> str:
    """Escapes and overkills in words."""
    bad = say.many("{count} bad part", "{count} bad parts", counts["bad"])
    good = say.many("{count} good part", "{count} good parts", counts["good"])
    return say(
        "At this threshold, of {bad} in the test part {escapes} escaped ({escape_share}); of {good} {overkills} were "
        "stopped without need ({overkill_share}).",
        bad=bad,
        escapes=say.count(counts["escapes"]),
        escape_share=say.share(counts["escapes"] / max(counts["bad"], 1)),
        good=good,
        overkills=say.count(counts["overkills"]),
        overkill_share=say.share(counts["overkills"] / max(counts["good"], 1)),
    )


def _histogram(scores: pl.DataFrame, threshold: float, say: Voice) -> Markup:
    """Scores of good and bad parts, each as a share of its own kind, with the threshold."""
    names = {False: say("good parts"), True: say("bad parts")}
    wide = scores.group_by(bin=pl.col("fine") * BINS // 1000, bad="bad").agg(pl.col("rows").sum()).sort("bin", "bad")
    wide = wide.with_columns(share=pl.col("rows") / pl.col("rows").sum().over("bad"))
    rows = [{"from": r["bin"] / BINS, "to": (r["bin"] + 1) / BINS, "share": r["share"], "kind": names[r["bad"]]}
            for r in wide.iter_rows(named=True)]  # fmt: skip
    colour = alt.Color("kind:N", scale=alt.Scale(domain=[names[False], names[True]], range=[BASE, STOP]))
    bars = (
        alt.Chart(data(rows))
        .mark_bar(opacity=0.65, binSpacing=1)
        .encode(
            x=alt.X(
                "from:Q",
                bin="binned",
                scale=alt.Scale(domain=[0, 1], nice=False),
                title=say("Score of the class to catch"),
            ),
            x2="to:Q",
            y=alt.Y(
                "share:Q",
                stack=None,
                title=say("Share of its kind"),
                axis=alt.Axis(format=".0%", tickCount=4),
                scale=alt.Scale(type="sqrt"),
            ),
            color=colour,
        )
    )
    rule = alt.Chart(data([{"at": threshold, "name": say("threshold")}])).encode(x="at:Q")
    text = rule.mark_text(align="left", dx=5, baseline="top", y=2).encode(text="name:N")
    chart = fitted(alt.layer(bars, rule.mark_rule(color=INK, strokeWidth=1.5), text), 240)
    reading = say(
        "Right of the line an alarm is raised. Red bars left of it are escapes, grey bars right of it are overkills; "
        "the less the two colours overlap, the better the network tells them apart. Low bars are drawn enlarged."
    )
    return drawn(say("Scores of good and bad parts"), chart, reading)


def _cost_curve(facts: Facts, scores: pl.DataFrame, threshold: float, say: Voice) -> Markup | None:
    """Mean cost per record for every threshold, if the plan has costs."""
    costs = _plan_costs(facts)
    if not {"escape", "overkill"} & set(costs):
        return None
    total = int(scores["rows"].sum())
    rows: list[dict[str, Any]] = []
    for step in range(0, 101):
        counts = _counts(scores, step / 100)
        paid = counts["escapes"] * costs.get("escape", 1.0) + counts["overkills"] * costs.get("overkill", 1.0)
        rows.append({"at": step / 100, "cost": paid / total})
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
    return drawn(say("Cost of every threshold"), fitted(alt.layer(line, rule), 240), reading)
