"""Costs become decisions: let go, stop, or look; which class is good is told by its name or by the plan."""

from __future__ import annotations

import numpy as np
import pytest

from andon.errors import SettingProblem
from andon.plan import build, from_words
from andon.plan.settings import Decide
from andon.tasks.classification import TOLERANCE, Classification
from andon.tasks.costs import cheapest, classed, costs, good_class, thresholds

TASK = Classification()
COST = {"escape": 50.0, "overkill": 1.0, "review": 0.3}
THREE = {"classes": ["good", "hole", "scratch"], "shares": [0.8, 0.1, 0.1], "temperature": 1.0}


def drawn(rows: int, seed: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Stated chances that parts are bad, and whether they are; `shift` moves what is stated (in logits)."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(-2.5, 2.0, rows)
    return 1 / (1 + np.exp(-logit - shift)), rng.uniform(size=rows) < 1 / (1 + np.exp(-logit))


def paid(chance: np.ndarray, bad: np.ndarray, found: dict) -> float:
    """Cost per part by hand."""
    low, high = found["band"] or [found["threshold"]] * 2
    return float(np.where(chance < low, 50.0 * bad, np.where(chance >= high, 1.0 * ~bad, 0.3)).mean())


@pytest.mark.parametrize(
    ("classes", "good"),
    [
        (["good", "hole", "scratch"], 0), (["def_front", "ok_front"], 1), (["MT_Blowhole", "MT_Free"], 1),
        (["不合格", "合格"], 1), (["NG", "OK"], 1), (["no defect", "crack"], 0), (["not ok", "ok"], 1),
        (["划痕", "良品", "凹坑"], 1), (["OK", "good_scratch", "dent"], 0), (["n.i.O.", "i.O."], 1),
        (["a", "b", "c"], None), (["abnormal", "unfinished"], None), (["no good", "not ok"], None),
        (["good", "pass", "hole"], None), (["0", "1"], None),
    ],
)  # fmt: skip
def test_the_good_class_is_told_by_its_name(classes, good):
    """A name that is a word for good wins over one that holds it; `not ok` is not good, two such names are none."""
    assert good_class(classes) == good


@pytest.mark.parametrize(
    ("given", "classes", "names"),
    [
        ("{TRUE: 5, FALSE: 1}", "FALSE TRUE", ["TRUE", "FALSE"]), ("{true: 5, False: 1}", "False True", ["True", "False"]),
        ("{1.0: 5, 0: 1}", "0 1", ["1", "0"]), ("{1: 5, 02: 1}", "1.0 2.0", ["1.0", "2.0"]),
        ("{true: 5}", "TRUE true", ["true"]), ("{nan: 5}", "a b", ["nan"]), ("{escape: 5, review: 1}", "0 1",
        ["escape", "review"]),
    ],
)  # fmt: skip
def test_classes_that_yaml_takes_for_something_else_are_known(given, classes, names):
    """Truths and numbers are called as the target calls them, in costs and as the class to catch."""
    decide = build({}, from_words(["job=classify", f"decide.cost={given}"])).decide
    caught = Decide(positive=f"{next(iter(decide.cost))}|x")

    assert list(classed(decide, classes.split()).cost) == names
    assert classed(caught, classes.split()).positive == f"{names[0]}|x"


@pytest.mark.parametrize(
    ("decide", "classes", "says"),
    [
        ({"cost": {"escape": 2}}, "a b c", "cannot be told which class is good"),
        ({"cost": {"review": 2}}, "good pass c", "decide.positive='good|pass'"),
        ({"cost": {"escape": 2, "hole": 1}}, "good hole dent", "do not go together"),
        ({"cost": {"review": 2, "hole": 1}}, "good hole dent", "do not go together"),
        ({"cost": {"escape": 5, "review": 0}}, "good hole", "'review' is 0"),
        ({"cost": {"revue": 5}}, "good hole", "Did you mean 'review'"),
        ({"positive": "a|d"}, "a b c", "'d' is not a class"),
        ({"positive": "a|b|c"}, "a b c", "names every class"),
    ],
)
def test_costs_that_cannot_be_are_refused(decide, classes, says):
    """Each with what to write instead."""
    names = classes.split()
    with pytest.raises(SettingProblem, match=says.replace("|", r"\|")):
        costs(Decide(**decide), {"classes": names, "shares": [1 / len(names)] * len(names)})


def test_the_plan_names_the_classes_to_catch():
    """What is not named is good, one class or several."""
    found = costs(Decide(positive="a | c", cost={"escape": 9}), {"classes": list("abcd"), "shares": [0.25] * 4})

    assert found["good"] == [1, 3]
    assert found["cost"] == {"escape": 9, "overkill": 1.0}


def test_a_good_class_is_not_the_one_to_catch_however_rare():
    """Where costs are given, a name says more than a share; without costs the rarer class stays the one to catch."""
    rare = {"classes": ["ng", "ok"], "shares": [0.7, 0.3]}

    assert costs(Decide(cost={"escape": 2}), rare)["positive"] == 0
    assert costs(Decide(), rare)["positive"] == 1


def test_believed_chances_decide_as_the_costs_say():
    """overkill / (overkill + escape), and around it review / escape to 1 - review / overkill."""
    nobody = np.empty(0), np.empty(0, bool)

    found = thresholds(*nobody, COST)

    assert found["threshold"] == pytest.approx(1 / 51)
    assert found["band"] == pytest.approx([0.3 / 50, 1 - 0.3])
    assert thresholds(*nobody, {**COST, "review": 0.99})["band"] is None
    assert thresholds(*nobody, {"escape": 0.0, "overkill": 1.0, "review": 0.3})["band"] is None


@pytest.mark.parametrize("rows", [60, 200, 2000])
def test_calibrated_scores_cost_what_an_oracle_pays(rows):
    """However few the calibration rows, thresholds are not dragged away from the best by what chance left out."""
    ours, best = [], []
    for seed in range(40):
        fresh, bad = drawn(20_000, 1000 + seed)
        ours.append(paid(fresh, bad, thresholds(*drawn(rows, seed), COST)))
        best.append(paid(fresh, bad, {"band": [0.006, 0.7], "threshold": 1 / 51}))
    noise = np.std(np.subtract(ours, best)) / np.sqrt(len(ours))

    assert np.mean(ours) - np.mean(best) < max(3 * noise, 0.01 * np.mean(best))


def test_scores_that_state_too_little_get_thresholds_of_their_own():
    """Where many rows show that stated chances are too low, the thresholds go down and pay less."""
    own = thresholds(*drawn(20_000, 0, shift=-2.0), COST)
    fresh, bad = drawn(50_000, 1, shift=-2.0)

    assert own["band"][0] < 0.006
    assert paid(fresh, bad, own) < 0.9 * paid(fresh, bad, {"band": [0.006, 0.7], "threshold": 1 / 51})


def test_the_cheapest_threshold_is_found_by_hand():
    """A score that separates but states nonsense: the threshold goes between the two kinds."""
    chance = np.concatenate([np.linspace(0.6, 0.7, 200), np.linspace(0.8, 0.9, 200)])

    found = cheapest(chance, chance > 0.75, below=(1.0, 0.0), above=(0.0, 1.0))

    assert 0.7 < found < 0.8


def test_many_classes_are_decided_by_the_chance_of_any_defect():
    """Ten and nine per cent of two defects are nineteen of being bad; the answer names the likeliest defect."""
    state = TASK.calibrate(np.empty((0, 3)), np.empty(0, object), Decide(cost={"escape": 5.0, "overkill": 1.0}), THREE)
    scores = np.array([[0.81, 0.1, 0.09], [0.85, 0.05, 0.1], [0.1, 0.2, 0.7]])

    found = TASK.decide(scores, state)

    assert state["threshold"] == pytest.approx(1 / 6)
    assert found["answer"].tolist() == ["hole", "good", "scratch"]
    assert found["decision"].tolist() == ["ng", "ok", "ng"]


def test_between_the_two_thresholds_a_person_looks():
    """The decision says to look, and the answer names the class that is likeliest all the same."""
    state = TASK.calibrate(np.empty((0, 3)), np.empty(0, object), Decide(cost=COST), THREE)
    scores = np.array([[0.995, 0.003, 0.002], [0.99, 0.005, 0.005], [0.9, 0.02, 0.08], [0.1, 0.2, 0.7]])

    found = TASK.decide(scores, state)

    assert list(found)[:2] == ["answer", "decision"]
    assert found["decision"].tolist() == ["ok", "review", "review", "ng"]
    assert found["answer"].tolist() == ["good", "good", "good", "scratch"]


def test_no_costs_no_decision():
    """Without costs nothing is added to the answers."""
    state = TASK.calibrate(np.full((30, 3), 1 / 3), np.array(["good", "hole", "scratch"] * 10, object), Decide(), THREE)

    assert "decision" not in TASK.decide(np.full((1, 3), 1 / 3), state)


def test_a_decision_that_differs_is_a_flip_though_the_answer_is_the_same():
    """Both ends of the band are points where something changes; within the tolerance of one it is none."""
    state = {**THREE, "positive": 1, "good": [0], "threshold": 0.2, "band": [0.1, 0.6]}

    def chance(*values: float) -> np.ndarray:
        return np.array([[1 - v, 0.8 * v, 0.2 * v] for v in values])

    ours = chance(0.3, 0.3, 0.5, 0.1 + TOLERANCE / 2, 0.6 - TOLERANCE / 2, 0.19)
    theirs = chance(0.4, 0.05, 0.7, 0.1 - TOLERANCE / 2, 0.6 + TOLERANCE / 2, 0.21)

    assert TASK.flips(ours, theirs, state).tolist() == [False, True, True, False, False, False]


def test_another_defect_is_a_flip_unless_both_are_as_likely():
    """Of two bad parts that are stopped, the defect that is named counts too."""
    state = {**THREE, "positive": 1, "good": [0], "threshold": 0.2, "band": None}
    ours = np.array([[0.2, 0.5, 0.3], [0.2, 0.40002, 0.39998]])
    theirs = np.array([[0.2, 0.3, 0.5], [0.2, 0.39998, 0.40002]])

    assert TASK.flips(ours, theirs, state).tolist() == [True, False]
