"""Files, folders and globs; binary formats; what is broken is named and nothing else is lost."""

import gzip
import re
import struct

import numpy as np
import polars as pl
import pytest
from reading_aids import plan_for, written

import andon.records.tables as tables
import andon.records.text as text
from andon.errors import DataProblem
from andon.records import open_source, read


def idx(array: np.ndarray) -> bytes:
    """An array in IDX."""
    return struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def mnist(folder, train: int = 6, test: int = 3):
    """A tiny set in MNIST's files."""
    for stem, rows in (("train", train), ("t10k", test)):
        images = np.arange(rows * 28 * 28, dtype=np.uint8).reshape(rows, 28, 28)
        written(folder, f"{stem}-images-idx3-ubyte.gz", gzip.compress(idx(images)))
        written(folder, f"{stem}-labels-idx1-ubyte.gz", gzip.compress(idx(np.arange(rows, dtype=np.uint8))))


TABLE = pl.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"]})


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("t.parquet", lambda f, p: f.write_parquet(p)),
        ("t.arrow", lambda f, p: f.write_ipc(p)),
        ("t.feather", lambda f, p: f.write_ipc(p, compression="lz4")),
        ("t.arrows", lambda f, p: f.write_ipc_stream(p)),
        ("t.jsonl", lambda f, p: f.write_ndjson(p)),
        ("t.ndjson", lambda f, p: f.write_ndjson(p)),
        ("t.csv", lambda f, p: f.write_csv(p)),
        ("t.tsv", lambda f, p: f.write_csv(p, separator="\t")),
        ("nameless", lambda f, p: f.write_parquet(p)),
    ],
)
def test_every_format_gives_the_same_table(tmp_path, name, write):
    """The format of the file is no matter of the records."""
    write(TABLE, tmp_path / name)

    records = read(plan_for(tmp_path / name))

    assert records.frame.collect().equals(TABLE)
    assert [file.path for file in records.files] == [str(tmp_path / name)]


def test_json_lines_may_be_packed_and_nested(tmp_path):
    """Records within records become columns named by their path; .gz is unpacked."""
    path = written(
        tmp_path, "t.jsonl.gz", gzip.compress(b'{"ts":"2024-01-02T03:04:05Z","v":{"p":1}}\n\n{"v":{"p":2,"q":"x"}}\n')
    )

    rows = read(plan_for(path)).frame.collect()

    assert rows.columns == ["ts", "v.p", "v.q"]
    assert rows["v.q"].to_list() == [None, "x"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_large_json_lines_lose_nothing_to_their_first_lines(tmp_path, monkeypatch, mark):
    """A field that begins late, a half after whole numbers, a word among numbers: all are read."""
    monkeypatch.setattr(text, "SMALL", 2_000)
    monkeypatch.setattr(text, "scratch", lambda: tmp_path)
    monkeypatch.setattr(tables, "SCHEMA_LINES", 50)
    lines = ['{"a":1,"v":{"p":1.5}}'] * 300 + ['{"a":2.5,"late":7}', '{"a":"n/a","late":8}']

    records = read(plan_for(written(tmp_path, "t.jsonl", mark + "\n".join(lines))))
    rows = records.frame.collect()

    assert [(c.name, c.kind) for c in records.columns] == [("a", "number"), ("v.p", "number"), ("late", "number")]
    assert rows["a"].tail(2).to_list() == [2.5, None]
    assert rows["late"].sum() == 15


def test_a_folder_is_one_table_in_name_order(tmp_path):
    """Rows follow each other in the order of names, columns are matched by name; what is passed over is told, folders
    below it too."""
    written(tmp_path, "b.csv", "v,w\n3,x\n4,y\n")
    (tmp_path / "line 2").mkdir()
    written(tmp_path / "line 2", "c.csv", "v,w\n5,z\n")
    written(tmp_path, "a.csv", "w,v\nx,1\ny,2\n")
    written(tmp_path, "README.md", "hello")

    records = read(plan_for(tmp_path))

    assert records.frame.collect()["v"].to_list() == [1, 2, 3, 4]
    assert [n.code for n in records.notes] == ["files_passed_over"]
    assert records.notes[0].text == "Not read as rows: README.md, line 2/."
    assert len(records.files) == 2
    assert records.begins == (2,)


def test_a_glob_takes_what_matches(tmp_path):
    """Globs, also through folders."""
    for day in ("d1", "d2"):
        (tmp_path / day).mkdir()
        TABLE.write_parquet(tmp_path / day / "x.parquet")

    assert open_source(f"{tmp_path}/**/*.parquet").sample.height == 4


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("v,u\n3,x\n", "column 'w' is missing"),
        ("v,w,u\n3,x,1\n", "column 'u' is not in the first file"),
    ],
)
def test_mixed_tables_are_named_with_file_and_column(tmp_path, other, said):
    """A folder of two tables is no table."""
    written(tmp_path, "a.csv", "v,w\n1,x\n")
    written(tmp_path, "b.csv", other)

    with pytest.raises(DataProblem, match=said) as problem:
        open_source(str(tmp_path))

    assert "b.csv" in str(problem.value)


