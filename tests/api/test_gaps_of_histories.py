"""The hole that ends a history, in the unit of its times."""

from __future__ import annotations

import polars as pl
import pytest
from test_shown_lives import readings

from andon.api.plans import resolve
from andon.api.ready import ready
from andon.errors import SettingProblem

STEP = 10 * pl.col("cycle")


def gap(words, **times):
    """The gap of ready records, whose time is `cycle` or another."""
    frame = readings(8).with_columns(**times).rename({"cycle": "at"})
    plan = resolve(
        "remaining_life", ["accept=['*']", "data.rows.time=at", f"series={{cap: 50, lookback: 10, gap: {words}}}"]
    )
    return ready(plan, frame).encoding.history.gap


@pytest.mark.parametrize(
    ("words", "times", "length"),
    [
        ("2 h", {"cycle": pl.datetime(2026, 1, 1) + pl.duration(minutes=STEP)}, 7200),
        ("4", {}, 4),
        ("2 h", {"cycle": pl.duration(minutes=STEP)}, 7200),
        ("90", {"cycle": pl.duration(minutes=STEP)}, 90),
        ("null", {}, None),
    ],
)
def test_a_gap_counts_in_the_unit_of_its_times(words, times, length):
    """Lengths of time beside dates, cycles beside cycles; beside times that are lengths themselves, both."""
    assert gap(words, **times) == length


def test_a_gap_of_another_unit_is_refused():
    """Four of what, beside dates? And two hours are no number of cycles: no window would have looked back, or none
    ended."""
    with pytest.raises(SettingProblem, match="'series.gap' is '4' .'at' holds dates"):
        gap("4", cycle=pl.datetime(2026, 1, 1) + pl.duration(minutes=STEP))
    with pytest.raises(SettingProblem, match="'series.gap' is '2 h' .'at' holds numbers, not dates"):
        gap("2 h")
