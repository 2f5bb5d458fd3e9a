"""Labels to look at: the suspect rows first, with their picture or the columns that speak against the label."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from andon.locale import Voice
from andon.report.html import tag, together
from andon.report.section import Section
from andon.report.table import Num, table

MOST_PAIRS = 12


@dataclass(frozen=True)
class Look:
    """One row to look at. `place`: file, serial or unit; `telling`: what speaks against the label; `picture`: JPEG."""

    row: int
    place: str
    given: str
    suggested: str
    p_given: float
    p_suggested: float
    suspect: bool
    telling: str = ""
    picture: bytes | None = None


@dataclass(frozen=True)
class Doubted:
    """What was found of the labels. `pairs`: label, class it should probably be, estimated number of rows."""

    judged: int
    suspects: int
    expected: float
    pairs: Sequence[tuple[str, str, float]]
    looks: Sequence[Look]


def suspects_section(doubted: Doubted, say: Voice) -> Section:
    """How many labels are probably wrong, between which classes, and the rows to look at first."""
    reading = say(
        "Each of {judged} rows was answered by networks that had not seen it. Where the answer is surer of another "
        "class than it usually is, the label is suspect: {suspects} rows. About {expected} labels are estimated to be "
        "wrong, which is too many where classes look alike.",
        judged=say.count(doubted.judged), suspects=say.count(doubted.suspects), expected=say.count(doubted.expected),
    )  # fmt: skip
    todo = say(
        "Look at these rows and correct what is wrong at the source. A suspect need not be wrong: it may be a rare or "
        "unclear case, or a class that two people see differently. What cannot be corrected is best trained on with "
        "train.loss=robust_cross_entropy. The whole list is in suspects.csv; rows are counted from 0."
    )
    body: list[object] = [tag("p", reading), tag("p", todo)]
    if doubted.pairs:
        heads = [say("Label"), say("Probably"), say("Estimated rows")]
        body.append(table(heads, [[a, b, Num(say.fixed(n, 1))] for a, b, n in doubted.pairs[:MOST_PAIRS]]))
    if any(look.picture for look in doubted.looks):
        body.append(tag("div", *[_cell(look, say) for look in doubted.looks], class_="contact single"))
    elif doubted.looks:
        body.append(_rows(doubted.looks, say))
    return Section(say("Labels to look at"), together(body))


def _cell(look: Look, say: Voice) -> Markup:
    """One picture with its words."""
    words = [
        tag("b", say("{given}, rather {suggested}", given=look.given, suggested=look.suggested)),
        say("{given} against {suggested}", given=say.share(look.p_given), suggested=say.share(look.p_suggested)),
        look.place or say("row {row}", row=look.row),
        say("suspect") if look.suspect else None,
    ]
    image = None
    if look.picture:
        source = f"data:image/jpeg;base64,{b64encode(look.picture).decode()}"
        image = tag("img", src=source, alt=say("picture"))
    caption = tag("figcaption", *[tag("span", word) for word in words if word])
    return tag("figure", image, caption, class_="wrong" if look.suspect else None)


def _rows(looks: Sequence[Look], say: Voice) -> Markup:
    """A table with a line per row."""
    heads = [say("Row"), say("Where"), say("Label"), say("Probably"), say("Its probability")]
    heads += [say("Probability of the label"), "", say("What speaks for it (usual for the label; for the other class)")]
    rows: list[list[object]] = [
        [str(k.row), k.place, k.given, k.suggested, Num(say.share(k.p_suggested)), Num(say.share(k.p_given)),
         say("suspect") if k.suspect else "", k.telling]
        for k in looks
    ]  # fmt: skip
    kept = [i for i in range(len(heads)) if any(row[i] for row in rows)]
    return table([heads[i] for i in kept], [[row[i] for i in kept] for row in rows])
