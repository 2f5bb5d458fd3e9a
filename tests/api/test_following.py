"""`andon predict --follow`: a file that grows is answered as it grows, each row once."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import polars as pl
import pytest
from tests.conftest import lots, pumps

import andon
from andon.api.following import follow
from andon.api.following.growing import PIECE, Growing
from andon.api.following.written import Written
from andon.api.predict import predict_to_file
from andon.cli import main
from andon.errors import DataProblem, Problem, RunProblem


@pytest.fixture(scope="module")
def lines():
    """Heading and rows of three pumps, hour by hour."""
    return pumps(3, seed=3).sort("hour", "pump").write_csv().splitlines(keepends=True)


def answered(run, path, out):
    """Follow until all that is there is answered."""
    with closing(follow(run, str(path), out)) as steps:
        return next(step for step in steps if step.waiting)


def batch(run, path, out):
    predict_to_file(run.folder, str(path), out)
    return out.read_bytes()


def test_a_followed_file_is_answered_as_a_whole_one(life_run, lines, tmp_path):
    """Rows that come piece by piece, half a line at a time, end in the file that `andon predict` writes."""
    path, out, text = tmp_path / "line.csv", tmp_path / "out.csv", "".join(lines)
    stream, place = None, 0
    for end in (10, 60, 61, 700, 5000, 5001, len(text)):
        with path.open("a") as file:
            file.write(text[place:end])
        stream, place = stream or follow(life_run.folder, str(path), out), end
        for step in stream:
            if step.waiting:
                break
        assert step.rows == max(0, text[:end].count("\n") - 1)

    stream.close()
    assert out.read_bytes() == batch(life_run, path, tmp_path / "whole.csv")
    assert pl.read_csv(out)["pump"].to_list() == pl.read_csv(path)["pump"].to_list(), "whose answer it is"


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_stream_that_stops_goes_on(life_run, lines, tmp_path, ending):
    """Stopped and started again, as often as one likes: every row once, and the same answers."""
    path, out = tmp_path / "line.csv", tmp_path / f"out.{ending}"
    for start in range(0, len(lines), 37):
        with path.open("a") as file:
            file.writelines(lines[start : start + 37])
        answered(life_run.folder, path, out)

    assert out.read_bytes() == batch(life_run, path, tmp_path / f"whole.{ending}")


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_what_was_written_before_a_kill_is_not_written_again(life_run, lines, tmp_path, ending):
    """However far the answers are ahead of what was kept, down to half a line: nothing is lost, doubled or different."""
    path, out = tmp_path / "line.csv", tmp_path / f"out.{ending}"
    kept = out.with_name(f"{out.name}.stream")
    path.write_text("".join(lines[:50]))
    answered(life_run.folder, path, out)
    memory, first = kept.read_bytes(), out.stat().st_size
    path.write_text("".join(lines))
    answered(life_run.folder, path, out)
    whole = out.read_bytes()
    assert whole == batch(life_run, path, tmp_path / f"whole.{ending}")

    for size in (first, first + 1, first + 200, len(whole) - 1, len(whole)):
        kept.write_bytes(memory)
        out.write_bytes(whole[:size])

        answered(life_run.folder, path, out)

        assert out.read_bytes() == whole


def test_what_a_power_failure_left_is_written_again(life_run, lines, tmp_path):
    """Zeros where a line should be are no answers."""
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    path.write_text("".join(lines[:50]))
    answered(life_run.folder, path, out)
    whole = out.read_bytes()
    kept = tmp_path / "out.csv.stream"
    path.write_text(lines[0])
    kept.unlink()
    out.unlink()
    path.write_text("".join(lines[:2]))
    answered(life_run.folder, path, out)
    path.write_text("".join(lines[:50]))
    out.write_bytes(out.read_bytes() + b"\0" * 300 + b"\n" + b"\0" * 20)

    answered(life_run.folder, path, out)

    assert out.read_bytes() == whole


def test_rows_without_histories_are_followed(quality_run, tmp_path):
    """A run whose rows stand alone follows a file, too."""
    frame = lots(40, seed=4).drop("quality", "strength")
    path, out = tmp_path / "lots.csv", tmp_path / "out.csv"
    for start in range(0, 40, 9):
        with path.open("ab") as file:
            file.write(frame[start : start + 9].write_csv(include_header=start == 0).encode())
        answered(quality_run.folder, path, out)

    assert out.read_bytes() == batch(quality_run, path, tmp_path / "whole.csv")


def test_json_lines_are_followed(life_run, tmp_path):
    """One object a line; a key that lacks is a missing cell, and what is no object is told."""
    rows = pumps(2, seed=5).sort("hour", "pump").head(30).to_dicts()
    path, out = tmp_path / "line.jsonl", tmp_path / "out.jsonl"
    with path.open("w") as file:
        file.write(json.dumps(rows[0]) + "\n")
    answered(life_run.folder, path, out)
    with path.open("a") as file:
        file.write("{half\n")
        for row in rows[1:]:
            file.write(json.dumps({k: v for k, v in row.items() if v is not None}) + "\n\n")

    step = answered(life_run.folder, path, out)

    found = pl.read_ndjson(out)
    assert (step.rows, step.bad) == (31, 1)
    assert found["problem"][1].startswith("it is no JSON object")
    whole = andon.load(life_run.folder).predict(pl.DataFrame(rows))
    assert found.filter(pl.col("row") != 1)["answer"].to_list() == pytest.approx(whole["answer"].to_list(), abs=1e-6)


def test_bad_lines_never_stop_good_ones(life_run, lines, tmp_path):
    """A line with too many cells, one with a word for a number and one that came twice get their reasons."""
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    word = lines[4].split(",")
    word[2] = "??"
    path.write_text("".join([*lines[:3], "a,b,c,d,e,f,g,h\n", lines[2], ",".join(word), *lines[5:9]]))

    step = answered(life_run.folder, path, out)

    problems = pl.read_csv(out)["problem"].to_list()
    assert problems[2:5] == ["it has 8 cells instead of 6", "a row of this unit and time was seen before",
                             "column 'flow': '??' is not a number"]  # fmt: skip
    assert [p for p in problems[:2] + problems[5:] if p is not None] == []
    assert step.bad == 3


def test_only_bad_rows_still_give_all_columns(life_run, lines, tmp_path):
    """A file that begins with rows without an answer has the heading it would have had."""
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    path.write_text(lines[0] + "1,2,3,4,5,6,7,8\n")
    answered(life_run.folder, path, out)
    with path.open("a") as file:
        file.writelines(lines[1:4])

    answered(life_run.folder, path, out)

    found = pl.read_csv(out)
    assert {"row", "answer", "problem"} <= set(found.columns)
    assert (found["answer"].null_count(), len(found)) == (1, 4)


def test_a_cell_may_hold_line_ends(tmp_path):
    """A note in quotes that goes over two lines is one cell, and waits for its end."""
    path = tmp_path / "line.csv"
    path.write_text('a;note\n1;"first\n')
    with closing(Growing(path)) as growing:
        assert growing.next() is None
        with path.open("a") as file:
            file.write('second"\n2;x\n')

        piece = growing.next()

        assert piece.frame.rows() == [("1", "first\nsecond"), ("2", "x")]
        assert growing.next() is None


def test_encodings_are_read_as_in_a_whole_file(tmp_path):
    """GB18030, as Chinese machines write it, and a mark before UTF-8."""
    for name, encoding in (("a", "gb18030"), ("b", "utf-8-sig")):
        path = tmp_path / f"{name}.csv"
        path.write_text("温度,机器\n1.5,冲床一号\n2.5,冲床二号\n", encoding=encoding)

        with closing(Growing(path)) as growing:
            piece = growing.next()

        assert piece.frame.columns == ["温度", "机器"]
        assert piece.frame["机器"].to_list() == ["冲床一号", "冲床二号"]


def test_a_replaced_file_is_a_sentence(life_run, lines, tmp_path):
    """A file whose name another has taken while nobody looked, and whose rows are nowhere, is told."""
    path = tmp_path / "line.csv"
    path.write_text("".join(lines[:9]))
    answered(life_run.folder, path, tmp_path / "0.csv")
    path.write_text("".join(lines[:9]).replace("P3", "Q3"))

    with pytest.raises(DataProblem, match="another file stands here"):
        answered(life_run.folder, path, tmp_path / "0.csv")


def test_a_cut_or_replaced_list_is_a_sentence(tmp_path):
    """A list of events is read from its beginning, so that one that was cut or replaced is refused."""
    path = tmp_path / "events.csv"
    for change, words in (
        (lambda: path.write_text("unit,what\n"), "cut shorter"),
        (lambda: (path.rename(tmp_path / "old.csv"), path.write_text("unit,what\nb,fail\n")), "another file stands"),
        (path.unlink, "another file stands here"),
    ):
        path.write_text("unit,what\na,fail\n")
        with closing(Growing(path)) as growing:
            growing.next()
            change()
            with pytest.raises(DataProblem, match=words):
                growing.next()


def test_an_open_quote_does_not_wait_for_ever(tmp_path):
    """Megabytes without the end of a row are told with their place."""
    path = tmp_path / "line.csv"
    path.write_text('a,b\n1,"' + "x\n" * PIECE)

    with closing(Growing(path)) as growing, pytest.raises(DataProblem, match="perhaps a quote is open"):
        growing.next()


@pytest.mark.parametrize(
    ("data", "out", "words"),
    [("line.parquet", "o.csv", "cannot be followed"), ("line.csv", "o.parquet", "cannot be appended"),
     ("nowhere.csv", "o.csv", "no such file"), ("line.csv", "there.csv", "already there")],
)  # fmt: skip
def test_what_cannot_be_followed_is_a_sentence(life_run, lines, tmp_path, data, out, words):
    """Formats that nothing can be appended to, names that lead nowhere and files that are not the stream's own."""
    (tmp_path / "there.csv").write_text("mine")
    for name in ("line.csv", "line.parquet"):
        (tmp_path / name).write_text("".join(lines[:3]))

    with pytest.raises(Problem, match=words):
        answered(life_run.folder, tmp_path / data, tmp_path / out)

    assert (tmp_path / "there.csv").read_text() == "mine"


