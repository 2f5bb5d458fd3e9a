"""`Cleaning`: the fitted steps in order, what they remember, and the one way blocks go through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

import msgspec
import numpy as np
from msgspec import Struct

from andon.clean.step import Block, Memory, Step, rows_of

if TYPE_CHECKING:
    import polars as pl


class Cleaned(Struct, frozen=True):
    """A block after all steps, all rows still there.

    `reject` (bool, one per row): rows that get no answer; `reasons`: one sentence per rejected row, in their order;
    `changed`: `step.column` -> number of cells changed.
    """

    block: Block
    reject: np.ndarray
    reasons: list[str]
    changed: dict[str, int]


class Named(Struct, frozen=True):
    """A step with its name in the plan and the class it is of."""

    name: str
    target: str
    step: Step


class Cleaning(Struct, frozen=True):
    """Fitted steps. `memory` has one dict per step: what it remembers of each unit's earlier rows.

    Blocks given to `apply` one after the other are taken as one stream: whole table, blocks or single rows give the
    same to the bit (only `missing: linear` looks ahead, inside a block). Start a new stream with `fresh()`.
    """

    steps: tuple[Named, ...] = ()
    memory: list[Memory] = []

    def __post_init__(self) -> None:
        self.memory.extend({} for _ in self.steps[len(self.memory) :])

    @property
    def remembers(self) -> bool:
        """Whether any step needs the unit and time of rows and the rows before."""
        return any(named.step.remembers for named in self.steps)

    @property
    def looks_ahead(self) -> bool:
        """Whether a row's value may follow from later rows of its block, so that alone it is another."""
        return any(getattr(named.step, "looks_ahead", False) for named in self.steps)

    def fresh(self) -> Self:
        """The same steps that have seen nothing yet."""
        return type(self)(self.steps)

    def apply(self, block: Block, *, training: bool = False) -> Cleaned:
        """Clean the next block of a stream. With `training`, steps for training alone reject rows as well.

        `__unit__` (int64) and `__time__` (seconds) are used by steps that remember; rows of a unit come in time order.
        The block's arrays are never written to. A rejected row still counts for those after it.
        """
        reject: dict[int, str] = {}
        changed: dict[str, int] = {}
        for named, memory in zip(self.steps, self.memory, strict=True):
            done = named.step.step(memory, block, training=training)
            block = done.block
            for row, reason in done.reject.items():
                reject.setdefault(row, reason)
            for column, count in done.changed.items():
                key = f"{named.name}.{column}"
                changed[key] = changed.get(key, 0) + count
        mask = np.zeros(rows_of(block), bool)
        mask[list(reject)] = True
        return Cleaned(block, mask, [reject[row] for row in sorted(reject)], changed)

    def rows(self, frame: pl.LazyFrame) -> np.ndarray:
        """Mask (bool, one per row of the table) of the rows that steps for training alone leave to train on."""
        masks = [mask for named in self.steps if (mask := named.step.keep(frame)) is not None]
        if masks:
            return np.asarray(np.logical_and.reduce(masks))
        import polars as pl

        return np.ones(frame.select(pl.len()).collect(engine="streaming").item(), bool)

    def coded(self, categories: Mapping[str, Sequence[str]]) -> Self:
        """The same once the schema has given categories their codes; needed where a word fills missing cells."""
        return type(self)(tuple(Named(n.name, n.target, n.step.coded(categories)) for n in self.steps))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, without the memory."""
        return {
            "steps": [{"name": n.name, "class": n.target, "state": msgspec.to_builtins(n.step)} for n in self.steps]
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """The same steps again, having seen nothing."""
        return cls(tuple(_read(entry) for entry in plain["steps"]))

    def forget(self, units: Sequence[int]) -> None:
        """Let go of what is remembered of some units."""
        for memory in self.memory:
            for unit in units:
                memory.pop(unit, None)

    def remembered(self) -> dict[str, np.ndarray]:
        """The memory as plain arrays, so that a stream can go on after a restart: per step its units (U,) and what is
        remembered of them (U, columns, K)."""
        found: dict[str, np.ndarray] = {}
        for place, memory in enumerate(self.memory):
            found[f"{place}.units"] = np.fromiter(memory, np.int64, len(memory))
            found[f"{place}.past"] = np.stack(list(memory.values())) if memory else np.zeros((0, 0, 0))
        return found

    def restored(self, arrays: Mapping[str, np.ndarray]) -> Self:
        """The same steps with a memory that `remembered` gave."""
        memory = [
            dict(zip(arrays[f"{place}.units"].tolist(), arrays[f"{place}.past"], strict=True))
            for place in range(len(self.steps))
        ]
        return type(self)(self.steps, memory)


def _read(entry: Mapping[str, Any]) -> Named:
    """One step from JSON."""
    module, _, name = entry["class"].partition(":")
    step: Step = msgspec.convert(entry["state"], getattr(import_module(module), name))
    return Named(entry["name"], entry["class"], step)
