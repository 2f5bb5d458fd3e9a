"""`Section`: a heading and what stands below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from andon.locale import Voice
from andon.report.facts import Facts


@dataclass(frozen=True)
class Section:
    """What a section function gives."""

    title: str
    body: Markup


SectionFunction = Callable[[Facts, Voice], Section | None]
