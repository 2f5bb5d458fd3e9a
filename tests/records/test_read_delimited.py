"""CSV in the dialects that plants write."""

import gzip
import os
import random
from datetime import datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from reading_aids import codes, plan_for, table, written

import andon.records.delimited as delimited
import andon.records.text as text
from andon.errors import DataProblem
from andon.records import open_source, read, reading


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path, mark):
    """Comma, semicolon, tab and bar are told apart without being asked."""
    _, frame = table(tmp_path, mark.join(["a", "b", "c"]) + "\n" + mark.join(["1", "x", "2.5"]) + "\n")

    assert frame.rows() == [(1, "x", 2.5)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "utf-32", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_encoding_gives_the_same_rows(tmp_path, encoding, packed):
    """A byte order mark, UTF-16, GBK and gzip change nothing of what is read."""
    unmarked = encoding[-2:] in ("le", "be")  # known by its zero bytes, where western letters prevail
    shifts = ["early", "晚"] if unmarked else ["早班", "晚班"]
    heading = "shift,temperature" if unmarked else "班次,温度"
    content = f"{heading}\n{shifts[0]},12.5\n{shifts[1]},13.0\n".encode(encoding)

    _, frame = table(tmp_path, gzip.compress(content) if packed else content, "t.csv.gz" if packed else "t.csv")

    assert frame.columns == heading.split(",")
    assert frame.rows() == [(shifts[0], 12.5), (shifts[1], 13.0)]


def test_a_guessed_encoding_is_told(tmp_path):
    """Who reads GB18030 or Windows-1252 without a mark must know that it was a guess."""
    chinese, _ = table(tmp_path, "班次,温度\n早班,1\n晚班,2\n".encode("gbk"))
    western, frame = table(tmp_path, "Länge;Güte\n1,5;gut\n2,5;schlecht\n".encode("cp1252"))

    assert codes(chinese) == ["encoding_guessed"]
    assert codes(western) == ["encoding_guessed"]
    assert frame.columns == ["Länge", "Güte"]


def test_quoted_line_ends_and_quotes_survive(tmp_path):
    """A cell may hold line ends, separators and doubled quotes."""
    records, frame = table(tmp_path, 'a,b\n1,"x\ny, ""z"""\n2,"p\r\nq"\n')

    assert frame["b"].to_list() == ['x\ny, "z"', "p\r\nq"]
    assert records.notes == ()


@pytest.mark.parametrize(
    "content", ["a,b\r1,2\r3,4\r", "a,b\r\n1,2\r\n3,4\r\n", "a,b\n1,2\n3,4", "a,b\n\n1,2\n\n3,4\n\n"]
)
def test_line_ends_of_all_systems(tmp_path, content):
    """Old Macs, Windows, a missing last line end and blank lines give the same table."""
    _, frame = table(tmp_path, content)

    assert frame.rows() == [(1, 2), (3, 4)]


def test_inches_are_no_quotes(tmp_path):
    """A quote in the middle of a cell is a character."""
    _, frame = table(tmp_path, 'a,b\n5" pipe,2\n6" pipe,3\n')

    assert frame["a"].to_list() == ['5" pipe', '6" pipe']


def test_names_are_made_whole(tmp_path):
    """Repeated, empty and padded headings get names, and the repeated one a note."""
    records, frame = table(tmp_path, "a,a,, b \n1,2,3,4\n")

    assert frame.columns == ["a", "a_2", "column_3", "b"]
    assert codes(records) == ["name_twice"]


def test_a_first_line_of_numbers_is_a_row(tmp_path):
    """Without headings nothing is lost, and a note says so."""
    records, frame = table(tmp_path, "1,2.5\n3,4.5\n")

    assert frame.rows() == [(1, 2.5), (3, 4.5)]
    assert codes(records) == ["no_heading"]


@pytest.mark.parametrize(
    ("content", "skipped"),
    [
        ("# exported by MES\n# v1.2\na,b,c\n1,2,3\n4,5,6\n", "2 lines"),
        ("Report\n\nline 3, press 7\n\na,b,c\n1,2,3\n\n4,5,6", "3 lines"),
        ("sep=;\na;b;c\n1;2;3\n4;5;6\n", "1 lines"),
    ],
)
def test_words_before_the_table_are_skipped_with_a_note(tmp_path, content, skipped):
    """Machines and spreadsheets write lines of their own first."""
    records, frame = table(tmp_path, content)

    assert (frame.columns, frame.rows()) == (["a", "b", "c"], [(1, 2, 3), (4, 5, 6)])
    assert records.notes[0].code == "preamble"
    assert skipped in records.notes[0].text


def test_lines_are_counted_from_the_top_of_the_file(tmp_path):
    """A broken line below a preamble is named as an editor counts it."""
    with pytest.raises(DataProblem, match="line 5 has 4 cells instead of 3"):
        table(tmp_path, "# exported by MES\n# v1.2\na,b,c\n1,2,3\n4,5,6,7\n1,2,3\n1,2,3\n")


def test_short_lines_are_missing_cells_with_a_note(tmp_path):
    """Spreadsheets leave out empty cells at the end; the note has the line in case it was something else."""
    records, frame = table(tmp_path, "a,b,c\n1,2,3\n1,2\n4,5,6\n")

    assert frame["c"].to_list() == [3, None, 6]
    assert "line 3" in records.notes[0].text


def test_empty_cells_behind_the_last_column_are_dropped(tmp_path):
    """A separator too many at the end of lines does no harm."""
    _, frame = table(tmp_path, "a,b\n1,2,\n3,4,\n")

    assert frame.rows() == [(1, 2), (3, 4)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n1,2,3\n", "line 3 has 3 cells instead of 2"),
        (b'a,b\n1,"x\n2,y\n', "quote opened in line 2 is never closed"),
        (b"a,b\n1,\xff\n", "invalid UTF-8 at byte 6"),
        ("班,b\n1,甲乙\n".encode() + b"2,\xff\n", "invalid UTF-8 at byte 17"),
        (b"\xff\xfea\x00,\x00b\x00\n\x001", "invalid UTF-16 at byte"),
        (b"a,b,c\n1,2,3\n4,5", "ends in the middle of line 3"),
        (b"", "empty"),
        (b"a,b\n", "no rows"),
        (b"\n\n\n", "no rows"),
    ],
)
def test_a_broken_file_is_named_with_its_place(tmp_path, content, said):
    """The file and its line or byte are in the sentence."""
    with pytest.raises(DataProblem, match=said) as problem:
        table(tmp_path, content)

    assert "t.csv" in str(problem.value)


