"""What the user asks: the core settings, read from YAML, `key.path=value` or Python into one frozen value.

`read_file`, `from_words` and `from_python` give an `Asked`; `build` merges the job's defaults with them into a `Plan`;
`read_entry` reads what belongs to a registry; `to_yaml` and `commented` write plans. Names are loaded when first used:
who only needs the settings' types does not wait for YAML.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from andon.plan.asked import Asked, from_python, from_words
    from andon.plan.building import asked_for, build, where
    from andon.plan.durations import seconds
    from andon.plan.entries import as_node, name_of, read_entries, read_entry, target_of
    from andon.plan.plugins import Registry, load, registered
    from andon.plan.reading import from_text, read_file
    from andon.plan.schema import docs, json_schema
    from andon.plan.settings import Plan
    from andon.plan.writing import commented, to_yaml, values

__all__ = [
    "Asked", "Plan", "Registry", "as_node", "asked_for", "build", "commented", "docs", "from_python", "from_text",
    "from_words", "json_schema", "load", "name_of", "read_entries", "read_entry", "read_file", "registered", "seconds",
    "target_of", "to_yaml", "values", "where",
]  # fmt: skip

_HOMES = {
    "asked": "Asked from_python from_words", "building": "asked_for build where", "durations": "seconds",
    "entries": "as_node name_of read_entries read_entry target_of", "plugins": "Registry load registered",
    "reading": "from_text read_file", "schema": "docs json_schema", "settings": "Plan",
    "writing": "commented to_yaml values",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    for module, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(f"andon.plan.{module}"), name)
    raise AttributeError(f"module 'andon.plan' has no attribute '{name}'")
