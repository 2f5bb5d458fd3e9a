"""Missing cells: dropped, filled or left to the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from msgspec import Struct, structs

from andon.clean.columns import chosen
from andon.clean.gaps import Gaps, carry, join
from andon.clean.step import Block, Known, Memory, Stepped, missing_of, rows_of
from andon.clean.units import order_of, recall, remember
from andon.errors import SettingProblem

if TYPE_CHECKING:
    import polars as pl

    from andon.clean.options import FillMissing

FITS: dict[str, tuple[str, ...]] = {
    "mask": ("number", "date", "category"),
    "drop": ("number", "date", "category"),
    "constant": ("number", "category"),
    "median": ("number",),
    "mode": ("number", "category"),
    "previous": ("number", "date", "category"),
    "linear": ("number",),
}
"""Kinds of column that each way can work on."""


class Missing(Struct, frozen=True, kw_only=True):
    """State: `fill` has the number (or code of a category) for each column that is filled from what training saw,
    `words` the categories whose codes are not known yet."""

    how: str
    columns: list[str]
    limit: int = 0
    only: str = "always"
    fill: dict[str, float] = {}
    words: dict[str, str] = {}

    @classmethod
    def fit(cls, options: FillMissing, known: Known) -> Self:
        """Median and mode are those of the training part; a column that has no value at all stays missing."""
        columns = chosen(options.columns, known, _kinds(options))
        kinds = {c.name: c.kind for c in known.columns}
        if options.how == "constant":
            values: dict[str, float | str | None] = dict.fromkeys(columns, options.value)
        elif options.how in ("median", "mode"):
            values = {name: _typical(name, options.how, known) for name in columns}
        else:
            values = {}
        wrong = [n for n, v in values.items() if isinstance(v, str) and kinds[n] == "number"]
        if wrong:
            raise SettingProblem.at(
                f"{known.key}.value", f"'{options.value}' cannot fill '{wrong[0]}'", why="that column holds numbers",
                fix="give a number, or name the columns it is for",
            )  # fmt: skip
        return cls(
            how=options.how, columns=columns, limit=options.limit, only=options.only,
            fill={n: float(v) for n, v in values.items() if v is not None and kinds[n] == "number"},
            words={n: str(v) for n, v in values.items() if v is not None and kinds[n] == "category"},
        )  # fmt: skip

    @property
    def rows(self) -> Literal["keep", "training", "reject"]:
        """`drop` rejects, or leaves out of training."""
        if self.how != "drop":
            return "keep"
        return "training" if self.only == "training" else "reject"

    @property
    def remembers(self) -> bool:
        """Whether the last value of each unit is carried on."""
        return self.how in ("previous", "linear")

    @property
    def looks_ahead(self) -> bool:
        """`linear` joins a gap's two ends where the block holds both."""
        return self.how == "linear"

    def step(self, memory: Memory, block: Block, *, training: bool) -> Stepped:
        """Fill, reject or pass on."""
        columns = [name for name in self.columns if name in block]
        if self.how == "mask" or (self.rows == "training" and not training):
            return Stepped(block)
        if self.how == "drop":
            return Stepped(block, reject=_gaps(block, columns))
        if self.remembers:
            return self._carried(memory, block, columns)
        out, changed = dict(block), {}
        for name in columns:
            if name in self.fill:
                gone = missing_of(block[name])
                out[name] = np.where(gone, np.asarray(self.fill[name], block[name].dtype), block[name])
                changed[name] = int(gone.sum())
        return Stepped(out, changed)

    def _carried(self, memory: Memory, block: Block, columns: list[str]) -> Stepped:
        """`previous` and `linear`, unit by unit. Remembered are the last value and how many rows ago it was."""
        order = order_of(block)
        past = recall(memory, order.units, (len(columns), 2))
        out, changed = dict(block), {}
        for c, name in enumerate(columns):
            raw = block[name]
            gone = missing_of(raw)
            values = np.where(gone, np.nan, raw)[order.rows]
            gaps = Gaps.find(values, order, past[:, c])
            filled = carry(values, gaps, past[:, c, 0], self.limit)
            past[:, c] = gaps.past(values, past[:, c])
            if self.how == "linear":
                filled = join(values, filled, gaps, order, block, self.limit)
            back = np.empty(rows_of(block))
            back[order.rows] = filled
            out[name] = np.where(np.isnan(back), raw, back).astype(raw.dtype)
            changed[name] = int((gone & ~missing_of(out[name])).sum())
        remember(memory, order.units, past)
        return Stepped(out, changed)

    def keep(self, frame: pl.LazyFrame) -> np.ndarray | None:
        """Mask of the rows without gaps, where `drop` is for training only."""
        if self.rows != "training":
            return None
        import polars as pl
        import polars.selectors as cs

        cells = [cs.by_name(self.columns).is_null(), (cs.by_name(self.columns) & cs.float()).is_nan()]
        rows = frame.select(gone=pl.any_horizontal(cells).fill_null(value=False)).collect()
        return ~rows["gone"].to_numpy()

    def coded(self, categories: Mapping[str, Sequence[str]]) -> Self:
        """Codes for the words that fill category columns; 0, unknown, for a word that training saw too rarely."""
        codes = {
            name: float(list(categories[name]).index(word) + 1 if word in categories[name] else 0)
            for name, word in self.words.items()
            if name in categories
        }
        return structs.replace(self, fill={**self.fill, **codes})


def _kinds(options: FillMissing) -> tuple[str, ...]:
    """Kinds that may be meant: by default a constant number fills numbers, a word categories."""
    if options.how == "constant" and options.columns is None:
        return ("category",) if isinstance(options.value, str) else ("number",)
    return FITS[options.how]


def _typical(name: str, how: str, known: Known) -> float | str | None:
    """Median, or most frequent value (the smallest of several); None where there is no value."""
    if name in known.summary.categories:
        return next(iter(known.summary.categories[name].counts), None)
    values = known.summary.values(name)
    if not len(values):
        return None
    if how == "median":
        return float(np.median(values))
    seen, counts = np.unique(values, return_counts=True)
    return float(seen[counts.argmax()])


def _gaps(block: Block, columns: list[str]) -> dict[int, str]:
    """Row number -> reason, for rows with a missing cell; the first column is named."""
    found: dict[int, str] = {}
    for name in columns:
        for row in np.flatnonzero(missing_of(block[name])).tolist():
            found.setdefault(row, f"column '{name}' is missing")
    return found
