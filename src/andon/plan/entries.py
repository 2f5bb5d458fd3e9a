"""Entries of registries: `"dense:128:relu"`, `{dense: 128, activation: relu}`, `Dense(128, "relu")` are one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct

from andon.errors import SettingProblem, nearest
from andon.plan.kinds import Field, fields_of, fit_struct, options_of
from andon.plan.plugins import CLASS, Registry, load
from andon.plan.scalars import scalar


class NoOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of a class of the user's own that declares none (a Struct called `Options` inside it would)."""


def read_entries(registry: Registry, nodes: Sequence[Any], key: str) -> list[tuple[str, Struct]]:
    """Read every entry of a list; `key` is the path of the list."""
    return [read_entry(registry, node, f"{key}.{number}") for number, node in enumerate(nodes)]


def read_entry(registry: Registry, node: Any, key: str) -> tuple[str, Struct]:
    """Name and options of one entry. Values without a name fill the options' fields in their order.

    Forms: `"dense:128:relu"`, `"duplicates"`, `{dense: 128, activation: relu}`, `{noise: {kind: hampel}}`,
    `{residual: [dense:8, …]}`, an options Struct, and `"module:Class"` of the user's own (whose options are the Struct
    called `Options` inside the class). Raises `SettingProblem` with keys below `key`.
    """
    if isinstance(node, Struct):
        return name_of(registry, node, key), node
    if isinstance(node, str):
        return _read_text(registry, node, key)
    if not isinstance(node, Mapping) or not node:
        raise SettingProblem.at(
            key, f"'{key}' is {node!r}", why="it must be a name, or a mapping that begins with one",
            fix=f"write it as '{next(iter(registry))}' or '{{{next(iter(registry))}: …}}'",
        )  # fmt: skip
    name = next((str(word) for word in node if word in registry), str(next(iter(node))))
    struct = _struct(registry, name, key)
    options = {str(word): value for word, value in node.items() if word != name}
    first = node.get(name)
    fields = list(fields_of(struct).values())
    if isinstance(first, Mapping):
        options = {**{str(word): value for word, value in first.items()}, **options}
    elif isinstance(first, (list, tuple)) and not (fields and _takes_list(fields[0])):
        options = {**_positional(list(first), struct, key, name), **options}
    elif first is not None:
        options = {**_positional([first], struct, key, name), **options}
    return name, _make(registry, struct, options, key)


def _read_text(registry: Registry, text: str, key: str) -> tuple[str, Struct]:
    parts = [part.strip() for part in text.split(":")]
    name = parts.pop(0)
    if name not in registry and parts and CLASS.fullmatch(f"{name}:{parts[0]}"):
        name = f"{name}:{parts.pop(0)}"
    struct = _struct(registry, name, key)
    kinds = [field.type for field in fields_of(struct).values()]
    values = [scalar(part, kinds[i] if i < len(kinds) else Any, key=key) for i, part in enumerate(parts)]
    return name, _make(registry, struct, _positional(values, struct, key, name), key)


def _struct(registry: Registry, name: str, key: str) -> type[Struct]:
    """The options of a name; raises `SettingProblem` for a name nobody registered."""
    if name in registry:
        return registry[name][0]
    if CLASS.fullmatch(name):
        options = getattr(load(name), "Options", NoOptions)
        if isinstance(options, type) and issubclass(options, Struct):
            return options
        raise SettingProblem.at(key, f"'{name}.Options' cannot be read", fix="make it a msgspec Struct")
    raise SettingProblem.at(key, f"'{key}' is '{name}', which is not known", fix=nearest(name, registry))


def target_of(registry: Registry, name: str) -> str:
    """`module:Class` behind a name that `read_entry` gave: the registry's, or the name itself."""
    return registry[name][1] if name in registry else name


def name_of(registry: Registry, options: Struct, key: str = "") -> str:
    """The registry's name for an options Struct."""
    for name, (struct, _) in registry.items():
        if type(options) is struct:
            return name
    raise SettingProblem.at(
        key, f"'{key}' is a '{type(options).__name__}', which does not belong here", fix=nearest("", registry)
    )


def _positional(values: list[Any], struct: type[Struct], key: str, name: str) -> dict[str, Any]:
    """Values without a name, by the order of the fields."""
    fields = list(fields_of(struct))
    if len(values) > len(fields):
        takes = f"it takes {', '.join(fields)}" if fields else "it takes none"
        raise SettingProblem.at(key, f"'{key}' gives '{name}' too many values", why=takes, fix="remove some")
    return dict(zip(fields, values, strict=False))


def _make(registry: Registry, struct: type[Struct], options: dict[str, Any], key: str) -> Struct:
    """The options Struct; problems are named by their path in the plan."""
    nested = {
        field.name: tuple(entry for _, entry in read_entries(registry, _as_list(options.pop(name)), f"{key}.{name}"))
        for name, field in fields_of(struct).items()
        if name in options and _nests(field)
    }
    required = {name for name, field in fields_of(struct).items() if field.required and name not in nested}
    given = fit_struct(options, struct, key, whole=False)
    missing = sorted(required - given.keys())
    if missing:
        raise SettingProblem.at(key, f"'{key}' has no '{missing[0]}'", fix=f"add '{missing[0]}'")
    names = {name: field.name for name, field in fields_of(struct).items()}
    try:
        return struct(**{names[name]: value for name, value in given.items()}, **nested)
    except SettingProblem as problem:
        inner = problem.key
        raise SettingProblem.at(f"{key}.{inner}", str(problem).replace(f"'{inner}'", f"'{key}.{inner}'")) from None


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _takes_list(field: Field) -> bool:
    return any(get_origin(option) in (list, tuple) for option in options_of(field.type))


def _nests(field: Field) -> bool:
    """Whether a field holds entries of the same registry, as the layers of a residual block."""
    for option in options_of(field.type):
        if get_origin(option) in (tuple, list):
            inner = options_of(get_args(option)[0])
            if all(isinstance(kind, type) and issubclass(kind, Struct) for kind in inner):
                return True
    return False


def as_node(registry: Registry, options: Struct) -> Any:
    """The shortest way to write an entry: `flatten`, or `{dense: 128, activation: relu}`. Defaults are left out."""
    name = name_of(registry, options)
    node: dict[str, Any] = {name: None}
    for number, field in enumerate(msgspec.structs.fields(options)):
        value = getattr(options, field.name)
        default = field.default if field.default_factory is NODEFAULT else field.default_factory()
        if value == default and not field.required:
            continue
        if _nests(field):
            value = [as_node(registry, entry) for entry in value]
        elif isinstance(value, tuple):
            value = list(value)
        node[name if number == 0 else field.encode_name] = value
    return name if node == {name: None} else node
