"""Times by the clocks of a place: an hour that is skipped or shown twice moves nothing else."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from reading_aids import codes, column, plan_for, table

from andon.errors import SettingProblem
from andon.records import read

BERLIN = {"time": {"zone": "Europe/Berlin"}}
MOMENTS = [datetime(2024, 3, 30, 22, tzinfo=UTC) + timedelta(minutes=30 * i) for i in range(12)]


def local(moments, form="%Y-%m-%d %H:%M"):
    """What the clocks on the wall showed."""
    return [each.astimezone(ZoneInfo("Europe/Berlin")).strftime(form) for each in moments]


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S"])
def test_local_times_are_read_as_the_moments_they_were(tmp_path, form):
    """However they are written; the night without an hour has no gap."""
    body = "time,bar\n" + "".join(f"{text},{i}\n" for i, text in enumerate(local(MOMENTS, form)))

    records, frame = table(tmp_path, body, checks=BERLIN)

    assert frame["time"].to_list() == [each.replace(tzinfo=None) for each in MOMENTS]
    assert column(records, "time").format.endswith("@Europe/Berlin")


def test_moments_of_frames_are_moved_and_those_with_a_zone_are_not():
    """Parquet and frames know dates, but seldom their zone."""
    plain = pl.DataFrame(
        {"time": [each.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None) for each in MOMENTS]}
    )
    aware = pl.DataFrame({"time": MOMENTS})

    for frame in (plain, aware):
        read_as = read(plan_for(checks=BERLIN), frame).frame.collect()
        assert read_as["time"].to_list() == [each.replace(tzinfo=None) for each in MOMENTS]


def test_new_rows_are_read_by_the_clocks_of_the_run(tmp_path):
    """The zone goes with the column into the run."""
    frame = pl.DataFrame({"time": local(MOMENTS), "bar": range(12)})
    trained = read(plan_for(checks=BERLIN), frame)

    new = read(plan_for(), frame[:3], known=trained.columns, answering=True).frame.collect()

    assert new["time"].to_list() == [each.replace(tzinfo=None) for each in MOMENTS[:3]]


def test_an_hour_that_never_was_is_a_note(tmp_path):
    """Half past two in the night of spring stands on no clock: the cell is named and empty."""
    body = "time,bar\n2024-03-31 01:30,1\n2024-03-31 02:30,2\n2024-03-31 03:30,3\n"

    records, frame = table(tmp_path, body, checks=BERLIN)

    assert frame["time"].to_list() == [datetime(2024, 3, 31, 0, 30), None, datetime(2024, 3, 31, 1, 30)]
    assert "not_a_date" in codes(records)


@pytest.mark.parametrize(
    ("checks", "key"),
    [({"time": {"zone": "Berlin"}}, "checks.time.zone"), ({"bar": {"zone": "UTC"}}, "checks.bar.zone")],
)
def test_zones_that_cannot_be_are_named(tmp_path, checks, key):
    """A place that is no zone, and a column without times."""
    with pytest.raises(SettingProblem) as caught:
        table(tmp_path, "time,bar\n2024-01-01 00:00,1\n2024-01-01 01:00,2\n", checks=checks)
    assert caught.value.key == key
