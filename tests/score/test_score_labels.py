"""Metrics of several classes at once, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from andon.score import METRICS, interval


def rows(num=300):
    """Three classes of different frequency, scores that know something."""
    rng = np.random.default_rng(0)
    truth = rng.random((num, 3)) < [0.5, 0.2, 0.05]
    prob = np.clip(0.4 * truth + rng.random((num, 3)) * 0.6, 0, 1)
    return {"prob": prob, "truth": truth, "answer": prob > 0.5}


def test_values_are_those_of_scikit_learn():
    """Macro average precision and F1, exact match, and log loss per class."""
    found = rows()
    truth, answer, prob = found["truth"], found["answer"], found["prob"]
    assert METRICS["label_average_precision"].value(found) == pytest.approx(
        metrics.average_precision_score(truth, prob, average="macro")
    )
    assert METRICS["label_f1"].value(found) == pytest.approx(metrics.f1_score(truth, answer, average="macro"))
    assert METRICS["exact_match"].value(found) == pytest.approx(metrics.accuracy_score(truth, answer))
    each = [metrics.log_loss(truth[:, k], np.clip(prob[:, k], 1e-7, 1 - 1e-7)) for k in range(3)]
    assert METRICS["label_log_loss"].value(found) == pytest.approx(np.mean(each))


@pytest.mark.parametrize("name", ["label_average_precision", "label_f1", "exact_match", "label_log_loss"])
def test_an_interval_lies_about_the_value(name):
    """Units are left out as of any metric."""
    found = rows()
    low, high = interval(name, found)
    assert low < METRICS[name].value(found) < high


def test_a_class_that_nobody_has_says_nothing():
    """Average precision and F1 are of the classes that occur."""
    found = rows()
    found = {name: np.concatenate([a, np.zeros((300, 1), a.dtype)], axis=1) for name, a in found.items()}
    assert METRICS["label_average_precision"].value(found) == pytest.approx(
        METRICS["label_average_precision"].value(rows())
    )
    assert METRICS["label_f1"].value(found) == pytest.approx(METRICS["label_f1"].value(rows()))
