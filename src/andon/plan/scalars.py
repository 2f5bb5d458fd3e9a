"""Text to values and back, by the rules of YAML: what `key=value`, `dense:128:relu` and the writers share."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any, get_origin

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from andon.errors import SettingProblem
from andon.plan.kinds import options_of


def scalar(text: str, kind: Any = Any, *, key: str = "") -> Any:
    """The value a text stands for where `kind` is asked. Text stays as typed where text is asked: `target=007`."""
    options = options_of(kind)
    if any(get_origin(option) is list for option in options) and not text.strip().startswith("["):
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if len(parts) > 1:
            return [scalar(part) for part in parts]
    try:
        value = plain(YAML(typ="safe", pure=True).load(text))
    except (YAMLError, ValueError, RecursionError) as error:
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0] or "nested too deeply"
        raise SettingProblem.at(
            key, f"'{key}' is '{text}', which is not YAML", why=reason, fix="put it in quotes"
        ) from None
    if str in options and isinstance(value, (int, float)):
        return text.strip()
    return value


def plain(node: Any) -> Any:
    """YAML nodes as plain values: dates as ISO text, names of mappings as text, numbers without their spelling."""
    if isinstance(node, Mapping):
        return {word(name): plain(value) for name, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [plain(value) for value in node]
    if node is None or isinstance(node, (bool, str)):
        return str(node) if isinstance(node, str) else node
    if type(node).__name__ == "ScalarBoolean":  # ruamel's own, an int by type
        return bool(node)
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    if isinstance(node, date):
        return node.isoformat()
    tag = getattr(getattr(node, "tag", None), "value", None)
    raise ValueError(f"the tag '{tag}' has no meaning here" if tag else f"{type(node).__name__} is no plain value")


def word(name: Any) -> str:
    """The name of a mapping's entry as text: a class called `1` or `true` is a name like others."""
    value = plain(name)
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def flow(value: Any) -> str:
    """A value on one line, as YAML writes it: `[flatten, {dense: 128}]`."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = True
    writer.width = 1_000_000
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    out = io.StringIO()
    writer.dump(value, out)
    return out.getvalue().removesuffix("...\n").strip()
