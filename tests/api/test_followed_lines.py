"""`andon predict --follow`: lines that are odd, come late or stand before the table stop nothing and shift nothing."""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from contextlib import closing

import polars as pl
import pytest
from tests.api.test_following_events import answered
from tests.conftest import pumps

import andon
from andon.api.following import follow
from andon.api.following.growing import LOOKS, Growing, _end_of_rows
from andon.api.predict import predict_to_file
from andon.errors import DataProblem


@pytest.fixture(scope="module")
def rows():
    """Rows of three pumps, hour by hour."""
    return pumps(3, seed=3).sort("hour", "pump")


def whole(run, path, text, out):
    """The bytes of `andon predict` for this text."""
    path.write_text(text)
    predict_to_file(run.folder, str(path), out)
    return out.read_bytes()


@pytest.mark.parametrize("first", ["", "# logger 7\n", "# logger 7\n# hall 2, line 3\n", "pump,31\n", "heading"])
def test_lines_before_a_new_heading_shift_no_column(life_run, rows, tmp_path, first):
    """A turned file with lines before its heading and the columns in another order is read by its heading, also where
    only those lines are there at first."""
    path, out, other = tmp_path / "line.csv", tmp_path / "out.csv", rows.columns[::-1]
    path.write_text(rows[:30].write_csv())
    answered(life_run, path, out)
    path.rename(tmp_path / "line.csv.1")
    new = rows[30:60].select(other).write_csv()
    first = new[: new.index("\n") + 1] if first == "heading" else first
    path.write_text(first)
    answered(life_run, path, out)
    path.write_text(new if new.startswith(first) else first + new)

    answered(life_run, path, out)

    assert out.read_bytes() == whole(life_run, tmp_path / "all.csv", rows[:60].write_csv(), tmp_path / "all.out.csv")


def test_a_word_that_names_a_column_makes_no_heading(life_run, rows, tmp_path):
    """In a turned file without a heading a row stays a row, whatever its words are; a short first row, too."""
    rows = rows.with_columns(note=pl.when(pl.col("hour") % 2 == 0).then(pl.lit("flow")).otherwise(pl.lit("ok")))
    path, out, text = tmp_path / "line.csv", tmp_path / "out.csv", rows.write_csv()
    lines = text.splitlines(keepends=True)
    path.write_text("".join(lines[:20]))
    answered(life_run, path, out)
    path.rename(tmp_path / "line.csv.1")
    path.write_text("".join(lines[20:50]))

    answered(life_run, path, out)

    expected = whole(life_run, tmp_path / "all.csv", "".join(lines[:50]), tmp_path / "all.out.csv")
    assert out.read_bytes() == expected


@pytest.mark.parametrize("first", ["# line 7\n# hall 2\n", "sep=,\n", "\n", "line:,7\nhall:,2\n"])
def test_a_table_that_has_not_begun_is_waited_for(life_run, rows, tmp_path, first):
    """A new file of which only the lines before its table are there is looked at again."""
    path, out, text = tmp_path / "line.csv", tmp_path / "out.csv", first + rows[:30].write_csv()
    path.write_text(first)
    assert answered(life_run, path, out)[0].rows == 0
    path.write_text(text)

    answered(life_run, path, out)

    assert out.read_bytes() == whole(life_run, tmp_path / "all.csv", text, tmp_path / "all.out.csv")


def test_a_table_without_a_known_column_is_told(life_run, tmp_path, monkeypatch):
    """Where no line names a column of the run, it is said after some looks, and refused where a table has begun."""
    monkeypatch.setattr(sys.modules["andon.api.following.follow"], "WAIT", 0.0)
    path, told = tmp_path / "line.csv", []
    path.write_text("a,b\n" + "1,2\n" * 9)
    with closing(follow(life_run.folder, str(path), tmp_path / "out.csv")) as steps:
        for step in steps:
            told += step.told
            if told:
                break
    assert "none names a column that the run knows" in told[0]
    path.write_text("a,b\n" + "1,2\n" * 30)

    with pytest.raises(DataProblem, match="is missing"):
        answered(life_run, path, tmp_path / "out.csv")


def test_a_mark_for_inches_is_no_open_quote(life_run, rows, tmp_path):
    """A quote within a cell opens nothing: all rows are answered, as in a whole file."""
    text = rows[:30].with_columns(note=pl.lit("ok")).write_csv().replace("ok", '6" roll', 1)
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    path.write_text(text)

    answered(life_run, path, out)

    assert out.read_bytes() == whole(life_run, tmp_path / "all.csv", text, tmp_path / "all.out.csv")


