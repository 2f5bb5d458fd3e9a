"""The decision: where the thresholds stand, what they cost, what escapes, what is overkilled and what is looked at."""

from __future__ import annotations

from functools import partial
from typing import Any

import polars as pl
from markupsafe import Markup

from andon.locale import Voice
from andon.report.decided import cost_curve, escape_curve, histogram
from andon.report.facts import Facts, number
from andon.report.html import facts_list, figures, tag, together
from andon.report.section import Section
from andon.report.table import Num, table
from andon.tasks.costs import NG, OK, REVIEW

MOST_NAMES = 6


def decision(facts: Facts, say: Voice) -> Section | None:
    """Thresholds, costs, counts with their bounds, and the curve; for defects on pictures without costs too."""
    found = facts.metrics.get("decision") or {}
    priced = number(found.get("threshold")) is not None
    if not found or not (priced or facts.manifest.get("job") == "defect_class"):
        return None
    scores, counts = _scores(facts), _counted(facts)
    threshold, band = number(found.get("threshold")), found.get("band")
    if not counts and scores is not None and threshold is not None:
        counts = _counts(scores, threshold)
    parts: list[Markup | None] = [tag("p", sentence) for sentence in _sentences(facts, counts, say)]
    parts.append(_facts(facts, say))
    beside = [_alternatives(found, say), _by_class(found, say), escape_curve(found, say)]
    if scores is not None and threshold is not None:
        named = say("Score of the class to catch") if len(_bad(facts)) == 1 else say("Probability of being bad")
        ends = [(float(band[0]), say("review from here")), (float(band[1]), say("stop from here"))] if band else None
        beside.append(histogram(scores, ends or [(threshold, say("threshold"))], named, say))
        if not band:
            beside.append(cost_curve(partial(_counts, scores), threshold, _plan_costs(facts), say))
    parts.append(figures(*beside) if any(beside) else None)
    title = say("The decision: threshold and costs") if priced else say("Escapes and overkills")
    return Section(title, together(part for part in parts if part is not None))


def _bad(facts: Facts) -> list[str]:
    """The classes to catch, by name."""
    found = facts.metrics.get("decision") or {}
    if found.get("bad"):
        return [str(name) for name in found["bad"]]
    named = found.get("positive", (facts.plan.get("decide") or {}).get("positive"))
    classes = (facts.metrics.get("confusion") or {}).get("classes") or []
    if isinstance(named, int) and not isinstance(named, bool) and named < len(classes):
        return [str(classes[named])]
    return [] if named is None else [str(named)]


def _counted(facts: Facts) -> dict[str, int]:
    """Escapes, overkills, bad and good parts as the run counted them, exact where the scores are not at hand."""
    found = facts.metrics.get("decision") or {}
    lines = {str(c.get("class")): int(c.get("rows") or 0) for c in facts.metrics.get("per_class") or []}
    caught = _bad(facts)
    if not caught or not set(caught) <= set(lines) or found.get("escape") is None or found.get("overkill") is None:
        return {}
    bad = sum(lines[name] for name in caught)
    return {"escapes": found["escape"], "overkills": found["overkill"], "bad": bad, "good": sum(lines.values()) - bad}


def _plan_costs(facts: Facts) -> dict[str, float]:
    """What an escape, an overkill and a look cost, by the plan."""
    costs = (facts.plan.get("decide") or {}).get("cost") or (facts.metrics.get("decision") or {}).get("costs") or {}
    return {str(name): float(cost) for name, cost in costs.items()} if isinstance(costs, dict) else {}


def _facts(facts: Facts, say: Voice) -> Markup:
    """What was asked and where the thresholds stand."""
    found, bad = facts.metrics.get("decision") or {}, _bad(facts)
    names = {
        "escape": say("Cost of an escape (a bad part passed)"),
        "overkill": say("Cost of an overkill (a good part stopped)"),
        "review": say("Cost of a review (a person decides)"),
    }
    costs = [
        (names.get(name, say("Cost of missing {name}", name=name)), say.number(cost))
        for name, cost in _plan_costs(facts).items()
    ]
    shown = say.listing([*bad[:MOST_NAMES], *(["…"] if len(bad) > MOST_NAMES else [])])
    called = say("Class to catch") if len(bad) == 1 else say("Classes to catch")
    return facts_list(
        [
            (called, shown),
            (say("Good class"), say.listing([str(name) for name in found.get("good") or []])),
            (say("Threshold of its score"), None if found.get("band") else say.number(number(found.get("threshold")))),
            (say("Cost per record"), say.number(number(found.get("cost")))),
            (say("… with both rates at their upper ends"), say.number(number(found.get("cost_high")))),
            (say("… at best without the network"), say.number(number(found.get("baseline_cost")))),
            *costs,
        ]
    )


