"""Boosted trees: what each of them sees."""

from __future__ import annotations

import numpy as np
import pytest

from andon.train.rivals.trees import fit_trees


def rows(count, columns, seed):
    """Numbers of which the first alone says the target."""
    x = np.random.default_rng(seed).normal(size=(count, columns)).astype(np.float32)
    return {"numbers": x}, x[:, 0].astype(np.float64), None


@pytest.mark.parametrize(("columns", "all_of_them"), [(4, True), (40, False)])
def test_of_few_columns_every_tree_sees_all(columns, all_of_them):
    """The one column that counts is the first question of every tree; of many, some trees do without it."""
    trees = fit_trees(rows(600, columns, 0), rows(200, columns, 1), task="regression", width=1, seed=0, threads=1)

    dumped = trees.boosters[0].dump_model()["tree_info"]
    first = [tree["tree_structure"]["split_feature"] == 0 for tree in dumped[:20]]
    assert all(first) == all_of_them
    assert any(first)
