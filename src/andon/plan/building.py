"""Builds the plan: the job's defaults, then what was asked, the later winning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from andon.errors import SettingProblem
from andon.plan.asked import Asked, settle
from andon.plan.settings import Plan


def build(defaults: Mapping[str, Any], *asked: Asked) -> Plan:
    """Merge the job's defaults and what was asked, from weakest to strongest. Lists are replaced, mappings merged.

    Raises `SettingProblem` naming the file and line of a value that cannot be.
    """
    mapping: dict[str, Any] = {}
    for source in (settle(defaults), *asked):
        mapping = _merge(mapping, source.mapping)
    if not mapping.get("job"):
        origin = next((source.origin for source in asked if source.origin), "")
        raise SettingProblem.at(
            "job", f"{origin}: no job is named" if origin else "no job is named",
            fix="add 'job: classify'; `andon jobs` lists them all",
        )  # fmt: skip
    try:
        return msgspec.convert(mapping, Plan)
    except msgspec.ValidationError as error:
        problem = error.__cause__
        if not isinstance(problem, SettingProblem):  # what the types cannot hold, as a number of 40 digits
            path = str(error).rpartition("`$.")[2].rstrip("`")
            problem = SettingProblem.at(path, f"'{path}' cannot be used", why=str(error), fix=f"change '{path}'")
        raise where(asked, problem) from None


def _merge(weak: Mapping[str, Any], strong: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(weak)
    for name, value in strong.items():
        old = merged.get(name)
        merged[name] = _merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def where(asked: Asked | Sequence[Asked], problem: SettingProblem) -> SettingProblem:
    """Put file and line in front of a problem that a registry or a later room found.

    The strongest source that sets the key (or the section above it) is the one to name.
    """
    sources = [asked] if isinstance(asked, Asked) else list(asked)
    if any(source.origin and str(problem).startswith(f"{source.origin}") for source in sources):
        return problem
    parts = problem.key.split(".")
    for length in range(len(parts), 0, -1):
        for source in reversed(sources):
            if source.get(".".join(parts[:length])) is not None:
                return source.locate(problem)
    return problem


def asked_for(path: str, *asked: Asked) -> Any:
    """What was asked for a setting by the strongest source that says something, or None: jobs' defaults don't count."""
    for source in reversed(asked):
        value = source.get(path)
        if value is not None:
            return value
    return None
