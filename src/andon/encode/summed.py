"""The summary of rows as cleaning leaves them, block by block."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from andon.clean.step import Block
from andon.encode.schema import Schema
from andon.summary import Finished, Summary, summarise

SUMMED = ("number", "category", "date")


class Summed:
    """Grows with `add`; `finish` gives the facts."""

    def __init__(self, schema: Schema) -> None:
        self.kinds = {f.name: f.kind for f in schema.fields if f.kind in SUMMED}
        self.numbers = [name for name, kind in self.kinds.items() if kind == "number"]
        self.state: Summary | None = None

    def add(self, piece: pl.DataFrame, block: Block, keep: np.ndarray) -> None:
        """One more block: rows as they were read, as they are now, and which of them count. Words of categories and
        dates are those that were read: no step makes new ones."""
        now = [pl.Series(name, block[name]).fill_nan(None) for name in self.numbers]
        rows = piece.select(list(self.kinds)).with_columns(now).filter(pl.Series(keep)).rechunk()
        found = summarise(rows, self.kinds, so_far=self.state)
        self.state = found if self.state is None else self.state + found

    def finish(self, before: Finished) -> Finished:
        """Facts; columns that are no inputs keep those they had."""
        if self.state is None:
            return before
        after = self.state.finish()
        return replace(after, missing={**before.missing, **after.missing})
