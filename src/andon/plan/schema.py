"""What each setting is for, and the JSON Schema that lets editors complete and check a plan while it is typed."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from andon.layers import LAYERS
from andon.plan import settings
from andon.plan.entries import NoOptions
from andon.plan.kinds import fields_of
from andon.plan.plugins import Registry

_ENTRIES = {"layers": ("Network", "layers"), "clean": ("Plan", "clean"), "optimizer": ("Train", "optimizer"),
            "loss": ("Train", "loss"), "augment": ("Train", "augment")}  # fmt: skip
"""Registry -> the Struct and field that hold its entries."""


@cache
def docs() -> dict[str, str]:
    """Path -> one sentence, taken from the lines under the fields in `settings.py`; sections by their docstring."""
    told = {
        node.name: _field_docs(node)
        for node in ast.parse(inspect.getsource(settings)).body
        if isinstance(node, ast.ClassDef)
    }
    return dict(_paths(settings.Plan, "", told))


def _field_docs(node: ast.ClassDef) -> dict[str, str]:
    """Field -> the string that stands under it."""
    found = {}
    for before, after in zip(node.body, node.body[1:], strict=False):
        match before, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
    return found


def _paths(struct: type[Struct], path: str, told: Mapping[str, Mapping[str, str]]) -> Any:
    for name, field in fields_of(struct).items():
        here = f"{path}{name}"
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            yield here, (field.type.__doc__ or "").partition("\n")[0]
            yield from _paths(field.type, f"{here}.", told)
        elif field.name in told[struct.__name__]:
            yield here, told[struct.__name__][field.name]


def json_schema(registries: Mapping[str, Registry] | None = None) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a plan file, short forms included.

    `registries` adds the entries of `clean`, `optimizer`, `loss` and `augment`, which later rooms own; `layers` is
    known here.
    """
    (_, found) = msgspec.json.schema_components([settings.Plan], ref_template="#/$defs/{name}")
    defs: dict[str, Any] = found
    told = docs()
    for path, text in told.items():
        owner, name = _owner(path)
        defs[owner]["properties"][name] = {**defs[owner]["properties"][name], "description": text}
    _short_forms(defs)
    for registry, entries in {"layers": LAYERS, **(registries or {})}.items():
        owner, name = _ENTRIES[registry]
        _add_entries(defs, owner, name, entries)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#/$defs/Plan", "$defs": defs}


def _owner(path: str) -> tuple[str, str]:
    """Struct and field that a path ends at."""
    struct: Any = settings.Plan
    *above, last = path.split(".")
    for part in above:
        struct = fields_of(struct)[part].type
    return struct.__name__, last


def _short_forms(defs: dict[str, Any]) -> None:
    """Allow one value for a section where `asked` does."""
    text, nothing = {"type": "string"}, {"type": "null"}
    for struct, name, extra in [
        ("Plan", "data", [text]), ("Data", "rows", [text]), ("Plan", "scale", [text]), ("Plan", "split", [text]),
        ("Plan", "report", [text]), ("Plan", "network", [text, {"$ref": "#/$defs/Network/properties/layers"}]),
        ("Plan", "train", []),
        ("Plan", "decide", []), ("Plan", "known", []),
    ]:  # fmt: skip
        prop = defs[struct]["properties"][name]
        kept = {word: prop[word] for word in ("description",) if word in prop}
        bare = {word: value for word, value in prop.items() if word not in ("description", "default")}
        defs[struct]["properties"][name] = {"anyOf": [bare, *extra, nothing], **kept}
    for struct, name in (("Known", "after"), ("Known", "ignore"), ("Data", "with")):
        prop = defs[struct]["properties"][name]
        defs[struct]["properties"][name] = {"anyOf": [prop, prop["items"]]}


def _add_entries(defs: dict[str, Any], owner: str, name: str, registry: Registry) -> None:
    """Describe the entries of a registry: by name, as text with values, or as a mapping that begins with the name."""
    words = "|".join([*registry, r"[A-Za-z_][\w.]*:[A-Z]\w*"])
    choices: list[Any] = [{"type": "string", "pattern": f"^({words})(:.*)?$"}]
    for word, (struct, _) in registry.items():
        if struct is NoOptions:
            continue
        options: dict[str, Any] = {field: {} for field in fields_of(struct)}
        about = (struct.__doc__ or "").partition("\n")[0]
        choices.append({"type": "object", "title": word, "description": about, "required": [word],
                        "properties": {word: {}, **options}, "additionalProperties": False})  # fmt: skip
    entry = {"anyOf": choices}
    prop = defs[owner]["properties"][name]
    many = {"anyOf": [{"type": "array", "items": entry}, {"enum": ["auto", None]}]}
    one = {"anyOf": [{"const": "auto"}, entry]}
    described = {"description": prop["description"]} if "description" in prop else {}
    defs[owner]["properties"][name] = {**(one if name in ("optimizer", "loss") else many), **described}
