"""`andon predict --follow` on a file that a logger turns over: renamed or emptied, and begun anew under its name."""

from __future__ import annotations

import itertools
import os
import shutil
import time

import polars as pl
import pytest
from tests.api.test_following_events import answered
from tests.conftest import pumps

from andon.api.following import follow
from andon.api.predict import predict_to_file
from andon.errors import DataProblem


@pytest.fixture(scope="module")
def lines():
    """Heading and rows of three pumps, hour by hour."""
    return pumps(3, seed=3).sort("hour", "pump").write_csv().splitlines(keepends=True)


def renamed(path, number):
    """What most loggers do."""
    path.rename(path.with_name(f"line.csv.{number}"))
    path.write_text("")


def numbered(path, number):
    """The name keeps its ending, and the new file is not there yet."""
    path.rename(path.with_name(f"line-{number}.csv"))


def emptied(path, number):
    """`copytruncate`: copied away, then cut to nothing."""
    shutil.copyfile(path, path.with_name(f"line.csv.{number}"))
    os.truncate(path, 0)


def whole(run, lines, folder):
    """What `andon predict` says about all lines in one file."""
    (folder / "all").mkdir()
    (folder / "all/line.csv").write_text("".join(lines))
    predict_to_file(run.folder, str(folder / "all/line.csv"), folder / "all/out.csv")
    return (folder / "all/out.csv").read_bytes()


@pytest.mark.parametrize("turn", [renamed, numbered, emptied])
@pytest.mark.parametrize("down", [False, True], ids=["while it is followed", "while nobody looks"])
def test_no_row_is_lost_and_none_answered_twice(life_run, lines, tmp_path, turn, down):
    """Rows written before a turn that nobody had read yet, half a line at its end too, are answered before those of the
    new file, with the state of the stream; each turn is told in one sentence, and the numbers of rows go on."""
    path, out, told = tmp_path / "line.csv", tmp_path / "out.csv", []
    path.write_text("".join(lines[:40]))
    stream = None if down else follow(life_run.folder, str(path), out)
    start = 40
    for number in (1, 2, 3):
        if stream is None:
            told += answered(life_run, path, out)[1]
        else:
            for step in stream:
                told += step.told
                if step.waiting:
                    break
        with path.open("a") as file:
            file.write("".join(lines[start : start + 9]).removesuffix("\n"))
        turn(path, number)
        with path.open("a") as file:
            file.writelines([lines[0], *lines[start + 9 : start + 30]])
        start += 30
    if stream is not None:
        for step in stream:
            told += step.told
            if step.waiting:
                break
        stream.close()
    told += answered(life_run, path, out)[1]

    assert out.read_bytes() == whole(life_run, lines[:start], tmp_path)
    assert len(told) == 3
    assert all("was begun anew" in sentence and "line.csv" in sentence for sentence in told)
    assert "row 48 of the answers" in told[0]


def test_turns_that_nobody_saw_are_caught_up_with(life_run, lines, tmp_path):
    """Two turns while the stream was down: the file between is read, too, a copy of it is not, and neither are answers
    that lie beside."""
    path, out = tmp_path / "line.csv", tmp_path / "line.answers.csv"
    path.write_text("".join(lines[:40]))
    answered(life_run, path, out)
    path.rename(tmp_path / "line.csv.2")
    time.sleep(0.02)
    (tmp_path / "line.csv.1").write_text("".join([lines[0], *lines[40:60]]))
    time.sleep(0.02)
    path.write_text("".join([lines[0], *lines[60:90]]))
    shutil.copyfile(tmp_path / "line.csv.2", tmp_path / "line.csv.7")

    told = answered(life_run, path, out)[1]

    assert out.read_bytes() == whole(life_run, lines[:90], tmp_path)
    assert len(told) == 2


def test_a_kill_around_a_turn_changes_nothing(life_run, lines, tmp_path):
    """However old what the stream kept is, the file that was turned is found again and nothing is written twice."""
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    kept = tmp_path / "out.csv.stream"
    path.write_text("".join(lines[:40]))
    answered(life_run, path, out)
    before = kept.read_bytes()
    renamed(path, 1)
    path.write_text("".join([lines[0], *lines[40:70]]))
    answered(life_run, path, out)
    said, after = out.read_bytes(), kept.read_bytes()

    for memory, size in itertools.product((before, after), (len(said), len(said) - 30)):
        if memory == after and size < len(said):
            continue  # what is kept is never ahead of what is written
        kept.write_bytes(memory)
        out.write_bytes(said[:size])
        answered(life_run, path, out)
        assert out.read_bytes() == said == whole(life_run, lines[:70], tmp_path)
        shutil.rmtree(tmp_path / "all")


def test_a_file_that_is_written_anew_with_more_rows_is_the_same(life_run, lines, tmp_path):
    """Whoever exports the whole table again and again, in a file that takes the other's place, gets new rows answered."""
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    path.write_text("".join(lines[:20]))
    stream, told = follow(life_run.folder, str(path), out), []
    for end in (20, 35, 60):
        (tmp_path / "new").write_text("".join(lines[:end]))
        os.replace(tmp_path / "new", path)
        for step in stream:
            told += step.told
            if step.waiting:
                break
    stream.close()

    assert out.read_bytes() == whole(life_run, lines[:60], tmp_path)
    assert told == []


def test_a_new_file_without_a_heading_goes_on(life_run, lines, tmp_path):
    """Loggers that write the heading once for all."""
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    path.write_text("".join(lines[:20]))
    answered(life_run, path, out)
    renamed(path, 1)
    path.write_text("".join(lines[20:50]))

    answered(life_run, path, out)

    assert out.read_bytes() == whole(life_run, lines[:50], tmp_path)


def test_a_file_cut_without_a_copy_goes_on_and_says_so(life_run, lines, tmp_path):
    """Rows that came between the last look and the cut are nowhere: the stream goes on and says it."""
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    path.write_text("".join(lines[:20]))
    stream, told = follow(life_run.folder, str(path), out), []
    for _ in range(2):
        for step in stream:
            told += step.told
            if step.waiting:
                break
        path.write_text("".join([lines[0], *lines[20:30]]))
    stream.close()

    assert out.read_bytes() == whole(life_run, lines[:30], tmp_path)
    assert len(told) == 1
    assert "no copy" in told[0]


def test_a_file_that_is_gone_is_waited_for(life_run, lines, tmp_path):
    """Renamed away and not begun anew yet: said once, and the old one is read on."""
    path, out, told = tmp_path / "line.csv", tmp_path / "out.csv", []
    path.write_text("".join(lines[:20]))
    stream = follow(life_run.folder, str(path), out)
    for turn in range(4):
        for step in stream:
            told += step.told
            if step.waiting:
                break
        if turn == 0:
            path.rename(tmp_path / "line.csv.1")
        elif turn == 1:
            with (tmp_path / "line.csv.1").open("a") as file:  # the logger has not let go of it yet
                file.writelines(lines[20:25])
    stream.close()

    assert [sentence for sentence in told if "is gone" in sentence] == told
    assert len(told) == 1
    assert pl.read_csv(out).height == 24


def test_rows_that_are_nowhere_are_a_sentence(life_run, lines, tmp_path):
    """Where the file that was being read is not found any more, rows may be missing: refused, with what to do."""
    path, out = tmp_path / "line.csv", tmp_path / "out.csv"
    path.write_text("".join(lines[:20]))
    answered(life_run, path, out)
    path.unlink()
    path.write_text("".join([lines[0], *lines[25:60]]))

    with pytest.raises(DataProblem, match="another file stands here now.*Put the file that was read back"):
        answered(life_run, path, out)
