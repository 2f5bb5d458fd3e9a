"""The linear rival: the regressions it is named after, honest judges, a penalty that the held-out rows choose."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from andon.encode.block import InputSpec
from andon.nets.linear import LinearFeatures
from andon.train.rivals.affine import described, softmax
from andon.train.rivals.linear import Lined, fit_linear, logistic, ridge

STATE = {"center": 10.0, "spread": 4.0}


def net(columns):
    """Features of numbers that are scaled already."""
    spec = InputSpec(name="numbers", kind="numbers", shape=(columns,), dtype="float64")
    return LinearFeatures([spec], {"numbers": {"method": "none"}}).eval()


def fitted(x, target, held, *, width, in_turn=False, again=True):
    features = net(x.shape[1])
    seen = Lined(described(features, {"numbers": x}, 64), target, np.ones(len(x)), held)
    return fit_linear(features, seen, width=width, in_turn=in_turn, again=again)


def clouds(rows=300, columns=4, width=2, seed=0):
    rng = np.random.default_rng(seed)
    target = rng.integers(0, width, rows)
    x = rng.normal(size=(rows, columns))
    x[:, 0] += 2 * target
    return x, target


def test_ridge_is_scikit_learns():
    """With a weight per row the answers agree to rounding."""
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(80, 5)) + 3, rng.uniform(0.5, 2, 80)
    y = x[:, 0] - x[:, 3] + 0.1 * rng.normal(size=80)

    ours = ridge(x, y, weight, penalty=2.0).logits(x)[:, 0]

    np.testing.assert_allclose(ours, Ridge(2.0).fit(x, y, weight).predict(x), atol=1e-9)


@pytest.mark.parametrize("width", [2, 4])
def test_logistic_is_scikit_learns(width):
    """Probabilities agree to rounding, for two classes and many."""
    x, target = clouds(width=width)

    ours = softmax(logistic(x, target, np.ones(len(x)), width=width, penalty=1.0).logits(x))

    np.testing.assert_allclose(ours, LogisticRegression(max_iter=100).fit(x, target).predict_proba(x), atol=1e-9)


def test_a_class_that_is_not_there_is_all_but_ruled_out():
    """Classes of the training part that some rows lack keep their place; rows of one class alone teach its share."""
    x, target = clouds(width=3)
    some = target != 1

    found = softmax(logistic(x[some], target[some], np.ones(some.sum()), width=3, penalty=1.0).logits(x))
    alone = softmax(logistic(x[:5], np.full(5, 2), np.ones(5), width=3, penalty=1.0).logits(x))

    assert found[:, 1].max() < 0.01
    assert alone[:, 2].min() > 0.99


@pytest.mark.parametrize("width", [0, 2])
def test_the_judge_has_not_learnt_what_is_held_out_and_the_answer_has(width):
    """With other truths in the rows held out the judge says the same (its penalty aside); what answers does not."""
    x, target = clouds()
    target = target if width else x[:, 0] + 0.1 * target
    held = (np.arange(len(x)) >= 200).astype(int) ^ 1
    other = np.where(held == 0, 1 - target, target) if width else np.where(held == 0, target + 3, target)
    arrays, own = {"numbers": x}, {"width": width}

    right, wrong = fitted(x, target, held, **own), fitted(x, other, held, **own)
    apart = fitted(x, target, held, again=False, **own)

    assert np.abs(right.scores(arrays, STATE) - wrong.scores(arrays, STATE)).max() > 0.05
    np.testing.assert_array_equal(apart.scores(arrays, STATE), right.unseen(arrays, STATE, None))
    assert right.scores(arrays, STATE).shape == (len(x), width or 1)


def test_in_turn_every_row_is_judged_by_who_holds_it_out():
    """`unseen` is the answer of a line fitted without the row's own share."""
    x, target = clouds()
    held = np.arange(len(x)) % 3
    rival = fitted(x, target, held, width=2, in_turn=True)

    found = rival.unseen({"numbers": x}, {}, held)

    features = described(rival.features, {"numbers": x}, 64)
    for member in range(3):
        mine = softmax(rival.judges[member].logits(features))
        np.testing.assert_allclose(found[held == member], mine[held == member])
    assert len(rival.judges) == 3


def test_noise_is_answered_with_the_mean():
    """Where nothing follows from fifty columns the penalty is strong, and answers stay near the share."""
    rng = np.random.default_rng(0)
    x, target, held = rng.normal(size=(1000, 50)), rng.integers(0, 2, 1000), np.arange(1000) % 2

    assert np.abs(fitted(x, target, held, width=2).scores({"numbers": x}, {})[:, 1] - target.mean()).max() < 0.1
