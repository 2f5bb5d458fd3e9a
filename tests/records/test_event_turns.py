"""Lists of events as people keep them: newest first, by the day, beside columns of any name."""

from datetime import timedelta

import polars as pl
import pytest
from tests.records.test_records_histories import START, happened, rows, told

from andon.errors import DataProblem

OLD_FIRST = [("a", 2, "failure"), ("a", 2, "repair"), ("b", 3, "failure"), ("b", 3, "repair")]


@pytest.mark.parametrize("entries", [OLD_FIRST, OLD_FIRST[::-1]])
def test_a_failure_comes_before_its_repair_of_the_same_moment(tmp_path, entries):
    """A list that stands newest first says the same: the failure ends a life, nothing was down."""
    got = told(rows(6), happened(*entries), tmp_path).frame.collect()

    a = got.filter(pl.col("unit") == "a")
    assert a["life"].to_list() == [0, 0, 0, 2, 2, 2]
    assert a["life_ends"].to_list() == [True] * 3 + [False] * 3


@pytest.mark.parametrize(("hour", "warned"), [(0, True), (7, False)])
def test_events_of_a_day_beside_readings_of_hours_are_told(tmp_path, hour, warned):
    """Whoever writes the day alone learns where the readings of that day went."""
    events = happened(*[(u, 24 * day + hour, "failure") for u in "ab" for day in (1, 2)])

    found = told(rows(72), events, tmp_path)

    assert any(note.code == "event_days" and note.level == "warning" for note in found.notes) == warned


def test_days_beside_days_are_not_told(tmp_path):
    """A reading per day needs no hour of a failure."""
    days = rows(8).with_columns(time=pl.Series([START + timedelta(days=d) for _ in "ab" for d in range(8)]))

    found = told(days, happened(("a", 48, "failure"), ("b", 72, "failure")), tmp_path)

    assert not any(note.code == "event_days" for note in found.notes)


@pytest.mark.parametrize("name", ["life", "life_ends"])
def test_a_column_with_a_name_that_lives_need_is_a_sentence(tmp_path, name):
    """It names the column and what to do, and blames no file."""
    with pytest.raises(DataProblem, match=f"column '{name}' has a name that lives need"):
        told(rows(6).with_columns(pl.lit(1.0).alias(name)), happened(("a", 2, "failure")), tmp_path)
