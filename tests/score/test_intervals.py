import time

import numpy as np
import pytest
from scipy import stats

from andon.errors import Problem
from andon.score import METRICS, class_arrays, corrected_t, difference, interval, intervals, resampled
from andon.score.student import chance, quantile


def binary(rows, seed=0, shift=1.0):
    """Scores of a middling detector."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(rows) < 0.3).astype(int)
    p = 1 / (1 + np.exp(-rng.normal(size=rows) - shift * truth))
    return class_arrays(np.stack([1 - p, p], axis=1), truth, positive=1)


@pytest.mark.parametrize("freedom", [1, 2.5, 7, 30, 1234.5])
def test_students_t_is_scipys(freedom):
    """Chances and quantiles agree with SciPy to ten digits."""
    for t in (0.01, 0.7, 2.0, 12.0):
        assert chance(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), rel=1e-10)
    for level in (0.5, 0.95, 0.999):
        assert quantile(level, freedom) == pytest.approx(stats.t.ppf((1 + level) / 2, freedom), rel=1e-9)


def test_the_jackknife_of_a_mean_is_the_t_interval():
    """On the plain scale, with values spread as a normal's are, it is the textbook's interval of a mean."""
    error = np.random.default_rng(0).normal(size=400)
    low, high = interval(METRICS["bias"], {"answer": error, "truth": np.zeros(400)})

    theirs = stats.t.interval(0.95, 399, error.mean(), stats.sem(error))
    assert (low, high) == pytest.approx(theirs, abs=2e-3)


@pytest.mark.parametrize("method", ["student", "percentile", "bca"])
@pytest.mark.parametrize("name", ["accuracy", "roc_auc", "average_precision", "macro_f1", "mcc", "brier", "ece"])
def test_intervals_hold_the_value_and_stay_in_range(name, method):
    """Low, value, high in order; a share never leaves [0, 1]; the same seed gives the same interval."""
    arrays, metric = binary(200), METRICS[name]
    low, high = interval(metric, arrays, draws=300, method=method)

    assert -1 <= low < metric.value(arrays) < high <= 1 or name == "ece"
    assert (low, high) == interval(metric, arrays, draws=300, method=method)


@pytest.mark.parametrize("method", ["student", "percentile"])
def test_rows_that_come_in_groups_say_less(method):
    """Twenty copies of each row, told as groups, give the interval of the single rows; untold, one far too narrow."""
    single = binary(100)
    copies = {k: None if v is None else np.repeat(v, 20, axis=0) if np.ndim(v) else v for k, v in single.items()}
    groups = np.repeat([f"lot {i}" for i in range(100)], 20)
    metric = METRICS["roc_auc"]
    alone = np.diff(interval(metric, single, method=method, draws=500))
    told = np.diff(interval(metric, copies, groups, method=method, draws=500))
    untold = np.diff(interval(metric, copies, method=method, draws=500))

    assert told == pytest.approx(alone, rel=0.15)
    assert untold < 0.5 * alone


def test_without_a_miss_the_bound_is_the_exact_one():
    """All of n right: the lower end is 0.025 ** (1 / n), Clopper and Pearson's; by groups n counts groups; for a metric
    judged by class, n counts the rarest class."""
    truth = np.repeat([0, 1], [90, 10])
    arrays = class_arrays(np.eye(2)[truth], truth, positive=1)

    assert interval(METRICS["accuracy"], arrays) == (pytest.approx(0.025 ** (1 / 100)), 1.0)
    assert interval(METRICS["accuracy"], arrays, np.arange(100) // 5) == (pytest.approx(0.025 ** (1 / 20)), 1.0)
    assert interval(METRICS["roc_auc"], arrays) == (pytest.approx(0.025 ** (1 / 10)), 1.0)
    assert interval(METRICS["ece"], arrays)[0] == 0.0
    assert interval(METRICS["rmse"], {"answer": np.ones(5), "truth": np.ones(5)}) == (0.0, 0.0)


def test_one_unit_or_nothing_to_say_gives_no_interval():
    """NaNs where there is no telling."""
    arrays = binary(50)
    assert np.isnan(interval(METRICS["accuracy"], arrays, np.zeros(50))).all()
    assert np.isnan(interval(METRICS["coverage"], {"answer": np.ones(5), "truth": np.ones(5)})).all()
    assert np.isnan(difference(METRICS["accuracy"], arrays, arrays, np.zeros(50))).all()


def test_many_rows_go_in_blocks_and_agree_with_the_binomial():
    """Fifty thousand rows, a thousand blocks: the width is still that of the binomial."""
    right = np.random.default_rng(0).random(50_000) < 0.8
    arrays = {"prob": None, "truth": np.ones(50_000, int), "answer": right.astype(int)}
    low, high = interval("accuracy", arrays, draws=500)

    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.16 / 50_000), rel=0.15)


def test_the_same_rows_judge_two_models_more_sharply():
    """The interval of a difference on the same rows is narrower than the two intervals, and covers it."""
    ours, theirs = binary(400, shift=1.0), binary(400, shift=1.1)
    value, low, high = difference("roc_auc", ours, theirs)

    assert value == METRICS["roc_auc"].value(ours) - METRICS["roc_auc"].value(theirs)
    assert low < value < high < 0
    assert high - low < 0.5 * np.diff(interval(METRICS["roc_auc"], ours))[0]


def test_the_lines_of_metrics_json():
    """Value, ends, direction and unit for what says something, in the order asked."""
    lines = intervals(["roc_auc", "accuracy", "coverage"], binary(100))

    assert list(lines) == ["roc_auc", "accuracy"]
    assert lines["accuracy"].keys() == {"value", "low", "high", "better", "unit"}


def test_ten_thousand_rows_a_thousand_draws_within_three_seconds():
    """Resampling sorts once and never loops over rows."""
    arrays = binary(10_000)
    start = time.process_time()
    values = resampled(METRICS["roc_auc"].prepare(arrays), None, rows=10_000, draws=1000)

    assert time.process_time() - start < 3
    assert values.std() == pytest.approx(np.diff(interval(METRICS["roc_auc"], arrays))[0] / 3.92, rel=0.15)


def test_the_corrected_t_test_is_nadeau_and_bengios():
    """Five folds: variance times (1/5 + 1/4) instead of 1/5, four degrees of freedom."""
    gaps = [0.02, 0.01, 0.03, 0.00, 0.02]
    found = corrected_t(gaps, 400, 100)

    spread = np.std(gaps, ddof=1) * np.sqrt(1 / 5 + 1 / 4)
    assert found.p == pytest.approx(2 * stats.t.sf(np.mean(gaps) / spread, 4))
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 4, np.mean(gaps), spread))
    assert found.verdict == "within noise"
    assert corrected_t([0.1, 0.11, 0.1], 400, 100).verdict == "higher"
    assert corrected_t([0.1, 0.1], 4, 1).p == 0.0
    with pytest.raises(Problem, match="one fold"):
        corrected_t([0.1], 4, 1)


@pytest.mark.parametrize(("classes", "most"), [(2, 1.0), (3, 2.0)])
def test_two_rows_promise_no_impossible_error(classes, most):
    """However little is known, a Brier score is not said to be able to lie where none can."""
    prob = np.full((2, classes), 0.02 / (classes - 1))
    prob[0, 0], prob[1, 1] = 0.98, 0.6
    prob[1, 0] = 0.4

    assert interval("brier", class_arrays(prob, np.array([0, 1])))[1] <= most
