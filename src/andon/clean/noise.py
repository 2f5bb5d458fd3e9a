"""Filters that look back only: Hampel, rolling median, exponential, Savitzky-Golay.

Sources: Hampel 1974 (doi 10.1080/01621459.1974.10482962), as the identifier of Pearson 2002; Savitzky & Golay 1964
(doi 10.1021/ac60214a047). Differs from them: windows end at the reading itself and hold finite readings of the same
unit alone; at a unit's start they are shorter, never padded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from msgspec import Struct

from andon.clean.columns import chosen
from andon.clean.recursion import smooth
from andon.clean.step import Block, Known, Memory, Stepped
from andon.clean.units import Sequences, order_of, recall, remember, sequences

if TYPE_CHECKING:
    import polars as pl

    from andon.clean.options import LessNoise

MAD_TO_SD = 1.4826
"""A normal distribution's standard deviation is this many median absolute deviations."""


class Noise(Struct, frozen=True, kw_only=True):
    """State of a noise filter. `weights`: per number m of readings at hand (1, 2, … window) the weights of the last m,
    oldest first; only for `savitzky_golay`."""

    how: str
    columns: list[str]
    window: int
    alpha: float
    sigmas: float
    weights: list[list[float]]

    @classmethod
    def fit(cls, options: LessNoise, known: Known) -> Self:
        """Nothing is learnt from the rows."""
        weights = _weights(options.window, options.order) if options.how == "savitzky_golay" else []
        return cls(
            how=options.how, columns=chosen(options.columns, known, ("number",)), window=options.window,
            alpha=options.alpha, sigmas=options.sigmas, weights=weights,
        )  # fmt: skip

    @property
    def rows(self) -> Literal["keep"]:
        """All stay."""
        return "keep"

    @property
    def remembers(self) -> bool:
        """The last readings of each unit."""
        return True

    def step(self, memory: Memory, block: Block, *, training: bool) -> Stepped:
        """Filter the columns. Missing cells stay missing."""
        columns = [name for name in self.columns if name in block]
        order = order_of(block)
        length = 1 if self.how == "exponential" else self.window - 1
        past = recall(memory, order.units, (len(columns), length))
        changed, out = {}, dict(block)
        for c, name in enumerate(columns):
            values = np.array(block[name], np.float64)
            sorted_ = values[order.rows]
            finite = np.isfinite(sorted_)
            seen = sequences(sorted_[finite], order.place[finite], past[:, c])
            filtered = self._filtered(seen)
            past[:, c] = self._past(seen, filtered, past[:, c], length)
            changed[name] = int((filtered != sorted_[finite]).sum())
            values[order.rows[finite]] = filtered
            out[name] = values
        remember(memory, order.units, past)
        return Stepped(out, changed)

    def _filtered(self, seen: Sequences) -> np.ndarray:
        """The new values of the block's finite readings, in their order."""
        if self.how == "exponential":
            return smooth(seen, self.alpha)
        out = np.empty(len(seen.new))
        for at, window in seen.windows(self.window):
            out[at] = self._last(window)
        return out

    def _last(self, window: np.ndarray) -> np.ndarray:
        """(k, m) readings, oldest first -> what the newest becomes, (k,). Sums run in a fixed order."""
        if self.how == "savitzky_golay":
            total = np.zeros(len(window))
            for k, weight in enumerate(self.weights[window.shape[1] - 1]):
                total += weight * window[:, k]
            return total
        middle = _median(window)
        if self.how == "rolling_median":
            return middle
        away = np.abs(window - middle[:, None])
        odd = (away[:, -1] > self.sigmas * MAD_TO_SD * _median(away)) & (window.shape[1] >= 3)
        return np.where(odd, middle, window[:, -1])

    def _past(self, seen: Sequences, filtered: np.ndarray, past: np.ndarray, length: int) -> np.ndarray:
        """What to remember: raw readings, or the last smoothed value."""
        if self.how != "exponential":
            return seen.past(length)
        last = seen.values.copy()
        last[seen.new] = filtered
        return Sequences(last, seen.new, seen.rank, seen.starts, seen.ends).past(1)

    def keep(self, frame: pl.LazyFrame) -> np.ndarray | None:
        """All rows."""
        return None

    def coded(self, categories: Mapping[str, Sequence[str]]) -> Self:
        """Nothing to code."""
        return self


def _median(window: np.ndarray) -> np.ndarray:
    """Median along the rows of (k, m) finite values; halves are added, so that no sum overflows."""
    ranked, m = np.sort(window, axis=1), window.shape[1]
    return np.asarray(0.5 * ranked[:, (m - 1) // 2] + 0.5 * ranked[:, m // 2])


def _weights(window: int, order: int) -> list[list[float]]:
    """Weights whose sum with the last m readings is the end of their least-squares polynomial, for m = 1 … window."""
    table = []
    for m in range(1, window + 1):
        powers = np.vander(np.arange(1.0 - m, 1.0), min(order, m - 1) + 1)
        table.append([float(w) for w in np.linalg.pinv(powers)[-1]])
    return table
