"""What augmentation makes of a picture: one per class, and what training saw of it in several epochs."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from markupsafe import Markup

from andon.locale import Voice
from andon.report.facts import Facts
from andon.report.html import code, jpeg, tag, together
from andon.report.section import Section
from andon.report.table import Num, table


def augmented(facts: Facts, say: Voice) -> Section | None:
    """A strip per class: the picture as it was read, and as it was fed in the first epochs."""
    if facts.augmented is None:
        return None
    reading = say(
        "Training changes a picture by chance each time it sees it. First in each row stands the picture as the "
        "network is asked about it, then what the first epochs made of it. If a defect can no longer be seen, or a "
        "part lies as none ever will, weaken 'train.augment' or say what may be mirrored and turned: checks={example}.",
        example="{picture: {symmetry: none}}",
    )
    strips = [
        tag("div", *_strip(facts.augmented.filter(facts.augmented["row"] == row), say), class_="strip")
        for row in facts.augmented["row"].unique(maintain_order=True)
    ]
    asked = (facts.plan.get("train") or {}).get("augment") or []
    listed = code("\n".join(_said(entry) for entry in asked)) if isinstance(asked, list) and asked else None
    told = [*strips, listed or Markup(""), *_symmetry(facts, say)]
    return Section(say("What training saw of a picture"), together([tag("p", reading), *told]))


def _symmetry(facts: Facts, say: Voice) -> Iterator[Markup]:
    """What was tried to find what may be mirrored and turned, where it was not said."""
    found = (facts.manifest.get("choices") or {}).get("symmetry")
    if not found:
        return
    told = say(
        "What may be mirrored and turned was tried out: '{taken}' was taken ({why}). The job supposes '{guess}'.",
        taken=found["symmetry"], why=say.retell(found["why"]), guess=found["guess"],
    )  # fmt: skip
    yield tag("p", told)
    if found["judged"]:
        rows = [(name, Num(say.fixed(loss, 3))) for name, loss in found["judged"].items()]
        trial = say("Loss on the validation part after a short trial")
        closed = say("Squared error of a closed-form learner, in folds of the training part")
        heads = [say("What leaves a part what it is"), trial if found["steps"] else closed]
        yield table(heads, rows)


def _strip(seen: pl.DataFrame, say: Voice) -> Iterator[Markup]:
    """Class and versions of one picture."""
    yield tag("p", seen["class"][0])
    for entry in seen.iter_rows(named=True):
        plain = entry["epoch"] < 0
        alt = say("as it is") if plain else say("epoch {number}", number=entry["epoch"] + 1)
        yield tag("img", src=jpeg(entry["picture"]), alt=alt, title=alt, class_="plain" if plain else None)


def _said(entry: object) -> str:
    """One entry of the plan, as it would be written."""
    if not isinstance(entry, dict):
        return str(entry)
    return ", ".join(f"{key}: {value}" for key, value in entry.items())
