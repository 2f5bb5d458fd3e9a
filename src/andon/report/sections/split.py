"""The split: who learnt, who chose, who calibrated, who judged."""

from __future__ import annotations

from markupsafe import Markup

from andon.locale import Voice
from andon.report import words
from andon.report.facts import Facts
from andon.report.html import figure, tag, together
from andon.report.section import Section
from andon.report.table import Num, table


def split(facts: Facts, say: Voice) -> Section | None:
    """A bar cut in parts, the reason, and what each part was for."""
    parts = {name: int(rows) for name, rows in (facts.manifest.get("parts") or {}).items() if rows}
    total = sum(parts.values())
    if not total:
        return None
    by = facts.manifest.get("split") or {}
    sentences = []
    if by.get("by"):
        sentences.append(say("Split {by}.", by=say(words.SPLITS.get(str(by["by"]), str(by["by"])))))
    if by.get("why"):
        sentences.append(say.retell(str(by["why"])))
    if by.get("turns"):
        sentences.append(
            say(
                "Each of the {count} networks held out another share of the rows to learn from, so that choices go by "
                "rows that were new to whoever answered them.", count=by["turns"],
            )
        )  # fmt: skip
    rows = [[_name(n, say), Num(say.count(k)), Num(say.share(k / total)), _purpose(n, say)] for n, k in parts.items()]
    heads = [say("Part"), say("Rows"), say("Share"), say("What it was for")]
    reading = say(
        "The longer a piece, the more records it holds; the test piece was kept aside until the very end, so its "
        "figures are what to expect of new records."
    )
    body = [
        tag("p", say.gap.join(sentences)) if sentences else "",
        figure(say("The parts"), _bar(parts, total, say), reading),
    ]
    return Section(say("How the records were split"), together([*body, table(heads, rows)]))


def _name(part: str, say: Voice) -> str:
    """A part in the reader's language."""
    return say(words.PARTS.get(part, part))


def _purpose(part: str, say: Voice) -> str:
    """What a part is for."""
    return {
        "train": say("The network learnt from these."),
        "validation": say("Served to choose: when to stop, which settings."),
        "calibration": say("Served to set confidence, thresholds and intervals."),
        "test": say("Touched once, to judge. All figures on this page come from here."),
    }.get(part, say("Seen by nobody."))


def _bar(parts: dict[str, int], total: int, say: Voice) -> Markup:
    """The bar; a piece too short for its name shows it in the table below only."""
    pieces = [
        tag("span", _name(n, say) if k / total > 0.08 else "", class_=f"piece {n}", style=f"flex-grow:{k}",
            title=_name(n, say))
        for n, k in parts.items()
    ]  # fmt: skip
    return tag("div", *pieces, class_="bar", role="img", aria_label=say("The parts"))
