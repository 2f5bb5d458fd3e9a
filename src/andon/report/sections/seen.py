"""How an inspector that knows good parts alone sees: the ways taken, the threshold's promise, its maps."""

from __future__ import annotations

from andon.locale import Voice
from andon.report.facts import Facts, number
from andon.report.html import facts_list, tag, together
from andon.report.section import Section
from andon.report.table import Num, table


def seen(facts: Facts, say: Voice) -> Section | None:
    """Areas of each way on planted defects, the promise of the threshold, and areas of the maps on masks."""
    ways = (facts.manifest.get("choices") or {}).get("ways")
    if not isinstance(ways, dict):
        return None
    names = {
        "fine": say("network, fine"), "broad": say("network, broad"), "memory": say("memory of good patches"),
        "grain": say("memory of fixed filters"),
    }  # fmt: skip
    told = [
        [" + ".join(names.get(way, way) for way in some.split(" + ")), Num(say.number(area))]
        for some, area in sorted((ways.get("auc") or {}).items(), key=lambda pair: -pair[1])
    ]
    parts = [
        tag("p", say(
            "No defect was learnt from. Ways to look: {ways}. The table says what each finds of defects planted on "
            "good parts of the validation part, of kinds that none of them had been taught; nothing was chosen by "
            "them.",
            ways=" + ".join(names.get(way, way) for way in ways.get("ways") or []),
        )),
        table([say("Way"), say("Area under the ROC curve, planted defects")], told),
        tag("p", _promise(facts, say)),
    ]  # fmt: skip
    pixels = facts.metrics.get("pixels") or {}
    if pixels.get("auroc") is not None:
        parts.append(
            facts_list(
                [
                    (say("Pixels told apart (area under the ROC curve)"), say.number(number(pixels.get("auroc")))),
                    (say("Regions found (PRO, up to 30 % of good pixels)"), say.number(number(pixels.get("pro")))),
                    (say("Regions marked by masks"), say.count(number(pixels.get("regions")))),
                ]
            )
        )
    return Section(say("How it sees"), together(parts))


def _promise(facts: Facts, say: Voice) -> str:
    """What the threshold holds for new good parts."""
    promise = facts.metrics.get("promise") or {}
    rows, level = number(promise.get("calibration_rows")), number(promise.get("level"))
    if not rows:
        return say("There were no good parts to set a threshold by: every part passes.")
    if promise.get("supported") is not None:
        return say(
            "{level} of good parts should pass; {rows} good parts of the calibration part support {supported}, and "
            "{needed} would be needed.",
            level=say.share(level), rows=say.count(rows), supported=say.share(number(promise.get("supported"))),
            needed=say.count(number(promise.get("needed"))),
        )  # fmt: skip
    return say(
        "The threshold lets {level} of new good parts pass, by {rows} good parts of the calibration part.",
        level=say.share(level), rows=say.count(rows),
    )  # fmt: skip
