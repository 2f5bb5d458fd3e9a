"""Blocks to arrays: the same few NumPy lines for a million rows or one."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from andon.encode.block import Arrays, Block, InputSpec
from andon.encode.histories import AGE, FIRST, SERIES, encoded, side_by_side
from andon.encode.pasts import History, Pasts
from andon.encode.schema import Schema

DAY, WEEK, YEAR = 86_400.0, 604_800.0, 31_556_952.0


class Encoding(Struct, frozen=True, kw_only=True):
    """Which columns go into which array of the graph, in order. Kept in `state/encoding.json`."""

    numbers: list[str]
    dates: list[str]
    "Date columns; each becomes sine and cosine of the time of day, of week and of year."
    codes: list[str]
    pictures: list[str]
    history: History | None = None
    "How the rows of a unit are put together, where they are its history."

    def apply(self, block: Block, pasts: Pasts | None = None) -> Arrays:
        """Block -> arrays; contiguous, rows first. Histories go on from `pasts` and move it on (see `encoded`)."""
        arrays: Arrays = {}
        parts = [block[name] for name in self.numbers]
        for name in self.dates:
            parts += date_parts(block[name])
        if self.history is not None:
            arrays = encoded(self.history, pasts, block)
            if AGE in arrays:
                parts.append(arrays.pop(AGE))
        if parts:
            arrays["numbers"] = side_by_side(parts, np.float64)
        if self.codes:
            arrays["codes"] = np.stack([block[name] for name in self.codes], axis=1).astype(np.int64, copy=False)
        for name in self.pictures:
            arrays[name] = np.ascontiguousarray(block[name])
        return arrays


def date_parts(stamp: np.ndarray) -> list[np.ndarray]:
    """Seconds since 1970 -> time of day, of week, of year on circles."""
    parts = []
    for period in (DAY, WEEK, YEAR):
        angle = 2 * math.pi * np.mod(stamp, period) / period
        parts += [np.sin(angle), np.cos(angle)]
    return parts


def part_names(name: str) -> list[str]:
    """Names of what `date_parts` gives."""
    return [f"{name}.{part}.{wave}" for part in ("day", "week", "year") for wave in ("sin", "cos")]


def encoding_of(schema: Schema, history: History | None = None) -> Encoding:
    """The encoding that follows from the columns' kinds; numbers that windows hold stand nowhere else."""
    of = {kind: [f.name for f in schema.fields if f.kind == kind] for kind in ("number", "date", "category")}
    pictures = [f.name for f in schema.fields if f.kind in ("image", "signal")]
    moving = [] if history is None else [*history.columns, *history.turns]
    pictures = [name for name in pictures if history is None or name not in history.waves]
    numbers = [name for name in of["number"] if name not in moving]
    return Encoding(numbers=numbers, dates=of["date"], codes=of["category"], pictures=pictures, history=history)


def specs(schema: Schema, encoding: Encoding) -> list[InputSpec]:
    """What the graph's inputs look like."""
    found = []
    columns = [*encoding.numbers, *(p for d in encoding.dates for p in part_names(d))]
    history = encoding.history
    if history is not None:
        columns += [AGE] if history.age else []
        found += [
            InputSpec(
                name=name, kind=name, shape=(steps, len(history.columns)),
                dtype="float64" if history.exact else "float32", columns=tuple(history.columns),
            )
            for name, steps in ((SERIES, history.steps), (FIRST, history.first)) if steps
        ]  # fmt: skip
    fields = {f.name: f for f in schema.fields}
    if columns:
        found.append(
            InputSpec(name="numbers", kind="numbers", shape=(len(columns),), dtype="float64", columns=tuple(columns))
        )
    if encoding.codes:
        sizes = tuple(len(fields[name].categories) + 1 for name in encoding.codes)
        found.append(
            InputSpec(
                name="codes", kind="codes", shape=(len(sizes),), dtype="int64", columns=tuple(encoding.codes),
                cardinalities=sizes,
            )
        )  # fmt: skip
    for name in encoding.pictures:
        f = fields[name]
        tiles, shape = (f.shape[0], f.shape[1:]) if f.whole else (0, f.shape)
        found.append(InputSpec(name=name, kind=f.kind, shape=tuple(shape), dtype=f.dtype, columns=(name,), tiles=tiles))
    return found
