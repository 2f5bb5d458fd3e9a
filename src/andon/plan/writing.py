"""Writes plans: what a run resolved, with the user's comments kept; and a new plan with a reason beside each value."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from andon.layers import LAYERS
from andon.plan.asked import Asked, settle
from andon.plan.entries import as_node
from andon.plan.names import leaves, sections
from andon.plan.scalars import flow, plain
from andon.plan.schema import docs
from andon.plan.settings import Plan


def values(plan: Plan) -> dict[str, Any]:
    """Path -> value of every setting, as plain values."""
    return dict(_values(plan, ""))


def _values(struct: Struct, path: str) -> Any:
    for field in msgspec.structs.fields(struct):
        value, here = getattr(struct, field.name), f"{path}{field.encode_name}"
        if here in sections():
            yield from _values(value, f"{here}.")
        else:
            yield here, _plain(value)


def _plain(value: Any) -> Any:
    """Option Structs as entries, joined sources without what was left out."""
    if isinstance(value, Struct):
        if any(type(value) is struct for struct, _ in LAYERS.values()):
            return as_node(LAYERS, value)
        fields = msgspec.structs.fields(value)
        named = {field.encode_name: _plain(getattr(value, field.name)) for field in fields}
        return {
            field.encode_name: named[field.encode_name]
            for field in fields
            if named[field.encode_name] != _default(field)
        }
    if isinstance(value, Mapping):
        return {name: _plain(entry) for name, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not NODEFAULT:
        return field.default_factory()
    return field.default


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        node = nested
        *above, last = path.split(".")
        for part in above:
            node = node.setdefault(part, {})
        node[last] = value
    return nested


def to_yaml(plan: Plan, *, defaults: Mapping[str, Any] | None = None, kept: Asked | None = None) -> str:
    """The plan as YAML: what differs from the bare defaults, or from the job's (`defaults`), so that reading it again
    builds an equal plan. `kept` is the file it came from: its comments, order and layout stay.
    """
    bare = values(Plan(job=plan.job))
    ours, the_jobs = values(plan), settle(defaults or {}).mapping
    job = values(msgspec.convert({**the_jobs, "job": plan.job}, Plan))
    wanted = {path for path in ours if path == "job" or ours[path] != bare[path] or ours[path] != job[path]}
    document: Any = CommentedMap()
    if kept is not None and kept.text.strip():
        document = YAML(pure=True).load(kept.text)
        wanted |= {path for path in ours if kept.get(path) is not None}
    _update(document, _nested({path: ours[path] for path in ours if path in wanted}), "")
    writer = YAML(pure=True)
    writer.width = 120
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.brace_single_entry_mapping_in_flow_sequence = True
    out = io.StringIO()
    writer.dump(document, out)
    return out.getvalue()


def _update(document: Any, wanted: Mapping[str, Any], path: str) -> None:
    """Set what is wanted in a document with comments; what says the same already, in whatever form, is left alone."""
    for name, value in wanted.items():
        here = f"{path}{name}"
        old = document.get(name)
        if here in sections() and isinstance(old, Mapping):
            _update(old, value, f"{here}.")
        elif name not in document or not _same(here, plain(old), value):
            document[name] = _styled(value, here)


def _same(path: str, old: Any, value: Any) -> bool:
    """Whether two forms of a setting (`dense:10`, `{dense: 10}`) are one value."""
    said = _nested({path: old})
    return bool(settle(said).get(path) == settle(_nested({path: value})).get(path))


def _styled(value: Any, path: str) -> Any:
    """Sections as blocks, everything below them on one line."""
    if path in sections() and isinstance(value, Mapping):
        block = CommentedMap({name: _styled(entry, f"{path}.{name}") for name, entry in value.items()})
        return block
    return _exact(YAML(pure=True).load(flow(value))) if isinstance(value, (list, dict)) else value


def _exact(node: Any) -> Any:
    """Plain floats instead of ruamel's, which writes `5.511199897329149e-191` with another last digit."""
    if isinstance(node, float):
        return float(node)
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for place, entry in list(entries):
        node[place] = _exact(entry)
    return node


def commented(plan: Plan, reasons: Mapping[str, str], *, defaults: Mapping[str, Any] | None = None) -> str:
    """A new plan to be read by a person: each value with its reason behind it, and every setting left at its default
    as a comment that begins to count once its `# ` is removed. `reasons` go by path, `clean.0` for an entry.
    """
    bare = values(Plan(job=plan.job)) | _flat(settle(defaults or {}).mapping)
    ours, told = values(plan), {**docs(), **reasons}
    shown = {path for path, value in ours.items() if value != bare[path] or path == "job" or path in reasons}
    open_ = {path[:i] for path in shown for i, letter in enumerate(path) if letter == "."}
    written: set[str] = set()
    lines: list[str] = []
    for path in leaves():
        parts = path.split(".")
        for depth in range(1, len(parts)):
            section = ".".join(parts[:depth])
            if section not in written:
                written.add(section)
                lines.append(
                    _line(section, f"{parts[depth - 1]}:", told.get(section, ""), counts=section in open_, open_=open_)
                )
        if path in shown and any(reason.startswith(f"{path}.") for reason in reasons):
            lines.append(_line(path, f"{parts[-1]}:", told.get(path, ""), counts=True, open_=open_))
            marks = (
                {f"{path}.{name}": f"{name}: {flow(entry)}" for name, entry in ours[path].items()}
                if isinstance(ours[path], dict)
                else {f"{path}.{number}": f"- {flow(entry)}" for number, entry in enumerate(ours[path])}
            )
            lines += [_line(here, text, told.get(here, ""), counts=True, open_=open_) for here, text in marks.items()]
        else:
            lines.append(
                _line(path, f"{parts[-1]}: {flow(ours[path])}", told.get(path, ""), counts=path in shown, open_=open_)
            )
    return "\n".join(lines) + "\n"


def _flat(mapping: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in mapping.items():
        here = f"{path}{name}"
        flat |= _flat(value, f"{here}.") if here in sections() else {here: value}
    return flat


def _line(path: str, text: str, reason: str, *, counts: bool, open_: set[str]) -> str:
    """One line: indented by its depth, behind `# ` if it does not count, the reason at its end.

    The `# ` stands where the outermost section that does not count begins, so that removing it from neighbouring
    lines gives well-indented YAML.
    """
    depth = path.count(".")
    reason = f"  # {' '.join(reason.split())}" if reason else ""
    if counts:
        return f"{'  ' * depth}{text}{reason}"
    parts = path.split(".")
    outer = next((i for i in range(depth) if ".".join(parts[: i + 1]) not in open_), depth)
    return f"{'  ' * outer}# {'  ' * (depth - outer)}{text}{reason}"
