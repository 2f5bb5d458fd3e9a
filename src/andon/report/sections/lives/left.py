"""By the life left: how large errors are, to which side, how often late, and what intervals hold there."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from andon.locale import Voice
from andon.report.charts import OURS, drawn, interval_plot
from andon.report.facts import Facts
from andon.report.html import figures, tag, together
from andon.report.lived import between, titled
from andon.report.section import Section
from andon.report.table import Num, table

WEARS = 1.2
"""Shape from which failures are said to come with wear."""


def lives_left(facts: Facts, say: Voice) -> Section | None:
    """A picture each of size, side, lateness and coverage, and all figures in a table; the end of life at the top."""
    bins = facts.lived.get("bins") or []
    if not bins:
        return None
    size = drawn(
        say("How large errors are"), _plot(bins, "rmse", titled("RMSE", facts), say),
        say(
            "Each line is a span of the life left, the end of life at the top; the bar is the 95% interval by lives. "
            "Errors should shrink towards the top, where they matter most."
        ),
    )  # fmt: skip
    side = drawn(
        say("Early or late"), _plot(bins, "bias", titled(say("Answer minus truth, mean"), facts), say, line=0.0),
        say(
            "Right of the dashed line answers promise more life than there is, left of it less. At the cap answers can "
            "only lie below the truth, at the end only above it: a little of both is unavoidable."
        ),
    )  # fmt: skip
    late = drawn(
        say("How often late"), _plot(bins, "late", say("Share of answers beyond the truth"), say, share=True, line=0.5),
        say(
            "A late answer promises life that is not there. Right of the dashed line more than half are late; how far "
            "off they are, the two pictures above say."
        ),
    )  # fmt: skip
    pictures = [size, side, late]
    if bins[0].get("covered"):
        level = facts.lived.get("level")
        pictures.append(drawn(
            say("Whether intervals hold"),
            _plot(bins, "covered", say("Share of true values inside the interval"), say, share=True, line=level),
            say(
                "The dashed line is what was asked for. Intervals promise it over all answers, not for each span of "
                "the true life left; a span far left of the line is where a plan needs slack."
            ),
        ))  # fmt: skip
    parts = [tag("p", _sentence(bins, facts, say)), figures(*pictures), _table(bins, facts, say), *_law(facts, say)]
    return Section(say("Errors by the life left"), together(parts))


def _law(facts: Facts, say: Voice) -> list[Markup]:
    """What the age alone says, and how lives end: by wear, by chance, or at the beginning."""
    law = facts.lived.get("law")
    if not law:
        return []
    told = say(
        "A look at the age alone: the lives of the training part ({failed} to their end, {open} not over) follow a "
        "Weibull law of shape {shape} and scale {scale}{unit}.",
        failed=say.count(law["failed"]), open=say.count(law["open"]), shape=say.number(law["shape"]),
        scale=say.number(law["scale"]), unit=facts.unit,
    )  # fmt: skip
    if law["shape"] > WEARS:
        why = say("The shape is above 1: failures come with wear, and the older a unit is the sooner it fails.")
    elif law["shape"] < 1 / WEARS:
        why = say("The shape is below 1: most failures come early, and what has lived for a while lives long.")
    else:
        why = say("The shape is near 1: failures come as if by chance, and the age says next to nothing.")
    return [tag("p", told + say.gap + why, class_="soft")]


def _plot(
    bins: list[dict[str, Any]], key: str, title: str, say: Voice, *, share: bool = False, line: float | None = None
) -> Any:
    """A dot with its interval per span."""
    rows = [
        {"label": between(b["from"], b["to"], say), "value": b[key]["value"], "low": b[key].get("low"),
         "high": b[key].get("high"), "colour": OURS, "shape": "circle"}
        for b in bins if b.get(key)
    ]  # fmt: skip
    return interval_plot(rows, title=title, share=share, line=line)


def _sentence(bins: list[dict[str, Any]], facts: Facts, say: Voice) -> str:
    """The span next to the end in words, since it is the one that is acted on."""
    end = bins[0]
    bias = end["bias"]["value"]
    size = say(
        "Where {span}{unit} are left, answers are typically {rmse}{unit} off (RMSE).",
        span=between(end["from"], end["to"], say), rmse=say.number(end["rmse"]["value"]), unit=facts.unit,
    )  # fmt: skip
    much = {"bias": say.number(abs(bias)), "unit": facts.unit, "late": say.share(end["late"]["value"])}
    side = (
        say("On average they promise {bias}{unit} too much; {late} of them come late.", **much) if bias > 0
        else say("On average they promise {bias}{unit} too little; {late} of them come late.", **much)
    )  # fmt: skip
    return size + say.gap + side


def _table(bins: list[dict[str, Any]], facts: Facts, say: Voice) -> Markup:
    """All figures."""
    held = bool(bins[0].get("covered"))
    heads = [titled(say("Life left"), facts), say("Rows"), say("Lives"), "RMSE", say("Bias"), say("Late")]
    heads += [say("Inside the interval"), say("Interval width")] if held else []
    rows: list[list[object]] = []
    for b in bins:
        row: list[object] = [
            between(b["from"], b["to"], say), Num(say.count(b["rows"])), Num(say.count(b["lives"])),
            *(Num(say.number(b[key]["value"])) for key in ("rmse", "bias")), Num(say.share(b["late"]["value"])),
        ]  # fmt: skip
        rows.append(row + ([Num(say.share(b["covered"]["value"])), Num(say.number(b["width"]))] if held else []))
    return table(heads, rows)