def test_mixed_types_are_named(tmp_path):
    """Numbers in one file and words in the other don't go under each other; whole and broken numbers do."""
    pl.DataFrame({"v": [1]}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"v": [1.5]}).write_parquet(tmp_path / "b.parquet")

    assert open_source(str(tmp_path)).sample["v"].to_list() == [1.0, 1.5]

    pl.DataFrame({"v": ["x"]}).write_parquet(tmp_path / "c.parquet")
    with pytest.raises(DataProblem, match=r"c\.parquet: column 'v' is text"):
        open_source(str(tmp_path))


def test_two_formats_in_a_folder_are_asked_about(tmp_path):
    """Which of them is the table is not guessed."""
    written(tmp_path, "a.csv", "v\n1\n")
    TABLE.write_parquet(tmp_path / "b.parquet")

    with pytest.raises(DataProblem, match="different formats"):
        open_source(str(tmp_path))


def test_one_broken_file_of_several_is_named(tmp_path):
    """The others are read, and an error stands in the way of training; nobody is answered by half a table."""
    for name in "abc":
        TABLE.write_parquet(tmp_path / f"{name}.parquet")
    broken = (tmp_path / "b.parquet").read_bytes()[:-6] + b"PAR2ab"
    written(tmp_path, "b.parquet", broken)

    source = open_source(str(tmp_path))
    said = r"b\.parquet: the footer at byte \d+ is broken"

    assert (source.sample.height, len(source.files)) == (2 * TABLE.height, 2)
    (note,) = source.notes
    assert (note.level, note.code) == ("error", "file_broken")
    assert re.search(said, note.text)
    with pytest.raises(DataProblem, match=said):
        open_source(str(tmp_path), whole=True)
    for name in "ac":
        written(tmp_path, f"{name}.parquet", broken)
    with pytest.raises(DataProblem, match=r"a\.parquet: the footer"):
        open_source(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.parquet", b"nothing", "no Parquet file"),
        ("t.arrow", b"ARROW1\0\0rest", "damaged"),
        ("t.arrow", b"FEA1", "version 1"),
        ("t.jsonl", b'{"a":1}\n{"a":\n', "line 2 is no JSON object"),
        ("t.jsonl", b'{"a":1}\n[2]\n', "line 2 is no JSON object"),
        ("t.jsonl", b'{"a":"\xff"}\n', "invalid UTF-8 at byte 6"),
        ("t.npy", b"\x93NUMPY", "cannot be read"),
        ("t.npz", b"PK", "cannot be read"),
        ("x-images-idx3-ubyte", b"\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x02abc", "asks for 24 bytes and it has 19"),
        ("x-labels-idx1-ubyte", b"\0\0\x08\x01\0\0\0\x01abc", "asks for 9 bytes and more follow"),
        ("x-labels-idx1-ubyte", b"\0\1\x08\x01\0\0\0\x01a", "no IDX file"),
        ("t.xlsx", b"PK", "as CSV"),
        ("t.json", b"[]", "one object per line"),
    ],
)
def test_broken_files_are_named(tmp_path, name, content, said):
    """Each format names its file and the place."""
    with pytest.raises(DataProblem, match=said) as problem:
        open_source(str(written(tmp_path, name, content)))

    assert name in str(problem.value)


def test_a_name_that_is_not_there_is_answered_with_the_nearest(tmp_path):
    """A slip of the finger is mended."""
    written(tmp_path, "lots.csv", "a\n1\n")

    with pytest.raises(DataProblem, match=r"Did you mean 'lots\.csv'"):
        open_source(str(tmp_path / "lost.csv"))
    with pytest.raises(DataProblem, match="no file matches"):
        open_source(str(tmp_path / "*.parquet"))


