"""The promises of the life left: a cap, intervals as wide as the answer deserves, a stop that the costs ask for."""

from __future__ import annotations

import json

import numpy as np
import pytest

from andon.errors import SettingProblem
from andon.plan.settings import Decide
from andon.tasks.remaining_life import NEAR, RemainingLife

TASK = RemainingLife()
CAP = 100.0


def drawn(rows, seed):
    """Scores (N, 1) and truths whose error grows with the life left: a tenth of it, and one more."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 150, rows)
    capped = np.minimum(truth, CAP)
    return (capped + rng.normal(0, 1 + 0.1 * capped))[:, None], truth


def calibrated(rows=4000, seed=0, **decide):
    """State after calibration on such rows."""
    scores, truth = drawn(rows, seed)
    return TASK.calibrate(scores, truth, Decide(**decide), TASK.capped(truth, [], CAP))


def test_targets_and_losses_end_at_the_cap():
    """Beyond the cap the life left cannot be read off: nobody is taught or blamed for it; unknown lives stay unknown."""
    state = TASK.capped(np.array([0.0, 50.0, 150.0, np.nan]), [], CAP)

    target = TASK.target(np.array([100.0, 150.0, np.nan]), state)
    loss = TASK.loss_of(np.array([[100.0], [90.0]]), np.array([150.0, 150.0]), state)

    assert target[0] == target[1]
    assert np.isnan(target[2])
    assert loss.tolist() == [0.0, 100.0]


def test_beyond_a_bend_a_life_counts_for_less_and_is_still_told():
    """What is learnt there costs little near the end, answers and intervals go on to the longest life of training, and
    nothing near the end is told otherwise than with a cap."""
    truth = np.random.default_rng(0).uniform(0, 300, 4000)
    state = TASK.capped(truth, [], CAP, 0.1)
    told = TASK.told(truth, state)
    noisy = (told + np.random.default_rng(1).normal(0, 2, 4000))[:, None]
    state = json.loads(json.dumps(TASK.calibrate(noisy, truth, Decide(), state)))

    found = TASK.decide(TASK.told(np.array([0.0, 40.0, 100.0, 250.0, 1e6]), state)[:, None], state)

    assert told.max() < 120.0
    assert found["answer"] == pytest.approx([0.0, 40.0, 100.0, 250.0, truth.max()])
    assert TASK.loss_of(np.array([[100.0]]), np.array([200.0]), state).tolist() == [pytest.approx(100.0)]
    assert np.all(found["low"] <= found["answer"])
    assert np.all(found["answer"] <= found["high"])
    width = found["high"] - found["low"]
    assert width[3] > 5 * width[1]
    fresh = TASK.decide(noisy, state)
    assert ((fresh["low"] <= truth) & (truth <= fresh["high"])).mean() == pytest.approx(0.91, abs=0.03)


def test_without_a_cap_the_longest_life_of_training_is_it():
    """Nobody has seen a unit live longer."""
    state = TASK.prepare(np.array([3.0, 80.0, np.nan]), [])

    assert state["cap"] == 80.0


def test_no_answer_is_below_nought_or_beyond_the_cap():
    """Whatever the network says, and whatever the interval adds."""
    state = calibrated()

    found = TASK.decide(np.array([[-20.0], [1e6], [50.0]]), state)

    for values in found.values():
        assert values.min() >= 0
        assert values.max() <= CAP
    assert found["answer"].tolist() == [0.0, CAP, 50.0]


def test_intervals_cover_as_often_as_asked_and_are_narrow_near_the_end():
    """On fresh rows about nine times in ten, also of those that end below the cap, near the end as far from it, where
    they are several times as wide."""
    covered, near, far = [], [], []
    for seed in range(12):
        state = calibrated(seed=seed)
        scores, truth = drawn(4000, 100 + seed)
        found, capped = TASK.decide(scores, state), np.minimum(truth, CAP)
        inside = (found["low"] <= capped) & (capped <= found["high"])
        covered.append((inside.mean(), inside[truth <= CAP].mean()))
        near.append(inside[found["answer"] < 25].mean())
        far.append(inside[(found["answer"] > 50) & (found["answer"] < 90)].mean())
        width = found["high"] - found["low"]

    assert np.mean(covered, axis=0) == pytest.approx([0.915, 0.915], abs=0.025)
    assert np.mean(near) == pytest.approx(0.9, abs=0.05)
    assert np.mean(far) == pytest.approx(0.9, abs=0.05)
    middle = width[(found["answer"] > 60) & (found["answer"] < 80)].mean()
    assert middle > 3 * width[(found["answer"] > 5) & (found["answer"] < 15)].mean()


@pytest.mark.parametrize(
    ("cost", "chance"), [({"miss": 9, "stop": 1}, 0.1), ({"miss": 1, "stop": 1}, 0.5), ({}, 1 / 11)]
)
def test_safe_until_is_missed_as_often_as_the_costs_allow(cost, chance):
    """A failure that costs nine stops may come first in one of ten cases, in every range of answers below the cap and no
    more often; where the noise is all that decides it is not much less often either."""
    missed = []
    for seed in range(12):
        state = calibrated(seed=seed, cost=cost)
        scores, truth = drawn(4000, 200 + seed)
        found = TASK.decide(scores, state)
        late = np.minimum(truth, CAP) < found["safe_until"]
        answer = found["answer"]
        missed.append([late[(answer >= a) & (answer < a + 30)].mean() for a in (5, 35, 60)])

    assert state["miss_chance"] == pytest.approx(chance)
    mean = np.mean(missed, axis=0)
    assert (mean < chance + 0.04).all()
    assert (mean > 0.6 * chance).all()


def test_dearer_failures_ask_for_earlier_stops():
    """The more a failure costs, the earlier the moment until which it is safe to run."""
    answer = np.linspace(5, 95, 10)[:, None]

    cheap, dear = (
        TASK.decide(answer, calibrated(cost={"miss": miss, "stop": 1}))["safe_until"] for miss in (2.0, 30.0)
    )

    assert (dear < cheap).all()


def test_intervals_of_few_lives_are_wider():
    """Ten lives are seldom the widest of eleven: intervals hold a little more of their rows than asked; of many lives no
    more than that."""
    scores, truth = drawn(4000, 0)
    few, more, many = (
        TASK.calibrate(scores, truth, Decide(), TASK.capped(truth, [], CAP) | {"lives": lives})
        for lives in (10, 19, 40)
    )

    assert few["level"] == many["level"] == 0.9
    assert few["offset"] > more["offset"] > many["offset"]
    assert many["offset"] == calibrated()["offset"]


def test_few_rows_give_an_answer_alone():
    """Thirty rows support no interval that goes with the answer, and none is made up."""
    state = calibrated(rows=30)

    assert set(TASK.decide(np.array([[10.0]]), state)) == {"answer"}


@pytest.mark.parametrize(("cost", "needed"), [({"miss": 1000, "stop": 1}, 1000), ({"miss": 10, "stop": 0}, None)])
def test_dear_failures_leave_the_intervals_and_say_what_safe_until_takes(cost, needed):
    """Rows that are too few for the costs are no reason to give no intervals, which do not look at costs."""
    usual, dear = calibrated(rows=460), calibrated(rows=460, cost=cost)
    answer = np.linspace(5, 95, 10)[:, None]

    found, known = TASK.decide(answer, json.loads(json.dumps(dear, allow_nan=False))), TASK.decide(answer, usual)

    assert set(found) == {"answer", "low", "high"}
    assert all((found[name] == known[name]).all() for name in found)
    assert dear["lacks"]["needed"] == (needed and pytest.approx(needed, abs=1))
    assert 40 <= dear["lacks"]["rows"] <= 460
    assert "lacks" not in usual


def test_intervals_that_ask_for_more_rows_leave_safe_until():
    """The chance that costs allow is another than the one of intervals, and needs its own number of rows."""
    found = TASK.decide(np.array([[30.0], [60.0]]), calibrated(rows=460, intervals=0.999))

    assert set(found) == {"answer", "safe_until"}
    assert (found["safe_until"] == TASK.decide(np.array([[30.0], [60.0]]), calibrated(rows=460))["safe_until"]).all()


def test_the_cheaper_a_failure_the_longer_it_is_safe_to_run():
    """Down to a failure that costs nothing at all, which asks for no margin."""
    answer = np.linspace(5, 95, 10)[:, None]

    none, some = (TASK.decide(answer, calibrated(rows=460, cost={"miss": miss}))["safe_until"] for miss in (0.0, 0.1))

    assert (none >= some).all()


@pytest.mark.parametrize(
    ("cost", "said"),
    [({"escape": 50}, "'escape' is no cost of this job"), ({"miss": 0, "stop": 0}, "both costs are nought")],
)
def test_costs_of_another_job_and_of_nothing_are_refused(cost, said):
    """The costs are those of a failure and a stop; a wrong word is named before anything is trained."""
    with pytest.raises(SettingProblem, match=said):
        TASK.calibrate(np.empty((0, 1)), np.empty(0), Decide(cost=cost), TASK.capped(np.array([1.0, 9.0]), [], CAP))


def test_the_decision_is_plain_json():
    """It lies in the run as a file that can be read and changed, and decides the same from there."""
    state = calibrated()
    scores = np.linspace(0, 120, 50)[:, None]

    again = TASK.decide(scores, json.loads(json.dumps(state)))

    assert all((again[name] == values).all() for name, values in TASK.decide(scores, state).items())


def test_where_the_end_is_told_apart_safe_until_stands_on_it():
    """The answer stays; near the end the last column says what is safe, and far from it whichever says more."""
    scores, truth = drawn(4000, 0)
    told = np.minimum(truth, 40.0)[:, None] + np.random.default_rng(1).normal(0, 1, (4000, 1))
    state = TASK.capped(truth, [], CAP) | {NEAR: 40.0}
    state = TASK.calibrate(np.concatenate([scores, told], axis=1), truth, Decide(), state)

    found = TASK.decide(np.array([[30.0, 10.0], [8.0, 39.9], [90.0, 60.0]]), state)

    assert found["answer"].tolist() == [30.0, 8.0, 90.0]
    assert found["safe_until"][0] == pytest.approx(10.0 - 1.5, abs=1.0)
    assert found["safe_until"][1] > 30
    assert found["safe_until"][2] > 60


def test_an_end_told_by_too_few_rows_leaves_safe_until_to_the_answer():
    """Where rows near the end are too few for the costs, the answer says what is safe, as if the end were not told."""
    scores, truth = drawn(4000, 0)
    told = np.minimum(truth, 2.0)[:, None]
    state = TASK.capped(truth, [], CAP) | {NEAR: 2.0}
    asked = Decide(cost={"miss": 300, "stop": 1})
    near = TASK.calibrate(np.concatenate([scores, told], axis=1), truth, asked, state)

    found = TASK.decide(np.array([[30.0, 1.0]]), json.loads(json.dumps(near, allow_nan=False)))

    plain = TASK.decide(np.array([[30.0]]), TASK.calibrate(scores, truth, asked, TASK.capped(truth, [], CAP)))
    assert {name: values.tolist() for name, values in found.items()} == {n: v.tolist() for n, v in plain.items()}
