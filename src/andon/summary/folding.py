"""The summary of a lazy frame, in one streaming pass with flat memory."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from andon.summary.facts import Finished
from andon.summary.state import summarise

BLOCK_ROWS = 131_072


def fold(lazy: pl.LazyFrame, kinds: Mapping[str, str], *, rows: np.ndarray | None = None) -> Finished:
    """Summary of the columns in `kinds`, of all rows or of those where the mask `rows` (bool, one per row) says so."""
    state = summarise(lazy.select(*kinds).head(0).collect(), kinds)
    start = 0
    # in order and in one chunk: sums then come out the same to the bit each time
    for block in lazy.select(*kinds).collect_batches(chunk_size=BLOCK_ROWS, maintain_order=True):
        stop = start + len(block)
        wanted = block if rows is None else block.filter(pl.Series(rows[start:stop]))
        state = state + summarise(wanted.rechunk(), kinds, so_far=state)
        start = stop
    return state.finish()
