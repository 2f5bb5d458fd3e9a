"""The one recursive kernel, exponential smoothing: compiled by Numba where that is installed and pays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from andon.clean.units import Sequences

COMPILE_FROM = 100_000
"""Values in one call from which compiling (half a second, once) is worth it."""


def _loop(values: Any, fresh: Any, alpha: float, out: Any) -> None:
    """`out[i] = out[i-1] + alpha (values[i] - out[i-1])`, starting anew where `fresh`. Lists or arrays."""
    last = 0.0
    for i in range(len(values)):
        last = values[i] if fresh[i] else last + alpha * (values[i] - last)
        out[i] = last


@cache
def _compiled() -> Callable[..., None] | None:
    """The loop in machine code, to the bit the same (no fast-math); None without Numba."""
    try:
        numba = import_module("numba")
    except ImportError:
        return None
    made: Callable[..., None] = numba.njit(_loop)
    return made


def smooth(seen: Sequences, alpha: float) -> np.ndarray:
    """Smoothed values of the block's own readings, (n,). A unit's past is its last smoothed value, if it has one."""
    fresh = np.zeros(len(seen.values), bool)
    fresh[seen.starts[seen.ends > seen.starts]] = True
    fast = _compiled() if len(seen.values) >= COMPILE_FROM else None
    out = np.empty(len(seen.values))
    if fast is not None:
        fast(seen.values, fresh, alpha, out)
    else:
        listed = [0.0] * len(out)
        _loop(seen.values.tolist(), fresh.tolist(), alpha, listed)
        out[:] = listed
    smoothed: np.ndarray = out[seen.new]
    return smoothed
