"""The pictures to look at first: as the network saw them, what it said, and where it looked."""

from __future__ import annotations

from markupsafe import Markup

from andon.locale import Voice
from andon.report.facts import Facts
from andon.report.html import jpeg, tag, together
from andon.report.section import Section

AGREED = 0.3
"""Rank correlation of the two maps from which the place is believed."""


def contact(facts: Facts, say: Voice) -> Section | None:
    """A sheet of pictures, those first whose truth was given the least probability."""
    if facts.worst is None or not facts.worst.height:
        return None
    wrong = facts.worst.filter(facts.worst["truth"] != facts.worst["answer"]).height
    reading = (
        _ranked(wrong, say)
        if facts.metrics.get("promise")
        else say(
            "Of the pictures that were judged, these gave their true class the least probability; {wrong} of them were "
            "answered wrongly. Beside each stands where covering the picture changes the answer most, and beside that "
            "where the answer is steepest, found another way: where the two do not agree, the place means little.",
            wrong=wrong,
        )
    )
    cells = [_cell(entry, say) for entry in facts.worst.iter_rows(named=True)]
    return Section(say("Pictures to look at"), together([tag("p", reading), tag("div", *cells, class_="contact")]))


def _ranked(wrong: int, say: Voice) -> str:
    """What the sheet shows of a run that knows good parts alone."""
    return say(
        "Of the pictures that were judged, these are the good ones that look worst and the bad ones that look best; "
        "{wrong} of them were answered wrongly. Beside each stands where it is unlike good parts.",
        wrong=wrong,
    )


def _cell(entry: dict[str, object], say: Voice) -> Markup:
    """One picture with its map and words."""
    right = entry["truth"] == entry["answer"]
    agreement = entry["agreement"]
    agreed = isinstance(agreement, float) and agreement >= AGREED
    alone = isinstance(agreement, float) and agreement != agreement  # one map, the run's own: nothing to agree with
    words = [
        tag("b", say("{truth}, answered {answer}", truth=entry["truth"], answer=entry["answer"])),
        None if alone else say("truth {share}", share=say.share(_float(entry["p_truth"]))),
        "/".join(str(entry["place"]).rsplit("/", 2)[-2:]) if entry["place"] else say("row {row}", row=entry["row"]),
        None if alone else say("maps agree") if agreed else say("maps do not agree"),
    ]
    alts = {
        "picture": say("picture"), "heat": say("where covering it changes the answer"),
        "slope": say("where the answer is steepest"),
    }  # fmt: skip
    if alone:
        alts["heat"] = say("where it is unlike good parts")
    images = [tag("img", src=jpeg(entry[kind]), alt=alt, title=alt) for kind, alt in alts.items() if entry.get(kind)]
    caption = tag("figcaption", *[tag("span", word) for word in words if word is not None])
    return tag("figure", *images, caption, class_=("right" if right else "wrong") + " three" * (len(images) == 3))


def _float(value: object) -> float | None:
    return value if isinstance(value, float) else None
