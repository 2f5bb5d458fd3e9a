"""A folder with a file for each unit, and none of its columns saying whose rows they are."""

from dataclasses import replace

import polars as pl

from andon.plan import build, from_python
from andon.records import read
from andon.records.lives.each import names_of


def records(path, job="remaining_life", *, known=(), answering=False, frame=None, **rows):
    """Records of a job about histories."""
    plan = build({}, from_python({"job": job, "data": {"rows": {"path": str(path), **rows}}}))
    return read(plan, frame, known=known, answering=answering)


def presses(folder, names=("P1.csv", "P2.csv")):
    """A file per press with rows of the same hours."""
    for number, name in enumerate(names):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("time,bar\n" + "".join(f"2024-01-01 {h:02d}:00,{number + h}\n" for h in range(5)))
    return folder


def test_a_file_is_a_unit_where_no_column_is(tmp_path):
    """Its name says which, and reading tells so."""
    found = records(presses(tmp_path))

    assert found.the("unit") == "unit"
    assert found.frame.collect()["unit"].to_list() == ["P1"] * 5 + ["P2"] * 5
    assert "unit_by_file" in [note.code for note in found.notes]


def test_files_of_units_are_ordered_by_what_counts_their_rows(tmp_path):
    """A log per pump that counts cycles needs no date, and no plan that names the cycle."""
    for name in ("pump_01", "pump_02"):
        pl.DataFrame({"cycle": range(1, 31), "bar": [0.5 * c for c in range(30)]}).write_csv(tmp_path / f"{name}.csv")

    for found in (records(tmp_path), records(tmp_path, unit="unit"), records(tmp_path / "pump_02.csv", unit="unit")):
        assert (found.the("unit"), found.the("time")) == ("unit", "cycle")


def test_files_with_a_column_of_the_unit_keep_it(tmp_path):
    """A column that names the machine counts, whatever the files are called."""
    for name in ("a", "b"):
        frame = pl.DataFrame({"machine": [f"M{name}"] * 4, "cycle": [1, 2, 3, 4], "bar": [1.0, 2.0, 3.0, 5.0]})
        frame.write_csv(tmp_path / f"{name}.csv")

    found = records(tmp_path)

    assert found.the("unit") == "machine"
    assert "unit" not in found.frame.collect_schema()


def test_other_jobs_are_asked_first(tmp_path):
    """A table in monthly files is one table, unless the plan says that each is a unit."""
    folder = presses(tmp_path)

    assert records(folder, "regress").the("unit") is None
    assert records(folder, "regress", unit="unit").the("unit") == "unit"


def test_a_single_file_is_a_unit_where_asked(tmp_path):
    """One machine's log need not say which machine it is."""
    found = records(presses(tmp_path) / "P2.csv", unit="unit")

    assert found.frame.collect()["unit"].to_list() == ["P2"] * 5


def test_new_rows_are_told_apart_as_the_run_told_them(tmp_path):
    """By the name of their file, also row by row; but a column that a run had is not made up."""
    folder = presses(tmp_path)
    trained = records(folder)
    rows = pl.DataFrame({"time": ["2024-01-02 00:00"], "bar": ["3"]})

    new = records(folder / "P1.csv", unit="unit", known=trained.columns, answering=True)
    grown = records(folder / "P2.csv", unit="unit", known=trained.columns, answering=True, frame=rows)

    assert new.frame.collect()["unit"].unique().to_list() == ["P1"]
    assert grown.frame.collect()["unit"].to_list() == ["P2"]
    had = [replace(column, why="4 different values") for column in trained.columns]
    assert "unit" not in records(folder / "P1.csv", unit="unit", known=had, answering=True).frame.collect_schema()


def test_files_are_called_by_what_tells_them_apart(tmp_path):
    """Without endings, with folders where names come twice, and as number words."""
    folder = presses(tmp_path, ("valve1/0.csv", "valve2/0.csv"))

    assert records(folder / "*" / "*.csv").frame.collect()["unit"].unique(maintain_order=True).to_list() == [
        "valve1/0",
        "valve2/0",
    ]
    assert names_of([tmp_path / "a.1.csv", tmp_path / "a.2.csv.gz"]) == ["a.1", "a.2"]
    presses(tmp_path / "numbers", ("001.csv", "1.csv"))
    assert records(tmp_path / "numbers").frame.collect()["unit"].n_unique() == 2
