"""What is said about escapes, overkills and looks, checked by hand on ten parts."""

from __future__ import annotations

import numpy as np
import pytest

from andon.evaluation.judge import judge
from andon.evaluation.parts import MOST_POINTS, curve
from andon.tasks import TASKS

TASK = TASKS["classification"]
COST = {"escape": 50.0, "overkill": 1.0, "review": 0.3}
STATE = {"classes": ["good", "hole", "scratch"], "shares": [0.6, 0.2, 0.2], "temperature": 1.0}
DECIDED = {**STATE, "positive": 1, "good": [0], "cost": COST, "threshold": 0.2, "band": [0.1, 0.7]}
CHANCE = np.array([0.05, 0.05, 0.15, 0.3, 0.8, 0.02, 0.09, 0.4, 0.9, 0.95])
TRUTH = np.array(["good"] * 6 + ["hole", "hole", "scratch", "scratch"], object)


def scores(chance: np.ndarray) -> np.ndarray:
    """Bad parts are twice as likely to have holes."""
    return np.stack([1 - chance, 2 * chance / 3, chance / 3], axis=1)


def test_ten_parts_by_hand():
    """One hole of four bad parts escapes, one of six good ones is stopped, three are looked at."""
    found = judge(TASK, DECIDED, scores(CHANCE), TRUTH)["decision"]

    assert (found["escape"], found["overkill"], found["review"]) == (1, 1, 3)
    assert (found["escape_rate"], found["overkill_rate"]) == (0.25, pytest.approx(1 / 6))
    assert found["rates"]["review"]["value"] == 0.3
    assert found["rates"]["escape"]["low"] < 0.25 < found["rates"]["escape"]["high"]
    assert (found["good"], found["bad"]) == (["good"], ["hole", "scratch"])
    assert found["cost"] == pytest.approx((50 + 1 + 3 * 0.3) / 10)
    assert {name: one["cost"] for name, one in found["alternatives"].items()} == {
        "pass": pytest.approx(4 * 50 / 10), "stop": pytest.approx(6 / 10), "review": pytest.approx(0.3),
        "no_review": pytest.approx((50 + 2) / 10),
    }  # fmt: skip
    assert found["baseline_cost"] == pytest.approx(0.3)
    high = found["rates"]["escape"]["high"] * 4 * 50 + found["rates"]["overkill"]["high"] * 6 + 3 * 0.3
    assert found["cost_high"] == pytest.approx(high / 10)


def test_the_defect_that_escapes_is_named():
    """Each defect has its own count and upper end."""
    lines = judge(TASK, DECIDED, scores(CHANCE), TRUTH)["decision"]["by_class"]

    assert [(one["class"], one["count"], one["of"], one["review"]) for one in lines] == [
        ("hole", 1, 2, 1), ("scratch", 0, 2, 0)
    ]  # fmt: skip
    assert lines[1]["high"] > 0.5


def test_the_curve_goes_from_stopping_all_to_passing_all():
    """Rates at each threshold, as counted by hand."""
    points = curve(CHANCE, TRUTH != "good")

    assert points[0][1:] == [0.0, 1.0]
    assert points[-1][1:] == [1.0, 0.0]
    for at, escape, overkill in points:
        assert escape == pytest.approx(np.mean(CHANCE[6:] < at))
        assert overkill == pytest.approx(np.mean(CHANCE[:6] >= at))


def test_a_long_curve_keeps_its_small_ends():
    """Of a hundred thousand parts at most two hundred points are kept, and rates of one in a thousand are among them."""
    rng = np.random.default_rng(0)
    bad = rng.uniform(size=100_000) < 0.1
    points = np.array(curve(1 / (1 + np.exp(-rng.normal(4.0 * bad - 2, 1.0))), bad))

    assert len(points) <= MOST_POINTS
    assert (np.diff(points[:, 1]) >= 0).all()
    for rate in (points[:, 1], points[:, 2]):
        assert ((rate > 0) & (rate < 0.002)).sum() >= 3


def test_without_costs_the_answers_are_counted():
    """Where a class is good by its name, escapes and overkills are counted of the answers; nothing has a price."""
    found = judge(TASK, {**STATE, "positive": 1, "good": [0]}, scores(CHANCE), TRUTH)["decision"]

    assert (found["escape"], found["overkill"], found["review"], found["threshold"]) == (2, 1, 0, None)
    assert "cost" not in found
    assert len(found["curve"]) > 3


def test_no_good_class_no_decision():
    """Cats and dogs have neither escapes nor overkills."""
    assert "decision" not in judge(TASK, {**STATE, "positive": 1}, scores(CHANCE), TRUTH)


def test_a_run_of_before_is_judged_as_before():
    """A state without `good` and `band` has its threshold on the positive class."""
    state = {"classes": ["ng", "ok"], "shares": [0.3, 0.7], "temperature": 1.0, "positive": 0, "threshold": 0.2,
             "cost": {"escape": 50.0, "overkill": 1.0}}  # fmt: skip
    truth = np.where(TRUTH == "good", "ok", "ng").astype(object)

    found = judge(TASK, state, np.stack([CHANCE, 1 - CHANCE], axis=1), truth)["decision"]

    assert (found["positive"], found["escape"], found["overkill"]) == ("ng", 1, 2)
    assert found["cost"] == pytest.approx(52 / 10)
    assert found["baseline_cost"] == pytest.approx(6 / 10)


def test_only_good_parts_have_no_escape_rate():
    """Rates of nothing are none, and the curve is empty."""
    found = judge(TASK, DECIDED, scores(CHANCE[:6]), TRUTH[:6])["decision"]

    assert found["escape_rate"] is None
    assert found["curve"] == []
