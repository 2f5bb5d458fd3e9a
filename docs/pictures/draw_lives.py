"""Draw the pictures of `docs/histories.md` and `docs/remaining_life.md`.

    python docs/pictures/draw_lives.py                     # histories.png, from the simulator
    python docs/pictures/draw_lives.py runs/remaining_life # remaining_life.png and .zh.png, from a run's report

The second needs Chromium and Playwright; the run shown is of C-MAPSS FD001 with `series.cap=125`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import altair as alt
import numpy as np
import polars as pl
import vl_convert

from andon.simulate import histories

HERE = Path(__file__).parent
SENSOR = "vibration_mm_s"
INK, OURS, TREES, SOFT = "#16202a", "#14598c", "#9a5b13", "#6b7781"
RATES = {"3": 0.3, "10": 0.1, "30": 0.03}


def press() -> pl.DataFrame:
    """A press over its first two lives: a sensor as read, against its recipe, smoothed from each life's beginning."""
    made = histories(24, seed=4, rows=900, life_h=50.0, regimes=4, stops=False, censored=0.3, missing=0.0)
    frame = made.frame.with_columns(life=made.truth.rows["life"]).with_row_index("row")
    frame = frame.filter(pl.col("running") > 0)
    own = pl.col(SENSOR) - pl.col(SENSOR).mean().over("recipe")
    frame = frame.with_columns(z=own / pl.col(SENSOR).std().over("recipe"))
    count = frame.group_by("unit").agg(pl.col("life").max()).filter(pl.col("life") >= 2).sort("unit")
    one = frame.filter((pl.col("unit") == count["unit"][0]) & (pl.col("life") < 2))
    one = one.with_columns(hours=pl.int_range(pl.len()) / 6)
    for name, rate in RATES.items():
        smooth = np.full(one.height, np.nan)
        for life in (0, 1):
            mean = weight = 0.0
            for row in np.flatnonzero((one["life"] == life).to_numpy()):
                mean, weight = (1 - rate) * mean + rate * one["z"][int(row)], (1 - rate) * weight + rate
                smooth[row] = mean / weight
        one = one.with_columns(pl.Series(name, smooth))
    return one


def strips(frame: pl.DataFrame) -> alt.VConcatChart:
    """Three strips over the hours, with the end of the first life."""
    end = float(frame.filter(pl.col("life") == 0)["hours"].max())  # type: ignore[arg-type]
    rule = alt.Chart(pl.DataFrame({"at": [end]})).mark_rule(color="#b3261e", strokeDash=[4, 3]).encode(x="at:Q")
    x = alt.X("hours:Q", title="hours", axis=alt.Axis(grid=False), scale=alt.Scale(nice=False))
    recipe = alt.Color("recipe:N", title=None, scale=alt.Scale(range=[OURS, TREES, SOFT, "#6b5b8c"]))
    dots = alt.Chart(frame).mark_circle(size=9, opacity=0.7)
    scale = alt.Scale(zero=False)
    read = dots.encode(x=x, y=alt.Y(f"{SENSOR}:Q", title=None, scale=scale), color=recipe)
    against = dots.encode(x=x, y=alt.Y("z:Q", title=None), color=recipe)
    long = frame.select("hours", "life", *RATES).unpivot(index=["hours", "life"], variable_name="rows")
    memory = alt.Color(
        "rows:N", title=None, scale=alt.Scale(domain=list(RATES), range=[SOFT, OURS, INK]),
        legend=alt.Legend(labelExpr="datum.label + ' rows'"),
    )  # fmt: skip
    lines = alt.Chart(long).mark_line(strokeWidth=1.6)
    lines = lines.encode(x=x, y=alt.Y("value:Q", title=None), detail="life:N", color=memory)
    panels = [
        alt.layer(rule, chart).properties(width=720, height=120, title=title)
        for chart, title in (
            (read, "1. as read (mm/s), by recipe"), (against, "2. against its recipe, in spreads"),
            (lines, "3. smoothed, each life from its beginning; red: failure and repair"),
        )
    ]  # fmt: skip
    return alt.vconcat(*panels, spacing=12).resolve_scale(color="independent")


def screens(run: Path) -> None:
    """The section of lives of a run's report, in both languages."""
    from playwright.sync_api import sync_playwright

    from andon.report import write_report

    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for language, name in (("en", "remaining_life.png"), ("zh", "remaining_life.zh.png")):
            page = write_report(run, language, out=Path(folder) / f"{language}.html")
            tab = browser.new_context(viewport={"width": 1200, "height": 900}, color_scheme="light").new_page()
            tab.goto(page.as_uri())
            tab.locator("#lives_along").screenshot(path=HERE / name)
        browser.close()


def main() -> None:
    """One picture, or the other two."""
    if len(sys.argv) > 1:
        screens(Path(sys.argv[1]))
        return
    chart = strips(press()).configure_view(stroke=None).configure_axis(domain=False, ticks=False)
    png = vl_convert.vegalite_to_png({**chart.to_dict(), "background": "white"}, scale=1.5)
    (HERE / "histories.png").write_bytes(png)


if __name__ == "__main__":
    main()
