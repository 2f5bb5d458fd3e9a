"""What drives the answers."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from andon.locale import Voice
from andon.report.charts import BASE, OURS, drawn, interval_plot
from andon.report.facts import Facts
from andon.report.html import figures, tag
from andon.report.section import Section
from andon.report.table import Num, table

MOST = 15


def drivers(facts: Facts, say: Voice) -> Section | None:
    """Importance of each input by shuffling it, the strongest first; inputs not told apart from noise are grey."""
    found = [d for d in facts.metrics.get("drivers") or [] if d.get("importance") is not None]
    if not found:
        return None
    found.sort(key=lambda d: -d["importance"])
    shown = found[:MOST]
    rows = [_row(driver, say) for driver in shown]
    chart = interval_plot(rows, title=say("Loss of quality when the input is shuffled"), share=False, line=0.0)
    reading = say(
        "The farther right, the worse the answers become when this input is scrambled, so the more the network leans "
        "on it. Grey squares cannot be told from zero or change from one try to the next. It shows use, not cause."
    )
    beside = [tag("p", _sentence(shown, say)), _table(shown, say)]
    if len(found) > MOST:
        rest = say.many("{count} weaker input is not shown.", "{count} weaker inputs are not shown.", len(found) - MOST)
        beside.append(tag("p", rest, class_="soft"))
    picture = drawn(say("What the answers lean on"), chart, reading)
    return Section(say("What drives the answers"), figures(picture, tag("div", *beside)))


def _solid(driver: dict[str, Any]) -> bool:
    """Whether a driver is stable and its interval stays above zero."""
    low = driver.get("low")
    return driver.get("stable") is not False and (low is None or low > 0)


def _row(driver: dict[str, Any], say: Voice) -> dict[str, Any]:
    """A driver as a dot with its interval."""
    solid = _solid(driver)
    return {
        "label": str(driver.get("column", "")), "value": driver["importance"], "low": driver.get("low"),
        "high": driver.get("high"), "colour": OURS if solid else BASE, "shape": "circle" if solid else "square",
    }  # fmt: skip


def _table(shown: list[dict[str, Any]], say: Voice) -> Markup:
    """Importance, and what the gradient says of the same input."""
    has_gradient = any(d.get("gradient") is not None for d in shown)
    rows: list[list[object]] = []
    for driver in shown:
        gradient = [Num(say.fixed(driver.get("gradient"), 3))] if has_gradient else []
        steady = say("yes") if _solid(driver) else say("no")
        rows.append([str(driver.get("column", "")), Num(say.fixed(driver["importance"], 3)), *gradient, steady])
    heads = [say("Input"), say("Importance"), *([say("Slope")] if has_gradient else []), say("Sure")]
    return table(heads, rows)


def _sentence(shown: list[dict[str, Any]], say: Voice) -> str:
    """The strongest in words."""
    names = [str(d.get("column", "")) for d in shown if _solid(d)][:3]
    if not names:
        return say("No input stands out from noise.")
    return say("The answers lean most on {names}.", names=say.listing(names))