def test_answers_that_are_gone_and_other_runs_are_told(life_run, quality_run, lines, tmp_path):
    """A stream goes on with its own run and its own answers or not at all."""
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    path.write_text("".join(lines[:9]))
    answered(life_run.folder, path, out)

    with pytest.raises(RunProblem, match="another run's stream"):
        answered(quality_run.folder, path, out)
    out.unlink()
    with pytest.raises(Problem, match="are gone"):
        answered(life_run.folder, path, out)


def test_written_lines_are_counted_by_their_numbers(tmp_path):
    """Lines that another hand has added are not taken for answers."""
    out = tmp_path / "o.csv"
    out.write_text("row,answer\n0,1\n1,2\n7,3\n")

    with closing(Written(out, 0, 0)) as written:
        assert written.ahead == 2
    assert out.read_text() == "row,answer\n0,1\n1,2\n"


def test_the_command_stops_at_an_interrupt_and_goes_on(life_run, lines, tmp_path, capsys):
    """Ctrl-C leaves with 130, says that the same command goes on, and it does."""
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    path.write_text("".join(lines[:50]))
    command = [sys.executable, "-m", "andon.cli", "predict", life_run.folder, path, "--follow", "--out", out]
    for end in (50, len(lines)):
        path.write_text("".join(lines[:end]))
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        told = process.stdout.readline()
        assert told.startswith(f"{end - 1} of {end - 1} rows answered")
        os.kill(process.pid, signal.SIGINT)
        assert "goes on where it stopped" in process.communicate(timeout=60)[1]
        assert process.returncode == 130

    assert out.read_bytes() == batch(life_run, path, tmp_path / "whole.csv")
    with pytest.raises(SystemExit) as left:
        main(["predict", str(life_run.folder), str(tmp_path / "no.csv"), "--follow", "--json"])
    assert left.value.code == 3
    assert "no such file" in capsys.readouterr().err


@pytest.mark.slow
def test_a_stream_that_is_killed_anywhere_answers_the_same(life_run, lines, tmp_path):
    """kill -9 at ten moments while the file grows: each row once, the bytes of `andon predict`."""
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    path.write_text(lines[0])
    command = [sys.executable, "-m", "andon.cli", "predict", life_run.folder, path, "--follow", "--out", out]
    rows = iter(lines[1:])
    for life in range(11):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 1 + 0.3 * life
        while time.monotonic() < until:
            with path.open("a") as file:
                file.writelines(itertools.islice(rows, 3))
            time.sleep(0.05)
        process.kill()
        process.wait()
    with path.open("a") as file:
        file.writelines(rows)

    answered(life_run.folder, path, out)

    assert out.read_bytes() == batch(life_run, path, tmp_path / "whole.csv")