def test_rows_end_where_csv_says(rows):
    """Whatever stands there, the whole rows before the cut and those behind it are the rows of the text."""
    chance = random.Random(0)
    for _ in range(3000):
        text = "".join(chance.choice('ab,"\n') for _ in range(chance.randrange(1, 30)))

        end = _end_of_rows(text.encode(), ",")

        before, behind, every = (list(csv.reader(io.StringIO(t, newline=""))) for t in (text[:end], text[end:], text))
        assert before + behind == every
        assert len(behind) <= 1 or not end or text[:end].endswith("\n")
        assert "\n" not in text[end:] or len(behind) == 1, "no whole row waits"


def test_lines_behind_an_open_quote_are_told(tmp_path):
    """A quote that opens a cell and is not closed holds the lines behind it back: said once, after some looks."""
    path = tmp_path / "line.csv"
    path.write_text('a,b\n1,2\n3,"x\n4,5\n')
    with closing(Growing(path)) as growing:
        assert growing.next().frame.rows() == [("1", "2")]

        for _ in range(3 * LOOKS):
            assert growing.next() is None

        assert len(growing.told) == 1
        assert "perhaps a quote is open" in growing.told[0]


def test_a_cell_of_a_mile_is_a_sentence(tmp_path):
    """A cell longer than `csv` allows is told with its place."""
    path = tmp_path / "line.csv"
    path.write_text("a,b\n1,2\n")
    with closing(Growing(path)) as growing:
        growing.next()
        with path.open("a") as file:
            file.write('3,"' + "x\n" * 100_000 + '"\n')

        with pytest.raises(DataProblem, match="perhaps a quote is open"):
            growing.next()


@pytest.mark.parametrize("cell", [[1.5], {"v": 1.5}, [], {}])
@pytest.mark.parametrize("name", ["flow", "hour", "pump"])
@pytest.mark.parametrize("alone", [False, True], ids=["among others", "alone"])
def test_a_list_where_a_value_belongs_costs_its_row_alone(life_run, rows, tmp_path, cell, name, alone):
    """JSON lines: a row with a list or an object for a value has its reason, the others their answers."""
    objects = rows[:12].to_dicts()
    objects[5][name] = cell
    path, out = tmp_path / "line.jsonl", tmp_path / "out.csv"
    for piece in [objects[:5], objects[5:6], objects[6:]] if alone else [objects]:
        with path.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in piece)
        step, _ = answered(life_run, path, out)

    found = pl.read_csv(out)
    assert (step.rows, step.bad) == (12, 1)
    assert found["problem"][5].startswith(f"column '{name}': ")
    rest = andon.load(life_run.folder).predict(rows[:12].with_row_index().filter(pl.col("index") != 5).drop("index"))
    assert found.filter(pl.col("row") != 5)["answer"].to_list() == pytest.approx(rest["answer"].to_list(), abs=1e-6)


def test_what_nobody_asks_for_may_be_of_any_form(life_run, rows, tmp_path):
    """JSON lines: lists, objects and values that change about under keys of no column cost no row."""
    objects = rows[:12].to_dicts()
    for number, row in enumerate(objects):
        row["tags"] = ["a", 1, {"b": [2]}, [[3]], None][number % 5]
        row["more"] = {"deep": {"flow": [number]}}
    path, out = tmp_path / "line.jsonl", tmp_path / "out.csv"
    path.write_text("".join(json.dumps(row) + "\n" for row in objects))

    step, _ = answered(life_run, path, out)

    plain = andon.load(life_run.folder).predict(rows[:12])
    assert step.bad == plain["problem"].count()
    assert pl.read_csv(out)["answer"].to_list() == pytest.approx(plain["answer"].to_list(), abs=1e-6)


@pytest.mark.parametrize("key", ["flow", "hour", "pump"])
def test_a_key_that_the_first_row_lacks_is_missing(life_run, rows, tmp_path, key):
    """JSON lines: it does not matter which row comes first; a reading that no row had is told, once."""
    objects = rows[:20].to_dicts()
    del objects[0][key]
    lines = [json.dumps(row) + "\n" for row in objects]
    path, out, told = tmp_path / "line.jsonl", tmp_path / "out.csv", []
    for end in (1, 2, 20):
        path.write_text("".join(lines[:end]))
        told += answered(life_run, path, out)[1]

    assert out.read_bytes() == whole(life_run, tmp_path / "all.jsonl", "".join(lines), tmp_path / "all.out.csv")
    assert [sentence for sentence in told if f"'{key}'" in sentence] == told
    assert len(told) == (key == "flow")


def test_a_new_file_may_tell_its_cells_apart_otherwise(tmp_path):
    """A turned file with another separator is read by that one, and a cell over two lines waits for its end there, too."""
    path = tmp_path / "line.csv"
    path.write_text("a,b\n1,x\n")
    with closing(Growing(path, turning=True)) as growing:
        growing.next()
        path.rename(tmp_path / "line.csv.1")
        path.write_text('a;b\n2;"y\n')
        assert growing.next() is None
        with path.open("a") as file:
            file.write('z"\n')

        assert growing.next().frame.rows() == [("2", "y\nz")]
