"""The clocks of a list of events: its times may be written otherwise than those of the rows."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from tests.api.test_following_events import worn

import andon
from andon.api.check import check
from andon.api.following import follow
from andon.api.predict import predict_to_file
from andon.errors import SettingProblem

FORM = "%m/%d/%Y %H:%M"
FIRST = datetime(2024, 3, 28, 2, tzinfo=UTC)
QUICK = {
    "quiet": True, "epochs": 1, "threads": 1, "accept": ["*"], "unit": "pump", "time": "at", "size": "tiny",
    "series": {"lookback": 24, "first": 6, "cap": 40}, "optimizer": "adamw", "learning_rate": 0.003, "trees": "off",
    "network": {"family": "history"},
}  # fmt: skip


def local(hours):
    """What clocks in Berlin showed, written as nobody there would."""
    return [(FIRST + timedelta(hours=hour)).astimezone(ZoneInfo("Europe/Berlin")).strftime(FORM) for hour in hours]


def written(folder, count, seed):
    """Rows in UTC; the same events by the clocks on the wall, and in UTC."""
    rows, events = worn(count, seed)
    at = [(FIRST + timedelta(hours=hour)).strftime("%Y-%m-%d %H:%M") for hour in rows["hour"]]
    rows.drop("hour").with_columns(at=pl.Series(at)).write_csv(folder / "rows.csv")
    told = events.drop("hour")
    told.with_columns(when=pl.Series(local(events["hour"]))).write_csv(folder / "events.csv")
    utc = [(FIRST + timedelta(hours=hour)).strftime("%Y-%m-%d %H:%M") for hour in events["hour"]]
    told.with_columns(when=pl.Series(utc)).write_csv(folder / "utc.csv")
    return rows


def settings(folder, **checks):
    """The list beside the rows, and the rules of its column."""
    beside = [{"path": str(folder / "events.csv"), "on": "pump", "as_of": "when"}]
    return {**QUICK, "data.with": beside, "checks": checks}


RULES = {"when": {"zone": "Europe/Berlin", "format": FORM}}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose list of events goes by other clocks than its rows."""
    folder = tmp_path_factory.mktemp("listed")
    written(folder, 10, 0)
    return andon.fit("remaining_life", folder / "rows.csv", runs=folder / "runs", **settings(folder, **RULES))


def test_events_are_read_by_their_own_clocks(run, tmp_path):
    """Lives end where they end: the answers are those beside a list of the same moments in UTC, also of a stream, and
    also where the run was copied elsewhere."""
    written(tmp_path, 2, 5)
    moved = tmp_path / "moved"
    shutil.copytree(run.folder, moved)

    predict_to_file(run.folder, str(tmp_path / "rows.csv"), tmp_path / "o.csv", events=str(tmp_path / "events.csv"))
    predict_to_file(moved, str(tmp_path / "rows.csv"), tmp_path / "m.csv", events=str(tmp_path / "events.csv"))
    with closing(follow(moved, str(tmp_path / "rows.csv"), tmp_path / "f.csv", events=str(tmp_path / "events.csv"))) as steps:  # fmt: skip
        next(step for step in steps if step.waiting)

    down = pl.read_csv(tmp_path / "o.csv")["problem"].drop_nulls()
    rows = worn(2, 5)[0]
    assert set(down) == {"its unit has failed and is not repaired yet"}
    assert len(down) == rows.filter(pl.col("flow") == 0).height
    assert (tmp_path / "o.csv").read_bytes() == (tmp_path / "m.csv").read_bytes() == (tmp_path / "f.csv").read_bytes()


def test_the_life_left_is_counted_to_the_moment_it_was(tmp_path):
    """What training learns from: the same lives whether the list is by the clocks on the wall or in UTC."""
    written(tmp_path, 6, 0)
    ours = check(str(tmp_path / "rows.csv"), job="remaining_life", **settings(tmp_path, **RULES))
    shutil.copyfile(tmp_path / "utc.csv", tmp_path / "events.csv")
    theirs = check(str(tmp_path / "rows.csv"), job="remaining_life", **settings(tmp_path))

    assert ours.summary.numbers["remaining_life"] == theirs.summary.numbers["remaining_life"]


@pytest.mark.parametrize(
    ("rule", "key"),
    [({"zone": "Berlin"}, "checks.when.zone"), ({"range": [0, 1]}, "checks.when.range"), ({"fomat": "%Y"}, "checks.when.fomat")],
)  # fmt: skip
def test_rules_that_a_list_cannot_keep_are_named(tmp_path, rule, key):
    """A zone that is none, a rule that is checked row by row, a word that is none."""
    written(tmp_path, 6, 0)
    with pytest.raises(SettingProblem) as caught:
        check(str(tmp_path / "rows.csv"), job="remaining_life", **settings(tmp_path, when=rule))
    assert caught.value.key == key
