"""Size and speed, and whether the shipped file answers as the trained network did."""

from __future__ import annotations

from markupsafe import Markup

from andon.locale import Voice
from andon.report import words
from andon.report.facts import Facts, number
from andon.report.html import facts_list, figures, tag, together
from andon.report.section import Section
from andon.report.table import Num, table


def speed(facts: Facts, say: Voice) -> Section | None:
    """What it weighs, how long an answer takes, how long each stage of the run took."""
    size = facts.manifest.get("size") or {}
    took = facts.metrics.get("speed") or {}
    blend = facts.metrics.get("blend") or {}
    pairs: list[tuple[str, object]] = [
        (say("Weights"), say.count(number(size.get("weights")))),
        (say("Networks in one (members)"), say.count(number(size.get("members")))),
        (say("File (model.onnx)"), say.size(number(size.get("onnx_bytes")))),
        (say("One record"), say.duration(number(took.get("row_ms")), 1e-3)),
        (say("A thousand records at once"), say.duration(number(took.get("thousand_ms")), 1e-3)),
        (say("The whole run"), say.duration(number(took.get("fit_seconds")))),
        (say("Who answers"), _blend(blend, say)),
        (say("Machine"), _machine(facts, say)),
    ]
    listed = facts_list(pairs)
    stages = figures(tag("div", *_parity(facts, say)), *_stages(facts, say))
    said = "<dd>" in listed or "<p>" in stages or "<td>" in stages
    return Section(say("Size and speed"), together([listed, stages])) if said else None


def _blend(blend: dict[str, float], say: Voice) -> str | None:
    """Shares of the network and its rivals in the answer, if any rival has one."""
    said = [" ".join([say(words.VOICES[n]), say.share(s, 0)]) for n, s in blend.items() if n in words.VOICES]
    return say.listing(said) if len(said) > 1 else None


def _machine(facts: Facts, say: Voice) -> str | None:
    """The machine it was trained on, on one line."""
    machine = facts.manifest.get("machine") or {}
    return ", ".join(f"{name}: {value}" for name, value in machine.items() if value not in (None, "")) or None


def _parity(facts: Facts, say: Voice) -> list[Markup]:
    """Trained network against exported file, in words."""
    parity = facts.metrics.get("parity") or {}
    if parity.get("flips") is None:
        return []
    rows = say.many("{count} record", "{count} records", int(parity.get("rows") or 0))
    flips = say.many("{count} decision differed", "{count} decisions differed", int(parity["flips"]))
    told = say(
        "The exported file was given {rows} and compared with the trained network: {flips}; the largest difference of "
        "a score was {largest}.",
        rows=rows,
        flips=flips,
        largest=say.number(parity.get("largest")),
    )
    return [tag("p", told)]


def _stages(facts: Facts, say: Voice) -> list[Markup]:
    """Seconds of each stage of the run."""
    seconds = {str(n): float(s) for n, s in (facts.manifest.get("seconds") or {}).items() if s is not None}
    total = sum(seconds.values())
    if not total:
        return []
    rows = [
        [say(words.STAGES.get(name, name)), say.duration(took), Num(say.share(took / total))]
        for name, took in seconds.items()
    ]
    return [table([say("Stage of the run"), say("Time"), say("Share")], rows)]
