"""The order of rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from andon.feed.order import mixed, order, placed


@settings(deadline=None, max_examples=60)
@given(rows=st.integers(1, 3000), seed=st.integers(0, 2**40), epoch=st.integers(0, 1000))
def test_every_row_comes_once(rows, seed, epoch):
    """Both the stored and the computed order are permutations, whatever the number of rows."""
    everyone = np.arange(rows)

    assert np.array_equal(np.sort(order(rows, seed, epoch)), everyone)
    assert np.array_equal(np.sort(placed(everyone, rows, seed=seed, epoch=epoch)), everyone)


def test_computed_order_needs_no_neighbours():
    """A block of positions gets the rows it gets within the whole, so nothing has to be stored."""
    rows = 1_000_003
    whole = placed(np.arange(rows), rows, seed=3, epoch=1)

    assert np.array_equal(whole[500_000:500_100], placed(np.arange(500_000, 500_100), rows, seed=3, epoch=1))
    assert np.array_equal(np.bincount(whole, minlength=rows), np.ones(rows))


@pytest.mark.parametrize("make", [order, lambda n, s, e: placed(np.arange(n), n, seed=s, epoch=e)])
def test_orders_look_random(make):
    """Orders of two epochs share about one row in place, and neighbours are uncorrelated."""
    first, second = make(20_000, 0, 0), make(20_000, 0, 1)

    assert (first == second).sum() < 12
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 0.03
    assert abs(np.corrcoef(first, np.arange(20_000))[0, 1]) < 0.03


def test_computed_positions_are_uniform():
    """Over many seeds, a row lands on every place equally often (chi-square within five standard deviations)."""
    places = np.stack([placed(np.arange(10), 10, seed=seed, epoch=0) for seed in range(4000)])
    counts = np.stack([np.bincount(column, minlength=10) for column in places.T])

    assert ((counts - 400) ** 2 / 400).sum() < 81 + 5 * np.sqrt(2 * 81)


def test_seeds_of_steps_differ():
    """No two steps of any epochs or seeds near by share their random numbers."""
    seeds = {mixed(seed, epoch, step) for seed in range(20) for epoch in range(20) for step in range(20)}

    assert len(seeds) == 8000
    assert min(seeds) >= 0
    assert max(seeds) < 2**63
