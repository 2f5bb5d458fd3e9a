"""Duplicates: equal rows are trained on once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from msgspec import Struct

from andon import summary
from andon.clean.step import Block, Known, Memory, Stepped
from andon.errors import SettingProblem

if TYPE_CHECKING:
    import polars as pl

    from andon.clean.options import DropDuplicates


class Duplicates(Struct, frozen=True, kw_only=True):
    """State: the columns that are compared; None: all of the table."""

    columns: list[str] | None

    @classmethod
    def fit(cls, options: DropDuplicates, known: Known) -> Self:
        """Raises `SettingProblem` where unit and time are asked for and the records have none."""
        if options.by == "rows":
            return cls(columns=None)
        names = [c.name for c in known.columns if c.role in ("unit", "time")]
        if len(names) < 2:
            raise SettingProblem.at(
                f"{known.key}.by", f"'{known.key}.by' is 'unit_time'", why="the records have no unit or no time column",
                fix="name both under data.rows, or compare 'rows'",
            )  # fmt: skip
        return cls(columns=names)

    @property
    def rows(self) -> Literal["training"]:
        """Copies are not trained on; a row that is to be answered stays."""
        return "training"

    @property
    def remembers(self) -> bool:
        """Blocks pass unchanged."""
        return False

    def step(self, memory: Memory, block: Block, *, training: bool) -> Stepped:
        """Nothing happens to a block: copies are found over the whole table, by `keep`."""
        return Stepped(block)

    def keep(self, frame: pl.LazyFrame) -> np.ndarray | None:
        """Mask without the copies of earlier rows."""
        return summary.duplicate_rows(frame, self.columns).keep()

    def coded(self, categories: Mapping[str, Sequence[str]]) -> Self:
        """Nothing to code."""
        return self
