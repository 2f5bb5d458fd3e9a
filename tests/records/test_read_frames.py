"""Frames from Python go in, answers come back in kind."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from reading_aids import plan_for

from andon.errors import DataProblem
from andon.records import from_any, like, read

TABLE = pl.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"]})


@pytest.mark.parametrize(
    "obj",
    [
        TABLE,
        TABLE.lazy(),
        TABLE.to_pandas(),
        TABLE.to_arrow(),
        TABLE.to_dict(as_series=False),
        TABLE.to_dicts(),
        {"a": np.array([1.5, 2.5]), "b": np.array(["x", "y"])},
        {"a": np.array([1.5, 2.5]), "b": ["x", "y"]},
    ],
    ids=["polars", "lazy", "pandas", "arrow", "dict", "dicts", "arrays", "mixed"],
)
def test_every_frame_is_the_same_table(obj):
    """What holds rows gives its rows."""
    assert from_any(obj).equals(TABLE)


def test_arrays_are_tables_too():
    """A matrix gets numbered columns, pictures one column."""
    assert from_any(np.arange(6.0).reshape(3, 2)).columns == ["column_1", "column_2"]
    assert from_any({"image": np.zeros((3, 8, 8), np.uint8)}).schema["image"] == pl.Array(pl.UInt8, (8, 8))


@pytest.mark.parametrize("obj", [3, "text", object(), {"a": [1, 2], "b": [1]}])
def test_what_is_no_frame_is_told(obj):
    """One sentence, no traceback of another library."""
    with pytest.raises(DataProblem):
        from_any(obj)


def test_answers_come_back_in_kind():
    """The same library, the same rows, the same index."""
    answers = pl.DataFrame({"answer": ["u", "v"]})
    pandas = TABLE.to_pandas().set_index(pd.Index([7, 9]))

    back = like(pandas, answers)

    assert list(back.index) == [7, 9]
    assert back["answer"].tolist() == ["u", "v"]
    assert isinstance(like(TABLE.to_arrow(), answers), pa.Table)
    assert like(TABLE, answers) is answers
    assert like(TABLE.lazy(), answers).collect().equals(answers)
    assert like([{"a": 1}], answers) == [{"answer": "u"}, {"answer": "v"}]
    assert like({"a": [1]}, answers)["answer"].tolist() == ["u", "v"]


def test_lists_of_records_are_kept_as_text():
    """JSON in a cell, also lists in lists: a text that can be looked up; never a column that seems empty."""
    events = [[{"t": row, "code": "A"}] if row % 5 else [] for row in range(40)]
    frame = pl.DataFrame({"events": events, "pairs": [[[1, 2], [3]][: 1 + row % 2] for row in range(40)]})

    found = read(plan_for(), frame)

    texts = found.frame.collect()
    assert [found.kind(name) for name in ("events", "pairs")] == ["text", "text"]
    assert texts["events"][:2].to_list() == ["", '{"t":1,"code":"A"}']
    assert texts["pairs"][:2].to_list() == ["1 2", "1 2;3"]
