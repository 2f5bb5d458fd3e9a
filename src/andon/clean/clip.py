"""Clipping: numbers outside a range become its nearest end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from msgspec import Struct

from andon.clean.columns import chosen
from andon.clean.step import Block, Known, Memory, Stepped

if TYPE_CHECKING:
    import polars as pl

    from andon.clean.options import Clip


class Clipped(Struct, frozen=True, kw_only=True):
    """State: column -> lowest and highest value let through."""

    bounds: dict[str, tuple[float, float]]

    @classmethod
    def fit(cls, options: Clip, known: Known) -> Self:
        """The range asked for, or quantiles of the training part; a column without values is left alone."""
        columns = chosen(options.columns, known, ("number",))
        if options.range is not None:
            return cls(bounds=dict.fromkeys(columns, (options.range[0], options.range[1])))
        ends = {name: known.summary.quantile(name, list(options.quantiles)) for name in columns}
        return cls(bounds={name: (float(q[0]), float(q[1])) for name, q in ends.items() if np.isfinite(q).all()})

    @property
    def rows(self) -> Literal["keep"]:
        """All stay."""
        return "keep"

    @property
    def remembers(self) -> bool:
        """Each row stands alone."""
        return False

    def step(self, memory: Memory, block: Block, *, training: bool) -> Stepped:
        """Clip; missing cells stay missing."""
        out, changed = dict(block), {}
        for name, (low, high) in self.bounds.items():
            if name in block:
                out[name] = np.clip(block[name], low, high)
                changed[name] = int(((block[name] < low) | (block[name] > high)).sum())
        return Stepped(out, changed)

    def keep(self, frame: pl.LazyFrame) -> np.ndarray | None:
        """All rows."""
        return None

    def coded(self, categories: Mapping[str, Sequence[str]]) -> Self:
        """Nothing to code."""
        return self
