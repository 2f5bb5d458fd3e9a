"""`SECTIONS`: the sections of the page in their order, a file each.

Each is a function from facts and voice to a `Section`, or None where the run has nothing to say about it.
"""

from __future__ import annotations

from importlib import import_module

from andon.report.section import SectionFunction

SECTIONS: dict[str, str] = {
    "glance": "andon.report.sections.glance:glance",
    "asked": "andon.report.sections.asked:asked",
    "findings": "andon.report.sections.findings:findings",
    "split": "andon.report.sections.split:split",
    "regimes": "andon.report.sections.lives.regimes:regimes",
    "seen": "andon.report.sections.seen:seen",
    "metrics": "andon.report.sections.metrics:metrics",
    "decision": "andon.report.sections.decision:decision",
    "confusion": "andon.report.sections.confusion:confusion",
    "lives_along": "andon.report.sections.lives.along:lives_along",
    "lives_left": "andon.report.sections.lives.left:lives_left",
    "lives_stops": "andon.report.sections.lives.stops:lives_stops",
    "lives_sensors": "andon.report.sections.lives.sensors:lives_sensors",
    "lives_read": "andon.report.sections.lives.read:lives_read",
    "residuals": "andon.report.sections.residuals:residuals",
    "calibration": "andon.report.sections.calibration:calibration",
    "groups": "andon.report.sections.groups:groups",
    "contact": "andon.report.sections.contact:contact",
    "worst": "andon.report.sections.worst:worst",
    "drivers": "andon.report.sections.drivers:drivers",
    "augmented": "andon.report.sections.augmented:augmented",
    "curves": "andon.report.sections.curves:curves",
    "speed": "andon.report.sections.speed:speed",
    "repeat": "andon.report.sections.repeat:repeat",
}
"""Name -> function. A new section is one file in `sections/` and one line here."""


def section_function(name: str) -> SectionFunction:
    """Load a section's function."""
    module, function = SECTIONS[name].split(":")
    loaded: SectionFunction = getattr(import_module(module), function)
    return loaded
