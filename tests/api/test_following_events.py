"""Following rows beside a list of failures and repairs that grows with them."""

from __future__ import annotations

import json
from contextlib import closing

import numpy as np
import polars as pl
import pytest
from tests.conftest import pumps

import andon
from andon.api.following import follow
from andon.api.following.happened import Happened
from andon.api.predict import predict_to_file
from andon.cli import main
from andon.errors import Problem
from andon.plan.settings import Joined
from andon.records.lives.events import events_of
from andon.records.source import of_frame
from andon.records.typed import typed

LIVES, DOWN = 3, 4
"""Lives of each pump one after the other, and hours between a failure and its repair."""


def worn(count, seed=0):
    """Rows of pumps that live some times, a few while they stand broken, and the list of what happened to them."""
    rows, events = [], []
    for pump, own in pumps(LIVES * count, seed).group_by("pump", maintain_order=True):
        number = int(pump[0].split("-")[1])
        name = f"Q{seed}-{number // LIVES}"
        start = 1000.0 * (number % LIVES)
        life = own.with_columns(pump=pl.lit(name), hour=pl.int_range(pl.len()) + start)
        end = start + len(own) - 1
        broken = life.head(DOWN - 1).with_columns(hour=pl.int_range(pl.len()) + end + 1.0, flow=pl.lit(0.0))
        rows += [life, broken]
        events += [(name, end, "failure"), (name, end + DOWN, "repair")]
    return pl.concat(rows), pl.DataFrame(events, ["pump", "hour", "what"], orient="row")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that learnt from lives cut by a list of events."""
    folder = tmp_path_factory.mktemp("worn")
    rows, events = worn(10)
    events.write_csv(folder / "events.csv")
    return andon.fit(
        "remaining_life", rows, runs=folder / "runs", quiet=True, epochs=1, threads=1, accept=["*"], unit="pump",
        time="hour", size="tiny", series={"lookback": 24, "first": 6, "cap": 40}, optimizer="adamw", learning_rate=0.003,
        trees="off", network={"family": "history"},
        **{"data.with": [{"path": str(folder / "events.csv"), "on": "pump", "as_of": "hour"}]},
    )  # fmt: skip


def answered(run, path, out, events=None):
    """Follow until all that is there is answered; the last look, and what was told on the way."""
    told = []
    with closing(follow(run.folder, str(path), out, events=None if events is None else str(events))) as steps:
        for step in steps:
            told += step.told
            if step.waiting:
                return step, told


def append(path, lines):
    with path.open("a") as file:
        file.writelines(lines)


def test_lives_end_and_begin_while_rows_are_followed(run, tmp_path):
    """Whatever is written first is read first: the answers are those of the whole file beside the whole list, and no
    row of one life sees another."""
    rows, events = worn(2, seed=5)
    rows = rows.sort("hour", "pump")
    data, listed, out = tmp_path / "line.csv", tmp_path / "events.csv", tmp_path / "out.csv"
    lines, entries = (f.write_csv().splitlines(keepends=True) for f in (rows, events.sort("hour")))
    times, moments = rows["hour"].to_list(), events.sort("hour")["hour"].to_list()
    append(data, lines[:1])
    append(listed, entries[:1])
    told = 0
    for start in range(0, len(times), 29):
        piece = times[start : start + 29]
        known = int(np.searchsorted(moments, piece[-1]))  # what happened before the newest row
        append(listed, entries[1 + told : 1 + known])
        told = known
        append(data, lines[1 + start : 1 + start + 29])
        answered(run, data, out, listed)

    predict_to_file(run.folder, str(data), tmp_path / "whole.csv", events=str(listed))
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    found = rows.select("flow").hstack(pl.read_csv(out))
    down = found.filter(pl.col("flow") == 0)
    assert set(down["problem"]) == {"its unit has failed and is not repaired yet"}
    fresh = found.filter(pl.col("hour") % 1000 == 0)  # the first row of a life knows nothing but itself
    some = rows.filter(pl.col("hour") % 1000 == 0).with_columns(pump=pl.lit("new"), life=pl.lit(0))
    alone = andon.load(run.folder).predict(some)
    assert fresh["answer"].null_count() == 0
    first = rows.filter(pl.col("hour") % 1000 == 0)[0].with_columns(pump=pl.lit("new"))
    assert andon.load(run.folder).predict(first)["answer"][0] == pytest.approx(fresh["answer"][0], abs=1e-6)
    assert len(alone) == len(fresh)


def test_a_list_on_which_nothing_stands_yet_is_no_obstacle(run, tmp_path):
    """A heading alone, then stops alone, then half a line: each row belongs to the first life of its unit."""
    rows, _ = worn(1, seed=6)
    data, listed, out = tmp_path / "line.csv", tmp_path / "events.csv", tmp_path / "out.csv"
    lines = rows.head(30).write_csv().splitlines(keepends=True)
    append(listed, ["pump,hour,what\n"])
    append(data, lines[:11])
    answered(run, data, out, listed)
    append(listed, ["Q6-0,3,planned stop\n", "Q6-0,12,fail"])
    append(data, lines[11:])

    step, told = answered(run, data, out, listed)

    assert (step.rows, step.bad, told) == (30, 0, [])
    listed.write_text("pump,hour,what\nQ6-0,3,planned stop\n")
    predict_to_file(run.folder, str(data), tmp_path / "whole.csv", events=str(listed))
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_an_entry_that_says_nothing_is_told_and_passed_over(run, tmp_path):
    """Neither a word nobody knows nor a moment that is none stops the rows; each is told once."""
    rows, _ = worn(1, seed=7)
    data, listed, out = tmp_path / "line.csv", tmp_path / "events.csv", tmp_path / "out.csv"
    rows.head(20).write_csv(data)
    append(
        listed, ["pump,hour,what\n", "Q7-0,4,lunch\n", "Q7-0,noon,failure\n", "Q7-0,9,failure\n", "Q7-0,11,repair\n"]
    )

    step, told = answered(run, data, out, listed)

    assert step.rows == 20
    assert len(told) == 2
    assert "entry 1: 'Q7-0 4 lunch' says not whether it is a failure" in told[0]
    assert pl.read_csv(out)["problem"].is_not_null().arg_true().to_list() == [10, 11]


def test_a_stream_takes_the_column_that_training_took(tmp_path):
    """Where remarks use such words, too, and are filled in more often."""
    what = ["failure", "repair", *["preventive"] * 9, None]
    events = pl.DataFrame({"pump": ["a"] * 12, "hour": range(12), "what": what, "note": ["seal broke", "fixed"] * 6})
    events.write_csv(tmp_path / "events.csv")
    wish = Joined(path=str(tmp_path / "events.csv"), on="pump", as_of="hour")

    trained = events_of(typed(of_frame(events), known={}, rules={}), wish, "pump")
    with closing(Happened(wish, "pump", {})) as happened:
        followed, _ = happened.next()

    assert trained is not None
    assert followed.frame.rows() == trained.frame.rows()


def test_the_command_takes_another_list(run, tmp_path, capsys):
    """`--events` names the list of the new rows; without it that of training is looked at, where these units have none."""
    rows, events = worn(1, seed=8)
    rows.write_csv(tmp_path / "rows.csv")
    events.write_csv(tmp_path / "events.csv")
    wanted = ["predict", str(run.folder), str(tmp_path / "rows.csv"), "--json", "--out", str(tmp_path / "out.csv")]

    bad = []
    for more in ([], ["--events", str(tmp_path / "events.csv")]):
        with pytest.raises(SystemExit):
            main([*wanted, *more])
        bad.append(json.loads(capsys.readouterr().out)["bad"])

    assert bad == [0, LIVES * (DOWN - 1)]


def test_a_run_without_events_refuses_a_list(quality_run, tmp_path):
    """A sentence instead of a list that nobody looks at."""
    with pytest.raises(Problem, match="this run knows no events"):
        predict_to_file(quality_run.folder, str(tmp_path / "x.csv"), None, events="events.csv")


@pytest.mark.parametrize("text", ["pump,hour,what\n", "pump,hour,what", ""])
def test_a_list_with_a_heading_alone_says_that_nothing_happened(run, tmp_path, text):
    """Nothing is listed yet: `predict` answers as it does beside a list of other units."""
    rows, _ = worn(1, seed=9)
    data, listed = tmp_path / "rows.csv", tmp_path / "events.csv"
    rows.write_csv(data)
    listed.write_text(text)

    predict_to_file(run.folder, str(data), tmp_path / "ours.csv", events=str(listed))

    listed.write_text("pump,hour,what\nZ9,3,failure\n")
    predict_to_file(run.folder, str(data), tmp_path / "theirs.csv", events=str(listed))
    assert (tmp_path / "ours.csv").read_bytes() == (tmp_path / "theirs.csv").read_bytes()


def test_an_empty_parquet_list_says_that_nothing_happened(run, tmp_path):
    """Whatever the format is."""
    rows, events = worn(1, seed=9)
    rows.write_csv(tmp_path / "rows.csv")
    events.clear().write_parquet(tmp_path / "events.parquet")

    done = predict_to_file(
        run.folder, str(tmp_path / "rows.csv"), tmp_path / "o.csv", events=str(tmp_path / "events.parquet")
    )

    assert (done.rows, done.bad) == (len(rows), 0)


@pytest.mark.parametrize("text", ["machine,hour,what\n", "pump,what\n"])
def test_an_empty_list_of_something_else_is_a_sentence(run, tmp_path, text):
    """A heading that names neither the unit nor the moment belongs to another list."""
    rows, _ = worn(1, seed=9)
    rows.write_csv(tmp_path / "rows.csv")
    (tmp_path / "events.csv").write_text(text)

    with pytest.raises(Problem, match="no column"):
        predict_to_file(run.folder, str(tmp_path / "rows.csv"), None, events=str(tmp_path / "events.csv"))


def test_a_time_that_is_none_costs_its_own_row_where_lives_end(run, tmp_path):
    """Beside a list of events, too, a word instead of a time is one row's reason."""
    rows, events = worn(1, seed=12)
    rows = rows.head(20).with_columns(pl.col("hour").cast(pl.String))
    rows[3, "hour"] = "abc"
    rows.write_csv(tmp_path / "rows.csv")
    events.write_csv(tmp_path / "events.csv")

    predict_to_file(run.folder, str(tmp_path / "rows.csv"), tmp_path / "o.csv", events=str(tmp_path / "events.csv"))

    problems = pl.read_csv(tmp_path / "o.csv")["problem"]
    assert problems[3] == "column 'hour': 'abc' is not a number"
    assert problems.null_count() == 19
