"""Numbers as people write them, and kinds of columns."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_aids import codes, column, plan_for, table

from andon.plan import build, from_python
from andon.records import failures, read
from andon.records.numbers import Pattern, find_pattern, number


@pytest.mark.parametrize(
    ("texts", "pattern", "values"),
    [
        (["12,5", "3,25"], "1234,5", [12.5, 3.25]),
        (["1.234,5", "2.000.000,25"], "1.234,5", [1234.5, 2_000_000.25]),
        (["1,234.5", "22,000"], "1,234.5", [1234.5, 22000.0]),
        (["1 234,5", "12 000 000"], "1 234,5", [1234.5, 12e6]),
        (["1'234.5", "12'000"], "1'234.5", [1234.5, 12000.0]),
        (["12.5 °C", "-3 °C"], "1234.5 °C", [12.5, -3.0]),
        (["80%", "7.5 %"], "1234.5 %", [80.0, 7.5]),
        (["€ 12,50", "3,00 €"], "1234,5 €", [12.5, 3.0]),
        (["−5", "+7"], "", [-5.0, 7.0]),
        (["0,125", "1,250"], "1234,5", [0.125, 1.25]),
        (["12.5 公斤", "7 公斤"], "1234.5 公斤", [12.5, 7.0]),
        (["1.234,50-", "2,5", "7-"], "1.234,5", [-1234.5, 2.5, -7.0]),
        (["(1,234.50 €)", "€22.5", "(€ 3)"], "1,234.5 €", [-1234.5, 22.5, -3.0]),
    ],
)
def test_patterns(texts, pattern, values):
    """Thousands, decimals and units are found and taken off."""
    found = find_pattern(texts, comma=None)

    assert found.pattern.text() == pattern
    assert Pattern.of(found.pattern.text()) == found.pattern
    if pattern:
        assert pl.select(number(pl.lit(pl.Series(texts)), found.pattern)).to_series().to_list() == values


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2, allow_nan=False), min_size=3, max_size=10),
    st.sampled_from([("", ","), (".", ","), (",", "."), ("", "."), (" ", ",")]),
)
def test_a_number_is_never_read_wrong(values, marks):
    """Two decimals written in any convention come back right."""
    thousands, decimal = marks
    texts = [
        f"{v:,.2f}".replace(",", "T").replace(".", "D").replace("T", thousands).replace("D", decimal) for v in values
    ]
    pattern = find_pattern(texts, comma=None).pattern

    read = pl.select(number(pl.lit(pl.Series(texts)), pattern)).to_series().to_list()

    assert read == [float(v) for v in values]


def test_a_stray_point_is_not_read_as_thousands():
    """In a decimal-comma column `1.5` is no number: ten times too large would be worse than missing."""
    read = pl.select(number(pl.lit(pl.Series(["1.234,5", "1.5", "1.500"])), Pattern(".", ","))).to_series()

    assert read.to_list() == [1234.5, None, 1500.0]


def test_the_file_settles_what_a_column_leaves_open(tmp_path):
    """`1,234` is decimal beside a column of `0,5`, and thousands beside one of `1,000,000`."""
    decimal, frame = table(tmp_path, "a;b\n1,234;0,5\n5,678;0,7\n")
    thousands, other = table(tmp_path, 'a,b\n"1,234","1,000,000"\n"5,678","2,000,000"\n')

    assert frame["a"].to_list() == [1.234, 5.678]
    assert other["a"].to_list() == [1234, 5678]
    assert codes(decimal) == codes(thousands) == []


@pytest.mark.parametrize("form", ["{}-", "{} -", "({})"])
def test_negatives_marked_behind_or_by_brackets(tmp_path, form):
    """They are numbers of a file and of a frame, and no cell is lost."""
    cells = ["1.25", form.format("1.5"), "300", form.format("2")] * 5

    records, frame = table(tmp_path, "a,b\n" + "".join(f"{cell},x\n" for cell in cells))
    given = read(build({}, from_python({"job": "classify"})), pl.DataFrame({"a": cells})).frame.collect()

    assert frame["a"].to_list() == given["a"].to_list() == [1.25, -1.5, 300.0, -2.0] * 5
    assert codes(records) == []


@pytest.mark.parametrize("cells", [["12-", "13-", "14-"], ["(1)", "(2)", "(3)"], ["12-", "A4", "13-", "B1"],
                                   ["0711-1234", "(0711) 1234", "0711-1235"], ["2024-", "1-2-", "x-"]])  # fmt: skip
def test_codes_with_marks_stay_words(tmp_path, cells):
    """Digits with a mark behind are negatives only where the column is otherwise numbers."""
    records, frame = table(tmp_path, "a,b\n" + "".join(f"{cell},x\n" for cell in cells * 6))

    assert column(records, "a").kind != "number"
    assert frame["a"].to_list() == cells * 6


def test_a_comma_that_stays_open_is_a_note(tmp_path):
    """Where nothing settles it, the reading is told."""
    records, _ = table(tmp_path, 'a,b\n"1,234",x\n"22,345",y\n')

    assert codes(records) == ["decimal_mark"]


def test_semicolons_make_a_decimal_comma_likely(tmp_path):
    """`180,123` in a table of semicolons is a decimal; that it was taken so is told, with the setting that says no."""
    body = "a;b\n180,123;x\n179,998;y\n"
    records, frame = table(tmp_path, body)
    _, other = table(tmp_path, body, checks={"a": {"format": "1,234.5"}})

    assert frame["a"].to_list() == [180.123, 179.998]
    assert codes(records) == ["decimal_mark"]
    assert records.notes[0].fix.endswith("checks.a.format='1,234.5'")
    assert other["a"].to_list() == [180123, 179998]


@pytest.mark.parametrize("word", ["n/a", "-", "NULL", "无", "#N/A", "", "NaN", "None", "缺失"])
def test_words_for_missing_are_null_in_number_columns(tmp_path, word):
    """What people write into cells without a value is missing, not a fault."""
    records, frame = table(tmp_path, f"a,b\n1.5,x\n{word},y\n2.5,z\n")

    assert frame["a"].to_list() == [1.5, None, 2.5]
    assert codes(records) == []


def test_none_is_an_answer_among_categories(tmp_path):
    """`none` and `无` are categories of their own; `n/a` and empty cells are missing."""
    _, frame = table(tmp_path, "a,b\n" + "none,1\n无,2\nn/a,3\n,4\ncrack,5\n" * 5)

    assert set(frame["a"].unique()) == {"none", "无", "crack", None}


def test_a_few_words_do_not_spoil_a_number_column(tmp_path):
    """They become null; the note has column, count and first rows; `failures` counts them again."""
    body = "".join(f"{i}.5,x\n" for i in range(30)) + "ERR,x\n4.5,y\nERR,y\n"

    records, frame = table(tmp_path, "a,b\n" + body)

    assert frame["a"].null_count() == 2
    note = records.notes[0]
    assert (note.code, note.where) == ("not_a_number", "a")
    assert "2 cells" in note.text
    assert "rows 30, 32" in note.text
    assert failures(records.casts) == {"a": 2}


def test_a_column_of_two_units_is_not_a_number(tmp_path):
    """°C and °F in one column are not put together silently."""
    records, _ = table(tmp_path, "a,b\n5 °C,1\n41 °F,2\n6 °C,3\n")

    assert codes(records) == ["mixed_numbers"]


def test_half_numbers_half_words_is_told(tmp_path):
    """A column that is neither stays words, with a note."""
    records, _ = table(tmp_path, "a,b\n" + "1.5,x\n2.5,x\nsee note,x\n" * 10)

    assert column(records, "a").kind == "category"
    assert codes(records) == ["mixed_numbers"]


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("shift", [1, 2, 3] * 20, "category"),
        ("班次", [1, 2, 3] * 20, "category"),
        ("machine_id", [4, 7, 9] * 20, "category"),
        ("Type", ["L", "M", "H"] * 20, "category"),
        ("ok", [True, False] * 30, "category"),
        ("temperature", [1, 2, 3] * 20, "number"),
        ("line speed", [1, 2, 3] * 20, "number"),
        ("serial_no", [f"SN{i}" for i in range(60)], "text"),
        ("id", list(range(60)), "text"),
        ("Product ID", [f"M{i}" for i in range(60)], "text"),
        ("zip", ["00123", "01234", "99999"] * 20, "category"),
        ("barcode", [10**17 + i for i in range(60)], "text"),
        ("x", list(range(60)), "number"),
        ("note", ["the operator heard a noise " * 4 + str(i % 30) for i in range(60)], "text"),
        ("empty", [None] * 60, "number"),
    ],
)
def test_kinds(tmp_path, name, values, kind):
    """Kinds follow from the values, and where these leave it open from the name; CSV and frame agree."""
    from andon.records import read

    frame = pl.DataFrame({name: values, "z": [0.5] * len(values)})
    from_frame = read(plan_for(), frame)
    from_csv, rows = table(tmp_path, frame.write_csv())

    assert column(from_frame, name).kind == column(from_csv, name).kind == kind
    assert column(from_csv, name).why
    if kind in ("category", "text"):
        assert rows[name].to_list() == from_frame.frame.collect()[name].to_list()


def test_codes_are_the_same_words_from_every_source(tmp_path):
    """A spreadsheet's `1.0`, an integer and the text `1` are one category."""
    from andon.records import read

    as_float, rows = table(tmp_path, "shift,x\n" + "1.0,0.5\n2.0,0.5\n,0.5\n" * 5)
    typed = read(plan_for(), pl.DataFrame({"shift": [1.0, 2.0, None] * 5})).frame.collect()

    assert set(rows["shift"].unique()) == set(typed["shift"].unique()) == {"1", "2", None}
    assert column(as_float, "shift").format == "code"


