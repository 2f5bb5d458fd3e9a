"""Times by the clocks on the wall, whichever way rows come: file, frame, dict, stream."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from tests.conftest import pumps

import andon
from andon.api.following import follow
from andon.api.predict import predict_to_file
from andon.run.files import read_json

BERLIN = ZoneInfo("Europe/Berlin")
FORM = "%d.%m.%Y %H:%M"
QUICK = {
    "quiet": True, "epochs": 1, "threads": 1, "accept": ["*"], "unit": "pump", "time": "at", "size": "tiny",
    "series": {"lookback": 24, "first": 6, "cap": 40, "gap": "2 h"}, "optimizer": "adamw", "learning_rate": 0.003,
    "trees": "off", "checks": {"at": {"zone": "Europe/Berlin"}, "oiled": {"zone": "Europe/Berlin"}},
    "network": {"family": "history"},
}  # fmt: skip


def told(count, seed, form):
    """Pumps' rows around the night in spring that lacks an hour, by the clocks of Berlin; when each was oiled, too."""
    frame, first = pumps(count, seed), datetime(2024, 3, 30, 2, tzinfo=UTC)
    moments = [(first + timedelta(hours=hour)).astimezone(BERLIN) for hour in frame["hour"]]
    oiled = [moment - timedelta(hours=5 + number % 7) for number, moment in enumerate(moments)]
    words = {"at": moments, "oiled": oiled}
    return frame.drop("hour").with_columns(
        pl.Series(name, [each.strftime(form) for each in cells]) for name, cells in words.items()
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that learnt from such rows, days first."""
    folder = tmp_path_factory.mktemp("clocks")
    told(12, 0, FORM).write_csv(folder / "line.csv")
    return andon.fit("remaining_life", folder / "line.csv", runs=folder / "runs", **QUICK)


@pytest.fixture(scope="module")
def rows(run, tmp_path_factory):
    """New rows, one of an hour that never was and one of no date, and what their file is answered."""
    frame = told(2, 1, FORM)
    spoilt = pl.int_range(pl.len())
    frame = frame.with_columns(
        oiled=pl.when(spoilt == 30).then(pl.lit("31.03.2024 02:30")).when(spoilt == 33).then(pl.lit("soon"))
        .otherwise("oiled")
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("new")
    frame.write_csv(folder / "line.csv")
    answers = andon.predict(run, str(folder / "line.csv")).drop("pump", "at", strict=False)
    assert answers["problem"].drop_nulls().to_list() == [
        "column 'oiled': '31.03.2024 02:30' is not a date", "column 'oiled': 'soon' is not a date"
    ]  # fmt: skip
    return frame, answers


def same(found, answers):
    """Equal problems, and answers that differ by no more than a stream's may."""
    assert found["problem"].to_list() == answers["problem"].to_list()
    for name in ("answer", "low", "high"):
        assert found[name].to_list() == pytest.approx(answers[name].to_list(), abs=1e-5, nan_ok=True)


def test_frames_of_words_are_read_as_their_file(run, rows):
    """Text in a frame means what it means in a file: days first, by the clocks of the place."""
    frame, answers = rows

    same(andon.load(run.folder).predict(frame), answers)


def test_dicts_are_read_as_their_file(run, rows):
    """Single rows at the line, all at once and one after the other, by the same clocks."""
    frame, answers = rows
    model = andon.load(run.folder)
    stream = model.stream()

    same(pl.DataFrame(model.predict(frame.to_dicts()), infer_schema_length=None), answers)
    same(pl.DataFrame([stream.predict(row) for row in frame.to_dicts()], infer_schema_length=None), answers)


def test_blocks_of_frames_in_a_stream_are_read_as_their_file(run, rows):
    """A stream may be given frames as well."""
    frame, answers = rows
    stream = andon.load(run.folder).stream()

    same(pl.concat([stream.predict(frame[at : at + 17]) for at in range(0, len(frame), 17)]), answers)


def test_moments_that_know_no_zone_are_by_the_clocks_too(run, rows):
    """Dates of frames and of dicts, with a zone and without one; ISO text is read whatever format training had."""
    answers = rows[1]
    frame = rows[0].with_columns(
        pl.col("at", "oiled").str.to_datetime(FORM, strict=False, time_unit="us"),
    )
    known = pl.int_range(pl.len()).is_in([30, 33]).not_()
    frame, answers = frame.filter(known), answers.filter(known)
    aware = frame.with_columns(pl.col("at", "oiled").dt.replace_time_zone("Europe/Berlin"))
    iso = frame.with_columns(pl.col("at", "oiled").dt.strftime("%Y-%m-%dT%H:%M:%S"))
    model = andon.load(run.folder)

    whole = model.predict(frame)
    for each in (aware, iso):
        same(model.predict(each), whole)
    for each in (frame, aware, iso):
        same(pl.DataFrame(model.predict(each.to_dicts()), infer_schema_length=None), whole)
    assert whole["answer"].to_list()[:30] == pytest.approx(answers["answer"].to_list()[:30], abs=1e-5)


def test_an_hour_that_never_was_is_missing_where_it_came_as_a_moment(run, rows):
    """A frame's date that no clock showed is a missing cell, as it is in a file of dates, and so it is in a dict."""
    frame = rows[0].head(30).with_columns(pl.col("at", "oiled").str.to_datetime(FORM))
    frame = frame.with_columns(oiled=pl.lit(datetime(2024, 3, 31, 2, 30)))
    model = andon.load(run.folder)

    whole = model.predict(frame)

    assert whole["problem"].null_count() == len(whole)
    same(pl.DataFrame(model.predict(frame.to_dicts())), whole)


def test_seconds_since_1970_are_read_as_in_a_file(tmp_path):
    """A column of milliseconds by its format means the same moment in a frame and in a dict."""
    frame = told(12, 0, FORM).with_columns(
        at=pl.col("at").str.to_datetime(FORM).dt.replace_time_zone("Europe/Berlin").dt.epoch("ms")
    )
    settings = {**QUICK, "checks": {"at": {"format": "milliseconds"}, "oiled": {"zone": "Europe/Berlin"}}}
    run = andon.fit("remaining_life", frame, runs=tmp_path / "runs", **settings)
    frame.head(60).write_csv(tmp_path / "line.csv")
    model = andon.load(run.folder)

    answers = andon.predict(run, str(tmp_path / "line.csv"))

    same(model.predict(frame.head(60)), answers)
    same(pl.DataFrame(model.predict(frame.head(60).to_dicts())), answers)


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_answers_say_when_by_the_same_clocks(run, rows, tmp_path, ending):
    """Beside its unit each answer of a file has the time of its row as it stands there, so that both can be joined."""
    frame, path = rows[0], tmp_path / "line.csv"
    frame.write_csv(path)
    whole, out = tmp_path / f"whole.{ending}", tmp_path / f"out.{ending}"

    predict_to_file(run.folder, str(path), whole)
    with closing(follow(run.folder, str(path), out)) as steps:
        next(step for step in steps if step.waiting)

    assert whole.read_bytes() == out.read_bytes()
    found = pl.read_csv(whole) if ending == "csv" else pl.read_ndjson(whole)
    assert found["pump"].to_list() == frame["pump"].to_list()
    assert found["at"].str.to_datetime(time_unit="us").to_list() == frame["at"].str.to_datetime(FORM).to_list()
    assert andon.predict(run, str(path))["at"].to_list() == frame["at"].str.to_datetime(FORM).to_list()


def test_the_soonest_unit_is_named_with_its_own_time(run, rows, tmp_path):
    """What is shown after `andon predict` goes by the clocks of the rows."""
    rows[0].write_csv(tmp_path / "line.csv")

    done = predict_to_file(run.folder, str(tmp_path / "line.csv"), tmp_path / "out.csv")

    newest = rows[0].group_by("pump").agg(pl.col("at").str.to_datetime(FORM).max())
    assert {unit["unit"]: unit["time"] for unit in done.soonest} == dict(newest.rows())


def test_formats_go_into_the_run(run):
    """What reading found out about dates is kept where the run-time looks for it."""
    kept = read_json(run.folder / "schema.json")["dates"]

    assert kept.keys() == {"at", "oiled"}
    assert all(form.endswith("@Europe/Berlin") for form in kept.values())
