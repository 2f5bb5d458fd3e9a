"""The anomaly task: what is good, and a threshold that good parts keep below as often as asked."""

from __future__ import annotations

import numpy as np
import pytest

from andon.errors import SettingProblem
from andon.plan.settings import Decide
from andon.tasks import TASKS

TASK = TASKS["anomaly"]


def words(*values):
    return np.array(values, dtype=object)


@pytest.mark.parametrize("word", ["good", "OK", "Free", "defect-free", "合格"])
def test_the_good_class_goes_by_what_people_call_it(word):
    """Every other word is a defect, and none is missing."""
    state = TASK.prepare(words(word, "crack", word), [])
    assert TASK.target(words(word, "crack", "hole", None), state).tolist() == [0, 1, 1, -1]


def test_no_good_class_is_a_sentence():
    """It names what is there."""
    with pytest.raises(SettingProblem, match="crack, hole"):
        TASK.prepare(words("crack", "hole"), [])


def test_good_parts_pass_as_often_as_promised():
    """Over many draws the share that passes is the one asked, from calibration parts alone; defects play no part."""
    rng, passed = np.random.default_rng(0), []
    state = TASK.prepare(words("good"), [])
    for _ in range(300):
        score = rng.random(199)
        scores = np.stack([1 - score, score], axis=1)
        raw = words(*["good"] * 149, *["bad"] * 50)
        found = TASK.calibrate(scores, raw, Decide(intervals=0.95), state)
        fresh = rng.random(2000)
        answer = TASK.decide(np.stack([1 - fresh, fresh], axis=1), found)["answer"]
        passed.append((answer == "good").mean())
    assert 0.945 < np.mean(passed) < 0.965


def test_too_few_parts_say_what_they_support():
    """Thirty good parts cannot promise 99 %."""
    score = np.linspace(0.1, 0.6, 30)
    scores = np.stack([1 - score, score], axis=1)
    found = TASK.calibrate(scores, words(*["good"] * 30), Decide(intervals=0.99), TASK.prepare(words("good"), []))
    assert found["supported"] == pytest.approx(30 / 31)
    assert found["needed"] == 99
    assert (TASK.decide(scores, found)["answer"] == "good").all()
