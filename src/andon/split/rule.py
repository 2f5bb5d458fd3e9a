"""By what the rows are split, and why: the roles of the columns in the order in which they bind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from andon.errors import SettingProblem
from andon.split.groups import Together, together, with_spots
from andon.split.looked import Looked

ROLES = {"part": "given", "unit": "unit", "group": "group", "time": "time"}
"""Role of a column -> the rule that `auto` takes where there is one, the first that applies."""


@dataclass(frozen=True)
class Rule:
    """`by`: given, unit, life, group, time or random; `why`: a sentence without its full stop; `kept`: what is not cut;
    `few`: unit or group, where there are too few of them to hold any apart."""

    by: str
    why: str
    kept: Together
    few: tuple[str, ...] = ()


def choose(looked: Looked, asked: str, *, parts: int, whole: bool = False) -> Rule:
    """The rule that was asked for, or the one the roles call for. Raises `SettingProblem` where a role is missing.

    Units or groups that are too few to give each of the `parts` one are left for the time, where there is a time: two
    machines cannot be held apart, what they make tomorrow can; but not where units stay `whole`, as histories do. Where
    events cut them into lives, these are held apart.
    """
    unit = looked.names.get("unit")
    if unit and (asked == "unit" or (asked == "auto" and "part" not in looked.names)) and _lives(looked, parts):
        why = (
            f"By life: all rows of one life are in one part, and '{unit}' has too few values to hold any of them apart"
        )
        return Rule("life", why, together(replace(looked, unit=looked.lives), "unit"))
    by, few = asked, list[str]()
    if by == "auto":
        rules = [rule for role, rule in ROLES.items() if role in looked.names]
        while (
            not whole and rules[-1:] == ["time"] and rules[0] in ("unit", "group") and _count(looked, rules[0]) < parts
        ):
            few.append(rules.pop(0))
        by = next(iter(rules), "random")
    role = next((role for role, rule in ROLES.items() if rule == by), "")
    if role and role not in looked.names:
        raise SettingProblem.at(
            "split.by", f"'split.by' is '{by}', but no column has the role '{role}'",
            fix=f"name one as 'data.rows.{role}=COLUMN', or set 'split.by' to 'auto'",
        )  # fmt: skip
    kept = together(looked, by)
    if by == "random" and asked == "auto":
        kept = with_spots(kept, looked)
    why = _why(looked, by, role, asked)
    told = [f"'{looked.names[each]}' has too few values to hold any of them apart" for each in few]
    return Rule(by, "; ".join([why, *told]), kept, tuple(few))


def _lives(looked: Looked, parts: int) -> bool:
    """Whether there are too few units for the parts, and enough lives."""
    return looked.lives is not None and _count(looked, "unit") < parts <= len(np.unique(looked.lives[looked.usable]))


def _count(looked: Looked, role: str) -> int:
    """How many units or groups there are."""
    codes = looked.unit if role == "unit" else looked.group
    return 0 if codes is None else len(np.unique(codes[looked.usable]))


def _why(looked: Looked, by: str, role: str, asked: str) -> str:
    name = looked.names.get(role)
    if by == "random":
        strata = f", every part with its share of each {looked.strata}" if looked.strata else ""
        several = looked.names.get("unit") or looked.names.get("group")
        return f"Rows at random{strata}" + (
            f", as asked, although rows of one '{several}' are alike" if several else ""
        )
    reasons = {
        "given": f"Column '{name}' says which row is for what",
        "unit": f"By unit: all rows of one '{name}' are in one part, so that the scores hold for new ones",
        "group": f"By group: all rows of one '{name}' are in one part, since they resemble each other",
        "time": f"By time: the latest rows by '{name}' judge what was learnt from earlier ones",
    }
    return reasons[by] + (", as asked" if asked == by else "")
