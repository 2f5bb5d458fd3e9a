import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as theirs

from andon.score import METRICS, class_arrays, classification, per_class, regression
from andon.score.chances import reliability
from andon.score.counts import confusion


def drawn(classes, rows=300, seed=0, ties=True):
    """Probabilities (with many ties) and truths of a middling classifier."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(classes, rows, p=np.arange(1, classes + 1) / np.arange(1, classes + 1).sum())
    logit = rng.normal(size=(rows, classes)) + 1.5 * np.eye(classes)[truth]
    prob = np.exp(np.round(logit) if ties else logit)
    return prob / prob.sum(axis=1, keepdims=True), truth


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_metrics_of_two_classes_are_scikit_learns(weighted, seed):
    """Equal to 1e-12, ties included, with row weights too (a resampled draw is nothing else)."""
    prob, truth = drawn(2, seed=seed)
    weight = np.random.default_rng(9).integers(0, 4, len(truth)).astype(float) if weighted else np.ones(len(truth))
    answer, p = prob.argmax(axis=1), prob[:, 1]
    expected = {
        "accuracy": theirs.accuracy_score(truth, answer, sample_weight=weight),
        "balanced_accuracy": theirs.balanced_accuracy_score(truth, answer, sample_weight=weight),
        "macro_f1": theirs.f1_score(truth, answer, average="macro", sample_weight=weight),
        "recall": theirs.recall_score(truth, answer, sample_weight=weight),
        "precision": theirs.precision_score(truth, answer, sample_weight=weight),
        "f1": theirs.f1_score(truth, answer, sample_weight=weight),
        "mcc": theirs.matthews_corrcoef(truth, answer, sample_weight=weight),
        "roc_auc": theirs.roc_auc_score(truth, p, sample_weight=weight),
        "average_precision": theirs.average_precision_score(truth, p, sample_weight=weight),
        "log_loss": theirs.log_loss(truth, prob, sample_weight=weight),
        "brier": theirs.brier_score_loss(truth, p, sample_weight=weight),
    }

    for name, value in expected.items():
        ours = METRICS[name].prepare(class_arrays(prob, truth, positive=1))(weight[None])[0]
        assert ours == pytest.approx(value, abs=1e-12), name


def test_metrics_of_many_classes_are_scikit_learns():
    """Macro averages over one class against the rest, and the many-class correlation."""
    prob, truth = drawn(4)
    answer = prob.argmax(axis=1)
    ours = classification(prob, truth, list("abcd"))
    one = np.eye(4)[truth]
    expected = {
        "accuracy": theirs.accuracy_score(truth, answer),
        "balanced_accuracy": theirs.balanced_accuracy_score(truth, answer),
        "macro_f1": theirs.f1_score(truth, answer, average="macro"),
        "mcc": theirs.matthews_corrcoef(truth, answer),
        "roc_auc": theirs.roc_auc_score(truth, prob, multi_class="ovr", average="macro"),
        "average_precision": theirs.average_precision_score(one, prob, average="macro"),
        "log_loss": theirs.log_loss(truth, prob),
        "brier": theirs.brier_score_loss(truth, prob, scale_by_half=False),
    }

    assert list(ours) == [*expected, "ece"]
    assert {name: ours[name] for name in expected} == pytest.approx(expected, abs=1e-12)
    lines, report = (
        per_class(truth, answer, list("abcd")),
        theirs.classification_report(truth, answer, output_dict=True),
    )
    for number, line in enumerate(lines):
        assert line["recall"] == pytest.approx(report[str(number)]["recall"])
        assert line["precision"] == pytest.approx(report[str(number)]["precision"])
        assert line["f1"] == pytest.approx(report[str(number)]["f1-score"])
        assert line["rows"] == report[str(number)]["support"]
    np.testing.assert_array_equal(confusion(truth, answer, 4), theirs.confusion_matrix(truth, answer))


@pytest.mark.parametrize("seed", range(3))
def test_metrics_of_numbers_are_scikit_learns(seed):
    """Equal to 1e-12 with weights, far from zero as a totaliser is."""
    rng = np.random.default_rng(seed)
    truth = 100 + rng.normal(size=200 + seed)
    answer, weight = truth + rng.normal(size=len(truth)), rng.integers(0, 4, len(truth)).astype(float)
    arrays = {"answer": answer, "truth": truth, "low": answer - 1, "high": answer + 1, "levels": [0.2, 0.7],
              "quantiles": np.stack([answer - 1, answer + 1], axis=1)}  # fmt: skip
    expected = {
        "rmse": theirs.root_mean_squared_error(truth, answer, sample_weight=weight),
        "mae": theirs.mean_absolute_error(truth, answer, sample_weight=weight),
        "r2": theirs.r2_score(truth, answer, sample_weight=weight),
        "mape": theirs.mean_absolute_percentage_error(truth, answer, sample_weight=weight),
        "pinball": np.mean([
            theirs.mean_pinball_loss(truth, answer - 1, alpha=0.2, sample_weight=weight),
            theirs.mean_pinball_loss(truth, answer + 1, alpha=0.7, sample_weight=weight),
        ]),
        "coverage": np.average(np.abs(answer - truth) <= 1, weights=weight), "width": 2.0,
        "bias": np.average(answer - truth, weights=weight),
    }  # fmt: skip

    for name, value in expected.items():
        assert METRICS[name].prepare(arrays)(weight[None])[0] == pytest.approx(value, abs=1e-11), name
    assert METRICS["median_ae"].value(arrays) == pytest.approx(theirs.median_absolute_error(truth, answer), abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1), st.integers(0, 3)), min_size=4, max_size=30))
def test_a_weight_is_a_repetition(rows):
    """A row of weight w counts as w equal rows, for every metric that sorts, counts or averages."""
    score, truth, times = (np.array(column) for column in zip(*rows, strict=True))
    twice = np.repeat(np.arange(len(rows)), times)
    if len(set(truth[twice])) < 2:
        return
    prob = np.stack([1 - score / 4, score / 4], axis=1)
    few, many = class_arrays(prob, truth, positive=1), class_arrays(prob[twice], truth[twice], positive=1)
    for name in ("accuracy", "roc_auc", "average_precision", "mcc", "log_loss", "ece", "recall"):
        got = METRICS[name].prepare(few)(times[None].astype(float))[0]
        assert got == pytest.approx(METRICS[name].value(many), abs=1e-9), name
    values = {"answer": score, "truth": truth}
    copies = {"answer": score[twice], "truth": truth[twice]}
    got = METRICS["median_ae"].prepare(values)(times[None].astype(float))[0]
    assert got == pytest.approx(METRICS["median_ae"].value(copies))


def test_what_says_nothing_is_left_out():
    """A single class has no AUC, a constant target no R², truths around zero no relative error, a point no coverage."""
    prob = np.array([[0.7, 0.3], [0.6, 0.4]])
    assert not {"roc_auc", "average_precision"} & set(classification(prob, np.zeros(2, int), ["ok", "ng"]))
    assert not {"r2", "coverage", "pinball"} & set(regression(np.arange(3.0), np.ones(3)))
    assert "mape" not in regression(np.arange(3.0), np.array([-1.0, 1.0, 2.0]))
    assert "mape" not in regression(np.arange(3.0), np.array([1e-9, 1.0, 2.0]))
    assert "mape" in regression(np.arange(3.0), np.array([1.0, 1.5, 2.0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert regression(np.ones(1), np.ones(1))["rmse"] == 0.0


def test_the_calibration_error_is_what_its_definition_says():
    """A classifier that is 90 % sure and right half the time is off by 0.4; one right nine times of ten is not off."""
    prob = np.tile([0.1, 0.9], (100, 1))
    assert METRICS["ece"].value(class_arrays(prob, np.arange(100) % 2)) == pytest.approx(0.4)
    assert METRICS["ece"].value(class_arrays(prob, (np.arange(100) % 10 > 0).astype(int))) == pytest.approx(0)


def test_decisions_by_threshold_are_judged_as_decided():
    """Where costs moved the threshold, accuracy and recall go by the decisions, the AUC by the scores."""
    prob, truth = drawn(2, ties=False)
    caught = (prob[:, 1] > 0.1).astype(int)
    ours = classification(prob, truth, ["ok", "ng"], answer=caught, positive=1)

    assert ours["recall"] == pytest.approx(theirs.recall_score(truth, caught))
    assert ours["roc_auc"] == pytest.approx(theirs.roc_auc_score(truth, prob[:, 1]))


def test_the_reliability_curve_holds_every_row_once():
    """Bins follow each other, hold equally many rows, and their gaps are those of the rows."""
    prob, truth = drawn(3, rows=1000, ties=False)
    curve = reliability(prob, truth)

    assert sum(line["rows"] for line in curve) == 1000
    assert {line["rows"] for line in curve} == {100}
    assert all(a["high"] <= b["low"] for a, b in itertools.pairwise(curve))
    assert sum(line["share"] * line["rows"] for line in curve) == (prob.argmax(1) == truth).sum()
    assert reliability(np.tile([0.5, 0.5], (4, 1)), np.array([0, 1, 0, 1])) == [
        {"low": 0.5, "high": 0.5, "mean": 0.5, "share": 0.5, "rows": 4}
    ]


def test_life_as_given_counts_what_the_cap_hides():
    """Answers that end at 125 beside lives of 125, 145 and 100: by hand, errors 0, 20 and 10."""
    arrays = {"answer": np.array([125.0, 125.0, 110.0]), "truth": np.array([125.0, 125.0, 100.0]),
              "given": np.array([125.0, 145.0, 100.0])}  # fmt: skip

    assert METRICS["rmse"].value(arrays) == pytest.approx(np.sqrt(100 / 3))
    assert METRICS["rmse_as_given"].value(arrays) == pytest.approx(np.sqrt(500 / 3))


def test_the_score_of_phm08_is_its_formula():
    """Thirteen early and ten late cost e - 1, right ones nothing; here as the mean (the challenge took the sum)."""
    arrays = {"answer": np.array([37.0, 60.0, 20.0]), "truth": np.array([50.0, 50.0, 20.0])} | {"given": np.zeros(3)}

    assert METRICS["phm08"].value(arrays) == pytest.approx(2 * (np.e - 1) / 3)
    early, late = ({"answer": np.array([at]), "truth": np.array([50.0]), "given": np.zeros(1)} for at in (30.0, 70.0))
    assert METRICS["phm08"].value(early) < METRICS["phm08"].value(late)
    far = {"answer": np.array([1e5]), "truth": np.array([0.0]), "given": np.zeros(1)}
    assert np.isfinite(METRICS["phm08"].value(far))


def test_without_a_life_left_there_is_no_such_score():
    """Metrics of lives say nothing of other numbers."""
    arrays = {"answer": np.ones(3), "truth": np.zeros(3)}

    assert np.isnan([METRICS[name].value(arrays) for name in ("rmse_as_given", "phm08")]).all()