def _sentences(facts: Facts, counts: dict[str, int], say: Voice) -> list[str]:
    """In words: what is done from which score on, what escaped, what was stopped without need, what is looked at."""
    found = facts.metrics.get("decision") or {}
    rates, band, told = found.get("rates") or {}, found.get("band"), []
    if band:
        told.append(
            say(
                "Parts whose probability of being bad lies below {low} are passed ({ok}), from {high} on they are "
                "stopped ({ng}), and between the two a person decides ({review}).",
                low=say.share(band[0]), high=say.share(band[1]), ok=OK, ng=NG, review=REVIEW,
            )
        )  # fmt: skip
    elif "review" in _plan_costs(facts):
        told.append(say("At these costs a review never pays: every part is passed or stopped."))
    if counts:
        told.append(_counts_sentence(counts, rates, say))
    review = rates.get("review") or {}
    if band and review.get("of"):
        looked = say.many("{count} part", "{count} parts", int(review["count"]))
        told.append(
            say("{parts} ({share}) go to review, and the person there is taken to be always right.", parts=looked,
                share=say.share(review["value"]))
        )  # fmt: skip
    cost, other = number(found.get("cost")), number(found.get("baseline_cost"))
    if cost is not None and other is not None and cost >= other:
        told.append(
            say("At these costs the network does not pay yet: doing without it would cost {other} per record, it costs "
                "{cost}.", other=say.number(other), cost=say.number(cost))
        )  # fmt: skip
    if number(found.get("threshold")) is None:
        told.append(
            say("Nothing has a price yet: with decide.cost={example} the point is chosen by cost.",
                example="{escape: 50, overkill: 1, review: 0.3}")
        )  # fmt: skip
    return told


def _counts_sentence(counts: dict[str, int], rates: dict[str, Any], say: Voice) -> str:
    """Escapes and overkills in words, with the upper ends of what is known of their rates."""
    filled = {
        "bad": say.many("{count} bad part", "{count} bad parts", counts["bad"]),
        "good": say.many("{count} good part", "{count} good parts", counts["good"]),
        "escapes": say.count(counts["escapes"]),
        "escape_share": say.share(counts["escapes"] / max(counts["bad"], 1)),
        "overkills": say.count(counts["overkills"]),
        "overkill_share": say.share(counts["overkills"] / max(counts["good"], 1)),
    }
    sentence = say(
        "{bad} in the test part: {escapes} escaped ({escape_share}). {good}: {overkills} stopped without need "
        "({overkill_share}).",
        **filled,
    )
    ends = [number((rates.get(name) or {}).get("high")) for name in ("escape", "overkill")]
    if None in ends:
        return sentence
    bounds = say(
        "With 95% confidence at most {escape} of bad parts escape and at most {overkill} of good ones are stopped.",
        escape=say.share(ends[0]),
        overkill=say.share(ends[1]),
    )
    return sentence + say.gap + bounds


def _alternatives(found: dict[str, Any], say: Voice) -> Markup | None:
    """What the other ways would have cost on the same parts."""
    others = found.get("alternatives") or {}
    if not others:
        return None
    names = {
        "no_review": say("This network without review"),
        "pass": say("Pass every part"),
        "stop": say("Stop every part"),
        "review": say("Review every part"),
    }
    lines = [(say("This network"), found), *((names[name], others[name]) for name in names if name in others)]
    looks = any(line.get("review") for _, line in lines)
    heads = [say("Way to decide"), say("Escapes"), say("Overkills"), *([say("Reviews")] if looks else [])]
    keys = ["escape", "overkill", *(["review"] if looks else [])]
    rows: list[list[object]] = [
        [name, *[Num(say.count(line[key])) for key in keys], Num(say.number(line["cost"]))] for name, line in lines
    ]
    return tag("div", tag("h3", say("What each way costs")), table([*heads, say("Cost per record")], rows))


def _by_class(found: dict[str, Any], say: Voice) -> Markup | None:
    """Which defect escapes."""
    lines = found.get("by_class") or []
    if not lines:
        return None
    looks = any(line.get("review") for line in lines)
    heads = [say("Defect"), say("Parts"), say("Escaped"), say("Share"), say("At most (95%)")]
    rows: list[list[object]] = [
        [line["class"], Num(say.count(line["of"])), Num(say.count(line["count"])), Num(say.share(line["value"])),
         Num(say.share(line["high"])), *([Num(say.count(line["review"]))] if looks else [])]
        for line in lines
    ]  # fmt: skip
    if looks:
        heads.append(say("Reviews"))
    return tag("div", tag("h3", say("Which defect escapes")), table(heads, rows))


def _scores(facts: Facts) -> pl.DataFrame | None:
    """Rows counted by bin of the score and by whether the part was bad: `fine`, `bad`, `rows`."""
    bad = _bad(facts)
    if facts.answers is None or not bad or not {*(f"p_{name}" for name in bad), "truth"} <= set(facts.columns()):
        return None
    score = pl.sum_horizontal([pl.col(f"p_{name}").cast(pl.Float64) for name in bad], ignore_nulls=False).clip(0, 1)
    known = facts.answers.filter(score.is_not_null() & pl.col("truth").is_not_null())
    fine = (score * 1000).floor().clip(0, 999).cast(pl.Int64)
    is_bad = pl.col("truth").cast(pl.String).is_in(bad)
    counted: pl.DataFrame = known.group_by(fine=fine, bad=is_bad).agg(rows=pl.len()).sort("fine", "bad").collect()
    return counted if counted.height else None


def _counts(scores: pl.DataFrame, threshold: float) -> dict[str, int]:
    """Escapes, overkills, bad and good parts at a threshold, to a thousandth of the score."""
    caught = pl.col("fine") >= round(threshold * 1000)
    cells = scores.select(
        escapes=pl.col("rows").filter(pl.col("bad") & ~caught).sum(),
        overkills=pl.col("rows").filter(~pl.col("bad") & caught).sum(),
        bad=pl.col("rows").filter("bad").sum(),
        good=pl.col("rows").filter(~pl.col("bad")).sum(),
    )
    return {name: int(value) for name, value in cells.row(0, named=True).items()}
