"""Who says how much: as the rows say where they are many, evenly where they are few."""

from __future__ import annotations

import numpy as np
import pytest

from andon.api.rivals.blend import LEAST, STEPS, believed, ways_of

NAMES = ("network", "trees", "linear")


def losses(rows, best, seed=0):
    """Mean log losses of all ways where `best` has said the truth's own chance and the others one half."""
    rng = np.random.default_rng(seed)
    chance = np.where(rng.uniform(size=rows) < 0.5, 0.2, 0.8)
    truth = rng.uniform(size=rows) < chance
    own = {name: np.where(truth, chance, 1 - chance) if name == best else np.full(rows, 0.5) for name in NAMES}
    ways = ways_of(NAMES)
    return ways, np.array([-np.log(sum(s * own[n] for n, s in way.items())).mean() for way in ways])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_way_is_a_whole(count):
    """Shares add up to one, each is a twentieth or several, and each voice may answer alone."""
    ways = ways_of(NAMES[:count])

    assert all(sum(way.values()) == pytest.approx(1) for way in ways)
    assert all(any(way.get(name) == 1.0 for way in ways) for name in NAMES[:count])
    assert len(ways) == {1: 1, 2: STEPS + 1, 3: (STEPS + 1) * (STEPS + 2) // 2}[count]


@pytest.mark.parametrize("best", NAMES)
def test_many_rows_give_all_to_the_one_that_is_right(best):
    """Shares too small to matter are given away, and the whole is one."""
    ways, found = losses(5000, best)

    shares = believed(ways, found, 5000, squared=False)

    assert {n: s for n, s in shares.items() if s} == {best: 1.0}
    assert "network" in shares


@pytest.mark.parametrize("best", NAMES)
def test_few_rows_give_nearly_even_shares(best):
    """Six truths cannot tell three voices apart; what they say counts all the same."""
    ways, found = losses(6, best)

    shares = believed(ways, found, 6, squared=False)

    assert sum(shares.values()) == pytest.approx(1)
    assert all(0.2 < share < 0.5 for share in shares.values())


def test_squared_errors_count_by_their_size_beside_the_best():
    """The unit of the target does not matter; ten times as many rows say more."""
    ways = ways_of(NAMES)
    squares = np.array([1 + 0.5 * way.get("linear", 0.0) for way in ways])

    few = believed(ways, squares, 20, squared=True)
    many = believed(ways, squares, 2000, squared=True)

    assert believed(ways, squares * 1e6, 20, squared=True) == few
    assert LEAST < few["linear"] < 1 / 3
    assert "linear" not in many
