"""Checks that only pictures need; a file per family of findings. They read what `records.pictures.looked` saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from andon.checks.facts import Facts
from andon.checks.finding import Finding
from andon.checks.pictures.files import coarse, odd, several, unreadable, unusual
from andon.checks.pictures.giveaway import giveaway
from andon.checks.pictures.twins import across_parts, copies, near

CHECKS: dict[str, Callable[[Facts], Sequence[Finding]]] = {
    "picture_unreadable": unreadable,
    "picture_odd": odd,
    "picture_several": several,
    "picture_coarse": coarse,
    "picture_unusual": unusual,
    "picture_giveaway": giveaway,
    "picture_copies": copies,
    "picture_near": near,
}
"""A new one is one function and one line here."""

__all__ = ["CHECKS", "across_parts"]
