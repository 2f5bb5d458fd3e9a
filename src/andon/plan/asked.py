"""`Asked`: what one source (a file, a command line, Python) asks, in the plan's own names, and where it says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import msgspec
from msgspec import Struct

from andon.errors import SettingProblem, nearest
from andon.layers import LAYERS
from andon.plan.entries import as_node, read_entry
from andon.plan.kinds import fit_struct, options_of
from andon.plan.names import OPEN, full_path, leaves, sections
from andon.plan.plugins import CLASS, registered
from andon.plan.scalars import scalar
from andon.plan.settings import Plan

Lines = dict[str, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """Settings from one source. `mapping` is nested and holds only what was asked, `lines` the line of each path."""

    mapping: dict[str, Any]
    origin: str = ""
    "Name of the file; empty for a command line or Python."
    lines: Lines = field(default_factory=dict)
    text: str = ""
    "The file's text, so that its comments can be kept."

    def get(self, path: str) -> Any:
        """What is asked for a path, or None."""
        node: Any = self.mapping
        for part in path.split("."):
            if not isinstance(node, Mapping) or part not in node:
                return None
            node = node[part]
        return node

    def line(self, key: str) -> int | None:
        """The line that sets a path, or the nearest setting above it."""
        parts = key.split(".")
        for length in range(len(parts), 0, -1):
            found = self.lines.get(".".join(parts[:length]))
            if found is not None:
                return found
        return None

    def locate(self, problem: SettingProblem) -> SettingProblem:
        """The same problem with file and line in front, if a file set it."""
        line = self.line(problem.key)
        if not self.origin or line is None:
            return problem
        located = SettingProblem(f"{self.origin}, line {line}: {problem}")
        located.key = problem.key
        return located


def from_words(words: Sequence[str]) -> Asked:
    """Read `key.path=value` words. Values are YAML; a unique end of a path (`epochs=5`) may stand alone."""
    mapping: dict[str, Any] = {}
    for word in words:
        name, sign, text = word.partition("=")
        if not sign:
            raise SettingProblem.at(
                name, f"'{word}' sets nothing", why="it has no '='", fix=f"write it as '{name}=VALUE'"
            )
        path = full_path(name.strip())
        _place(mapping, path, scalar(text, _kind(path), key=path))
    return settle(mapping)


def from_python(given: Mapping[str, Any]) -> Asked:
    """Take settings as Python gives them: nested mappings, names alone where unique, and option Structs."""
    mapping: dict[str, Any] = {}
    for name, value in given.items():
        _place(mapping, full_path(name), _plain(value))
    return settle(mapping)


def settle(raw: Mapping[str, Any], *, origin: str = "", lines: Lines | None = None, text: str = "") -> Asked:
    """Bring what was asked into the plan's own names and types; every mistake is a located `SettingProblem`."""
    lines = dict(lines or {})
    try:
        mapping = fit_struct(_spread(dict(raw), lines), Plan, "", whole=False)
        if mapping.get("network", {}).get("layers"):
            mapping["network"]["layers"] = _layers(mapping["network"]["layers"])
    except SettingProblem as problem:
        raise Asked({}, origin, lines).locate(problem) from None
    return Asked(mapping, origin, lines, text)


