"""The lives missed by most: their figures, and what the sensors that drive the answers did in them."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from andon.locale import Voice
from andon.report.charts import BASE, OURS, WIDTH, drawn
from andon.report.facts import Facts
from andon.report.html import figures, tag, together
from andon.report.lived import names, titled, told
from andon.report.section import Section
from andon.report.table import Num, table

MOST = 10
STRIP = 74
"""Lives in the table, and height of a sensor's strip."""


def lives_sensors(facts: Facts, say: Voice) -> Section | None:
    """A table of the worst lives, and of some of them a strip per sensor."""
    lives = told(facts)
    if lives is None:
        return None
    pictures = [] if facts.sensors is None else _pictures(facts.sensors, facts, say)
    reading = say(
        "Look at these machines first. Was the end of the record really a failure? Was a sensor stuck or changed? Did "
        "the life end of something that the sensors do not see?"
    )
    parts: list[object] = [tag("p", reading), _table(lives, facts, say)]
    if pictures:
        parts.append(figures(*pictures))
    return Section(say("The lives missed by most, and their sensors"), together(parts))


def _table(lives: pl.DataFrame, facts: Facts, say: Voice) -> Markup:
    """Figures of the worst lives."""
    held = "covered" in lives.columns
    heads = [say("Unit"), say("Rows"), "RMSE", say("Bias"), say("Error of its last row"), say("Late")]
    heads += [say("Inside the interval")] if held else []
    rows: list[list[object]] = []
    called = names(facts, say)
    for life in lives.head(MOST).iter_rows(named=True):
        row: list[object] = [
            called[life["life"]], Num(say.count(life["rows"])),
            *(Num(say.number(life[key])) for key in ("rmse", "bias", "last")), Num(say.share(life["late"])),
        ]  # fmt: skip
        rows.append(row + ([Num(say.share(life["covered"]))] if held else []))
    return table(heads, rows)


def _pictures(sensors: pl.DataFrame, facts: Facts, say: Voice) -> list[Markup]:
    """A picture for each life that is kept."""
    worst = sensors.filter(pl.col("role") == "worst").select("unit", "life").unique(maintain_order=True)
    called = names(facts, say)
    return [_picture(called.get(life, unit), life, sensors, facts, say) for unit, life in worst.iter_rows()]


def _picture(unit: str, life: int, sensors: pl.DataFrame, facts: Facts, say: Voice) -> Markup:
    """Strips one above the other, all over the life left, the end at the right."""
    own = sensors.filter((pl.col("role") == "worst") & (pl.col("life") == life))
    far = float(own["left"].max() or 1.0)  # type: ignore[arg-type]
    x = {"scale": alt.Scale(domain=[far, 0], nice=False, clamp=True)}
    drivers = own["sensor"].unique(maintain_order=True).to_list()
    who = {"worst": say("unit {unit}", unit=unit), "best": say("the life told best"), "usual": say("usual")}
    colour = alt.Color("who:N", scale=alt.Scale(domain=[who[k] for k in ("worst", "best")], range=[OURS, BASE]))
    shown = sensors.filter((pl.col("role") != "worst") | (pl.col("life") == life)).with_columns(
        who=pl.col("role").replace_strict(who)
    )
    end = titled(say("Life left"), facts)
    strips = [
        _strip(name, shown.filter(pl.col("sensor") == name), (x, colour, far), end if name == drivers[-1] else None)
        for name in drivers
    ]  # fmt: skip
    chart = alt.vconcat(*strips, spacing=34, bounds="flush")
    reading = say(
        "Each strip is a sensor, smoothed as the network sees it and in spreads of its operating regime; the band "
        "holds eight in ten readings of the training part at this life left. A line that leaves the band early or "
        "joins it late is why the answer was off."
    )
    return drawn(say("Sensors of unit {unit}", unit=unit), chart, reading)


def _strip(name: str, rows: pl.DataFrame, axes: tuple[dict[str, Any], Any, float], end: str | None) -> Any:
    """One sensor; `end` is the axis title of the last one."""
    x_scale, colour, far = axes
    usual = rows.filter((pl.col("role") == "usual") & (pl.col("left") <= far))
    lines = rows.filter((pl.col("role") != "usual") & (pl.col("left") <= far))
    x = alt.X("left:Q", title=end, axis=alt.Axis(tickCount=6, grid=False, labels=end is not None), **x_scale)
    y = {"axis": alt.Axis(tickCount=3), "scale": alt.Scale(zero=False, nice=False)}
    layers: list[Any] = []
    if usual.height:
        band = alt.Chart(usual.select("left", "low", "high")).mark_area(color=OURS, opacity=0.16)
        layers.append(band.encode(x=x, y=alt.Y("low:Q", title=None, **y), y2="high:Q"))
    layers.append(
        alt.Chart(lines.select("left", "value", "who")).mark_line(strokeWidth=1.4).encode(
            x=x, y=alt.Y("value:Q", title=None, **y), color=colour
        )
    )  # fmt: skip
    return alt.layer(*layers).properties(width=WIDTH - 40, height=STRIP, title=name)
