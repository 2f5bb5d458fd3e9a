"""What networks over histories keep: nothing before the beginning counts, nothing after the row itself, and figures are
those that the words say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from net_cases import CODES, FIRST, NUMBERS, SCALING, SENSORS, SERIES, made, rows_of, shaken, specs_of

from andon.encode.histories import encoded
from andon.encode.pasts import History
from andon.errors import SettingProblem
from andon.nets import build
from andon.nets.encoders.history import GRID, MOST, HistoryFigures, HistoryScaling, Smoothing
from andon.plan.settings import Network

HISTORY = History(columns=list(SENSORS), steps=24, first=6, exact=True, age=False)


def block(units, seed=0):
    """Readings of units of these lengths, one after the other, with `__unit__` and `__time__`."""
    rng = np.random.default_rng(seed)
    count = sum(units)
    found = {
        "mode": rng.integers(0, 2, count).astype(float), "bar": rng.normal(15, 3, count), "flow": rng.normal(3, 1, count),
        "count": 1e9 + rng.normal(0, 2, count), "__unit__": np.repeat(np.arange(len(units)), units),
        "__time__": np.concatenate([np.arange(n, dtype=float) for n in units]),
    }  # fmt: skip
    found["bar"][3] = np.nan
    return found


def answers(of):
    """Raw outputs of a shaken network, and figures, for every row of a block."""
    arrays = encoded(HISTORY, None, of)
    inputs = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    net = shaken(build(Network(size="tiny", members=1), (SERIES, FIRST), SCALING, width=1, task="regression", seed=0))
    with torch.inference_mode():
        return net.eval()(inputs).numpy(), HistoryFigures((SERIES, FIRST), SCALING)(inputs).numpy()


def test_two_views_give_two_answers_per_row():
    """The convolutions' and the dense network's, which stand as members."""
    net = made("history")

    assert net.members == 2
    assert net(rows_of(specs_of("history"), rows=5)).shape == (5, 2, 3)


def test_a_history_shorter_than_the_window_is_answered_as_one_alone():
    """What other units did before in the table, or that nothing is there, changes nothing."""
    whole = block([40, 9])
    alone = {name: values[40:] for name, values in whole.items()}

    for together, apart in zip(answers(whole), answers(alone), strict=True):
        np.testing.assert_allclose(together[40:], apart, rtol=0, atol=1e-6)


def test_a_longer_window_changes_nothing_while_histories_are_short():
    """Padding is no reading: a unit's fifth row has the same smoothed values in a window of 24 rows and one of 8."""
    z, known = torch.randn(3, 8, 2, dtype=torch.float64), torch.ones(3, 8, 1, dtype=torch.float64)
    z[:, :3], known[:, :3] = 0.0, 0.0
    padded, there = (torch.cat([torch.zeros_like(x).repeat(1, 2, *[1] * (x.ndim - 2)), x], dim=1) for x in (z, known))

    short = Smoothing(8, 1, kind=torch.float64)(z, known)
    long = Smoothing(24, 1, kind=torch.float64)(padded, there)

    torch.testing.assert_close(long, short)


def test_no_row_looks_ahead():
    """Whatever comes later, of its unit or another, a row's answer stays to the bit."""
    whole = block([50, 20])
    other = {name: values.copy() for name, values in whole.items()}
    for name in SENSORS[1:]:
        other[name][30:50] += 100.0

    for before, after in zip(answers(whole), answers(other), strict=True):
        np.testing.assert_array_equal(before[:30], after[:30])
        np.testing.assert_array_equal(before[50:], after[50:])
        assert (before[30:50] != after[30:50]).any()


def test_smoothed_values_are_weighted_means_of_the_rows_there_are():
    """The kernel is the loop of the textbook, corrected for the beginning."""
    z = torch.randn(1, 12, 1, dtype=torch.float64)

    found = Smoothing(12, 1, (0.3,), kind=torch.float64)(z, torch.ones(1, 12, 1, dtype=torch.float64))

    mean = weight = 0.0
    for value in z[0, :, 0].tolist():
        mean, weight = 0.7 * mean + 0.3 * value, 0.7 * weight + 0.3
    assert found.item() == pytest.approx(mean / weight, rel=1e-12)


def test_a_reading_counts_against_its_own_regime():
    """At the centre of its regime it is nought, a spread above it one, missing ones are nought, far ones end at eight."""
    rows = torch.tensor([[[0.0, 10.0, 2.0, 1e9], [1.0, 23.0, 5.0, 1e9], [1.0, float("nan"), 4.5, 1e12]]]).double()

    z, known = HistoryScaling(SERIES, SCALING["series"])(rows)

    assert z.tolist() == [[[0, 0, 0], [1, 0, 0], [0, -1, MOST]]]
    assert known.tolist() == [[[1], [1], [1]]]


def test_figures_for_trees_lie_on_a_grid():
    """Sums that differ in their last bit from one library to the next lead to the same branch."""
    figures = HistoryFigures((SERIES, FIRST, NUMBERS, CODES), SCALING)

    found = figures(rows_of((SERIES, FIRST, NUMBERS, CODES)))

    assert found.dtype == torch.float64
    assert found.shape == (7, figures.width)
    assert torch.equal((found * GRID).round(), found * GRID)


def test_rows_without_a_history_are_refused_by_the_family():
    """Who asks for it where rows stand alone is told what is missing."""
    with pytest.raises(SettingProblem, match="needs rows that are histories"):
        build(Network(family="history"), (NUMBERS,), SCALING, width=1, task="regression", seed=0)


def test_a_sensor_that_is_seldom_read_counts_by_its_own_readings():
    """Where training had gaps, an empty cell is no reading of nought: its sensor's smoothed value stays what it was."""
    rows = torch.full((1, 12, 2), 3.0)
    rows[0, ::2, 0] = torch.nan
    scaling = {"kept": [0, 1], "center": [[0.0, 0.0]], "spread": [[1.0, 1.0]], "gaps": True}

    z, known = HistoryScaling(SERIES, scaling)(rows)
    found = Smoothing(12, 1, kind=torch.float64)(z, known)

    np.testing.assert_allclose(found.flatten().numpy(), 3.0)
