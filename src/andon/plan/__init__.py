"""What the user asks: the core settings, read from YAML, `key.path=value` or Python into one frozen value.

`read_file`, `from_words` and `from_python` give an `Asked`; `build` merges the job's defaults with them into a `Plan`;
`read_entry` reads what belongs to a registry; `to_yaml` and `commented` write plans.
"""

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
