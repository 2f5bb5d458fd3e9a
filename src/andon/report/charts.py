"""Altair pictures as SVG that lives in the page: text stays text, colours follow the page's light or dark scheme."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl
import vl_convert
from markupsafe import Markup

from andon.report.html import figure

WIDTH = 410
"""Width of a picture in pixels: two stand beside each other on a screen, one fills a phone without becoming tiny."""

OURS, BASE, TREES, LINEAR = "#14598c", "#6b7781", "#9a5b13", "#6b5b8c"
INK, SOFT, GRID, PAPER, STOP = "#16202a", "#55626e", "#dde1e3", "#fcfcfb", "#b3261e"
VARIABLES = {
    OURS: "ours", BASE: "base", TREES: "trees", LINEAR: "linear", INK: "ink", SOFT: "soft", GRID: "grid",
    PAPER: "paper", STOP: "stop",
}  # fmt: skip
"""Colour in a specification -> variable of `page.css`. The light value stays behind it for whoever takes the picture
out of the page."""

RIVALS = {
    "andon": (OURS, "circle"),
    "trees": (TREES, "triangle-up"),
    "texture": (TREES, "triangle-up"),
    "linear": (LINEAR, "diamond"),
    "weibull": (LINEAR, "diamond"),
    "baseline": (BASE, "square"),
}

THEME: dict[str, Any] = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domain": False, "ticks": False, "gridColor": GRID, "labelColor": SOFT, "titleColor": SOFT, "labelFontSize": 12,
        "titleFontSize": 12, "titleFontWeight": "normal", "labelFlush": False, "labelPadding": 6, "titlePadding": 8,
        "labelLimit": 150,
    },
    "legend": {
        "orient": "top", "title": None, "labelColor": INK, "labelFontSize": 12, "symbolSize": 80, "labelLimit": 200,
        "columnPadding": 14, "padding": 0, "offset": 8,
    },
    "header": {"labelColor": INK, "labelFontSize": 12, "title": None},
    "text": {"color": INK, "fontSize": 12},
    "title": {"color": INK, "fontSize": 12, "fontWeight": "normal", "anchor": "start"},
    "aria": False,
}  # fmt: skip


def data(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a picture. As a frame, since Altair copies lists of rows again at every call of a method."""
    return pl.DataFrame(list(rows), infer_schema_length=None)


def fitted(chart: Any, height: int, width: int = WIDTH) -> Any:
    """Give a picture its outer size, axes included."""
    return chart.properties(width=width, height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding"))


def draw(chart: Any, label: str) -> Markup:
    """Turn a picture into SVG to be written into the page; `label` is what a screen reader says."""
    svg = str(vl_convert.vegalite_to_svg({**chart.to_dict(validate=False), "config": THEME}))
    mine = "c" + hashlib.sha256(svg.encode()).hexdigest()[:8]
    svg = re.sub(r'\bid="', f'id="{mine}-', svg)  # two pictures in one page must not share the name of a clip
    svg = re.sub(r"url\(#", f"url(#{mine}-", svg)
    svg = re.sub(r"#[0-9a-f]{6}\b", _variable, svg)
    svg = re.sub(r'<path class="(?:background|foreground)"[^>]*d=""[^>]*/>', "", svg)
    svg = re.sub(
        r' (?:pointer-events|aria-hidden|aria-roledescription|role|class|xmlns:xlink|version)="[^"]*"', "", svg
    )
    head, rest = svg.split(">", 1)
    return Markup(head) + Markup(' role="img" aria-label="{}">').format(label) + Markup(rest)


def drawn(title: str, chart: Any, reading: str) -> Markup:
    """A picture under its title, with the sentence that teaches how to read it."""
    return figure(title, draw(chart, title), reading)


def _variable(colour: re.Match[str]) -> str:
    """A known colour as a variable of the page."""
    name = VARIABLES.get(colour[0])
    return f"var(--{name},{colour[0]})" if name else colour[0]


def percent_axis(share: bool) -> dict[str, Any]:
    """Settings of an axis: shares of one in percent, else numbers as they are."""
    return {"format": ".1~%"} if share else {"format": ",~r"}


def span(values: Sequence[float | None], *, share: bool = False) -> list[float]:
    """Ends of an axis with a little air; a share stays between 0 and 1."""
    known = [v for v in values if v is not None]
    low, high = min(known), max(known)
    air = 0.08 * (high - low) or 0.05 * abs(high) or 0.05
    return [max(0.0, low - air), min(1.0, high + air)] if share and low >= 0 and high <= 1 else [low - air, high + air]


def interval_plot(rows: Sequence[dict[str, Any]], *, title: str, share: bool, line: float | None = None) -> Any:
    """A dot with its interval per row, in the order given: `label`, `value`, `low`, `high` (may be None), `colour`."""
    order = [row["label"] for row in rows]
    ends = [row[key] for row in rows for key in ("value", "low", "high")] + [line]
    scale = alt.Scale(domain=span(ends, share=share), nice=False, zero=False)
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelColor=INK, grid=False))
    x = alt.X("value:Q", title=title, scale=scale, axis=alt.Axis(tickCount=5, **percent_axis(share)))
    base = alt.Chart(data(rows)).encode(y=y)
    colour = alt.Color("colour:N", scale=None)
    whiskers = base.mark_rule(strokeWidth=3, opacity=0.45, strokeCap="round").encode(
        x=alt.X("low:Q", title=title), x2="high:Q", color=colour
    )
    dots = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=x, color=colour, shape=alt.Shape("shape:N", scale=None)
    )
    layers = [whiskers, dots]
    if line is not None:
        layers.insert(0, alt.Chart(data([{"at": line}])).mark_rule(color=BASE, strokeDash=[4, 3]).encode(x="at:Q"))
    return fitted(alt.layer(*layers), 46 + 26 * len(rows))