def test_a_cut_archive_is_named_with_its_byte(tmp_path):
    """A copy that stopped half way is told by the byte where it stops."""
    whole = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(9000)))
    path = written(tmp_path, "t.csv.gz", whole[:7000])

    with pytest.raises(DataProblem, match=r"t\.csv\.gz: the packed data end too early, at byte 7000"):
        open_source(str(path))


def test_a_damaged_archive_is_named(tmp_path):
    """A flipped bit inside an archive never gives wrong rows."""
    whole = bytearray(gzip.compress(b"".join(b"%d,%d\n" % (i, i * i) for i in range(9000))))
    whole[5000] ^= 0x10

    with pytest.raises(DataProblem, match="packed data are damaged"):
        open_source(str(written(tmp_path, "t.csv.gz", bytes(whole))))


@pytest.fixture
def small_is_tiny(monkeypatch, tmp_path):
    """Treat files of a few kilobytes as large ones."""
    monkeypatch.setattr(text, "SMALL", 20_000)
    monkeypatch.setattr(text, "CHUNK", 3_001)
    monkeypatch.setattr(text, "scratch", lambda: tmp_path)
    monkeypatch.setattr(delimited, "PIECE", 4_000)


def lines_of(rows: int) -> list[str]:
    """A table that is large once small is tiny."""
    return [
        "t,班次,v",
        *(f"{1 + i % 28}/{1 + i // 28 % 12}/2024 08:{i % 60:02d},{'早' if i % 2 else '晚'},{i}.5" for i in range(rows)),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("packed", [False, True])
def test_large_files_stream_to_the_same_rows(tmp_path, small_is_tiny, encoding, packed):
    """Whether a file is read whole or streamed through a temporary one, the rows are the same."""
    content = "\n".join(lines_of(3000)).encode(encoding)
    path = written(tmp_path, "t.csv.gz" if packed else "t.csv", gzip.compress(content) if packed else content)

    records = read(plan_for(path))
    frame = records.frame.collect()

    assert [c.kind for c in records.columns] == ["date", "category", "number"]
    assert frame.height == 3000
    assert frame["v"].sum() == sum(range(3000)) + 1500
    assert frame["t"][29] == datetime(2024, 2, 2, 8, 29)


def test_large_files_may_have_blank_lines_and_odd_quotes(tmp_path, small_is_tiny):
    """What Polars reads otherwise than `csv` is written anew before it is scanned."""
    lines = lines_of(3000)
    lines[1000] = '1/1/2024 08:00,5" 早,7.5\n'
    lines[0] = '"t\n(date)",班次,v'
    path = written(tmp_path, "t.csv", "written by MES\n" + "\n".join(lines))

    frame = read(plan_for(path)).frame.collect()

    assert frame.columns == ["t\n(date)", "班次", "v"]
    assert frame.height == 3000
    assert frame["班次"][999] == '5" 早'


def test_the_temporary_folder_goes_with_the_process(tmp_path):
    """What was unpacked is removed at exit."""
    import subprocess
    import sys

    path = written(tmp_path, "t.csv.gz", gzip.compress("\n".join(lines_of(3000)).encode("gb18030")))
    script = (
        "import andon.records.text as text; text.SMALL = 20000\n"
        f"from andon.records import open_source; open_source({str(path)!r})\n"
        "print(text.scratch(), len(list(text.scratch().iterdir())))"
    )

    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    folder, count = done.stdout.split()

    assert (count, os.path.exists(folder)) == ("1", False)


def test_a_line_that_breaks_later_is_still_named(tmp_path, small_is_tiny):
    """In a large file a broken line shows when the rows are used; `reading` names it then."""
    lines = lines_of(3000)
    lines[1777] += ",9,9"
    records = read(plan_for(written(tmp_path, "t.csv", "\n".join(lines))))

    with pytest.raises(DataProblem, match="line 1778 has 5 cells instead of 3"), reading(records):
        records.frame.collect()


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n", exclude_categories=("Cs",)), max_size=6)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=8), mark=st.sampled_from(",;|\t"))
@example(rows=[("", ";")], mark=",")
def test_what_csv_writes_is_what_is_read(tmp_path, rows, mark):
    """Any text that a CSV writer quotes comes back as it was, a separator among it as well."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("first name", "second name"), *rows])

    sample = open_source(str(written(tmp_path, f"{random.random()}.csv", out.getvalue()))).sample

    assert [tuple(c or "" for c in row) for row in sample.rows()] == rows
    assert sample.schema == {"first name": pl.String, "second name": pl.String}
