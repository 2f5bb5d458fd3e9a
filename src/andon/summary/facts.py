"""What a finished summary says of each column. Values, no behaviour but look-ups; JSON both ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

import msgspec
import numpy as np
import polars as pl
from msgspec import Struct

F = TypeVar("F", bound=Struct)


class NumberFacts(Struct, frozen=True, kw_only=True):
    """A number column. `low`, `high`, `mean` and `sd` (population) are of the finite values, NaN where there
    are none; in `mean` and `sd` a totaliser at 1e9 keeps its digits."""

    count: int
    "Finite values."
    missing: int
    not_finite: int
    "NaN and infinities: there, but no numbers."
    low: float
    high: float
    mean: float
    sd: float
    zeros: int
    distinct_seen: int
    "Distinct finite values in the sample of rows."


class CategoryFacts(Struct, frozen=True, kw_only=True):
    """A category column: values with their counts, most frequent first (ties by value). Beyond 100,000 values those
    with the smallest hashes are kept, with exact counts; `overflow` is the number of rows that hold another."""

    missing: int
    counts: dict[str, int]
    overflow: int = 0


class DateFacts(Struct, frozen=True, kw_only=True):
    """A date column, in seconds since 1970 (UTC); NaN where there is no date at all."""

    missing: int
    low: float
    high: float


@dataclass(frozen=True)
class Finished:
    """A summary at rest.

    `sample` holds up to 16,384 whole rows (picture and window columns left out): those with the smallest row hashes,
    in the order of their hashes, whatever the order of the rows was. Equal rows stand in it in proportion to how often
    they occur. It is empty after `from_json`. `missing` has the nulls of every column, whatever its kind.
    """

    rows: int
    numbers: dict[str, NumberFacts] = field(default_factory=dict)
    categories: dict[str, CategoryFacts] = field(default_factory=dict)
    dates: dict[str, DateFacts] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    sample: pl.DataFrame = field(default_factory=pl.DataFrame, compare=False)

    def values(self, column: str) -> np.ndarray:
        """Finite values of a number column (or seconds of a date column) in the sample, float64, in its order."""
        series = self.sample[column]
        if series.dtype.is_temporal():
            ticks: np.ndarray = series.drop_nulls().cast(pl.Datetime("us")).to_physical().to_numpy()
            seconds: np.ndarray = ticks / 1e6
            return seconds
        values: np.ndarray = series.drop_nulls().cast(pl.Float64).to_numpy()
        kept: np.ndarray = values[np.isfinite(values)]
        return kept

    def quantile(self, column: str, q: np.ndarray | list[float] | float) -> np.ndarray:
        """Quantiles of a column's finite values, from the sample, linear between neighbours; NaN if there are none."""
        values, levels = self.values(column), np.asarray(q, float)
        return np.quantile(values, levels) if len(values) else np.full(levels.shape, np.nan)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, without the sample. NaN becomes null."""
        facts = {
            name: {column: msgspec.to_builtins(f) for column, f in getattr(self, name).items()}
            for name in ("numbers", "categories", "dates")
        }
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(facts))  # the encoder turns NaN into null
        return {"rows": self.rows, "missing": self.missing, **plain}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The same facts again; the sample is empty."""
        return cls(
            rows=plain["rows"],
            missing=dict(plain["missing"]),
            numbers={c: _facts(NumberFacts, f) for c, f in plain["numbers"].items()},
            categories={c: _facts(CategoryFacts, f) for c, f in plain["categories"].items()},
            dates={c: _facts(DateFacts, f) for c, f in plain["dates"].items()},
        )


def _facts(kind: type[F], plain: dict[str, Any]) -> F:
    """One Struct from JSON values, null read as NaN."""
    return msgspec.convert({key: float("nan") if value is None else value for key, value in plain.items()}, kind)
