"""Rows to blocks: the same answer from a frame and from a dict."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from andon.encode.arrays import date_parts, encoding_of, specs
from andon.encode.schema import Field, Schema
from andon.errors import DataProblem

SCHEMA = Schema(
    fields=[
        Field(name="pressure", kind="number"),
        Field(name="machine", kind="category", categories=["A", "B"]),
        Field(name="made", kind="date"),
        Field(name="image", kind="image", shape=[2, 2], dtype="uint8"),
    ]
)


def frame(**changes: object) -> pl.DataFrame:
    columns = {
        "pressure": [1.5], "machine": ["A"], "made": [datetime(2024, 3, 1, 12)], "image": np.ones((1, 2, 2), np.uint8),
    } | changes  # fmt: skip
    return pl.DataFrame(columns)


def test_a_missing_column_is_named_with_its_likely_spelling():
    """The sentence says which column the run was trained with and which one was probably meant."""
    with pytest.raises(DataProblem, match="column 'pressure' is missing.*Did you mean 'Pressure'"):
        SCHEMA.block(frame().rename({"pressure": "Pressure"}))


def test_what_is_no_number_is_a_bad_row_with_a_reason():
    """One bad cell costs one row, and says why."""
    block, bad = SCHEMA.block(frame(pressure=["many"]))

    assert np.isnan(block["pressure"][0])
    assert bad == {0: "column 'pressure': 'many' is not a number"}


def test_infinity_is_missing():
    """A not finite number never reaches the network."""
    assert np.isnan(SCHEMA.block(frame(pressure=[float("inf")]))[0]["pressure"][0])


def test_codes_tell_missing_from_unseen():
    """-1 missing, 0 never seen in training, 1… in the schema's order."""
    rows = pl.concat([frame(machine=[m]) for m in ("A", "B", "C", None)])

    assert SCHEMA.block(rows)[0]["machine"].tolist() == [1, 2, 0, -1]


def test_a_picture_of_another_size_is_a_bad_row():
    """Sizes are part of the schema."""
    _, bad = SCHEMA.block(frame(image=np.ones((1, 3, 2), np.uint8)))

    assert bad == {0: "column 'image': its size is not 2×2"}


@given(
    pressure=st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
    machine=st.sampled_from(["A", "B", "C", None]),
    made=st.one_of(st.none(), st.datetimes(datetime(1980, 1, 1), datetime(2060, 1, 1))),
)
def test_a_dict_and_a_frame_give_the_same_block(pressure, machine, made):
    """The way without Polars is the same way, bit for bit."""
    row = {"pressure": pressure, "machine": machine, "made": made, "image": np.ones((2, 2), np.uint8)}
    whole = pl.DataFrame(
        {"pressure": pl.Series([pressure], dtype=pl.Float64), "machine": pl.Series([machine], dtype=pl.String),
         "made": pl.Series([made], dtype=pl.Datetime("us")), "image": np.ones((1, 2, 2), np.uint8)}
    )  # fmt: skip

    alone, bad = SCHEMA.rows([row])
    together, unread = SCHEMA.block(whole)

    assert (bad, unread) == ({}, {})
    for name in together:
        np.testing.assert_array_equal(alone[name], together[name])


def test_a_bad_dict_says_which_column():
    """One sentence for one row."""
    row = {"pressure": "many", "machine": "A", "made": None, "image": np.ones((2, 2))}

    assert SCHEMA.rows([row])[1] == {0: "column 'pressure': 'many' is not a number"}


def test_dicts_and_frames_agree_on_what_is_bad():
    """Several dicts give the block and the reasons of the same frame; a bad cell is missing and its row stays."""
    frame = pl.DataFrame(
        {
            "pressure": ["1.5", "many", None, " 2 "],
            "machine": ["A", None, "C", "B"],
            "made": ["2024-01-02", "soon", None, None],
        }
    )
    schema = structs.replace(SCHEMA, fields=[f for f in SCHEMA.fields if f.kind != "image"])

    (alone, bad), (together, unread) = schema.rows(frame.to_dicts()), schema.block(frame)

    assert bad == unread == {1: "column 'pressure': 'many' is not a number"}
    for name in together:
        np.testing.assert_array_equal(alone[name], together[name])


