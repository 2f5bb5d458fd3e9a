"""From what a plan asks to fitted steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from andon.clean.cleaning import Cleaning, Named
from andon.clean.registry import STEPS
from andon.clean.step import Known
from andon.errors import SettingProblem
from andon.plan import load, name_of, read_entries, registered, target_of

if TYPE_CHECKING:
    from andon.records.records import Column
    from andon.summary import Finished

Entry = tuple[str, Struct]


def read_steps(asked: Sequence[Any] | Literal["auto"]) -> list[Entry]:
    """Names and options of the steps that `clean` in a plan asks for. `auto` is none: gaps are left to the network,
    which is shown them, and nothing else is touched unasked."""
    if isinstance(asked, str):
        if asked == "auto":
            return []
        asked = [asked]
    return read_entries(registered(STEPS, "clean"), asked, "clean")


Look = Callable[[Cleaning], "Finished"]
"""From the steps so far to the training part's summary after them."""


def fit_steps(entries: Sequence[Entry | Struct], look: Finished | Look, columns: Sequence[Column]) -> Cleaning:
    """Fit the steps in order, each on the training part's summary as the steps before it leave it.

    `look` gives that summary when a step asks for it; a plain summary serves all. Raises `SettingProblem` with keys
    below `clean`.
    """
    asked: Look = look if callable(look) else lambda _: look
    registry = registered(STEPS, "clean")
    steps: list[Named] = []
    for number, entry in enumerate(entries):
        key = f"clean.{number}"
        name, options = entry if isinstance(entry, tuple) else (name_of(registry, entry, key), entry)
        target = target_of(registry, name)
        kind = load(target)
        if not hasattr(kind, "fit"):
            raise SettingProblem.at(key, f"'{target}' has no 'fit'", fix="see andon.clean.step for what a step needs")
        steps.append(
            Named(name, target, kind.fit(options, Known(cache(partial(asked, Cleaning(tuple(steps)))), columns, key)))
        )
    return Cleaning(tuple(steps))
