"""Which labels are probably wrong? Confident learning (Northcutt, Jiang & Chuang 2021, arXiv:1911.00068).

N rows, K classes. The probabilities must come from models that have not seen the row they answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Suspects:
    """What the probabilities say of the labels.

    `order`: the rows that were judged, the likeliest wrong ones first; `score` (N,): probability of the given class;
    `suggested` (N,): the class that speaks against it; `confident` (N,): whether the row stands off the diagonal of the
    confident joint, which is what is called a suspect; `expected` (K, K): estimated number of rows given i whose class
    is j. Rows without a known class (-1) are not in `order`, and their score is NaN.
    """

    order: np.ndarray
    score: np.ndarray
    suggested: np.ndarray
    confident: np.ndarray
    expected: np.ndarray


def find_suspects(prob: np.ndarray, given: np.ndarray) -> Suspects:
    """Judge the labels `given` (N,), -1 where unknown, by probabilities `prob` (N, K) of rows held out.

    Section 3.1: the threshold of class j is the mean of p_j over the rows labelled j (equation 2), so that a class the
    model is unsure of, as a rare one, is not suspected for that. A row labelled i is counted as j where j is the
    likeliest of the classes that reach their thresholds (equation 1); what stands beside the diagonal is suspect. The
    counts, scaled to the rows of each label (equation 3), estimate how many labels are wrong, pair by pair. Ranked by
    self-confidence, the probability of the label itself (section 3.2, prune by class): where classes overlap, the
    margin to the other class puts honest doubts before slips (`docs/tried.md`).
    """
    rows, classes = prob.shape
    known = np.flatnonzero(given >= 0)
    own = given[known]
    held = np.bincount(own, minlength=classes)
    sums = np.bincount(own, prob[known, own], minlength=classes)
    threshold = np.where(held > 0, sums / np.maximum(held, 1), np.inf)
    reached = prob[known] >= threshold - 1e-12  # a row that makes a threshold alone reaches it, rounding or not
    counted = np.where(reached, prob[known], -1.0).argmax(axis=1)
    sure = reached.any(axis=1)
    joint = np.zeros((classes, classes))
    np.add.at(joint, (own[sure], counted[sure]), 1)
    empty = joint.sum(axis=1) == 0
    joint[empty, empty] = 1  # nobody is sure of any: nothing is said against them
    expected = joint / joint.sum(axis=1, keepdims=True) * held[:, None]
    others = prob[known].copy()
    others[np.arange(len(known)), own] = -1.0
    doubted = sure & (counted != own)
    score, confident = np.full(rows, np.nan), np.zeros(rows, bool)
    suggested = prob.argmax(axis=1)
    score[known] = prob[known, own]
    confident[known] = doubted
    suggested[known] = np.where(doubted, counted, others.argmax(axis=1))
    return Suspects(known[np.argsort(score[known], kind="stable")], score, suggested, confident, expected)
