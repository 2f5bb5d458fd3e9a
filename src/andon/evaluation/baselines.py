"""What any answer must beat: the simple baseline, and a linear model on the same inputs."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from andon.encode.block import Arrays, InputSpec
from andon.tasks import State, Task

MOST_CELLS = 20_000_000
"""Beyond this many cells the linear model learns from every k-th row: it is a yardstick, not a product."""


def simple(task: Task, state: State, rows: int) -> tuple[str, np.ndarray]:
    """Name and scores of the answer that looks at nothing: the classes' shares, or the mean."""
    if task.name == "classification":
        return "most frequent class", np.tile(np.array(state["shares"]), (rows, 1))
    if task.name == "labels":
        return "share of each class", np.tile(np.array(state["shares"]), (rows, 1))
    return "mean of training", np.full((rows, 1), state["center"])


def linear(
    task: Task, state: State, specs: list[InputSpec], train: tuple[Arrays, np.ndarray], test: Arrays
) -> np.ndarray | None:
    """Scores of logistic or ridge regression; None for pictures and windows, where it says nothing,
    and for several classes at once."""
    if task.name == "labels" or any(spec.kind not in ("numbers", "codes") for spec in specs):
        return None
    every = max(1, sum(a.size for a in train[0].values()) // MOST_CELLS)
    arrays = {name: a[::every] for name, a in train[0].items()}
    target = train[1][::every]
    inputs, asked = [], []
    if "numbers" in arrays:
        prepare = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
        inputs.append(prepare.fit_transform(arrays["numbers"]))
        asked.append(np.clip(prepare.transform(test["numbers"]), -10, 10))
    if "codes" in arrays:
        one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, max_categories=100)
        inputs.append(one_hot.fit_transform(arrays["codes"]))
        asked.append(one_hot.transform(test["codes"]))
    x, q = np.concatenate(inputs, axis=1), np.concatenate(asked, axis=1)
    if task.name == "regression":
        fitted = RidgeCV(np.logspace(-3, 3, 13)).fit(x, target)
        return np.asarray(fitted.predict(q)[:, None] * state["spread"] + state["center"], dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=300).fit(x, target)
    scores = np.zeros((len(q), len(state["classes"])))
    scores[:, model.classes_] = model.predict_proba(q)
    return scores
