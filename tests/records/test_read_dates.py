"""Dates: day and month are settled by the values, never guessed."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_aids import codes, column, plan_for, table, written

import andon.records.delimited as delimited
import andon.records.text as text
from andon.errors import SettingProblem
from andon.records import read
from andon.records.dates import find_format, moment


@pytest.mark.parametrize(
    ("value", "form", "read_as"),
    [
        ("2024-03-14", "%Y-%m-%d", datetime(2024, 3, 14)),
        ("2024/3/4 5:06", "%Y/%m/%d %H:%M", datetime(2024, 3, 4, 5, 6)),
        ("2024-03-14T05:06:07.25", "%Y-%m-%dT%H:%M:%S%.f", datetime(2024, 3, 14, 5, 6, 7, 250_000)),
        ("2024-03-14 05:06:07+08:00", "%Y-%m-%d %H:%M:%S%.f%#z", datetime(2024, 3, 13, 21, 6, 7)),
        ("2024-03-14T05:06:07Z", "%Y-%m-%dT%H:%M:%S%.f%#z", datetime(2024, 3, 14, 5, 6, 7)),
        ("14.03.2024 05:06", "%d.%m.%Y %H:%M", datetime(2024, 3, 14, 5, 6)),
        ("14/3/2024", "%d/%m/%Y", datetime(2024, 3, 14)),
        ("3/14/2024 5:06 PM", "%m/%d/%Y %I:%M %p", datetime(2024, 3, 14, 17, 6)),
        ("14-Mar-24", "%d-%b-%y", datetime(2024, 3, 14)),
        ("14 March 2024", "%d %B %Y", datetime(2024, 3, 14)),
        ("Mar 14, 2024", "%b %d, %Y", datetime(2024, 3, 14)),
        ("2024年3月14日", "%Y年%m月%d日", datetime(2024, 3, 14)),
        ("32/03/14", "%y/%m/%d", datetime(2032, 3, 14)),
    ],
)
def test_dates_as_people_write_them(value, form, read_as):
    """Each way to write a date is found and read."""
    found = find_format([value])

    assert found.formats == form
    assert pl.select(moment(pl.lit(value), form)).item() == read_as


@pytest.mark.parametrize("mark", "/.-")
def test_an_open_day_and_month_is_a_note_and_text(tmp_path, mark):
    """If no day is above 12 the column stays text, and the note says how to settle it."""
    body = "when,x\n" + "".join(f"0{1 + i % 9}{mark}0{1 + i % 7}{mark}2024,{i}\n" for i in range(40))

    records, frame = table(tmp_path, body)

    assert column(records, "when").kind == "text"
    assert frame["when"][0] == f"01{mark}01{mark}2024"
    assert [(n.level, n.code) for n in records.notes] == [("warning", "ambiguous_date")]
    assert "2024-12-31" in records.notes[0].fix


def test_one_day_above_twelve_settles_all(tmp_path):
    """Formats are decided over all values: the last of many rows may settle them."""
    body = "when\n" + "".join(f"0{1 + i % 9}/0{1 + i % 7}/2024\n" for i in range(3000)) + "13/01/2024\n"

    records, frame = table(tmp_path, body)

    assert column(records, "when").format == "%d/%m/%Y"
    assert frame["when"][1] == datetime(2024, 2, 2)


def test_a_large_file_is_settled_by_rows_outside_the_sample(tmp_path, monkeypatch):
    """Where the rows looked at leave the order open, one pass over the column settles it."""
    monkeypatch.setattr(text, "SMALL", 20_000)
    monkeypatch.setattr(delimited, "PIECE", 1_000)
    rows = [f"0{1 + i % 9}/0{1 + i % 7}/2024,{i}" for i in range(9000)]
    rows[1500] = "05/17/2024,1500"

    records = read(plan_for(written(tmp_path, "t.csv", "when,x\n" + "\n".join(rows))))

    assert column(records, "when").format == "%m/%d/%Y"
    assert records.frame.collect()["when"][1500] == datetime(2024, 5, 17)


def test_contradicting_days_are_a_note(tmp_path):
    """Day first in some rows and month first in others is not a column of dates."""
    records, _ = table(tmp_path, "when\n" + "13/02/2024\n02/13/2024\n" * 10)

    assert codes(records) == ["ambiguous_date"]


def test_two_digit_years_that_may_be_days_are_not_guessed(tmp_path):
    """24/03/05 may be three dates."""
    records, _ = table(tmp_path, "when\n24/03/05\n25/03/06\n")

    assert codes(records) == ["ambiguous_date"]


def test_the_plan_may_say_the_format(tmp_path):
    """`checks.<column>.format` settles what the values leave open."""
    records, frame = table(tmp_path, "when,x\n01/02/2024,1\n03/04/2024,2\n", checks={"when": {"format": "%d/%m/%Y"}})

    assert column(records, "when").kind == "date"
    assert frame["when"].to_list() == [datetime(2024, 2, 1), datetime(2024, 4, 3)]


@pytest.mark.parametrize(
    ("rule", "key"), [({"format": "%d/%Q"}, "checks.when.format"), ({"kind": "dat"}, "checks.when.kind")]
)
def test_a_format_that_is_none_is_a_problem_with_its_setting(tmp_path, rule, key):
    """A slip in the plan is not a fault of the data."""
    with pytest.raises(SettingProblem) as problem:
        table(tmp_path, "when,x\n01/02/2024,1\n", checks={"when": rule})

    assert problem.value.key == key


def test_cells_that_are_no_dates_are_missing_with_a_note(tmp_path):
    """A few wrong cells don't spoil a column of dates."""
    records, frame = table(
        tmp_path, "date,x\n" + "".join(f"2024-01-{i:02d},1\n" for i in range(1, 21)) + "soon,1\nn/a,1\n"
    )

    assert frame["date"].null_count() == 2
    assert [n.code for n in records.notes] == ["not_a_date"]
    assert "'soon'" in records.notes[0].text
    assert "1 cell" in records.notes[0].text


