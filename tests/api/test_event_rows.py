"""A table whose own rows say what happened: from `new` to a stream."""

from __future__ import annotations

from contextlib import closing

import polars as pl
import pytest
from tests.api.test_following_events import worn

import andon
from andon.api.check import check
from andon.api.following import follow
from andon.api.new import new
from andon.api.predict import predict_to_file

QUICK = {
    "quiet": True, "epochs": 1, "threads": 1, "accept": ["*"], "unit": "pump", "time": "hour", "size": "tiny",
    "series": {"lookback": 24, "first": 6, "cap": 40}, "optimizer": "adamw", "learning_rate": 0.003, "trees": "off",
    "network": {"family": "history"},
}  # fmt: skip
APART = "it says what happened to its unit and is no reading"
DOWN = "its unit has failed and is not repaired yet"


def told(count, seed=0):
    """Rows of pumps with the events among them, in the order they happen."""
    rows, events = worn(count, seed)
    return pl.concat([rows, events.with_columns(pl.col("hour") + 0.25)], how="diagonal").sort("hour", "pump")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that learnt from lives which the rows themselves end."""
    folder = tmp_path_factory.mktemp("told")
    told(10).write_csv(folder / "line.csv")
    return andon.fit("remaining_life", folder / "line.csv", runs=folder / "runs", **QUICK)


def test_the_plan_says_what_cuts_lives(tmp_path):
    """`new` finds the column, names it with its reason, and `known.ignore` takes it out."""
    told(8).write_csv(tmp_path / "line.csv")

    text = new("remaining_life", str(tmp_path / "line.csv"), ["unit=pump", "time=hour"], out=tmp_path / "plan.yaml")

    line = next(line for line in text.splitlines() if line.strip().startswith("rows:"))
    assert "'what': 48 of its cells say what happened to a unit, the others are empty: it cuts lives" in line
    assert "known.ignore: [what] takes it out" in line


def test_the_column_is_never_an_input(run):
    """Neither the network nor the schema knows it but as what it is, and the check says so."""
    found = check(told(8), job="remaining_life", unit="pump", time="hour")

    model = andon.load(run.folder)
    assert model.schema.event == "what"
    assert "what" not in model.schema.names()
    assert {c.name: c.role for c in found.columns}["what"] == "event"
    assert any(f.code == "events" and "24 failures, 24 repairs" in f.what for f in found.findings)


def test_rows_are_answered_as_beside_a_list(run, tmp_path):
    """A file with events among its rows is answered as the readings beside a list of the same events; the rows that
    only say what happened have no answer, and say why."""
    rows, events = worn(2, seed=5)
    frame = told(2, seed=5)
    frame.write_csv(tmp_path / "line.csv")
    rows.sort("hour", "pump").write_csv(tmp_path / "rows.csv")
    events.with_columns(pl.col("hour") + 0.25).write_csv(tmp_path / "events.csv")

    predict_to_file(run.folder, str(tmp_path / "line.csv"), tmp_path / "ours.csv")
    predict_to_file(
        run.folder, str(tmp_path / "rows.csv"), tmp_path / "theirs.csv", events=str(tmp_path / "events.csv")
    )

    ours = pl.read_csv(tmp_path / "ours.csv").hstack(frame.select(said=pl.col("what")))
    assert set(ours.filter(pl.col("said").is_not_null())["problem"]) == {APART}
    assert DOWN in set(ours["problem"])
    readings = ours.filter(pl.col("said").is_null()).drop("row", "said")
    assert readings.equals(pl.read_csv(tmp_path / "theirs.csv").drop("row"))
    assert andon.predict(run, frame).equals(andon.predict(run, str(tmp_path / "line.csv")).drop("pump", "hour"))


def test_a_followed_file_says_what_happened(run, tmp_path):
    """Lives end and begin as the lines come, over restarts, and the answers are those of the whole file."""
    lines = told(2, seed=6).write_csv().splitlines(keepends=True)
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    for start in range(0, len(lines), 41):
        with path.open("a") as file:
            file.writelines(lines[start : start + 41])
        with closing(follow(run.folder, str(path), out)) as steps:
            next(step for step in steps if step.waiting)

    predict_to_file(run.folder, str(path), tmp_path / "whole.csv")

    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_followed_file_and_a_list_beside_it_are_one(run, tmp_path):
    """Where a list says the same as the lines, it changes nothing, however often the stream is begun again."""
    _, events = worn(1, seed=10)
    lines = told(1, seed=10).write_csv().splitlines(keepends=True)
    path, out, listed = tmp_path / "line.csv", tmp_path / "out.csv", tmp_path / "events.csv"
    events.with_columns(pl.col("hour") + 0.25).write_csv(listed)
    for start in range(0, len(lines), 41):
        with path.open("a") as file:
            file.writelines(lines[start : start + 41])
        with closing(follow(run.folder, str(path), out, events=str(listed))) as steps:
            next(step for step in steps if step.waiting)

    predict_to_file(run.folder, str(path), tmp_path / "whole.csv")

    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_strange_word_costs_its_own_row(run, tmp_path):
    """At the line a word that says nothing is a reason in one row, whether it holds a reading or not."""
    frame = told(1, seed=7).head(30)
    reading = frame["what"].is_null().arg_true()[9]
    spoilt = frame.with_columns(
        what=pl.when(pl.int_range(pl.len()) == reading).then(pl.lit("lunch")).otherwise(pl.col("what"))
    )

    answers = andon.predict(run, spoilt)

    assert answers["problem"][reading] == "column 'what': 'lunch' says not what happened"
    whole = andon.predict(run, frame)
    others = pl.int_range(30, eager=True) != reading
    assert answers.filter(others).equals(whole.filter(others))


def test_single_rows_know_what_is_no_reading(run):
    """A dict that says what happened and holds nothing else has no answer and no place in the history."""
    model = andon.load(run.folder)
    rows = told(1, seed=8).head(8).to_dicts()
    stream, other = model.stream(), model.stream()
    event = dict.fromkeys(rows[0]) | {"pump": rows[0]["pump"], "hour": rows[4]["hour"] + 0.5, "what": "planned stop"}

    found = [stream.predict(row) for row in [*rows[:5], event, *rows[5:]]]

    assert found.pop(5)["problem"] == APART
    assert found == [other.predict(row) for row in rows]


def test_rows_without_the_column_are_answered(run, tmp_path):
    """At the line nobody need tell events: every row belongs to the first life."""
    rows, _ = worn(1, seed=9)
    rows.write_csv(tmp_path / "rows.csv")

    done = predict_to_file(run.folder, str(tmp_path / "rows.csv"), tmp_path / "o.csv")

    assert (done.rows, done.bad) == (len(rows), 0)


def test_months_of_short_lives_keep_the_state_small(run, tmp_path):
    """What the stream keeps after four hundred lives of a pump takes as many bytes as after forty, and each life is
    answered as in the whole file."""
    rows = pl.concat([
        pl.DataFrame({"pump": "S", "hour": [10.0 * life + n for n in range(4)] + [10.0 * life + 3.5, 10.0 * life + 5],
                      "what": [None] * 4 + ["failure", "repair"]})
        for life in range(400)
    ])  # fmt: skip
    readings = told(1, seed=3).filter(pl.col("what").is_null()).drop("pump", "hour", "what")
    some = readings.sample(len(rows), with_replacement=True, seed=1)
    gone = pl.col("what").is_not_null()
    table = rows.hstack(some).with_columns(pl.when(~gone).then(pl.col(some.columns)))
    lines = table.write_csv().splitlines(keepends=True)
    path, out, sizes = tmp_path / "line.csv", tmp_path / "out.csv", []
    for start, stop in ((0, 241), (241, 1201), (1201, 2401)):
        with path.open("a") as file:
            file.writelines(lines[start:stop])
        with closing(follow(run.folder, str(path), out)) as steps:
            next(step for step in steps if step.waiting)
        sizes.append((tmp_path / "out.csv.stream").stat().st_size)

    predict_to_file(run.folder, str(path), tmp_path / "whole.csv")

    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert max(sizes) - min(sizes) < 50  # digits of counts
