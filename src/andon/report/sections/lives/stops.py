"""What early and late answers cost: `safe_until` against the truth, and ways to decide on a stop beside each other."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from andon.locale import Voice
from andon.report.charts import BASE, OURS, drawn, interval_plot
from andon.report.facts import Facts
from andon.report.html import figures, tag, together
from andon.report.lived import between, titled
from andon.report.section import Section
from andon.report.table import Num, table
from andon.tasks.remaining_life import FEW_LIVES

MANY = 1 / 3
"""Share of the training part's lives that are not over, from which a fixed age is told to be taken without them."""


def lives_stops(facts: Facts, say: Voice) -> Section | None:
    """How often a life ended before `safe_until`, and what stopping by it costs beside running on and fixed ages; or
    why there is no `safe_until`."""
    lived = facts.lived
    unsafe, chance = lived.get("unsafe"), lived.get("miss_chance")
    title = say("When to stop: safe until, and what it costs")
    if lived.get("lacks"):
        return Section(title, together([tag("p", _lacking(lived["lacks"], lived["miss_chance"], say))]))
    if not unsafe or unsafe.get("value") is None or not chance:
        return None
    stands = lived.get("stands")
    told = [_promise(unsafe, chance, say)] + ([_few(stands, say)] if stands and stands < FEW_LIVES else [])
    parts: list[object] = [tag("p", say.gap.join(told))]
    bins = [b for b in lived.get("bins") or [] if b.get("unsafe")]
    pictures = [_unsafe(bins, chance, say)] if bins else []
    stops = lived.get("stops") or []
    if stops:
        pictures.append(_costs(stops, say))
    parts.append(figures(*pictures))
    if stops:
        parts += [tag("p", reading_of(stops, facts, say)), _table(stops, facts, say)]
    return Section(title, together(parts))


def _lacking(lacks: dict[str, Any], chance: float, say: Voice) -> str:
    """Why there is no `safe_until`, and what it would take."""
    if lacks["needed"] is None:
        return say(
            "There is no 'safe_until': where a planned stop costs nothing beside a failure, no number of rows can "
            "promise that the failure does not come first; give decide.cost.stop above nought."
        )
    return say(
        "There is no 'safe_until': a failure that costs as much as {ratio} planned stops asks for {needed} calibration "
        "rows, and there are {rows}.",
        ratio=say.number((1 - chance) / chance), needed=say.count(lacks["needed"]), rows=say.count(lacks["rows"]),
    )  # fmt: skip


def _promise(unsafe: dict[str, Any], chance: float, say: Voice) -> str:
    """What `safe_until` promises, and what it held."""
    return say(
        "A failure costs as much as {ratio} planned stops, so a stop may wait until the chance of a failure before it "
        "is {chance}: that moment is 'safe_until'. In {missed} of the rows the life ended before it (95% interval by "
        "lives: {low} to {high}).",
        ratio=say.number((1 - chance) / chance), chance=say.share(chance), missed=say.share(unsafe["value"]),
        low=say.share(unsafe["low"], 1), high=say.share(unsafe["high"], 1),
    )  # fmt: skip


def _few(lives: int, say: Voice) -> str:
    """What so few lives can promise."""
    return say.many(
        "How far it lies below the answer is taken from {count} life: another machine may fail before it more often.",
        "How far it lies below the answer is taken from {count} lives: a machine that is like none of them may fail "
        "before it more often.", lives,
    )  # fmt: skip


def _unsafe(bins: list[dict[str, Any]], chance: float, say: Voice) -> Markup:
    """How often the life ended before `safe_until`, by the life left."""
    rows = [
        {"label": between(b["from"], b["to"], say), "value": b["unsafe"]["value"], "low": b["unsafe"]["low"],
         "high": b["unsafe"]["high"], "colour": OURS, "shape": "circle"}
        for b in bins
    ]  # fmt: skip
    reading = say(
        "Each line is a span of the life left. Left of the dashed line the promise is kept with room, at the price of "
        "life given away; right of it lives ended before the stop more often than the costs allow."
    )
    chart = interval_plot(rows, title=say("Share of rows whose life ended before safe until"), share=True, line=chance)
    return drawn(say("Where safe until is not safe"), chart, reading)


def _costs(stops: list[dict[str, Any]], say: Voice) -> Markup:
    """Cost per time lived of each way, running to failure being one."""
    rows = [
        {"label": _way(s, say), "value": s["cost"], "low": None, "high": None,
         "colour": OURS if s["way"] == "notice" else BASE, "shape": "circle" if s["way"] == "notice" else "square"}
        for s in stops
    ]  # fmt: skip
    reading = say(
        "The farther left, the cheaper. Running to failure is 100%; a fixed age is the best that the lives of the "
        "training part would have advised; the others stop as soon as 'safe_until' is under the notice that a stop "
        "needs."
    )
    chart = interval_plot(rows, title=say("Cost per time lived, beside running to failure"), share=True)
    return drawn(say("Ways to decide on a stop"), chart, reading)


def _way(stop: dict[str, Any], say: Voice) -> str:
    """A way to decide in words."""
    if stop["way"] == "never":
        return say("run to failure")
    at = say.number(stop["at"])
    return say("at age {at}", at=at) if stop["way"] == "age" else say("notice of {at}", at=at)


def reading_of(stops: list[dict[str, Any]], facts: Facts, say: Voice) -> str:
    """The cheapest notice in words, and the fixed age beside it."""
    by_notice = [s for s in stops if s["way"] == "notice"]
    best = min(by_notice, key=lambda s: s["cost"])
    told = say(
        "On the {lives} lives seen to their end, a stop asked for as soon as 'safe_until' was under {at}{unit} and "
        "made {at}{unit} later came too late in {missed} of them, gave {given}{unit} of life away on average and cost "
        "{cost} of running to failure.",
        lives=say.count(best["missed"]["of"]), at=say.number(best["at"]), missed=say.count(best["missed"]["count"]),
        given=say.number(best["given"]), cost=say.share(best["cost"], 0), unit=facts.unit,
    )  # fmt: skip
    fixed = next((s for s in stops if s["way"] == "age"), None)
    if fixed is None:
        return told
    beside = say(
        "A fixed age of {at}{unit}, without any network, would have cost {cost} and given {given}{unit} away.",
        at=say.number(fixed["at"]), cost=say.share(fixed["cost"], 0), given=say.number(fixed["given"]), unit=facts.unit,
    )  # fmt: skip
    law = facts.lived.get("law")
    if law and law["open"] >= MANY * (law["open"] + law["failed"]):
        beside += say.gap + say(
            "It is taken from the {failed} lives of the training part seen to their end alone; {open} were not over, "
            "which would rather ask for a later one.",
            failed=say.count(law["failed"]), open=say.count(law["open"]),
        )  # fmt: skip
    return told + say.gap + beside


def _table(stops: list[dict[str, Any]], facts: Facts, say: Voice) -> Markup:
    """All ways in figures."""
    heads = [say("Way to decide"), say("Lives"), say("Failed first"), say("At most (95%)"),
             titled(say("Life given away, mean"), facts), titled(say("Lived, mean"), facts), say("Cost")]  # fmt: skip
    rows: list[list[object]] = [
        [_way(s, say), Num(say.count(s["missed"]["of"])), Num(say.count(s["missed"]["count"])),
         Num(say.share(s["missed"]["high"])), Num(say.number(s["given"])), Num(say.number(s["lived"])),
         Num(say.share(s["cost"], 0))]
        for s in stops
    ]  # fmt: skip
    return table(heads, rows)
