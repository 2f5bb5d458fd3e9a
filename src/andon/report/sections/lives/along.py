"""Along each life: what was answered beside what was true, where missed by most, in the middle and told best."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from andon.locale import Voice
from andon.report.charts import BASE, INK, OURS, TREES, WIDTH, data, drawn
from andon.report.facts import Facts
from andon.report.html import figures, tag, together
from andon.report.lived import along, names, stood, titled, told
from andon.report.section import Section
from andon.report.table import Num, table

POINTS, HEIGHT, MOST = 160, 190, 10
"""Points of a line, height of a picture, and lives that are listed."""


def lives_along(facts: Facts, say: Voice) -> Section | None:
    """Two pictures of two lives each, the interval a band, the cap a dashed line."""
    lives = told(facts)
    if lives is None:
        return None
    called = names(facts, say)
    rows = [{**row, "unit": called[row["life"]]} for row in lives.to_dicts()]
    middle = rows[len(rows) // 2]
    first = [(say("missed by most"), rows[0])] + ([(say("the next"), rows[1])] if len(rows) > 3 else [])
    best = [(say("told best"), rows[-1])] if len(rows) > 1 else []
    rest = [(say("in the middle"), middle), *best] if len(rows) > 2 else []
    first += [] if rest else best
    pictures = [
        _picture(say("The lives that were missed by most"), first, _how(say), facts, say),
        _picture(say("A life in the middle, and the one told best"), rest, _beside(say), facts, say) if rest else None,
    ]  # fmt: skip
    parts = [tag("p", _sentence(facts, rows, say)), figures(*pictures), _places(facts, rows[:MOST], say)]
    return Section(say("Along each life"), together(parts))


def _places(facts: Facts, lives: list[dict[str, Any]], say: Voice) -> Markup:
    """Where the lives that were missed by most stand in the records."""
    heads = [say("Unit"), say("First row"), say("Last row"), "RMSE", say("Missed by most at"), say("Truth"),
             say("Answer")]  # fmt: skip
    lines: list[list[object]] = []
    for life in lives:
        at = stood(facts, life["life"])
        told_at = [_when(at[name], say) for name in ("first", "last", "time")]
        numbers = [Num(say.number(each)) for each in (life["rmse"], at["truth"], at["answer"])]  # type: ignore[arg-type]
        lines.append([life["unit"], *told_at[:2], numbers[0], told_at[2], *numbers[1:]])
    return table(heads, lines)


def _when(time: object, say: Voice) -> object:
    """A time as it can be looked for in the records."""
    if isinstance(time, datetime):
        return time.isoformat(" ", "minutes" if not time.second and not time.microsecond else "auto")
    return Num(say.number(time)) if isinstance(time, (int, float)) else str(time)


def _how(say: Voice) -> str:
    """How to read the lines."""
    return say(
        "The answer has its interval as a band. Where it lies above the truth it comes late, which is dangerous; "
        "below, it comes early, which wastes life. A stop can wait as long as 'safe until' at the risk that the costs "
        "allow. The dashed line is the cap."
    )


def _beside(say: Voice) -> str:
    """What the ordinary lives are there for."""
    return say(
        "Half of the lives are told better than the upper one. What the pictures beside it do and these do not is what "
        "went wrong there; from how long before the end on the answers can be trusted is seen here."
    )


def _sentence(facts: Facts, rows: list[dict[str, Any]], say: Voice) -> str:
    """How many lives, and how far apart the best and the worst are."""
    lives = say.many("{count} life was followed", "{count} lives were followed", len(rows))
    told_by = say(
        "{lives}. The typical error (RMSE) within a life goes from {low} to {high}{unit}; in half of them it is at "
        "most {middle}{unit}.",
        lives=lives, low=say.number(rows[-1]["rmse"]), high=say.number(rows[0]["rmse"]),
        middle=say.number(rows[len(rows) // 2]["rmse"]), unit=facts.unit,
    )  # fmt: skip
    at: dict[str, Any] = {"cap": say.number(facts.lived["cap"]), "unit": facts.unit}
    if _farther(facts):
        cap = say("Beyond {cap}{unit} little can be told apart: answers there are mostly what is usual.", **at)
    else:
        cap = say(
            "Beyond {cap}{unit} nothing can be told apart: answers end there, and a longer life counts as so long.",
            **at,
        )
    return told_by + say.gap + cap


def _farther(facts: Facts) -> bool:
    """Whether answers go beyond the cap."""
    return float(facts.lived.get("longest") or 0.0) > float(facts.lived["cap"])


def _picture(
    title: str, lives: list[tuple[str, dict[str, Any]]], reading: str, facts: Facts, say: Voice
) -> Markup:  # fmt: skip
    """Lives one above the other."""
    lines = {"truth": say("truth"), "answer": say("answer")}
    if "safe_until" in facts.columns():
        lines["safe_until"] = say("safe until")
    colours = {"truth": INK, "answer": OURS, "safe_until": TREES}
    colour = alt.Color(
        "who:N", sort=list(lines.values()),
        scale=alt.Scale(domain=list(lines.values()), range=[colours[name] for name in lines]),
    )  # fmt: skip
    panels = [_panel(word, life, (lines, colour), facts, say) for word, life in lives]
    chart = alt.vconcat(*panels, spacing=64, bounds="flush").resolve_scale(x="independent", y="shared")
    return drawn(title, chart, reading)


def _panel(word: str, life: dict[str, Any], who: tuple[dict[str, str], Any], facts: Facts, say: Voice) -> Any:
    """One life: answers over its age."""
    shown, colour = who
    frame = along(facts, life["life"], POINTS)
    cap = float(facts.lived["cap"])
    top = max(cap, *(float(frame[name].max() or 0.0) for name in shown))  # type: ignore[arg-type]
    top = top if _farther(facts) else min(top, 1.6 * cap)
    y = {"scale": alt.Scale(domain=[0, top], nice=False, clamp=True), "axis": alt.Axis(tickCount=4)}
    axis = alt.Axis(tickCount=6, grid=False)
    x = alt.X("age:Q", title=titled(say("Age"), facts), axis=axis, scale=alt.Scale(nice=False))
    size = say.number(life["rmse"]) + facts.unit
    title = say("Unit {unit}: {word}, RMSE {rmse}", unit=life["unit"], word=word, rmse=size)
    lines = frame.select("age", *shown).unpivot(index="age", variable_name="key", value_name="left").drop_nulls()
    lines = lines.select("age", "left", who=pl.col("key").replace_strict(shown))
    axis_y = alt.Y("left:Q", title=titled(say("Life left"), facts), **y)
    layers: list[Any] = [
        alt.Chart(data([{"at": cap}])).mark_rule(color=BASE, strokeDash=[4, 3]).encode(y=alt.Y("at:Q", **y)),
        alt.Chart(lines).mark_line(strokeWidth=1.6, clip=True).encode(x=x, y=axis_y, color=colour),
    ]
    if "low" in frame.columns:
        band = alt.Chart(frame.select("age", "low", "high")).mark_area(color=OURS, opacity=0.2, clip=True)
        layers.insert(0, band.encode(x=x, y=alt.Y("low:Q", **y), y2="high:Q"))
    return alt.layer(*layers).properties(width=WIDTH - 60, height=HEIGHT, title=title)
