"""`Job`: what a factory wants done, as a default plan, words, and the names of what does it. No logic."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

Words = dict[str, str]
"""Language (`en`, `zh`) -> text."""


class Job(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One job. Everything it says to people, it says in English and Chinese."""

    name: str
    task: Literal["classification", "regression", "anomaly", "labels", "remaining_life"]
    summary: Words
    "What it does, in one line."
    when: Words
    "When to take it, and when another job is the right one."
    defaults: dict[str, Any] = field(default_factory=dict)
    "Nested settings that are weaker than anything asked."
    histories: bool = False
    "Whether the rows of a unit, in time, are its history and an answer looks back on it."
    symmetry: Literal["none", "horizontal", "vertical", "both", "turn", "all"] = "none"
    "What leaves the part on a picture what it is, where the plan doesn't say."
    target_names: tuple[str, ...] = ()
    "Names, in lower case, that a target column has when nobody says which it is; the likeliest first."
    aliases: tuple[str, ...] = ()
    "What other people call the job."
    words: dict[str, Words] = field(default_factory=dict)
    "Term of the report (`row`, `rows`, `target`, `answer`) -> how this job calls it."
