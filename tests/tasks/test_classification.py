"""The promises of classification: probabilities, thresholds from costs, sets."""

from __future__ import annotations

import numpy as np
import pytest

from andon.errors import SettingProblem
from andon.plan.settings import Decide
from andon.tasks.classification import Classification

TASK = Classification()


def drawn(rows: int, seed: int, sharpness: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of two classes and truths drawn from them; `sharpness` > 1 makes the stated ones too sure."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.98, rows)
    truth = np.where(rng.uniform(size=rows) < p, "ng", "ok").astype(object)
    logit = sharpness * np.log(p / (1 - p))
    stated = 1 / (1 + np.exp(-logit))
    return np.stack([stated, 1 - stated], axis=1), truth


def state(**more: object) -> dict:
    return {"classes": ["ng", "ok"], "shares": [0.3, 0.7], "temperature": 1.0, **more}


def test_numbers_are_sorted_as_numbers():
    """Class 10 comes after class 2."""
    found = TASK.prepare(np.array(["10", "2", "2", "10"], dtype=object), [])

    assert found["classes"] == ["2", "10"]


def test_one_class_is_no_target():
    """A target with one class is a setting to change, not a crash."""
    with pytest.raises(SettingProblem, match="fewer than two classes"):
        TASK.prepare(np.array(["ok", "ok", None], dtype=object), [])


def test_a_class_never_seen_and_a_missing_one_are_minus_one():
    """The loss must be able to leave them out."""
    assert TASK.target(np.array(["ok", None, "odd"], dtype=object), state()).tolist() == [1, -1, -1]


def test_temperature_mends_answers_that_are_too_sure():
    """Scores sharpened by 3 get a temperature near 3 and a smaller log loss on fresh rows."""
    scores, truth = drawn(4000, 0, sharpness=3.0)
    found = TASK.calibrate(scores, truth, Decide(), state())
    fresh, fresh_truth = drawn(4000, 1, sharpness=3.0)

    before = TASK.loss_of(fresh, fresh_truth, state()).mean()
    after = TASK.loss_of(TASK.adjust(fresh, found), fresh_truth, found).mean()

    assert 2.6 < found["temperature"] < 3.4
    assert after < before


def test_a_dear_escape_lowers_the_threshold():
    """With perfectly calibrated scores the threshold is Elkan's overkill / (overkill + escape)."""
    scores, truth = drawn(3000, 0)

    found = TASK.calibrate(scores, truth, Decide(cost={"escape": 9, "overkill": 1}), state())

    assert found["threshold"] == pytest.approx(0.1, abs=0.05)
    assert TASK.decide(np.array([[0.3, 0.7]]), found)["answer"].tolist() == ["ng"]


def test_a_threshold_pays_less_than_one_half_on_fresh_rows():
    """Costs are worth stating."""
    scores, truth = drawn(3000, 0)
    found = TASK.calibrate(scores, truth, Decide(cost={"escape": 20, "overkill": 1}), state())
    fresh, fresh_truth = drawn(3000, 1)

    def paid(answer: np.ndarray) -> float:
        return float(
            np.where((fresh_truth == "ng") & (answer == "ok"), 20, (fresh_truth == "ok") & (answer == "ng")).mean()
        )

    assert paid(TASK.decide(TASK.adjust(fresh, found), found)["answer"]) < paid(TASK.decide(fresh, state())["answer"])


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_sets_hold_the_truth_as_often_as_asked(level):
    """Coverage on fresh rows is within two points of what was asked, on average over draws."""
    covered = []
    for seed in range(20):
        scores, truth = drawn(600, seed)
        found = TASK.calibrate(scores, truth, Decide(intervals=level), state())
        fresh, fresh_truth = drawn(1000, 1000 + seed)
        sets = TASK.decide(TASK.adjust(fresh, found), found)["set"]
        covered.append(np.mean([t in s.split("|") for t, s in zip(fresh_truth, sets, strict=True)]))

    assert np.mean(covered) == pytest.approx(level, abs=0.02)


def test_too_few_rows_give_no_sets():
    """Nine rows cannot promise 95 %: no set is better than a false one."""
    scores, truth = drawn(9, 0)

    assert "set" not in TASK.decide(scores, TASK.calibrate(scores, truth, Decide(intervals=0.95), state()))


def test_costs_for_an_unknown_class_name_the_nearest():
    """A misspelt class is answered with the right one."""
    with pytest.raises(SettingProblem, match="Did you mean 'ok'"):
        TASK.calibrate(*drawn(50, 0), Decide(cost={"okk": 3.0}), state())


def test_a_flip_near_the_threshold_is_no_flip():
    """Differences of float32 at the very threshold are within tolerance; far from it they are flips."""
    at = state(threshold=0.5, positive=0)
    ours, theirs = np.array([[0.500001, 0.499999], [0.6, 0.4]]), np.array([[0.499999, 0.500001], [0.4, 0.6]])

    assert TASK.flips(ours, theirs, at).tolist() == [False, True]


def test_class_weights_move_the_choice():
    """Missing the rare class dearer makes it chosen at a smaller probability."""
    three = {"classes": ["a", "b", "c"], "shares": [0.1, 0.3, 0.6], "temperature": 1.0}
    scores = np.array([[0.3, 0.3, 0.4]] * 30)
    truth = np.array(["a", "b", "c"] * 10, dtype=object)
    found = TASK.calibrate(scores, truth, Decide(cost={"a": 5.0}), three)

    assert set(TASK.decide(scores, found)["answer"]) == {"a"}


def test_costs_decide_without_calibration_rows_too():
    """Where no rows are left to tune on, the threshold is the one of believed probabilities: overkill / (overkill + escape)."""
    decide = Decide(cost={"escape": 49.0, "overkill": 1.0}, positive="ng")

    found = TASK.calibrate(np.empty((0, 2)), np.empty(0, dtype=object), decide, state())

    assert found["threshold"] == pytest.approx(0.02)
    assert TASK.decide(np.array([[0.2, 0.8]]), found)["answer"].tolist() == ["ng"]