@pytest.mark.parametrize(
    ("cells", "wanted"), [(["1.0", "2.0", "-"], ["1", "2", None]), ([1, 2, None], ["1", "2", None]),
                          (["1.0", "2.5", ""], ["1.0", "2.5", None])],
)  # fmt: skip
def test_codes_that_a_plan_tells_are_the_same_words_from_every_source(tmp_path, cells, wanted):
    """Where all are whole they lose the `.0`, and so do those of a new file, whatever else stands in it."""
    frame = pl.DataFrame({"valve": pl.Series(cells * 5), "x": [0.5, 1.5, 2.5] * 5})
    told = {"checks": {"valve": {"kind": "category"}}}
    frame.write_csv(tmp_path / "rows.csv")

    records = read(plan_for(tmp_path / "rows.csv", **told))
    new = read(plan_for(**told), pl.DataFrame({"valve": ["1.0", "open"], "x": [0.5, 0.5]}), known=records.columns)

    assert records.frame.collect()["valve"].to_list() == wanted * 5
    assert column(records, "valve").kind == "category"
    assert new.frame.collect()["valve"].to_list() == [wanted[0], "open"]


def test_nan_is_missing_and_infinity_stays():
    """Nulls are the missing cells; what is not finite is left for the checks to find."""
    from andon.records import read

    out = read(plan_for(), pl.DataFrame({"a": [1.0, float("nan"), float("inf")]})).frame.collect()

    assert out["a"].to_list() == [1.0, None, float("inf")]
