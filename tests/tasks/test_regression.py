"""The promises of regression: standardised targets, intervals that cover."""

from __future__ import annotations

import numpy as np
import pytest

from andon.errors import SettingProblem
from andon.plan.settings import Decide
from andon.tasks.regression import Regression

TASK = Regression()


def test_targets_are_standardised_and_missing_ones_stay_missing():
    """The network learns numbers near one; NaN and infinity are missing."""
    raw = np.array([1e9 + 1, 1e9 + 3, np.nan, np.inf])
    found = TASK.prepare(raw, [])

    standard = TASK.target(raw, found)

    assert standard[:2].tolist() == [-1.0, 1.0]
    assert np.isnan(standard[2:]).all()


def test_a_constant_target_is_refused():
    """There is nothing to learn from a target that never changes."""
    with pytest.raises(SettingProblem, match="never changes"):
        TASK.prepare(np.array([2.0, 2.0]), [])


@pytest.mark.parametrize("quantiles", [[], [0.1, 0.9]])
def test_intervals_cover_as_often_as_asked(quantiles):
    """Split-conformal coverage on fresh rows is within two points of 90 %, with quantiles (CQR) or without."""
    covered = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        raw = rng.normal(size=1200)
        point = np.zeros((1200, 1))
        scores = np.concatenate([point, *(point + q for q in ([-1.0, 1.0] if quantiles else []))], axis=1)
        found = TASK.calibrate(scores[:400], raw[:400], Decide(intervals=0.9), TASK.prepare(raw, quantiles))
        answers = TASK.decide(scores[400:], found)
        covered.append(np.mean((answers["low"] <= raw[400:]) & (raw[400:] <= answers["high"])))

    assert np.mean(covered) == pytest.approx(0.9, abs=0.02)


def test_too_few_rows_give_no_interval():
    """Five rows cannot promise 90 %."""
    raw = np.arange(5.0)
    found = TASK.calibrate(np.zeros((5, 1)), raw, Decide(intervals=0.9), TASK.prepare(raw, []))

    assert set(TASK.decide(np.zeros((2, 1)), found)) == {"answer"}


def test_a_blend_moves_quantiles_with_the_point():
    """The trees only know the point; the band keeps its width."""
    network, trees = np.array([[1.0, 0.5, 1.5]]), np.array([[2.0]])

    found = TASK.blend({"network": network, "trees": trees}, {"blend": {"network": 0.25, "trees": 0.75}})

    assert found.tolist() == [[1.75, 1.25, 2.25]]


def test_a_flip_is_more_than_a_ten_thousandth_of_the_spread():
    """The tolerance goes with the target's own spread."""
    at = {"spread": 10.0}

    assert TASK.flips(np.array([[1.0], [1.0]]), np.array([[1.0005], [1.002]]), at).tolist() == [False, True]


def test_intervals_agree_with_crepes():
    """Our offset is the one of the peer library `crepes`."""
    crepes = pytest.importorskip("crepes")
    rng = np.random.default_rng(0)
    raw, scores = rng.normal(size=101), np.zeros((101, 1))
    found = TASK.calibrate(scores, raw, Decide(intervals=0.9), TASK.prepare(raw, []))
    peer = crepes.ConformalRegressor().fit(residuals=raw)

    ours = TASK.decide(np.zeros((1, 1)), found)

    theirs = peer.predict_int(y_hat=np.zeros(1), confidence=0.9)
    assert [ours["low"][0], ours["high"][0]] == pytest.approx(theirs[0].tolist())
