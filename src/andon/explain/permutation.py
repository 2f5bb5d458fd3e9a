"""Permutation importance (Breiman 2001; Fisher et al. 2019, arXiv:1801.01489): how much worse the answers get when one
column is shuffled. Measured through the exported graph, on rows that did not train."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from andon.encode.arrays import Encoding, part_names
from andon.encode.block import Arrays
from andon.encode.histories import AGE, FIRST, SERIES
from andon.encode.windows import taken
from andon.runtime.graph import Graph
from andon.tasks import State, Task

MOST_ROWS, REPEATS, MOST_REPEATS = 4000, 5, 40
MOST_CELLS, FEWEST_ROWS, HISTORY_REPEATS = 1 << 20, 200, 2
"""Figures of the histories that are shuffled at most, rows at least, and how often."""
MOST_ASKED = 640
"""Shuffles in all: with hundreds of columns one repeat each must do, and rows are the larger part of the noise. Few
rows are shuffled more often: with 30 failures among 600 rows, who gets whose value is most of it."""


class Driver(Struct, frozen=True, kw_only=True):
    """One input column. `importance` is the rise of the mean loss when it is shuffled, `low` … `high` its spread over
    repeats (mean ± 2 standard errors), `stable` whether that stays above zero; `gradient` the mean steepness of the
    answer along the column, in scores per spread of the column."""

    column: str
    importance: float
    low: float
    high: float
    stable: bool
    gradient: float | None = None


def permutation(
    graph: Graph, arrays: Arrays, raw: np.ndarray, way: tuple[Task, State, Encoding], *,
    groups: np.ndarray | None = None, repeats: int | None = None, seed: int = 0,
) -> list[Driver]:  # fmt: skip
    """Drivers, most important first. A date's parts are shuffled together, since they are one thing. `groups`: number
    of the unit or group of each row; the error of a rise goes by them."""
    task, state, encoding = way
    rng = np.random.default_rng(seed)
    rows, most = len(raw), most_rows(encoding)
    if rows > most:
        chosen = np.sort(rng.choice(rows, most, replace=False))
        arrays, raw = taken(arrays, chosen), raw[chosen]
        groups = None if groups is None else groups[chosen]
    known = ~np.isnan(task.loss_of(graph.scores(arrays), raw, state))
    arrays, raw = {name: a[known] for name, a in arrays.items()}, raw[known]
    place = np.arange(len(raw)) if groups is None else np.unique(groups[known], return_inverse=True)[1]
    if len(raw) < 2:
        return []
    base = task.loss_of(graph.scores(arrays), raw, state)
    places_of = columns(encoding)
    repeats = _repeats(repeats, encoding, len(raw))
    orders = [rng.permutation(len(raw)) for _ in range(repeats)]
    drivers = []
    for column, (names, places) in places_of.items():
        if all(_constant(arrays[name], places) for name in names):  # nothing to shuffle
            drivers.append(Driver(column=column, importance=0.0, low=0.0, high=0.0, stable=False))
            continue
        rises = np.stack([
            task.loss_of(graph.scores(
                {**arrays, **{name: _shuffled(arrays[name], places, order) for name in names}}
            ), raw, state) - base
            for order in orders
        ])  # fmt: skip
        mean = float(rises.mean())
        # The rows are the sample: repeats of the shuffle only tame the shuffle's own noise.
        error = _error(rises.mean(axis=0), place)
        drivers.append(
            Driver(column=column, importance=mean, low=mean - 2 * error, high=mean + 2 * error, stable=mean > 2 * error)
        )
    return sorted(drivers, key=lambda d: -d.importance)


def _error(values: np.ndarray, place: np.ndarray) -> float:
    """Standard error of the mean of rows that come in clusters (`place`: the cluster of each row)."""
    sums = np.bincount(place, values - values.mean())
    count = len(sums)
    return float(np.sqrt((sums**2).sum() * count / max(count - 1, 1)) / len(values))


def rows_asked(rows: int, encoding: Encoding, *, repeats: int | None = None) -> int:
    """How many rows `permutation` asks in all."""
    places = len(columns(encoding))
    rows = min(rows, most_rows(encoding))
    return rows * (2 + places * _repeats(repeats, encoding, rows))


def _repeats(asked: int | None, encoding: Encoding, rows: int) -> int:
    """Repeats per column: more where rows are few, fewer where columns are many."""
    if encoding.history is not None and asked is None:
        return HISTORY_REPEATS  # a row of a history is thousands of figures; rows are the larger part of the noise
    places = len(columns(encoding))
    wanted = min(MOST_REPEATS, max(REPEATS, REPEATS * MOST_ROWS // max(rows, 1))) if asked is None else asked
    return max(1, min(wanted, MOST_ASKED // max(places, 1)))


def most_rows(encoding: Encoding) -> int:
    """Rows that are shuffled at most: fewer where each is a history of many figures."""
    history = encoding.history
    if history is None:
        return MOST_ROWS
    cells = (history.steps + history.first) * len(history.columns)
    return max(FEWEST_ROWS, min(MOST_ROWS, MOST_CELLS // cells))


def columns(encoding: Encoding) -> dict[str, tuple[tuple[str, ...], list[int] | None]]:
    """Column -> arrays it stands in and its places there (None: the whole array)."""
    places: dict[str, tuple[tuple[str, ...], list[int] | None]] = {
        n: (("numbers",), [i]) for i, n in enumerate(encoding.numbers)
    }
    start = len(encoding.numbers)
    for name in encoding.dates:
        size = len(part_names(name))
        places[name] = (("numbers",), list(range(start, start + size)))
        start += size
    history = encoding.history
    if history is not None:
        windows = (SERIES, FIRST) if history.first else (SERIES,)
        places |= {n: (windows, [i]) for i, n in enumerate(history.columns)}
        if history.age:
            places[AGE] = (("numbers",), [start])
    places |= {n: (("codes",), [i]) for i, n in enumerate(encoding.codes)}
    return places | {n: ((n,), None) for n in encoding.pictures}


def _constant(array: np.ndarray, places: list[int] | None) -> bool:
    """Whether every row says the same in some columns; what lies before a history begins says nothing."""
    if places is None:
        return False
    said = array[..., places][~np.isnan(array).all(axis=-1)]
    return bool((said == said[:1]).all())


def _shuffled(array: np.ndarray, places: list[int] | None, order: np.ndarray) -> np.ndarray:
    """A copy with some columns in another order of rows."""
    if places is None:
        other: np.ndarray = array[order]
        return other
    copy = array.copy()
    copy[..., places] = array[order][..., places]
    return copy
