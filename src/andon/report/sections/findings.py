"""What was found in the records: worst first, alike findings told once."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from andon.checks.finding import Finding
from andon.locale import Voice
from andon.report.facts import Facts
from andon.report.html import tag, together
from andon.report.lights import SIGNS, Level
from andon.report.section import Section

LEVELS: dict[str, Level] = {"error": "stop", "warning": "look", "info": "off"}
MOST_KINDS, MOST_COLUMNS = 60, 24


def findings(facts: Facts, say: Voice) -> Section | None:
    """The findings of a run; None where the records were not checked."""
    if facts.findings is None:
        return None
    return Section(say("What was found in the records"), findings_list(facts.findings, say))


def findings_list(several: Sequence[Finding], say: Voice) -> Markup:
    """Findings as a list. Those with the same code and level are told once, with the columns they concern."""
    if not several:
        return tag("p", say("Nothing was found that stands in the way."))
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(several, key=lambda finding: list(LEVELS).index(finding.level)):
        alike.setdefault((finding.level, finding.code), []).append(finding)
    told = [_told(group, say) for group in list(alike.values())[:MOST_KINDS]]
    rest = len(alike) - MOST_KINDS
    more = tag(
        "p", say.many("{count} more kind is in findings.json.", "{count} more kinds are in findings.json.", rest)
    )
    return together([tag("ul", *told, class_="findings"), *([more] if rest > 0 else [])])


def _told(group: list[Finding], say: Voice) -> Markup:
    """One kind of finding: its first in full, the others by their column."""
    first, level = group[0], LEVELS[group[0].level]
    word = {"stop": say("error"), "look": say("warning"), "off": say("note")}[level]
    lamp = tag("span", tag("span", SIGNS[level], aria_hidden="true", class_=f"sign {level}"), word, class_="lamp")
    said = tag(
        "div",
        tag("p", tag("strong", say.retell(first.what))),
        tag("p", say.retell(first.why)),
        _fix(first, say),
        _others(group, say),
        _where(first, say),
    )
    return tag("li", lamp, said)


def _fix(finding: Finding, say: Voice) -> Markup | None:
    """What to do."""
    return tag("p", tag("b", say("What to do:")), say.gap, say.retell(finding.fix)) if finding.fix else None


def _where(finding: Finding, say: Voice) -> Markup | None:
    """Rows and unit of the first one."""
    parts = []
    if finding.unit:
        parts.append(say("Unit: {unit}.", unit=finding.unit))
    if finding.rows:
        parts.append(say.many("It concerns {count} row.", "It concerns {count} rows.", finding.rows))
    if finding.first_rows:
        rows = ", ".join(say.count(row) for row in finding.first_rows[:8])
        parts.append(say("First of them (counted from 0): {rows}.", rows=rows))
    return tag("p", say.gap.join(parts), class_="soft") if parts else None


def _others(group: list[Finding], say: Voice) -> Markup | None:
    """The other columns with the same finding."""
    first, *names = (finding.column or finding.unit for finding in group)
    columns = [name for name in dict.fromkeys(names) if name and name != first]
    if not columns:
        return None
    shown = ", ".join(columns[:MOST_COLUMNS]) + (" …" if len(columns) > MOST_COLUMNS else "")
    return tag(
        "p", say.many("Also in {count} other place:", "Also in {count} other places:", len(columns)), say.gap, shown
    )
