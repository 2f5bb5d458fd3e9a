"""`Summary`: the mergeable state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from andon.summary.categories import LAST, Values, count_values
from andon.summary.facts import DateFacts, Finished, NumberFacts
from andon.summary.numbers import Numbers, measure
from andon.summary.sample import Sample, smallest

SAMPLED = ("number", "category", "date", "text")


@dataclass(frozen=True)
class Summary:
    """Everything remembered of some rows. `a + b` is the summary of both (of disjoint rows with the same kinds)."""

    rows: int
    names: tuple[str, ...]
    "Number columns, in the order of `numbers`."
    numbers: Numbers
    dates: dict[str, tuple[float, float]]
    categories: dict[str, Values]
    missing: dict[str, int]
    sample: Sample

    def __add__(self, other: Self) -> Self:
        """Merge, in any order."""
        return type(self)(
            rows=self.rows + other.rows,
            names=self.names,
            numbers=self.numbers + other.numbers,
            dates={
                name: (float(np.fmin(low, other.dates[name][0])), float(np.fmax(high, other.dates[name][1])))
                for name, (low, high) in self.dates.items()
            },
            categories={name: values + other.categories[name] for name, values in self.categories.items()},
            missing={name: count + other.missing[name] for name, count in self.missing.items()},
            sample=self.sample + other.sample,
        )

    def finish(self) -> Finished:
        """Facts and the sample."""
        sample = self.sample.spread(self.rows)
        return Finished(
            rows=self.rows,
            numbers={name: self._number(place, sample[name]) for place, name in enumerate(self.names)},
            categories={n: v.facts(self.rows, self.missing[n]) for n, v in self.categories.items()},
            dates={n: DateFacts(missing=self.missing[n], low=a, high=b) for n, (a, b) in self.dates.items()},
            missing=self.missing,
            sample=sample,
        )

    def _number(self, place: int, seen: pl.Series) -> NumberFacts:
        """Facts of one number column."""
        at = self.numbers
        count = int(at.count[place])
        values = seen.cast(pl.Float64, strict=False).drop_nulls()
        return NumberFacts(
            count=count,
            missing=int(at.missing[place]),
            not_finite=int(at.not_finite[place]),
            low=float(at.low[place]),
            high=float(at.high[place]),
            mean=float(at.mean[place] + at.rest[place]) if count else float("nan"),
            sd=float(np.sqrt(at.square[place] / count)) if count else float("nan"),
            zeros=int(at.zeros[place]),
            distinct_seen=values.filter(values.is_finite()).n_unique(),
        )


def summarise(frame: pl.DataFrame, kinds: Mapping[str, str], *, so_far: Summary | None = None) -> Summary:
    """Summary of one block of rows.

    `kinds` says per column: number, category, date, text, image, signal; other columns of the frame are not looked at.
    `so_far` is what it will be added to: what cannot matter to the sum any more is then left out.
    """
    of = {kind: [name for name, k in kinds.items() if k == kind] for kind in (*SAMPLED, "image", "signal")}
    sampled = [name for name, kind in kinds.items() if kind in SAMPLED]
    return Summary(
        rows=len(frame),
        names=tuple(of["number"]),
        numbers=measure(frame, of["number"]),
        dates={name: _ends(frame[name]) for name in of["date"]},
        categories={n: count_values(frame, n, so_far.categories[n].limit if so_far else LAST) for n in of["category"]},
        missing={name: frame[name].null_count() for name in kinds},
        sample=smallest(frame, sampled, so_far.sample.limit if so_far else LAST),
    )


def _ends(dates: pl.Series) -> tuple[float, float]:
    """First and last date, seconds since 1970."""
    ticks = dates.cast(pl.Datetime("us")).to_physical()
    low, high = ticks.min(), ticks.max()
    return (low / 1e6, high / 1e6) if isinstance(low, int) and isinstance(high, int) else (float("nan"), float("nan"))
