"""What was asked: job, target, data, and the plan as it was resolved."""

from __future__ import annotations

from typing import Any

from andon.locale import Voice
from andon.report import words
from andon.report.facts import Facts, number
from andon.report.html import code, facts_list, folded, together
from andon.report.section import Section

LONGEST = 160
"""Letters of a chosen value that are shown; the manifest has it whole."""
MOST_FILES = 6
"""Of more files the places that the plan names are told, and their number."""
MOST_LINES = 300
"""Lines of the plan that are shown; the whole plan is in the run folder."""


def asked(facts: Facts, say: Voice) -> Section | None:
    """Job and data in a list, then what was chosen by measurement, then the plan."""
    manifest = facts.manifest
    fields = facts.schema.get("fields") or []
    listed = facts_list(
        [
            (say("Job"), manifest.get("job") or facts.plan.get("job")),
            (say("Task"), words.task("anomaly" if facts.metrics.get("promise") else facts.task, say)),
            (say("To be predicted"), manifest.get("target") or facts.plan.get("target")),
            (say("Records from"), came_from(facts, say)),
            (say("Inputs"), _names([str(field.get("name", "")) for field in fields], say)),
            *((say("Cut into tiles"), say.retell(field["why"])) for field in fields if field.get("why")),
        ]
    )
    chosen = [(name, _choice(name, value, say)) for name, value in (manifest.get("choices") or {}).items()]
    parts = [listed]
    if chosen:
        parts.append(folded(say("Chosen by measurement"), facts_list(chosen)))
    cleaned = [(name, say.count(number(count))) for name, count in (manifest.get("cleaned") or {}).items()]
    if cleaned:
        parts.append(folded(say("Cells that cleaning changed"), facts_list(cleaned)))
    if facts.plan_text:
        lines = facts.plan_text.splitlines()
        shown = "\n".join(lines[:MOST_LINES] + (["…"] if len(lines) > MOST_LINES else []))
        parts.append(folded(say("The plan, as resolved (plan.yaml)"), code(shown)))
    return Section(say("What was asked"), together(parts))


def came_from(facts: Facts, say: Voice) -> str:
    """The files, or where many of them, as of pictures, lie."""
    files = [str(source.get("path", "")) for source in facts.manifest.get("data") or []]
    data = facts.plan.get("data") or {}
    named = [(source or {}).get("path") for source in (data.get("rows"), *(data.get("with") or []))]
    places = [str(path) for path in named if path]
    if len(files) <= MOST_FILES or not places:
        return _names(files, say)
    count = say.many("{count} file", "{count} files", len(files))
    return f"{', '.join(places)} ({count})"


def _names(names: list[str], say: Voice, most: int = 12) -> str:
    """The first few names and how many more there are."""
    shown = ", ".join(names[:most])
    rest = len(names) - most
    return shown if rest <= 0 else shown + " " + say.many("and {count} more", "and {count} more", rest)


def _choice(name: str, value: Any, say: Voice) -> str:
    """A chosen value on one short line, whatever its shape: of what was tried what was taken and why, of weights where
    they lie. The sections on pictures and histories tell the rest."""
    if isinstance(value, dict):
        told = _line(next((value[key] for key in (name, "path", "taken") if key in value), value))
        why = value.get("why")
        value = say("{told} ({why})", told=told, why=say.retell(str(why))) if why else told
    line = _line(value)
    return line if len(line) <= LONGEST else line[:LONGEST] + " …"


def _line(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_line(part)}" for name, part in value.items())
    return ", ".join(_line(part) for part in value) if isinstance(value, list) else str(value)
