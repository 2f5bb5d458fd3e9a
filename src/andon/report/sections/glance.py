"""In one glance: the verdict in a sentence, the main metric beside its rivals, what it costs."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from andon.locale import Voice
from andon.report import words
from andon.report.charts import RIVALS, drawn, interval_plot
from andon.report.facts import Facts
from andon.report.html import tag
from andon.report.lights import SIGNS, Level, compare, lights, worst
from andon.report.section import Section
from andon.report.sections.lives.stops import reading_of


def glance(facts: Facts, say: Voice) -> Section | None:
    """The first thing read: may it be used, how good is it, than what is it better."""
    level = worst(lights(facts, say))
    level = "off" if level == "go" and not facts.main else level  # green lamps beside nothing that was judged
    head = tag(
        "p",
        tag("span", SIGNS[level], class_=f"sign {level}", aria_hidden="true"),
        verdict(level, say),
        class_=f"verdict {level}",
    )
    told = (_figure_line(facts, say), _rival_line(facts, say), _stops_line(facts, say), _gap_line(facts, say))
    lines = [line for line in told if line]
    said = tag("div", head, *[tag("p", line) for line in lines])
    return Section(say("In one glance"), tag("div", said, _picture(facts, say), class_="glance"))


def verdict(level: Level, say: Voice) -> str:
    """The sentence over everything."""
    return {
        "go": say("Ready for a trial at the line."),
        "look": say("Usable with care: look at the yellow lights first."),
        "stop": say("Do not use it before the red light is cleared."),
        "off": say("Not measured yet: there is nothing to judge."),
    }[level]


def _figure_line(facts: Facts, say: Voice) -> Markup | None:
    """The main metric with its interval, in words."""
    main = facts.main
    if not main:
        unknown = int(facts.metrics.get("unknown") or 0)
        told = say.many(
            "Nothing was judged: the truth of the {count} record that was kept for it is not known.",
            "Nothing was judged: the truth of the {count} records that were kept for it is not known.",
            unknown,
        )
        return Markup(escape(told)) if unknown else None
    named = words.metric(str(facts.metrics["main"]), main.get("unit"), say)
    value, low, high = _said(facts, say, "value", "low", "high")
    rows = _records(facts, say)
    strong = tag("strong", value, facts.unit)
    if main.get("low") is None:
        return Markup(say("{metric} on {rows}: {value}.")).format(metric=named.label, rows=rows, value=strong)
    return Markup(say("{metric} on {rows}: {value}. With 95% confidence it lies between {low} and {high}.")).format(
        metric=named.label, rows=rows, value=strong, low=low, high=high
    )


def _stops_line(facts: Facts, say: Voice) -> str | None:
    """Of lives: what it costs to wait for as long as it says."""
    stops = facts.lived.get("stops")
    return reading_of(stops, facts, say) if stops else None


def _rival_line(facts: Facts, say: Voice) -> str | None:
    """What the network is better than, in words."""
    main = facts.main
    sentences = []
    for rival in ("baseline", "weibull", "trees", "texture", "linear"):
        outcome = compare(main, main.get(rival))
        if outcome == "unknown":
            continue
        (value,) = _said(facts, say, rival)
        name = say.retell(str(facts.metrics.get("baseline_name") or "")) if rival == "baseline" else ""
        called = say("the simple baseline ({name})", name=name) if name else _the(rival, say)
        sentences.append(
            {
                "better": say("Clearly better than {rival} at {value}.", rival=called, value=value),
                "even": say("Not clearly apart from {rival} at {value}.", rival=called, value=value),
                "worse": say("Clearly behind {rival} at {value}.", rival=called, value=value),
            }[outcome]
        )
    return say.gap.join(sentences) or None


def _the(rival: str, say: Voice) -> str:
    """A rival within a sentence."""
    return {
        "baseline": say("the simple baseline"), "trees": say("boosted trees"),
        "texture": say("texture features + LDA"), "linear": say("a linear model"),
        "weibull": say("a Weibull law of the age"),
    }[rival]  # fmt: skip


def _gap_line(facts: Facts, say: Voice) -> str | None:
    """Fit in words, as the run judged it."""
    gap = facts.metrics.get("gap") or {}
    told = gap.get(f"sentence_{say.language}")
    if told is None and gap.get("sentence"):
        told = say.retell(str(gap["sentence"]))
    return str(told) if told else None


def _picture(facts: Facts, say: Voice) -> Markup | None:
    """The main metric of the network and of each rival, on one axis."""
    main = facts.main
    rivals = [name for name in RIVALS if name != "andon" and main.get(name) is not None]
    if not rivals:
        return None
    named = words.metric(str(facts.metrics["main"]), main.get("unit"), say)
    rows: list[dict[str, Any]] = [
        {
            "label": say(words.RIVALS[name]),
            "value": main["value"] if name == "andon" else main[name],
            "low": main.get("low") if name == "andon" else None,
            "high": main.get("high") if name == "andon" else None,
            "colour": RIVALS[name][0],
            "shape": RIVALS[name][1],
        }
        for name in ["andon", *rivals]
    ]
    better = (
        say("further right is better") if main.get("better", "higher") == "higher" else say("further left is better")
    )
    chart = interval_plot(rows, title=f"{named.label} ({better})", share=named.share)
    reading = say(
        "The bar shows where the true value lies with 95% confidence; a rival whose mark lies outside the bar is "
        "clearly better or worse, one inside could be level by chance."
    )
    return drawn(say("The network beside its rivals"), chart, reading)


def _said(facts: Facts, say: Voice, *keys: str) -> list[str]:
    """Values of the main metric with as many digits as its interval supports."""
    main = facts.main
    named = words.metric(str(facts.metrics["main"]), main.get("unit"), say)
    width = None if main.get("low") is None or main.get("high") is None else main["high"] - main["low"]
    return [words.value(main.get(key), named, say, width) for key in keys]


def _records(facts: Facts, say: Voice) -> str:
    """How many records it was judged on; without a test part it says which part stood in."""
    rows = int(facts.metrics.get("rows") or (facts.manifest.get("parts") or {}).get("test") or 0)
    if facts.metrics.get("part", "test") == "test":
        return say.many("{count} record it had never seen", "{count} records it had never seen", rows)
    if facts.metrics["part"] == "calibration":
        return say.many("{count} calibration record (no test part)", "{count} calibration records (no test part)", rows)
    if facts.metrics["part"] == "validation":
        return say.many("{count} validation record (no test part)", "{count} validation records (no test part)", rows)
    return say.many("{count} training record (no test part)", "{count} training records (no test part)", rows)
