"""The summary of rows as cleaning leaves them, block by block."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from andon.clean import Cleaning
from andon.clean.step import Block
from andon.encode.schema import Schema
from andon.summary import Finished, Summary, summarise

SUMMED = ("number", "category", "date")


def of_sample(schema: Schema, cleaning: Cleaning, before: Finished) -> Finished | None:
    """The summary with its sample cleaned: all that the fitting of a further step looks at. None where that takes the
    whole table, since steps remember earlier rows or columns are not in the sample."""
    if cleaning.remembers or not set(schema.names()) <= set(before.sample.columns):
        return None
    done = cleaning.fresh().apply(schema.block(before.sample)[0])
    numbers = [f.name for f in schema.fields if f.kind == "number"]
    now = [pl.Series(name, done.block[name]).fill_nan(None) for name in numbers]
    return replace(before, sample=before.sample.with_columns(now).filter(pl.Series(~done.reject)))


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
