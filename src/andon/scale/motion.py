"""How columns move from row to row: angles that turn over, counters that start again.

N rows of units, unit after unit and in time; `same` (N - 1,) says whether a row and the next are of one history.
"""

from __future__ import annotations

import math
import re

import numpy as np

TURNS = (360.0, 2 * math.pi)
"""Whole turns, in degrees and in radians; values lie between nought and one, or half of it to either side."""
ANGULAR = re.compile(r"(?<![a-z])(deg|degrees?|angle|azimuth|heading|bearing|phase|yaw|winkel)(?![a-z])|角|相位|方位|°")
"""Words in names of angles."""
EDGE, OVER, FEWEST = 0.05, 0.75, 3
"""Share of a turn next to its ends that values must reach; step that is called turning over; fewest of such steps."""
BINS, VISITED, SMOOTH = 36, 0.8, 0.1
"""Of so many bins of the turn a column whose name says nothing visits this share, in steps mostly smaller than this."""
UP, AGAIN, MOVES = 0.995, 0.1, 0.2
"""Share of a counter's steps that do not lead down but to its start, where that is, and share that lead up."""
REGISTERS, FULL = (2.0**8, 2.0**15, 2.0**16, 2.0**24, 2.0**31, 2.0**32, *(10.0**k for k in range(3, 10))), 0.97
"""At what registers of counters begin again, and how much of that they show before."""


def turn_of(name: str, values: np.ndarray, same: np.ndarray) -> float | None:
    """What a whole turn is in a column (N,) that holds angles; None for any other."""
    known = values[np.isfinite(values)]
    if len(known) < 2 * FEWEST:
        return None
    low, high, step = float(known.min()), float(known.max()), np.diff(values)[same]
    step = step[np.isfinite(step)]
    for turn in TURNS:
        start = 0.0 if low >= 0 else -turn / 2
        if low < start - EDGE * turn / 2 or high > start + turn * (1 + EDGE / 2):
            continue
        over = np.abs(step) > OVER * turn
        if low > start + EDGE * turn or high < start + (1 - EDGE) * turn or over.sum() < FEWEST:
            continue
        if ANGULAR.search(name.lower()):
            return turn
        seen = np.unique(np.clip((known - start) / turn * BINS, 0, BINS - 1).astype(int))
        short = np.abs(step - turn * np.round(step / turn)) < SMOOTH * turn
        if len(seen) >= VISITED * BINS and short.mean() > 1 - SMOOTH:
            return turn
    return None


def counts(values: np.ndarray, same: np.ndarray) -> bool:
    """Whether a column (N,) counts: it never goes down but to start again, and goes up often enough."""
    before, step = values[:-1][same], np.diff(values)[same]
    known = np.isfinite(step)
    before, step = before[known], step[known]
    if len(step) < 2 * FEWEST or values[np.isfinite(values)].min() < 0:
        return False
    again = (step < 0) & (before + step <= AGAIN * before)
    good = (step >= 0) | again
    return bool(good.mean() >= UP and (step > 0).mean() >= MOVES and again.mean() < 1 - UP + (step > 0).mean() / 4)


def runs_over(values: np.ndarray, same: np.ndarray) -> bool:
    """Whether a counter (N,) begins again because its register is full. Then its level says nothing: of two rows with
    the same, one may be a whole register later in its history."""
    known = values[np.isfinite(values)]
    before, step = values[:-1][same], np.diff(values)[same]
    full = min((size for size in REGISTERS if size > known.max(initial=0.0)), default=math.inf)
    return int((before[step < 0] >= FULL * full).sum()) >= FEWEST
