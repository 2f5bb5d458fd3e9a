"""The interface of a cleaning step, and what passes through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, Self

import numpy as np
from msgspec import Struct

if TYPE_CHECKING:
    import polars as pl

    from andon.records.records import Column
    from andon.summary import Finished

Block = dict[str, np.ndarray]
"""The `Block` of `andon.encode.block`, which comes later in the house."""
UNIT, TIME = "__unit__", "__time__"

Memory = dict[int, np.ndarray]
"""Unit -> what a step remembers of it, float64 of shape (columns, K); NaN where there is nothing yet."""


class Known(Struct, frozen=True):
    """What a step is fitted on: the training part's summary as the steps before leave it, the columns, and where in the
    plan the step stands. `look` makes the summary when it is first asked for: few steps need it, and it is a pass."""

    look: Callable[[], Finished]
    columns: Sequence[Column]
    key: str

    @property
    def summary(self) -> Finished:
        """Facts of the training part."""
        return self.look()


class Stepped(Struct, frozen=True):
    """A block after one step: how many cells changed per column, and why rows are rejected (row number -> reason)."""

    block: Block
    changed: dict[str, int] = {}
    reject: dict[int, str] = {}


class Step(Protocol):
    """A fitted step: a frozen msgspec `Struct` of plain values, which is its state in the run.

    The class has `fit(options, known) -> Self` beside this. `rows`: whether rows are kept, left out of training, or
    rejected. `remembers`: whether `step` needs unit and time, and the memory of earlier rows.
    """

    @property
    def rows(self) -> Literal["keep", "training", "reject"]:
        """What the step does to rows."""
        ...

    @property
    def remembers(self) -> bool:
        """Whether earlier rows of a unit matter to later ones."""
        ...

    def step(self, memory: Memory, block: Block, *, training: bool) -> Stepped:
        """One kernel for a table, a block or a row. Changes `memory` in place and never the block's arrays."""
        ...

    def keep(self, frame: pl.LazyFrame) -> np.ndarray | None:
        """Mask of the rows to train on (bool, one per row), None if it is all of them."""
        ...

    def coded(self, categories: Mapping[str, Sequence[str]]) -> Self:
        """The same step once the codes of categories are known: word k of a column has code k + 1."""
        ...


def rows_of(block: Block) -> int:
    """Number of rows of a block."""
    return len(next(iter(block.values()))) if block else 0


def missing_of(values: np.ndarray) -> np.ndarray:
    """Where a column of a block has no value: NaN, or code -1."""
    gone: np.ndarray = np.isnan(values) if values.dtype.kind == "f" else values < 0
    return gone
