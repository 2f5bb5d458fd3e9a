"""Intervals of shares that hold where almost nothing was counted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from andon.score.share import counted, exact


@pytest.mark.parametrize(("count", "of"), [(0, 60), (1, 60), (7, 60), (60, 60), (3, 100_000), (99_000, 100_000)])
def test_ends_are_those_of_scipy(count, of):
    """Clopper and Pearson's, the same as SciPy's."""
    theirs = binomtest(count, of).proportion_ci(method="exact")

    assert exact(count, of) == (pytest.approx(theirs.low, rel=1e-6), pytest.approx(theirs.high, rel=1e-6))


def test_nothing_among_sixty_may_still_be_six_per_cent():
    """No escape seen is not no escape."""
    found = counted(np.zeros(60, bool))

    assert (found["count"], found["of"], found["value"], found["low"]) == (0, 60, 0.0, 0.0)
    assert found["high"] == pytest.approx(0.0596, abs=1e-4)


def test_nobody_says_nothing():
    """Without rows there is no share, and it may lie anywhere."""
    assert counted(np.zeros(0, bool)) == {"count": 0, "of": 0, "value": None, "low": 0.0, "high": 1.0}


def test_lots_that_err_together_are_less_evidence():
    """Twenty lots of thirty parts: the interval goes by lots, and one lot alone says nothing."""
    hit = np.repeat(np.arange(20) < 2, 30)
    alone, lots = counted(hit), counted(hit, np.repeat(np.arange(20), 30))

    assert lots["value"] == alone["value"] == pytest.approx(0.1)
    assert lots["high"] - lots["low"] > 3 * (alone["high"] - alone["low"])
    assert counted(hit, np.zeros(600))["high"] == 1.0
