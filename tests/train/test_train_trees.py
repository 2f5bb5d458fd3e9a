"""Boosted trees: what each of them sees."""

from __future__ import annotations

import numpy as np
import pytest

from andon.train.rivals import trees
from andon.train.rivals.ranks import placed, ranked
from andon.train.rivals.trees import fit_in_turn, fit_trees, tries


def rows(count, columns, seed):
    """Numbers of which the first alone says the target."""
    x = np.random.default_rng(seed).normal(size=(count, columns)).astype(np.float32)
    return {"numbers": x}, x[:, 0].astype(np.float64), None


@pytest.mark.parametrize(("columns", "all_of_them"), [(4, True), (40, False)])
def test_of_few_columns_every_tree_sees_all(columns, all_of_them):
    """The one column that counts is the first question of every tree; of many, some trees do without it."""
    fitted = fit_trees(rows(600, columns, 0), rows(200, columns, 1), task="regression", width=1, seed=0, threads=1)

    dumped = fitted.boosters[0].dump_model()["tree_info"]
    first = [tree["tree_structure"]["split_feature"] == 0 for tree in dumped[:20]]
    assert all(first) == all_of_them
    assert any(first)


def coded(count, seed, *, width, kinds=12):
    """Codes of so many categories, whose answers do not go with their numbers, and targets (numbers for width 0)."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(1, kinds + 1, (count, 1))
    level = np.random.default_rng(9).permutation(kinds)[codes[:, 0] - 1] * 12 / kinds + rng.normal(0, 0.3, count)
    target = level if not width else np.digitize(level, np.linspace(0, 12, width + 1)[1:-1])
    return {"codes": codes}, target, None


@pytest.mark.parametrize("width", [0, 2, 4])
def test_categories_stand_in_the_order_of_what_they_stand_for(width):
    """By the mean of numbers, by the share of a class, by the direction in which shares differ most."""
    arrays, target, _ = coded(3000, 0, width=width)
    order = np.random.default_rng(9).permutation(12)

    (rank,) = ranked(arrays["codes"], target, width=width)

    told = [rank[2 + int(np.flatnonzero(order == place)[0])] for place in (0, 6, 11)]
    assert told in (sorted(told), sorted(told, reverse=True))
    assert len(set(told)) == 3


def test_what_training_hardly_met_stands_in_the_middle():
    """Never seen, a gap, a category of a few rows and a code beyond all: as an average one."""
    arrays, target, _ = coded(3000, 0, width=0)
    few = {"codes": np.concatenate([arrays["codes"], np.full((5, 1), 13)])}

    ranks = ranked(few["codes"], np.concatenate([target, np.full(5, 99.0)]), width=0)
    strange = placed({"codes": np.array([[-1], [0], [13], [77]])}, ranks)["codes"][:, 0]

    assert len(set(strange.tolist())) == 1
    assert ranks[0][2:14].min() < strange[0] < ranks[0][2:14].max()


def test_trees_part_categories_with_fewer_questions():
    """In their order a tree of four leaves knows twelve categories better than one in the order of names."""
    fitted = fit_trees(coded(600, 0, width=0), coded(300, 1, width=0), task="regression", width=0, seed=0, threads=1)
    asked, truth, _ = coded(300, 2, width=0)

    assert fitted.ranks
    assert np.sqrt(np.mean((fitted.scores(asked, {"center": 0.0, "spread": 1.0})[:, 0] - truth) ** 2)) < 0.35


def test_categories_of_few_rows_are_told_apart_where_there_are_many():
    """Two hundred suppliers of six rows each: what each of them stands for is known in part, and better than nothing."""
    given = (coded(n, seed, width=0, kinds=200) for n, seed in ((1200, 0), (300, 1), (300, 2)))
    train, valid, (asked, truth, _) = given
    fitted = fit_trees(train, valid, task="regression", width=0, seed=0, threads=1)

    assert np.sqrt(np.mean((fitted.scores(asked, {"center": 0.0, "spread": 1.0})[:, 0] - truth) ** 2)) < 0.8
    strange = placed({"codes": np.array([[0], [777]])}, fitted.ranks)["codes"][:, 0]
    assert np.abs(strange).max() == 0  # as an average one


def test_what_judges_say_in_turn_holds_for_rows_nobody_has_seen():
    """Where categories are many, their places tell the truths they were made from: no judge is asked about those."""
    rng = np.random.default_rng(3)
    given, asked = rng.integers(1, 301, (2, 900, 1))
    level = np.random.default_rng(5).normal(size=301)
    truth, other = (level[codes[:, 0]] + rng.normal(size=900) for codes in (given, asked))
    held = np.arange(900) % 3
    fitted = fit_in_turn(({"codes": given}, truth, None), held, task="regression", width=0, seed=0, threads=1)

    state = {"center": 0.0, "spread": 1.0}
    told = np.mean((fitted.unseen({"codes": given}, state, held)[:, 0] - truth) ** 2)
    fresh = np.mean((fitted.scores({"codes": asked}, state)[:, 0] - other) ** 2)
    assert told > 0.9 * fresh


@pytest.mark.parametrize(
    ("count", "codes", "kinds"), [(600, False, 0), (600, True, 12), (600, True, 90), (2400, True, 12)]
)
def test_all_boosters_that_are_tried_are_counted(count, codes, kinds, monkeypatch):
    """What a training will take is told by as many as it fits: sizes of trees, and once more the other order of codes."""
    fitted = []
    boost = trees._boost
    monkeypatch.setattr(trees, "_boost", lambda *given: fitted.append(1) or boost(*given))
    train, valid = (coded(n, 0, width=0, kinds=kinds) if codes else rows(n, 3, 0) for n in (count, 200))

    fit_trees(train, valid, task="regression", width=0, seed=0, threads=1, again=False)

    assert len(fitted) == tries(train)
