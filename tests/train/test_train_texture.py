"""The rival of texture: a discriminant that is one, honest judges, memory that stays flat."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from andon.encode.block import InputSpec
from andon.nets.texture import Texture
from andon.train.rivals.affine import described_rows, softmax
from andon.train.rivals.texture import BATCH, Described, discriminant, fit_texture, temperature_of, thinned


def clouds(rows, seed=0, width=3, apart=1.0):
    """Classes as normal clouds of one shape."""
    rng = np.random.default_rng(seed)
    means = apart * np.random.default_rng(99).normal(size=(width, 6))
    mixing = np.eye(6) + 0.3 * np.random.default_rng(98).normal(size=(6, 6))
    target = rng.choice(width, rows, p=np.arange(1, width + 1) / (width * (width + 1) / 2))
    return (means[target] + rng.normal(size=(rows, 6)) @ mixing + 40).astype(np.float32), target


def seen(features, target, held):
    return Described(features, target, np.ones(len(target)), held)


def test_the_discriminant_is_scikit_learns():
    """With many rows shrinkage fades: probabilities agree with `LinearDiscriminantAnalysis`."""
    features, target = clouds(20_000)
    theirs = LinearDiscriminantAnalysis().fit(features, target).predict_proba(features)

    ours = softmax(discriminant(features, target, 3).logits(features))

    np.testing.assert_allclose(ours, theirs, atol=0.02)


def test_a_row_that_weighs_nothing_teaches_nothing():
    """Wrong labels of weight 0 leave the answers as they are."""
    features, target = clouds(2000)
    noisy, wrong = np.concatenate([features, features[:500]]), np.concatenate([target, (target[:500] + 1) % 3])
    weight = np.repeat([1.0, 0.0], [2000, 500])

    plain = softmax(discriminant(features, target, 3).logits(features))
    weighed = softmax(discriminant(noisy, wrong, 3, weight=weight).logits(features))
    unweighed = softmax(discriminant(noisy, wrong, 3).logits(features))

    np.testing.assert_allclose(weighed, plain, atol=0.01)
    assert np.abs(unweighed - plain).max() > 0.1


@pytest.mark.parametrize("rows", [[0, 1], [0, 1, 2, 3]], ids=["one of each", "a few"])
def test_a_handful_of_rows_gives_finite_answers(rows):
    """One row of a class, none of another, a feature that never changes: no division by nought."""
    features = np.random.default_rng(0).normal(size=(4, 9)).astype(np.float32)
    features[:, 3] = 7.0

    found = softmax(discriminant(features[rows], np.array([0, 1, 1, 0])[rows], 3).logits(features))

    assert np.isfinite(found).all()
    assert (found[:, 2] < 0.05).all()


def test_many_features_of_few_rows_are_tempered():
    """What is too sure of rows it has not seen is made less so, without another order of the classes."""
    features, target = clouds(90, apart=0.3)
    features = np.concatenate([features, np.random.default_rng(1).normal(size=(90, 60))], axis=1)
    logits = discriminant(features[:45], target[:45], 3).logits(features[45:])

    temperature = temperature_of(logits, target[45:])

    assert temperature > 1.5
    assert 0.5 < temperature_of(np.eye(3)[target[:40]] * 60, target[:40]) <= 1.01  # never wrong: about as it was
    assert temperature_of(logits / temperature, target[45:]) == pytest.approx(1.0, abs=0.4)


def test_the_judge_has_not_learnt_the_validation_part_and_the_answer_has():
    """With other labels in the validation part the judge says the same; what answers does not."""
    texture = Texture([InputSpec(name="p", kind="image", shape=(70, 70), dtype="uint8")], {})
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 255, (30, 70, 70)).astype(np.uint8)
    pictures[::2] = pictures[::2, :, :1]
    target, held = np.arange(30) % 2, np.r_[np.arange(20) % 5, np.full(10, -1)]
    features = described_rows(texture, lambda rows: {"p": pictures[rows]}, np.arange(30), batch=BATCH)

    def fitted(labels, again=True):
        return fit_texture(texture, seen(features, labels, held), width=2, in_turn=False, again=again)

    right, wrong = fitted(target), fitted(np.where(held < 0, 1 - target, target))
    asked = {"p": pictures}

    np.testing.assert_array_equal(right.unseen(asked, {}, None), wrong.unseen(asked, {}, None))
    assert np.abs(right.scores(asked, {}) - wrong.scores(asked, {})).max() > 0.1
    np.testing.assert_array_equal(fitted(target, again=False).scores(asked, {}), right.unseen(asked, {}, None))
    assert (right.scores(asked, {}).argmax(axis=1) == target).all()


def test_in_turn_every_row_is_judged_by_who_holds_it_out():
    """A row's label does not change what its own judge says of it."""
    features, target = clouds(300)
    texture = Texture([InputSpec(name="p", kind="image", shape=(70, 70), dtype="uint8")], {})
    held = np.arange(300) % 3
    other = target.copy()
    other[0] = (other[0] + 1) % 3

    first, second = (
        fit_texture(texture, seen(features, labels, held), width=3, in_turn=True, again=True)
        for labels in (target, other)
    )

    assert len(first.judges) == 3
    for number in range(3):
        same = np.array_equal(first.judges[number].weight, second.judges[number].weight)
        assert same == (number == 0)


def test_very_many_rows_are_thinned_evenly_and_rare_classes_are_kept():
    """No more than asked for; a class with few rows gives them all."""
    target = np.repeat([0, 1, 2], [10_000, 40, 900])

    kept = thinned(target, 1000)

    assert len(kept) <= 1000
    assert np.bincount(target[kept])[1] == 40
    assert np.diff(np.bincount(target[kept]))[[0, 1]].tolist() == [-440, 440]
    assert len(thinned(target, 20_000)) == len(target)


def test_memory_holds_one_batch_of_pictures():
    """However many rows are described, so many pictures are taken at a time."""
    asked = []

    def take(rows):
        asked.append(len(rows))
        return {"p": np.zeros((len(rows), 70, 70), np.uint8)}

    texture = Texture([InputSpec(name="p", kind="image", shape=(70, 70), dtype="uint8")], {})

    found = described_rows(texture, take, np.arange(3 * BATCH + 5), batch=BATCH)

    assert found.shape == (3 * BATCH + 5, texture.width)
    assert (max(asked), sum(asked)) == (BATCH, 3 * BATCH + 5)
