"""The law of lives: found from lives that are over and from lives that are not, and what it leaves at an age."""

from __future__ import annotations

import numpy as np
import pytest

from andon.evaluation.weibull import Weibull, fit_weibull


def lives(count, shape=2.5, scale=300.0, seen=np.inf, seed=0):
    """Ages, and whether they end in a failure; others were last `seen` at some age up to that."""
    rng = np.random.default_rng(seed)
    age = scale * rng.weibull(shape, count)
    last = np.full(count, np.inf) if np.isinf(seen) else seen * rng.random(count)
    return np.minimum(age, last), age <= last


def test_the_law_is_that_of_the_most_likely_lives():
    """No other shape or scale makes the lives likelier, those that are not over counted as such."""
    age, failed = lives(80, seen=600.0)

    def likely(shape, scale):
        return np.sum(failed * (np.log(shape / scale) + (shape - 1) * np.log(age / scale))) - np.sum(
            (age / scale) ** shape
        )

    law = fit_weibull(age, failed)

    best = likely(law.shape, law.scale)
    assert all(likely(law.shape * a, law.scale * b) <= best for a in (0.99, 1, 1.01) for b in (0.99, 1, 1.01))
    assert (law.failed, law.open) == (failed.sum(), (~failed).sum())


def test_many_lives_give_back_the_law_they_were_drawn_from():
    """Also where four in ten are not over: left out, or taken for failures, they would make it another."""
    law = fit_weibull(*lives(20_000, seen=600.0))

    assert law.shape == pytest.approx(2.5, rel=0.03)
    assert law.scale == pytest.approx(300, rel=0.03)


@pytest.mark.parametrize(
    ("age", "failed"),
    [(np.full(5, 1e9), np.ones(5, bool)), (np.array([1e-6, 1e6, 3.0, 4.0]), np.array([1, 1, 1, 0], bool))],
)
def test_odd_lives_have_a_law_too(age, failed):
    """Equal lives, and lives of which one is a million million times another, overflow nothing."""
    law = fit_weibull(age, failed)

    assert np.isfinite([law.shape, law.scale]).all()
    assert law.left(age, 10.0) == pytest.approx(np.clip(law.left(age, 10.0), 0, 10))


def test_two_failures_make_no_law():
    """Nothing is said where nothing can be known."""
    assert fit_weibull(np.array([3.0, 5.0, 8.0, np.nan, 0.0]), np.array([1, 1, 0, 1, 1], bool)) is None


def test_what_is_left_is_the_mean_of_lives_that_have_come_so_far():
    """Drawn by the million: of those older than an age, what they lived on, counted up to the cap."""
    age, _ = lives(1_000_000)
    law = Weibull(shape=2.5, scale=300.0, failed=1, open=0)
    asked = np.array([0.0, 120.0, 350.0])

    drawn = [np.minimum(age[age > a] - a, 150.0).mean() for a in asked]

    assert law.left(asked, 150.0) == pytest.approx(drawn, rel=0.01)
    assert law.left(np.array([]), 150.0).tolist() == []
