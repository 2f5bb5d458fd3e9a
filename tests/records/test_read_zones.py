"""Times by the clocks of a place: an hour that is skipped or shown twice moves nothing else."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from reading_aids import codes, column, plan_for, table

from andon.errors import SettingProblem
from andon.plan.settings import Joined
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


HISTORIAN = pl.DataFrame({"ts": local(MOMENTS), "bar": [float(i) for i in range(12)]})


@pytest.mark.parametrize("side", ["lots", "historian"])
@pytest.mark.parametrize("known", ["offset", "type", "rule", "seconds"])
def test_a_zone_on_one_side_alone_is_a_warning(tmp_path, known, side):
    """Moments by known clocks beside some by the clocks on the wall: the sentence names the rule that the others need."""
    wall = pl.Series("at", local(MOMENTS))
    clocked = {
        "offset": pl.Series("at", [each.astimezone(ZoneInfo("Europe/Berlin")).isoformat() for each in MOMENTS]),
        "type": pl.Series("at", MOMENTS), "rule": wall, "seconds": pl.Series("at", [m.timestamp() for m in MOMENTS]),
    }[known]  # fmt: skip
    lots, ours = (clocked, wall) if side == "lots" else (wall, clocked)
    pl.DataFrame({"ts": ours, "bar": HISTORIAN["bar"]}).write_parquet(tmp_path / "bar.parquet")
    told, silent = ("time", "ts") if side == "lots" else ("ts", "time")
    checks = {told: {"zone": "Europe/Berlin"}} if known == "rule" else {}

    def found(**more):
        """Notes and rows."""
        plan = plan_for(
            joined=[Joined(path=str(tmp_path / "bar.parquet"), as_of="ts")], time="time", checks=checks | more
        )
        return read(plan, pl.DataFrame({"time": lots}))

    note = next(note for note in found().notes if note.code == "clocks_unknown")
    mended = found(**{silent: {"zone": "Europe/Berlin"}})

    assert (note.level, note.where) == ("warning", silent)
    assert f"checks.{silent}.zone" in note.fix
    assert "clocks_unknown" not in codes(mended)
    assert mended.frame.collect()["bar"].to_list() == HISTORIAN["bar"].to_list()


def test_times_that_are_written_alike_are_no_warning(tmp_path):
    """Both by the clocks on the wall, or counted."""
    for times in (local(MOMENTS), list(range(12))):
        pl.DataFrame({"ts": times, "bar": HISTORIAN["bar"]}).write_parquet(tmp_path / "bar.parquet")
        joined = [Joined(path=str(tmp_path / "bar.parquet"), as_of="ts")]

        records = read(plan_for(joined=joined, time="finished"), pl.DataFrame({"finished": times}))

        assert codes(records) == ["join_matched"]
