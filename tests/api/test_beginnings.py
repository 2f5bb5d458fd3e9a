"""Answers look back to the beginning of a history: who gives the newest rows alone is told."""

from __future__ import annotations

import warnings

import polars as pl
import pytest
from tests.conftest import pumps

import andon
from andon.api.following import follow
from andon.api.predict import predict_to_file


def fitted(frame, folder):
    """A run, trained in seconds."""
    return andon.fit(
        "remaining_life", frame, runs=folder, quiet=True, epochs=1, threads=1, accept=["*"], unit="pump", time="hour",
        size="tiny", series={"lookback": 24, "first": 6, "cap": 40}, train={"trees": "off"}, optimizer="adamw",
        learning_rate=0.003, network={"family": "history"},
    )  # fmt: skip


def from_new(frame):
    """Hours counted from when each pump was new."""
    return frame.with_columns(pl.col("hour") - pl.col("hour").min().over("pump"))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return fitted(from_new(pumps(16)), tmp_path_factory.mktemp("begins"))


def newest(rows=20):
    """The newest rows of pumps, one of which is new itself."""
    every = from_new(pumps(4, seed=3))
    return every.filter((pl.int_range(pl.len()).reverse().over("pump") < rows) | (pl.col("pump") == "P3-0"))


def test_the_newest_rows_alone_are_answered_with_a_warning(run, tmp_path):
    """From a path, a frame and dicts, and in what the command tells; whole histories pass in silence."""
    rows, path = newest(), tmp_path / "week.csv"
    rows.write_csv(path)
    for data in (rows, rows.to_dicts(), path):
        with pytest.warns(
            UserWarning, match=r"^units that begin late: 3 .as 'P3-\d' at \d+, where training's began at 0.. An"
        ):
            andon.predict(run.folder, data)
    assert predict_to_file(run.folder, str(path), tmp_path / "a.csv").told[0].startswith("units that begin late: 3")

    whole = from_new(pumps(4, seed=3))
    whole.write_csv(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        andon.predict(run.folder, whole)
        andon.predict(run.folder, whole.to_dicts()[0])
    assert predict_to_file(run.folder, str(path), tmp_path / "a.csv").told == ()


def test_a_followed_file_that_begins_late_is_told_once(run, tmp_path):
    """The rows that come after it have a history by then."""
    rows, path, told = newest(), tmp_path / "line.csv", []
    rows.head(0).write_csv(path)
    for start in (0, 90, 120):
        with path.open("a") as file:
            file.write(rows[start : {0: 90, 90: 120}.get(start)].write_csv(include_header=False))
        for step in follow(run.folder, str(path), tmp_path / "out.csv"):
            told += step.told
            if step.waiting:
                break

    assert len(told) > 1
    assert sum(int(sentence.split()[4]) for sentence in told) == 3


def test_where_units_begin_at_any_time_none_is_late(life_run):
    """Clocks and counters of the plant say nothing about a life's beginning."""
    assert andon.load(life_run.folder).schema.begins is None
