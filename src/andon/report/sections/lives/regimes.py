"""The operating regimes: which settings make them, where they lie, and how many rows each has."""

from __future__ import annotations

from markupsafe import Markup

from andon.locale import Voice
from andon.report.facts import Facts
from andon.report.html import tag, together
from andon.report.section import Section
from andon.report.table import Num, table

SELDOM = 0.01
"""Share of the rows under which a regime is called rare."""


def regimes(facts: Facts, say: Voice) -> Section | None:
    """A small table, the largest regime first."""
    found = facts.metrics.get("regimes") or {}
    own = sorted(found.get("regimes") or [], key=lambda each: -each["rows"])
    if not own:
        return None
    total = max(sum(each["rows"] for each in own), 1)
    told = say(
        "By {columns} the training part falls into {count} operating regimes, found by themselves. A reading counts "
        "against what is usual in the regime of its row, so that a change of setting is not taken for wear.",
        columns=say.listing([str(name) for name in found["columns"]]), count=say.count(len(own)),
    )  # fmt: skip
    rows: list[list[object]] = [
        [str(place), Num(say.count(each["rows"])), Num(say.share(each["rows"] / total)),
         *(v if isinstance(v, str) else Num(say.number(v, 4)) for v in each["center"])]
        for place, each in enumerate(own, 1)
    ]  # fmt: skip
    heads = [say("Regime"), say("Rows"), say("Share"), *(str(name) for name in found["columns"])]
    wrong = Markup("") if own[-1]["rows"] / total >= SELDOM else tag("p", say(
        "The rarest holds {share} of the rows: what is usual there is known from few of them.",
        share=say.share(own[-1]["rows"] / total),
    ), class_="soft")  # fmt: skip
    return Section(say("Operating regimes"), together([tag("p", told), table(heads, rows), wrong]))