@pytest.mark.parametrize(
    ("name", "value"), [("ts", 1_700_000_000), ("timestamp", 1_700_000_000_000), ("date", 20231114)]
)
def test_numbers_under_a_name_of_time(tmp_path, name, value):
    """Seconds and milliseconds since 1970, and eight digits, are dates where the name says time."""
    _, frame = table(tmp_path, f"{name},x\n" + "".join(f"{value + i},1\n" for i in range(5)))

    assert frame[name][0].date() == datetime(2023, 11, 14).date()


def test_typed_dates_lose_their_zone_for_utc(tmp_path):
    """A zone is turned into UTC, dates into moments."""
    frame = pl.DataFrame({"t": [datetime(2024, 1, 1, 8)], "d": [datetime(2024, 1, 1).date()]})
    frame = frame.with_columns(pl.col("t").dt.replace_time_zone("Asia/Shanghai"))

    out = read(plan_for(), frame).frame.collect()

    assert out.rows() == [(datetime(2024, 1, 1), datetime(2024, 1, 1))]
    assert set(out.dtypes) == {pl.Datetime("us")}


moments = st.datetimes(datetime(1970, 1, 1), datetime(2069, 12, 31)).map(lambda d: d.replace(microsecond=0, second=0))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(moments, min_size=1, max_size=12),
    st.sampled_from(["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M", "%d.%m.%y %H:%M"]),
)
def test_a_date_is_never_read_wrong(values, form):
    """Whatever dates are written, they come back right or not at all."""
    texts = [value.strftime(form) for value in values]
    found = find_format(texts)

    if found.formats:
        read_back = pl.select(moment(pl.lit(pl.Series(texts)), found.formats)).to_series().to_list()
        assert all(
            back in (value, None) or abs(back - value) == timedelta(days=36525)
            for back, value in zip(read_back, values, strict=True)
        )
