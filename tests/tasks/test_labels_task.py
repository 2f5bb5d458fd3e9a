"""Several classes at once: cells, thresholds, decisions."""

from __future__ import annotations

import numpy as np
import pytest

from andon.errors import SettingProblem
from andon.plan.settings import Decide
from andon.tasks import TASKS
from andon.tasks.labels import best_threshold, named

TASK = TASKS["labels"]


def words(*cells):
    """A raw target."""
    return np.array(cells, dtype=object)


STATE = TASK.prepare(words("pit; scratch", "scratch", "ok", None, "pit|stain"), [])


@pytest.mark.parametrize(
    ("cell", "classes"),
    [
        ("scratch;pit", {"scratch", "pit"}),
        (" a , b|c ", {"a", "b", "c"}),
        ("good", set()),
        ("合格", set()),
        ("", set()),
    ],
)
def test_a_cell_names_all_its_classes(cell, classes):
    """Whatever stands between them; a word for good parts names none."""
    assert named(cell) == classes


def test_classes_are_learnt_from_the_cells():
    """Sorted, with the share of rows that have them, and the records' own word for none."""
    assert STATE["classes"] == ["pit", "scratch", "stain"]
    assert STATE["shares"] == [0.5, 0.5, 0.25]
    assert STATE["nothing"] == "ok"
    with pytest.raises(SettingProblem, match="names no class"):
        TASK.prepare(words("good", "ok"), [])


def test_targets_are_zeros_and_ones_and_unknown_rows_are_nan():
    """A class never seen in training makes the row's truth unknown."""
    found = TASK.target(words("stain;pit", "ok", None, "pit;new"), STATE)
    np.testing.assert_array_equal(found[:2], [[1, 0, 1], [0, 0, 0]])
    assert np.isnan(found[2:]).all()


def test_each_class_has_its_own_threshold():
    """Where F1 is largest on the calibration part; too few rows leave one half."""
    score = np.concatenate([np.linspace(0.3, 0.4, 20), np.linspace(0.0, 0.2, 60)])
    truth = np.arange(80) < 20
    assert best_threshold(score, truth) == pytest.approx(0.25)
    assert best_threshold(score[:23], truth[:23]) == 0.5
    scores = np.stack([score, 1 - score, np.full(80, 0.1)], axis=1)
    raw = words(*["pit"] * 20, *["scratch"] * 60)
    state = TASK.calibrate(scores, raw, Decide(), STATE)
    assert state["thresholds"] == pytest.approx([0.25, 0.75, 0.5])
    assert TASK.decide(scores[[0, 79]], state)["answer"].tolist() == ["pit", "scratch"]
    with pytest.raises(SettingProblem, match="costs"):
        TASK.calibrate(scores, raw, Decide(cost={"escape": 2.0}), STATE)


def test_answers_are_joined_and_none_has_its_word():
    """All classes at or above their threshold, in the order of the state."""
    found = TASK.decide(np.array([[0.9, 0.1, 0.5], [0.1, 0.2, 0.3]]), STATE)
    assert found["answer"].tolist() == ["pit;stain", "ok"]
    np.testing.assert_array_equal(found["p_stain"], [0.5, 0.3])


def test_a_flip_is_a_class_that_changes_far_from_its_threshold():
    """Ten-thousandths beside a threshold are none."""
    ours, theirs = (
        np.array([[0.50001, 0, 0], [0.6, 0, 0], [0.6, 0, 0]]),
        np.array([[0.49999, 0, 0], [0.4, 0, 0], [0.7, 0, 0]]),
    )
    assert TASK.flips(ours, theirs, STATE).tolist() == [False, True, False]
