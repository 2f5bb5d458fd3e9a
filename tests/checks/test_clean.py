"""Honest tables stay silent."""

from __future__ import annotations

import numpy as np
import pytest
from planted import SomeParts, clean, judge, judge_parts, loud

from andon.checks import order
from andon.checks.finding import Finding, gather


@pytest.mark.parametrize("seed", range(20))
def test_a_clean_table_gets_no_warning(seed):
    """Normal, lognormal, heavy-tailed and counted columns, categories and an honest target alarm nobody."""
    frame = clean(seed)

    assert loud(judge(frame)) == []
    assert loud(judge(frame, "strength", job="regress")) == []


@pytest.mark.parametrize("seed", range(20))
def test_a_random_split_of_a_clean_table_gets_no_warning(seed):
    """Chance differences between parts of 300 rows and 1,000 are no drift."""
    codes = np.random.default_rng(seed).choice([0, 1, 2, 3], 1500, p=[0.6, 0.1, 0.1, 0.2]).astype(np.uint8)

    assert judge_parts(clean(seed), SomeParts(codes)) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_small_clean_table_gets_no_warning(seed):
    """Two hundred rows are enough to keep silent."""
    assert loud(judge(clean(seed, 200))) == []


def test_errors_come_first_and_keep_their_order():
    """Whoever reads only the first line reads the worst."""
    made = [
        Finding(level=level, code=str(number), what="", why="", fix="")
        for number, level in enumerate(["info", "error", "warning", "error"])
    ]

    assert [finding.code for finding in order(made)] == ["1", "3", "2", "0"]


def test_many_columns_with_one_fault_are_told_in_one_finding():
    """Six hundred sensors with gaps are one sentence; each error still stands alone."""
    gaps = [Finding(level="info", code="missing", column=f"f{i}", rows=i, what="gap", why="", fix="") for i in range(9)]
    leaks = [Finding(level="error", code="leak_flag", column=f"x{i}", what="leak", why="", fix="") for i in range(9)]

    told = gather([*gaps, *leaks])

    assert len(told) == 10
    assert told[0].columns == [f"f{i}" for i in range(9)]
    assert told[0].rows == 8
