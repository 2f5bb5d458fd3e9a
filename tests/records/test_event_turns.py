"""Lists of events as people keep them: newest first, by the day, beside columns of any name."""

from datetime import timedelta

import polars as pl
import pytest
from tests.records.test_records_histories import START, happened, rows, told

from andon.errors import DataProblem, SettingProblem
from andon.records.lives.events import word_column
from andon.records.source import of_frame
from andon.records.typed import typed

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


def test_a_list_without_a_zone_beside_readings_with_one_is_told(tmp_path):
    """Else each life would end hours early or late, and nobody learnt of it."""
    zoned = rows(6).with_columns(pl.col("time").dt.replace_time_zone("Europe/Berlin"))
    events = happened(("a", 2, "failure"), ("b", 3, "failure"))

    found = told(zoned, events, tmp_path)
    alike = told(rows(6), events, tmp_path)

    note = next(note for note in found.notes if note.code == "clocks_unknown")
    assert (note.level, note.where) == ("warning", "time")
    assert not any(note.code == "clocks_unknown" for note in alike.notes)


def test_events_by_date_beside_rows_that_count_are_refused(tmp_path):
    """Dates are no cycles: lives of millions of them are none."""
    counted = rows(6).with_columns(time=pl.int_range(pl.len()).over("unit"))

    with pytest.raises(SettingProblem, match=r"'time' is number and 'time' is date.*cannot be compared") as caught:
        told(counted, happened(("a", 2, "failure")), tmp_path)

    assert caught.value.key == "data.with.0.as_of"


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        ({"mode": ["planned stop"] * 4, "what": ["failure", "repair"] * 2}, "what"),
        ({"what": ["failure", "repair", "failure", None], "note": ["seal broke", "fixed", "it failed", "fixed"]}, "what"),
        ({"who": ["Ann", "Bob", "Ann", "Bob"], "what": ["failure", "lunch", "tea", "repair"]}, "what"),
    ],
)  # fmt: skip
def test_one_column_says_what_happened(columns, wanted):
    """The first that says little else, and not stops alone; where none does, the one that says most."""
    list_ = pl.DataFrame({"unit": ["a"] * 4, "time": [1, 2, 3, 4], **columns})

    found = word_column(typed(of_frame(list_), known={}, rules={}), "unit", "time")

    assert found is not None
    assert found.name == wanted


def test_entries_of_no_unit_of_the_records_are_told(tmp_path):
    """Units that a list writes in another way would be learnt as going on: they are counted as no cut, and one is named."""
    entries = [("a", 2, "failure"), ("P-b", 3, "failure"), ("P-b", 4, "repair"), ("P-c", 3, "preventive")]

    found = told(rows(6), happened(*entries), tmp_path)
    alike = told(rows(6), happened(("a", 2, "failure")), tmp_path)

    notes = {note.code: note for note in found.notes}
    assert "1 failures, 0 repairs, 0 preventive changes" in notes["events"].text
    assert notes["event_unit_unknown"].level == "warning"
    assert notes["event_unit_unknown"].text == "3 of 4 entries are of no 'unit' of the records, as 'P-b'"
    assert not any(note.code == "event_unit_unknown" for note in alike.notes)


@pytest.mark.parametrize(
    ("frame", "late", "said"),
    [
        (rows(40), 8760, "1 of 3 failures lie long after the last reading of their 'unit', that of 'b' by 8,760 h"),
        (rows(40).with_columns(time=pl.int_range(pl.len()).over("unit")), 8760, "that of 'b' by 8,760"),
        (rows(40), 9, None), (rows(400), 39, None),
    ],
)  # fmt: skip
def test_failures_long_after_the_last_reading_are_told(tmp_path, frame, late, said):
    """A list of another year makes lives of thousands of hours: they are told, and the usual hours of a stop are not."""
    last = frame.height // 2 - 1
    events = happened(("a", 2, "failure"), ("b", last + late, "failure"), ("b", 9 * late, "failure"))
    if frame["time"].dtype.is_integer():
        events = events.with_columns(time=pl.Series([2, last + late, 9 * late]))

    found = told(frame, events, tmp_path)

    notes = [note.text for note in found.notes if note.code == "event_late"]
    assert [text.endswith(said or "") for text in notes] == [True] * bool(said)