def test_time_of_day_is_a_circle():
    """A second before midnight lies beside midnight."""
    late, early = (date_parts(np.array([datetime(2024, 1, 1, 23, 59, 59, tzinfo=UTC).timestamp() + s])) for s in (0, 1))

    assert abs(late[0][0] - early[0][0]) < 1e-3


def test_specs_say_what_the_graph_eats():
    """Numbers with date parts, codes with their unknown slot, a picture with its size."""
    found = {spec.name: spec for spec in specs(SCHEMA, encoding_of(SCHEMA))}

    assert found["numbers"].shape == (7,)
    assert found["codes"].cardinalities == (3,)
    assert (found["image"].shape, found["image"].dtype) == ((2, 2), "uint8")


def test_negatives_as_people_write_them_are_read_in_every_form():
    """A minus behind or brackets around a number mean in frames and dicts what they mean in a file."""
    cells = ["-1.32", "1.32-", "(1.32)", " 1.32 - "]
    schema = Schema(fields=[Field(name="t", kind="number")])

    block, bad = schema.block(pl.DataFrame({"t": cells}))
    rows, worse = schema.rows([{"t": cell} for cell in cells])

    assert block["t"].tolist() == rows["t"].tolist() == [-1.32] * 4
    assert bad == worse == {}


CODED = Schema(
    fields=[Field(name="code", kind="category", categories=["101", "102", "1.5"])],
    unit="tool",
    time="cycle",
    life="life",
)


@pytest.mark.parametrize("number", [int, float, np.float64, str])
def test_whole_numbers_are_the_same_code_and_unit_however_they_come(number):
    """A gap in a column makes floats of its codes, and a file has them as text: `31.0`, `31` and '31' are one machine."""
    rows = [{"code": number(code), "tool": number(31), "cycle": number(2), "life": number(4)} for code in (102, 101)]
    told = {name: np.array([2, 1]) if name == "code" else [row[name] for row in rows] for name in rows[0]}
    plain, _ = CODED.rows([{"code": code, "tool": 31, "cycle": 2, "life": 4} for code in (102, 101)])

    for block, bad in (CODED.rows(rows), CODED.block(pl.DataFrame(rows))):
        assert bad == {}
        assert told["code"].tolist() == block["code"].tolist()
        for name in ("__unit__", "__whose__", "__time__", "__life__"):
            assert block[name].tolist() == plain[name].tolist(), name


def test_a_gap_among_codes_is_a_gap_in_every_form():
    """What pandas has for nothing is no category that was never seen."""
    cells = [math.nan, 1.5, 7.0]
    dicts, _ = CODED.rows([{"code": cell, "tool": 1, "cycle": n} for n, cell in enumerate(cells)])
    block, _ = CODED.block(pl.DataFrame({"code": cells, "tool": 1, "cycle": [0, 1, 2]}))

    assert dicts["code"].tolist() == block["code"].tolist() == [-1, 3, 0]


def test_numbers_are_no_dates_where_training_read_none_as_such():
    """Milliseconds for a run that learnt written dates are told as what they are, and not as missing."""
    dated = Schema(fields=[Field(name="v", kind="number")], time="at", unit="u", dates={"at": "%Y-%m-%d %H:%M"})
    moment, rows = 1738281600000, {"v": [1.0], "u": ["a"]}

    for found in (
        dated.block(dated.placed(pl.DataFrame(rows | {"at": [moment]}))), dated.rows([{"v": 1.0, "u": "a", "at": moment}])
    ):  # fmt: skip
        assert list(found[1]) == [0]
        assert "is not a date" in found[1][0]
    counted = structs.replace(dated, dates={"at": "milliseconds"})
    assert counted.block(counted.placed(pl.DataFrame(rows | {"at": [moment]})))[0]["__time__"].tolist() == [
        1738281600.0
    ]