def test_mnists_folder_becomes_pictures_labels_and_parts(tmp_path):
    """Four files, one table: train first."""
    mnist(tmp_path)
    records = read(plan_for(tmp_path))
    rows = records.frame.collect()

    assert rows.schema == {"image": pl.Array(pl.UInt8, (28, 28)), "label": pl.UInt8, "part": pl.String}
    assert rows["part"].to_list() == ["train"] * 6 + ["test"] * 3
    assert [(c.kind, c.role) for c in records.columns] == [
        ("image", "input"),
        ("number", "target"),
        ("category", "part"),
    ]
    assert rows["image"][0].to_numpy()[0, :3].tolist() == [0, 1, 2]


def test_a_picture_file_without_labels_is_named(tmp_path):
    """Half a pair is no set."""
    mnist(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()

    with pytest.raises(DataProblem, match=r"t10k-images-idx3-ubyte\.gz: its labels are missing"):
        open_source(str(tmp_path))


def test_pictures_and_labels_of_other_lengths_are_named(tmp_path):
    """Pairs must belong together."""
    mnist(tmp_path)
    written(tmp_path, "train-labels-idx1-ubyte.gz", gzip.compress(idx(np.arange(5, dtype=np.uint8))))

    with pytest.raises(DataProblem, match="6 pictures and 5 labels"):
        open_source(str(tmp_path))


def test_numpy_arrays_become_columns(tmp_path):
    """Matrix, structured array, pictures, windows and archives of arrays."""
    np.save(tmp_path / "m.npy", np.arange(6.0).reshape(3, 2))
    np.save(tmp_path / "s.npy", np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]))
    np.save(tmp_path / "w.npy", np.zeros((4, 16, 3), np.float32))
    np.savez(
        tmp_path / "k.npz",
        x_train=np.zeros((5, 8, 8), np.uint8),
        y_train=np.arange(5),
        x_test=np.zeros((2, 8, 8), np.uint8),
        y_test=np.arange(2),
    )

    assert open_source(str(tmp_path / "m.npy")).sample.to_dict(as_series=False) == {
        "column_1": [0, 2, 4],
        "column_2": [1, 3, 5],
    }
    assert open_source(str(tmp_path / "s.npy")).sample.rows() == [(1, 2.5)]
    assert read(plan_for(tmp_path / "w.npy")).columns[0].kind == "signal"
    keras = read(plan_for(tmp_path / "k.npz"))
    assert [(c.name, c.kind, c.role) for c in keras.columns] == [
        ("image", "image", "input"),
        ("y", "number", "target"),
        ("part", "category", "part"),
    ]
    assert keras.frame.collect().height == 7


def test_arrays_never_run_code(tmp_path):
    """Pickled objects are refused."""
    np.save(tmp_path / "o.npy", np.array([{}, 1], object))

    with pytest.raises(DataProblem, match="Python objects"):
        open_source(str(tmp_path / "o.npy"))


def test_lists_of_one_length_are_windows(tmp_path):
    """A cell of another length is missing, not a crash."""
    pl.DataFrame({"s": [[1.0, 2.0]] * 20 + [[1.0], None], "k": range(22)}).write_parquet(tmp_path / "t.parquet")
    records = read(plan_for(tmp_path / "t.parquet"))
    rows = records.frame.collect()

    assert rows.schema["s"] == pl.Array(pl.Float32, 2)
    assert rows["s"].null_count() == 2
    assert records.columns[0].kind == "signal"


def test_it_is_known_where_long_files_begin(tmp_path, monkeypatch):
    """Also of files that are scanned, and not read."""
    import andon.records.source as source

    monkeypatch.setattr(source, "SAMPLE_ROWS", 1000)
    for name, rows in (("a", 2000), ("b", 30), ("c", 1500)):
        pl.DataFrame({"v": range(rows)}).write_parquet(tmp_path / f"{name}.parquet")

    assert open_source(str(tmp_path)).begins == (2000, 2030)


def test_a_long_table_is_looked_at_in_many_places(tmp_path, monkeypatch):
    """A column that begins empty is still known by its later values."""
    import andon.records.source as source

    monkeypatch.setattr(source, "SAMPLE_ROWS", 1000)
    values = [None] * 20_000 + [f"c{i % 3}" for i in range(20_000)]
    pl.DataFrame({"a": range(40_000), "b": values}, schema={"a": pl.Int64, "b": pl.String}).write_parquet(
        tmp_path / "t.parquet"
    )

    found = read(plan_for(tmp_path / "t.parquet"))

    assert [c.kind for c in found.columns] == ["number", "category"]
    assert found.frame.select(pl.len()).collect().item() == 40_000