def _plain(value: Any) -> Any:
    """Option Structs as entries of a plan, sections as mappings; the rest as it is."""
    if isinstance(value, Struct):
        if type(value).__module__ == Plan.__module__:
            return msgspec.to_builtins(value)
        return as_node(LAYERS, value)
    if isinstance(value, Mapping):
        return {name: _plain(entry) for name, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def _kind(path: str) -> Any:
    """Type of a setting; Any below a mapping."""
    return leaves().get(path, Any)


def _place(mapping: dict[str, Any], path: str, value: Any) -> None:
    """Set a path in a nested mapping; mappings are merged, so that `train` and `train.epochs` can both be given."""
    *above, last = path.split(".")
    for depth, part in enumerate(above):
        node = mapping.setdefault(part, {})
        if not isinstance(node, dict):  # `network=dense members=4`: a short form came first
            node = mapping[part] = _short(".".join(above[: depth + 1]), node)[0]
        mapping = node
    section = path in sections()
    if section and isinstance(mapping.get(last), dict) and not isinstance(value, Mapping):
        value = _short(path, value)[0]
    if isinstance(value, Mapping) and isinstance(mapping.get(last), dict):
        for name, entry in value.items():
            _place(mapping[last], str(name), entry)
    else:
        mapping[last] = dict(value) if isinstance(value, Mapping) else value


_SHORT = {
    "data": ("rows", "path"),
    "data.rows": ("path",),
    "scale": ("method",),
    "split": ("by",),
    "report": ("language",),
    "series": ("lookback",),
}
"""What a section is about when it is given one value instead of a mapping."""


def _spread(node: dict[str, Any], lines: Lines, path: str = "") -> dict[str, Any]:
    """Write short forms out: `scale: robust` as `scale: {method: robust}`, with the lines following."""
    for name, value in list(node.items()):
        here = f"{path}{name}"
        if here == "data.with" and isinstance(value, Mapping):
            node[name] = [value]
            _move(lines, here, f"{here}.0")
        if here in OPEN and not isinstance(value, Mapping) and value not in (None, "auto"):
            node[name] = _short(here, value)[0]  # so that `series.against` beside it takes nothing away
        if here not in sections() or value is None:
            continue
        if not isinstance(value, Mapping):
            value, inner = _short(here, value)
            if inner:
                _move(lines, here, f"{here}.{inner}")
        node[name] = _spread(dict(value), lines, f"{here}.") if isinstance(value, Mapping) else value
    return node


def _move(lines: Lines, old: str, new: str) -> None:
    """Let `new` and what lies below it have the lines of `old`."""
    lines.update(
        {new + path[len(old) :]: line for path, line in lines.items() if path == old or path.startswith(f"{old}.")}
    )


def _short(path: str, value: Any) -> tuple[Any, str]:
    """A section's mapping from one value, and which setting of it was meant."""
    if path == "network":
        return _short_network(value)
    if path not in _SHORT or isinstance(value, (list, tuple)):
        return value, ""  # no short form: `fit` says what it wants
    for part in reversed(_SHORT[path]):
        value = {part: value}
    return value, ".".join(_SHORT[path])


def _short_network(value: Any) -> tuple[dict[str, Any], str]:
    """A list of layers, a family, a size or a class of one's own."""
    if isinstance(value, (list, tuple)):
        return {"layers": list(value)}, "layers"
    text = str(value)
    for setting in ("family", "size"):
        if text in get_args(options_of(leaves()[f"network.{setting}"])[0]):
            return {setting: text}, setting  # `dense` is a layer too; alone it names the family
    first = text.partition(",")[0].partition(":")[0].strip()
    if CLASS.fullmatch(text) and first not in registered(LAYERS, "layers"):
        return {"module": text}, "module"
    if "," in text or ":" in text or first in LAYERS:
        return {"layers": [part.strip() for part in text.split(",")]}, "layers"
    families = get_args(leaves()["network.family"])
    raise SettingProblem.at(
        "network", f"'network' is '{text}'", why="it must be a family, a size, a list of layers or 'module:Class'",
        fix=nearest(text, [*families, *get_args(leaves()["network.size"])]),
    )  # fmt: skip


def _layers(nodes: Iterable[Any]) -> list[Any]:
    """Layers read and written back in one form, so that YAML, words and Python build equal plans.

    A class of the user's own stays as it was written: reading a plan must not import it.
    """
    canonical = []
    for number, node in enumerate(nodes):
        head = node if isinstance(node, str) else next(iter(node), "") if isinstance(node, Mapping) else ""
        if re.match(CLASS, str(head)) and str(head).partition(":")[0] not in LAYERS:
            canonical.append(node)
        else:
            registry = registered(LAYERS, "layers")
            canonical.append(as_node(registry, read_entry(registry, node, f"network.layers.{number}")[1]))
    return canonical
