"""Cells that are waveforms or name files of them, in the field's shape."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from andon.encode.field import Field
from andon.errors import Problem
from andon.signals import name_of, samples

FILE = "file"
"""`Field.fit` of a column whose cells name waveform files."""


def gathered(cells: Sequence[Any], f: Field) -> tuple[np.ndarray, dict[int, str]]:
    """All cells, rows first, and why some cannot be read (they stay nought); several files at a time."""
    from concurrent.futures import ThreadPoolExecutor  # here: runs without files start sooner without it

    out = np.zeros((len(cells), *f.shape), f.dtype)
    bad: dict[int, str] = {}

    def fill(row: int) -> None:
        try:
            out[row] = _one(cells[row], f)
        except (Problem, ValueError, TypeError) as problem:
            bad[row] = f"column '{f.name}': {problem}"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, range(len(cells))))
    return out, dict(sorted(bad.items()))


def _one(cell: Any, f: Field) -> np.ndarray:
    """One cell: a place, or values as they are."""
    if cell is None:
        raise ValueError("there is no waveform")
    values, rate = samples(str(cell)) if isinstance(cell, (str, os.PathLike)) else (np.asarray(cell, np.float32), 0)
    if list(values.shape) != list(f.shape):
        size = "×".join(map(str, values.shape))
        raise ValueError(f"{_named(cell)}its size is {size}, not {'×'.join(map(str, f.shape))}")
    if rate and f.rate and rate != f.rate:
        raise ValueError(f"{_named(cell)}its rate is {rate} values a second, not {f.rate}")
    return values


def _named(cell: Any) -> str:
    """The file, where a cell names one."""
    return f"{name_of(cell)}: " if isinstance(cell, str) else ""
