"""What is said about a part: per group, by reliability, beside simple rivals."""

from __future__ import annotations

import numpy as np

from andon.encode.block import InputSpec
from andon.evaluation.baselines import linear, simple
from andon.evaluation.judge import judge, per_group
from andon.tasks import TASKS

CLASSES = {"classes": ["ng", "ok"], "shares": [0.3, 0.7], "temperature": 1.0, "positive": 0}
NUMBERS = {"center": 0.0, "spread": 1.0, "low": -5.0, "high": 5.0, "quantiles": []}


def believed(rows: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that mean what they say, and truths drawn from them."""
    draw = np.random.default_rng(0)
    p = draw.uniform(size=rows)
    return np.stack([p, 1 - p], axis=1), np.where(draw.uniform(size=rows) < p, "ng", "ok").astype(object)


def test_reliability_sets_stated_beside_observed():
    """Believable probabilities lie on the diagonal, in every bin that has rows."""
    scores, truth = believed()

    bins = judge(TASKS["classification"], CLASSES, scores, truth)["reliability"]

    assert sum(b["rows"] for b in bins) == 4000
    assert all(abs(b["mean"] - b["share"]) < 4 * 0.5 / np.sqrt(b["rows"]) for b in bins)


def test_a_bad_machine_does_not_hide_in_the_mean():
    """The metric per value of a column, largest first, small groups left out."""
    draw = np.random.default_rng(1)
    raw = draw.normal(size=320)
    machine = np.array(["good"] * 200 + ["bad"] * 100 + ["rare"] * 20)
    answer = raw + np.where(machine == "bad", 3.0, 0.1) * draw.normal(size=320)
    machine[310:] = "tiny"

    found = per_group(TASKS["regression"], NUMBERS, answer[:, None], raw, {"machine": machine})

    assert [row["value"] for row in found] == ["good", "bad"]
    assert found[1]["metric"] > 10 * found[0]["metric"]
    assert found[0]["low"] < found[0]["metric"] < found[0]["high"]


def test_intervals_go_by_groups():
    """Rows of a group that err together are fewer pieces of evidence than they are rows."""
    draw = np.random.default_rng(2)
    group = np.repeat(np.arange(20), 50)
    raw = draw.normal(size=1000)
    answer = (raw + draw.normal(size=20)[group])[:, None]

    alone = judge(TASKS["regression"], NUMBERS, answer, raw)["metrics"]["rmse"]
    together = judge(TASKS["regression"], NUMBERS, answer, raw, groups=group)["metrics"]["rmse"]

    assert together["high"] - together["low"] > 3 * (alone["high"] - alone["low"])


def test_the_linear_rival_is_what_a_plant_would_fit_by_hand():
    """Ridge on standardised numbers finds a line, gaps and all; the simple answer is the mean."""
    draw = np.random.default_rng(3)
    x = draw.normal(50, 5, (600, 2))
    y = ((x[:, 0] - 50) / 5).astype(np.float32)
    x[::9, 1] = np.nan
    spec = InputSpec(name="numbers", kind="numbers", shape=(2,), dtype="float64", columns=("a", "b"))

    found = linear(TASKS["regression"], NUMBERS, [spec], ({"numbers": x[:400]}, y[:400]), {"numbers": x[400:]})
    name, base = simple(TASKS["regression"], NUMBERS, 200)

    assert found is not None
    assert np.sqrt(np.mean((found[:, 0] - y[400:]) ** 2)) < 0.05
    assert (name, set(base[:, 0])) == ("mean of training", {0.0})
