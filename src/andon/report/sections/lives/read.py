"""How histories were read: how far back, what stands between the readings of a slow sensor, by what kind of network;
and what was tried to find that out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from andon.locale import Voice
from andon.report.facts import Facts
from andon.report.html import tag, together
from andon.report.section import Section
from andon.report.table import Num, table


def lives_read(facts: Facts, say: Voice) -> Section | None:
    """A sentence each with its reason, and a table of what was tried."""
    series = facts.plan.get("series")
    if not isinstance(series, dict) or not isinstance(series.get("lookback"), int):
        return None
    lookback = series["lookback"]
    reasons = facts.manifest.get("reasons") or {}
    told = [_why(say("Each answer looks at the last {rows} rows of its unit", rows=say.count(lookback)),
                 reasons.get("series.lookback"), say)]  # fmt: skip
    if series.get("age") is False:
        told.append(_why(say("The time since a history began is not looked at"), reasons.get("series.age"), say))
    told += _between(series.get("align"), reasons.get("series.align"), say)
    against = {"unit": say("A reading counts against the first rows of its own unit"),
               "window": say("A reading counts against the rows of its own window")}  # fmt: skip
    told += [_why(against[how], None, say) for how in [series.get("against")] if how in against]
    family = (facts.plan.get("network") or {}).get("family")
    if family:
        told.append(_why(say("The network is of the family '{family}'", family=family),
                         reasons.get("network.family"), say))  # fmt: skip
    rows = list(_tried(facts.manifest.get("choices") or {}, say))
    heads = [say("Tried"), say("Way"), say("Loss on validation lives")]
    listed = table(heads, rows) if rows else None
    return Section(say("How histories were read"), together([*(tag("p", one) for one in told), listed or ""]))


def _why(text: str, why: str | None, say: Voice) -> str:
    """A sentence with its reason, where there is one."""
    return say("{told} ({why}).", told=text, why=say.retell(why)) if why else say("{told}.", told=text)


def _between(align: Any, why: str | None, say: Voice) -> Iterator[str]:
    """What stands between two readings of a slow sensor, for all or sensor by sensor."""
    ways = {
        "last": say("Between two readings of a sensor its last one stands"),
        "mean": say("Between two readings of a sensor the mean of those before stands"),
        "none": say("Between two readings of a sensor nothing stands, and only its own readings count"),
    }
    if isinstance(align, dict):
        for name, how in align.items():
            yield _why(f"{name}: {ways.get(how, how)}", None, say)
    elif align in ways:
        yield _why(ways[align], why, say)


def _tried(choices: dict[str, Any], say: Voice) -> Iterator[list[object]]:
    """Lines of the table."""
    names = {"series.lookback": say("rows looked back on"), "series.align": say("between two readings"),
             "network.family": say("kind of network")}  # fmt: skip
    for key, name in names.items():
        for way, loss in ((choices.get(key) or {}).get("judged") or {}).items():
            yield [name, way, Num(say.fixed(loss, 4))]
