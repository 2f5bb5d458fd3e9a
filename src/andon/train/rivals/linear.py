"""The linear rival of a table: logistic regression (L-BFGS) or ridge regression (one system of equations) on
`LinearFeatures`, as strong a penalty as does best on the rows it was not shown."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from torch import nn

from andon.train.rivals.affine import Affine, AffineRival, softmax

BATCH = 8192
"""Rows described at a time."""
PENALTIES = (1e4, 1e3, 1e2, 10.0, 1.0, 0.1)
"""Times half the square of the weights, beside the sum of the rows' losses; strongest first."""
ITERATIONS = 100
BARELY = 1e-6
"""What a class that is not among some rows gets as its log p: it is all but ruled out."""


@dataclass(frozen=True)
class Lined:
    """Features (N, F), targets (N,) as the network sees them, weights (N,) and, per row, who holds it out (N,)."""

    features: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    held: np.ndarray

    def fitted(self, which: np.ndarray, width: int, penalty: float) -> Affine:
        """Of some of the rows (a mask). `width`: classes, or 0 for numbers."""
        x, y, weight = self.features[which].astype(np.float64), self.target[which], self.weight[which]
        return logistic(x, y, weight, width=width, penalty=penalty) if width else ridge(x, y, weight, penalty=penalty)


def fit_linear(features: nn.Module, seen: Lined, *, width: int, in_turn: bool, again: bool) -> AffineRival:
    """The first holder's share (0) says how strong the penalty is. `in_turn`: a judge for each; else one that has not
    learnt that share, and what answers has learnt it where it is fitted `again`."""
    first = seen.held == 0
    judge, penalty = _best(seen, first, width)
    others = range(1, int(seen.held.max()) + 1) if in_turn else ()
    judges = (judge, *(seen.fitted(seen.held != member, width, penalty) for member in others))
    answer = seen.fitted(np.ones(len(first), bool), width, penalty) if again or in_turn else judge
    task = "classification" if width else "regression"
    return AffineRival("linear", features, answer, judges, task, BATCH)


def _best(seen: Lined, held: np.ndarray, width: int) -> tuple[Affine, float]:
    """Of growing freedom until it has hurt twice: the one with the least loss on the rows held out, and its penalty."""
    tried: list[tuple[float, Affine, float]] = []
    for penalty in PENALTIES:
        one = seen.fitted(~held, width, penalty)
        raw, truth = one.logits(seen.features[held]), seen.target[held]
        if width:
            losses = -np.log(np.maximum(softmax(raw)[np.arange(len(truth)), truth], BARELY))
        else:
            losses = (raw[:, 0] - truth) ** 2
        tried.append((float(np.average(losses, weights=seen.weight[held])), one, penalty))
        if len(tried) - min(range(len(tried)), key=lambda i: tried[i][0]) > 2:
            break
    _, one, penalty = min(tried, key=lambda each: each[0])
    return one, penalty


def logistic(x: np.ndarray, y: np.ndarray, weight: np.ndarray, *, width: int, penalty: float) -> Affine:
    """(N, F) and classes (N,) -> log p of all `width` classes, but for a constant. Only the shares where all rows are
    of one class."""
    shares = np.bincount(y, weight, minlength=width) / max(float(weight.sum()), BARELY)
    found, bias = np.zeros((x.shape[1], width)), np.log(np.maximum(shares, BARELY))
    present = np.unique(y)
    if len(present) > 1:
        model = LogisticRegression(C=1 / penalty, max_iter=ITERATIONS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(x, y, weight)
        lined, ground = model.coef_.T, model.intercept_
        if len(present) == 2:  # one plane between two classes
            lined, ground = np.stack([-lined[:, 0], lined[:, 0]], axis=1) / 2, np.array([-ground[0], ground[0]]) / 2
        found[:, present], bias[present] = lined, ground
    return Affine(found, bias)


def ridge(x: np.ndarray, y: np.ndarray, weight: np.ndarray, *, penalty: float) -> Affine:
    """(N, F) and numbers (N,) -> the number, in a column of its own."""
    center, middle = np.average(x, axis=0, weights=weight), float(np.average(y, weights=weight))
    apart = x - center
    square = (apart * weight[:, None]).T @ apart
    slope = np.linalg.solve(square + penalty * np.eye(len(square)), apart.T @ (weight * (y - middle)))
    return Affine(slope[:, None], np.array([middle - center @ slope]))
