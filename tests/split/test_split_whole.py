"""Units of histories: a column of the user's own says their parts, and none is cut."""

import numpy as np
import polars as pl

from andon.api.plans import resolve
from andon.api.ready import ready
from andon.plan import build, from_python
from andon.plan.settings import Split
from andon.records import read
from andon.records.lives.histories import as_lives
from andon.split import split


def engines(count, parts=None):
    """Rows per engine and cycle."""
    frame = pl.DataFrame({
        "engine": np.repeat(np.arange(count), 30), "cycle": np.tile(np.arange(30), count),
        "heat": np.random.default_rng(0).normal(size=30 * count),
    })  # fmt: skip
    return frame if parts is None else frame.with_columns(part=pl.Series(np.repeat(parts, 30)))


def test_a_column_of_parts_is_obeyed(tmp_path):
    """Whoever brings a division of their own is judged on it, and the page says so."""
    said = ["train"] * 6 + ["validation"] * 2 + ["calibration"] + ["test"] * 3
    engines(12, said).write_csv(tmp_path / "rows.csv")

    parts = ready(resolve("remaining_life", [str(tmp_path / "rows.csv")], {"accept": ["*"]})).parts

    assert parts.by == "given"
    assert "as asked" not in parts.why
    assert np.array(["train", "validation", "calibration", "test"])[parts.codes[::30]].tolist() == said


def test_few_units_are_not_cut_by_time():
    """Two machines of a table may be parted by time; of histories no unit is."""
    rows = {"unit": "engine", "time": "cycle"}
    records = as_lives(read(build({}, from_python({"job": "remaining_life", "data": {"rows": rows}})), engines(5)))
    one = {"task": "regression", "target": "remaining_life"}

    whole = split(records, Split(test=0.2, validation=0.2, calibration=0.2), **one, whole=True)

    assert whole.by == "unit"
    assert all(len(set(codes)) == 1 for codes in whole.codes.reshape(5, 30))


def test_rows_alike_of_histories_are_no_copies():
    """An idle row of one machine is like that of another, and what came before is not: none is tied or left out."""
    rows = {"unit": "engine", "time": "cycle"}
    alike = engines(20).with_columns(pl.col("heat").round(3))
    records = as_lives(read(build({}, from_python({"job": "remaining_life", "data": {"rows": rows}})), alike))

    parts = split(records, Split(), task="regression", target="remaining_life", whole=True)

    assert "identical" not in parts.why
    assert (parts.codes < 4).all()
