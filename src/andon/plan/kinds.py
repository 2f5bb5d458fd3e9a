"""Fits plain values into the types of a Struct's fields, and says in plain words what a field takes.

msgspec would do the checking, but its messages speak of types; ours name the setting, the value and what to write.
"""

from __future__ import annotations

import difflib
import numbers
import os
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from andon.errors import SettingProblem
from andon.plan.names import unknown

Field = msgspec.structs.FieldInfo
_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false", type(None): "null"}
_NOTHING = object()


def options_of(kind: Any) -> list[Any]:
    """The alternatives of a type: `int | Literal["auto"] | None` gives three."""
    if get_origin(kind) in (Union, types.UnionType):
        return [option for part in get_args(kind) for option in options_of(part)]
    return [kind]


def fields_of(struct: type[Struct]) -> dict[str, Field]:
    """A Struct's fields by the names they have in a plan (`with`, not `with_`)."""
    return {field.encode_name: field for field in msgspec.structs.fields(struct)}


def describe(kind: Any) -> str:
    """What a field takes, in words: `a whole number or 'auto'`."""
    words: list[str] = []
    for option in options_of(kind):
        if get_origin(option) is Literal:
            words += [f"'{word}'" for word in get_args(option)]
        elif get_origin(option) in (list, tuple):
            words.append("a list")
        elif get_origin(option) is dict or _is_struct(option):
            words.append("a mapping")
        else:
            words.append(_WORDS.get(option, "a value"))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def fit(value: Any, kind: Any, key: str, *, whole: bool = True) -> Any:
    """Give `value` as the field's type takes it, or raise `SettingProblem` naming `key`.

    Numbers stand for text where text is asked (a column or class called `1`), one value for a list of one, a path for
    its text. Structs come out as mappings of what was given; `whole` asks for their required fields too.
    """
    options = options_of(kind)
    if Any in options:
        return value
    for option in options:
        fitted = _as(value, option, key, whole)
        if fitted is not _NOTHING:
            return fitted
    if str in options and isinstance(value, (bool, int, float)):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, Mapping):
        for option in options:
            if get_origin(option) is list and value is not None:
                return fit([value], option, key)
    raise _mismatch(value, options, kind, key)


def _as(value: Any, option: Any, key: str, whole: bool) -> Any:
    """`value` as one of the alternatives, or `_NOTHING`."""
    if get_origin(option) is Literal:
        return value if isinstance(value, str) and value in get_args(option) else _NOTHING
    if option is type(None):
        return None if value is None else _NOTHING
    if option is bool:
        return bool(value) if isinstance(value, bool) else _NOTHING
    if option in (int, float):
        return _number(value, option)
    if option is str:
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        return str(value) if isinstance(value, str) else _NOTHING
    if get_origin(option) is list and isinstance(value, (list, tuple)):
        (item,) = get_args(option)
        return [fit(entry, item, f"{key}.{number}") for number, entry in enumerate(value)]
    if get_origin(option) is dict and isinstance(value, Mapping):
        return {str(name): fit(entry, get_args(option)[1], f"{key}.{name}") for name, entry in value.items()}
    if _is_struct(option) and isinstance(value, Mapping):
        return fit_struct(value, option, key, whole=whole)
    return _NOTHING


def _number(value: Any, option: type) -> Any:
    """Whole numbers may stand for numbers (and `5.0` for 5), truths for neither."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return _NOTHING
    if option is float:
        return float(value)
    if isinstance(value, numbers.Integral) or float(value).is_integer():
        return int(float(value)) if not isinstance(value, numbers.Integral) else int(value)
    return _NOTHING


def fit_struct(given: Mapping[str, Any], struct: type[Struct], key: str, *, whole: bool = True) -> dict[str, Any]:
    """Fit every field that was given; unknown names are answered with the nearest known one."""
    fields = fields_of(struct)
    fitted: dict[str, Any] = {}
    for name, value in given.items():
        here = f"{key}.{name}" if key else str(name)
        if name not in fields:
            raise unknown(here, fields)
        kind = fields[name].type
        if _is_struct(kind) and value is None:
            continue  # `train:` with nothing under it
        if _is_struct(kind) and not isinstance(value, Mapping):
            raise _mismatch(value, [kind], kind, here)
        fitted[name] = fit(value, kind, here, whole=whole)
    if whole:
        for name, field in fields.items():
            if field.required and name not in fitted:
                raise SettingProblem.at(
                    key, f"'{key}' has no '{name}'", why=f"it takes {describe(field.type)}", fix=f"add '{name}'"
                )
    return fitted


def _mismatch(value: Any, options: list[Any], kind: Any, key: str) -> SettingProblem:
    words = [word for option in options if get_origin(option) is Literal for word in get_args(option)]
    near = difflib.get_close_matches(value.lower(), words, n=1) if isinstance(value, str) else []
    shown = "null" if value is None else repr(value)
    if len(shown) > 60:
        shown = shown[:57] + "…"
    fix = f"Did you mean '{near[0]}'?" if near else f"change '{key}'"
    return SettingProblem.at(key, f"'{key}' is {shown}", why=f"it must be {describe(kind)}", fix=fix)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)
