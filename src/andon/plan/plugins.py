"""Registries and what third parties add to them: entry points, and classes named as `module:Class`."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from msgspec import Struct

from andon.errors import Problem, nearest

Registry = Mapping[str, tuple[type[Struct], str]]
"""Name in a plan -> the Struct of its options, and `module:Class` of what does the work."""

CLASS = re.compile(r"[A-Za-z_][\w.]*:[A-Z]\w*")
"""How a class of the user's own is named; the capital tells it from `pool:max`."""

_EXTRAS = {"torch", "lightgbm", "sklearn", "safetensors", "schedulefree", "onnx", "onnxscript", "numba"}


def registered(built_in: Registry, kind: str) -> Registry:
    """A registry with what other packages add to it through the entry point group `andon.KIND`.

    An entry point names a pair like the registry's own lines: `(Options, "module:Class")`. Raises `Problem` if it
    takes a name that is already there.
    """
    added = _added(kind)
    taken = [name for name in added if name in built_in]
    if taken:
        raise Problem.of(
            f"the name '{taken[0]}' is taken twice in '{kind}'", why=f"'{added[taken[0]][0]}' adds it once more",
            fix="remove one of the packages",
        )  # fmt: skip
    return built_in if not added else {**built_in, **{name: load(target) for name, (_, target) in added.items()}}


@cache
def _added(kind: str) -> dict[str, tuple[str, str]]:
    """Name -> package and target, of every entry point of a group."""
    found: dict[str, tuple[str, str]] = {}
    for point in entry_points(group=f"andon.{kind}"):
        package = point.dist.name if point.dist else "?"
        if point.name in found:
            raise Problem.of(
                f"the name '{point.name}' is taken twice in '{kind}'", why=f"by {found[point.name][0]} and {package}",
                fix="remove one of the packages",
            )  # fmt: skip
        found[point.name] = (package, point.value)
    return found


def load(target: str) -> Any:
    """What `module:Name` names, imported now. The working folder is looked in too, after everything installed."""
    module, sign, name = target.partition(":")
    if not sign or not module or not name:
        raise Problem.of(f"'{target}' names no class", why="it must be 'module:Class'", fix="write both")
    found: Any = _module(module, target)
    for part in name.split("."):
        if not hasattr(found, part):
            words = [word for word in vars(found) if not word.startswith("_")]
            raise Problem.of(f"'{target}' is not there", why=f"'{module}' has no '{part}'", fix=nearest(part, words))
        found = getattr(found, part)
    return found


def _module(name: str, target: str) -> ModuleType:
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        if name == missing or name.startswith(f"{missing}."):
            why, fix = f"there is no module '{missing}'", "check the spelling, or install it"
        else:
            why = f"it needs the package '{missing}'"
            fix = f"pip install {'andon[train]' if missing.partition('.')[0] in _EXTRAS else missing}"
        raise Problem.of(f"'{target}' cannot be loaded", why=why, fix=fix) from None
    except (ImportError, SyntaxError, ValueError) as error:
        raise Problem.of(f"'{target}' cannot be loaded", why=str(error), fix=f"mend '{name}'") from None
