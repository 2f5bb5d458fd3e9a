"""Confident learning on probabilities whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from andon.score.suspects import find_suspects


def answers(truth: np.ndarray, sureness: np.ndarray, seed: int = 0) -> np.ndarray:
    """Probabilities that favour the truth, as sure of each class as told."""
    classes, rng = len(sureness), np.random.default_rng(seed)
    own = rng.beta(20 * sureness, 20 * (1 - sureness), (len(truth), classes))[np.arange(len(truth)), truth]
    prob = rng.dirichlet(np.ones(classes), len(truth))
    prob[np.arange(len(truth)), truth] = 0
    prob *= ((1 - own) / prob.sum(axis=1))[:, None]
    prob[np.arange(len(truth)), truth] = own
    return prob


def test_the_joint_is_counted_as_the_paper_has_it():
    """By hand: thresholds .65 and .75, one row of class 0 counted as class 1, one row of class 1 counted nowhere."""
    prob = np.array([[0.9, 0.1], [0.9, 0.1], [0.15, 0.85], [0.65, 0.35], [0.2, 0.8], [0.1, 0.9], [0.45, 0.55]])

    found = find_suspects(prob, np.array([0, 0, 0, 0, 1, 1, 1]))

    assert np.flatnonzero(found.confident).tolist() == [2]
    assert found.suggested[2] == 1
    assert found.order.tolist() == [2, 6, 3, 4, 0, 1, 5]
    np.testing.assert_allclose(found.expected, [[3, 1], [0, 3]])  # the two counted rows of class 1 stand for three


@pytest.mark.parametrize(
    ("counts", "sureness"),
    [((400, 400, 400), (0.85, 0.85, 0.85)), ((2000, 200, 40), (0.95, 0.8, 0.6))],
    ids=["even", "imbalanced"],
)
def test_planted_flips_are_on_top_and_counted(counts, sureness):
    """Of 5 % flips nine tenths are within the first 7 %, pair by pair about as many are expected as there are, and a
    rare class that is seldom sure is not suspected for that."""
    truth = np.repeat(np.arange(3), counts)
    rng = np.random.default_rng(1)
    flips = rng.permutation(len(truth))[: len(truth) // 20]
    given = truth.copy()
    given[flips] = (truth[flips] + rng.integers(1, 3, len(flips))) % 3

    found = find_suspects(answers(truth, np.array(sureness)), given)

    top = found.order[: int(0.07 * len(truth))]
    assert np.isin(flips, top).mean() > 0.9
    assert (found.suggested[flips] == truth[flips]).mean() > 0.95
    wrong = found.expected.sum() - np.trace(found.expected)
    assert wrong == pytest.approx(len(flips), rel=0.3)
    honest = np.setdiff1d(np.flatnonzero(truth == 2), flips)
    assert found.confident[honest].mean() < 0.1
    np.testing.assert_allclose(found.expected.sum(axis=1), np.bincount(given, minlength=3))


def test_rows_without_a_known_class_are_not_judged_and_move_nothing():
    """A row labelled -1 has no place in the list, and the others are judged as if it were not there."""
    truth = np.repeat([0, 1], 50)
    prob = answers(truth, np.array([0.8, 0.8]))
    given = truth.copy()
    given[[3, 60]] = 1 - given[[3, 60]]
    unknown = np.where(np.arange(100) % 10 == 5, -1, given)
    kept = np.flatnonzero(unknown >= 0)

    found, alone = find_suspects(prob, unknown), find_suspects(prob[kept], given[kept])

    assert found.order.tolist() == kept[alone.order].tolist()
    assert set(found.order[:2]) == {3, 60}
    assert np.isnan(found.score[unknown < 0]).all()
    assert not found.confident[unknown < 0].any()
    np.testing.assert_array_equal(found.expected, alone.expected)


def test_a_class_that_no_row_has_is_nobodys_suggestion_by_confidence():
    """Nothing can reach the threshold of an empty class, and no figure is NaN."""
    prob = np.array([[0.1, 0.1, 0.8], [0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.3, 0.6, 0.1]])

    found = find_suspects(prob, np.array([0, 0, 1, 1]))

    assert not found.confident[0]
    assert np.isfinite(found.expected).all()
    assert found.expected[:, 2].sum() == 0
