"""Drivers: what moves the answers is found, what does not is not, and errors go by groups."""

from __future__ import annotations

import numpy as np

from andon.encode.arrays import Encoding
from andon.explain.permutation import _constant, permutation, rows_asked
from andon.tasks import TASKS

STATE = {"center": 0.0, "spread": 1.0, "quantiles": []}
ENCODING = Encoding(numbers=["strong", "weak", "noise"], dates=[], codes=[], pictures=[])


class Line:
    """A graph that knows the truth."""

    def __init__(self) -> None:
        self.asked = 0

    def scores(self, arrays: dict[str, np.ndarray]) -> np.ndarray:
        """Three parts of the first column and half of the second."""
        self.asked += len(arrays["numbers"])
        return (arrays["numbers"] @ np.array([3.0, 0.5, 0.0]))[:, None]


def drawn(groups: np.ndarray | None = None):
    """Drivers of the line, by column."""
    numbers = np.random.default_rng(0).normal(size=(600, 3))
    raw = numbers @ np.array([3.0, 0.5, 0.0])
    graph = Line()
    found = permutation(graph, {"numbers": numbers}, raw, (TASKS["regression"], STATE, ENCODING), groups=groups)
    return found, graph


def test_drivers_come_in_the_order_of_their_weight_and_noise_is_not_stable():
    """Shuffling a column that does nothing changes nothing."""
    found, _ = drawn()

    assert [driver.column for driver in found] == ["strong", "weak", "noise"]
    assert [driver.stable for driver in found] == [True, True, False]
    assert found[2].importance == 0.0


def test_rows_of_one_unit_are_one_piece_of_evidence():
    """The same rises say less where they come from few units."""
    alone, together = drawn()[0][0], drawn(np.arange(600) // 100)[0][0]

    assert together.importance == alone.importance
    assert together.high - together.low != alone.high - alone.low


def test_how_much_is_asked_is_known_before():
    """`andon size` multiplies by it."""
    _, graph = drawn()

    assert graph.asked == rows_asked(600, ENCODING)


def test_what_never_changes_is_not_asked_about():
    """A column that is the same in every row moves nothing, and no shuffle of it is tried; one that is sometimes
    missing may."""
    numbers = np.random.default_rng(0).normal(size=(600, 3))
    numbers[:, 1], numbers[:, 2] = 4.0, np.where(numbers[:, 2] > 0, 1.0, np.nan)
    graph, whole = Line(), rows_asked(600, ENCODING)
    graph.scores = lambda arrays: Line.scores(graph, {"numbers": np.nan_to_num(arrays["numbers"])})

    found = permutation(graph, {"numbers": numbers}, numbers[:, 0], (TASKS["regression"], STATE, ENCODING))

    assert {driver.column: driver.importance for driver in found}["weak"] == 0.0
    assert graph.asked == 600 * 2 + (whole - 600 * 2) * 2 // 3


def test_a_code_that_never_changes_is_seen():
    """Whole numbers are looked at as well, and so are histories whose beginnings are padded."""
    history = np.ones((4, 3, 2))
    history[:2, 0] = np.nan
    history[3, 2, 1] = 5.0

    assert _constant(np.ones((5, 2), np.int64), [1])
    assert not _constant(np.arange(4)[:, None], [0])
    assert _constant(history, [0])
    assert not _constant(history, [1])
