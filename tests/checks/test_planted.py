"""Each fault is found when it is planted, with its column and rows."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from planted import clean, coded, hours, judge, loud, records_of

from andon.checks import check_records
from andon.plan.settings import Plan
from andon.records.records import Note
from andon.summary import fold

G = np.random.default_rng(7)
FOURTH = range(0, 1500, 4)


def put(column: str, rows: list[int], value: object) -> pl.DataFrame:
    """A clean table with one value written into some rows of a column."""
    frame = clean()
    values = frame[column].to_list()
    for row in rows:
        values[row] = value
    return frame.with_columns(pl.Series(column, values, strict=False))


FAULTS = {
    "missing": (put("flow", list(range(900)), None), "missing", "flow", "warning", 900),
    "a few missing": (put("flow", [3, 5], None), "missing", "flow", "info", 2),
    "empty": (put("flow", list(range(1500)), None), "empty_column", "flow", "warning", 1500),
    "not finite": (put("flow", [10, 20], math.inf), "not_finite", "flow", "warning", 2),
    "nan": (put("flow", [10], math.nan), "not_finite", "flow", "warning", 1),
    "constant": (clean().with_columns(flow=pl.lit(4.0)), "constant", "flow", "warning", 1500),
    "constant word": (clean().with_columns(shift=pl.lit("day")), "constant", "shift", "warning", 1500),
    "-999": (put("temperature", [1, 2, 700], -999.0), "stand_in_value", "temperature", "warning", 3),
    "9999": (put("flow", list(range(0, 1500, 30)), 9999.0), "stand_in_value", "flow", "warning", 50),
    "65535": (put("count", list(range(0, 1500, 50)), 65535), "stand_in_value", "count", "warning", 30),
    "-1": (put("pressure_kpa", list(range(40)), -1.0), "stand_in_value", "pressure_kpa", "warning", 40),
    "too cold": (put("temperature", [5], -300.0), "impossible_value", "temperature", "warning", 1),
    "outlier": (put("temperature", [77], 6000.0), "outliers", "temperature", "warning", 1),
    "lognormal outlier": (put("flow", [77], 1e9), "stand_in_value", "flow", "warning", 1),
    "lognormal outlier that is no code": (put("flow", [77], 3e8), "outliers", "flow", "warning", 1),
    "spelt": (put("type", [1, 8], " ａ"), "same_category_spelt_differently", "type", "warning", 2),
    "once": (put("type", [9], "Z"), "category_seen_once", "type", "info", 1),
    "few rows of a class": (put("scrap", [1, 2], "burnt"), "few_rows_per_class", "scrap", "warning", 2),
    "target missing": (put("scrap", list(range(200)), None), "target_missing", "scrap", "warning", 200),
    "one class": (clean().with_columns(scrap=pl.lit("good")), "one_class", "scrap", "error", 1500),
    "row counter": (clean().with_row_index("no"), "identifier_as_input", "no", "warning", 1500),
    "shuffled serial": (
        clean().with_columns(no=pl.Series(G.permutation(1500))), "identifier_as_input", "no", "warning", 1500,
    ),
    "serial text": (
        clean().with_columns(serial=pl.Series([f"S{i:05d}" for i in G.permutation(1500)])),
        "identifier_as_input", "serial", "info", 1500,
    ),
    "totaliser": (
        clean().with_columns(kwh=pl.Series(np.cumsum(G.random(1500)))), "runs_with_time", "kwh", "info", 1500,
    ),
    "mirror": (
        clean().with_columns(temperature_f=pl.col("temperature") * 1.8 + 32),
        "same_as_another", "temperature_f", "info", 1500,
    ),
    "mirror of words": (
        clean().with_columns(line=pl.col("type").replace_strict({"A": "one", "B": "two", "C": "three"})),
        "same_as_another", "line", "info", 1500,
    ),
    "numbers in text": (
        clean().with_columns(
            load=pl.Series([f"{v:.1f} kg".replace(".", ",") for v in G.normal(9, 2, 1500)]).scatter(FOURTH, "?")
        ),
        "numbers_in_text", "load", "warning", 1125,
    ),
    "rework": (
        clean().with_columns(rework_code=pl.lit("x") + pl.col("type")), "known_after", "rework_code", "warning", 1500,
    ),
    "返工": (clean().with_columns(pl.col("shift").alias("返工工位")), "known_after", "返工工位", "warning", 1500),
    "after cooler": (
        clean().with_columns(pl.Series("temp_after_cooler", G.normal(20, 1, 1500))),
        "known_after", "temp_after_cooler", "info", 1500,
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_with_its_column_and_rows(fault):
    """What is planted is named by column, level and number of rows."""
    frame, code, column, level, rows = FAULTS[fault]

    found = coded(judge(frame), code, column)

    assert [(f.level, f.rows) for f in found] == [(level, rows)]
    assert found[0].what
    assert found[0].why
    assert found[0].fix


def test_rows_are_named_from_zero_in_file_order():
    """A finding's first rows can be looked up in the file."""
    found = coded(judge(put("temperature", [1, 2, 700], -999.0)), "stand_in_value")

    assert found[0].first_rows == [1, 2, 700]
    assert "3 rows (0.2 %)" in found[0].what


def test_a_stand_in_value_is_not_told_as_outlier_again():
    """One fault, one finding."""
    assert coded(judge(put("temperature", [1, 2, 700], -999.0)), "outliers") == []


def test_a_wide_column_may_hold_999():
    """A number is a stand-in only where no reading comes near it."""
    frame = clean().with_columns(pl.Series("speed", np.r_[G.normal(1000, 200, 1490), np.full(10, 999.0)]))

    assert loud(judge(frame)) == []


def test_a_column_of_many_far_readings_has_no_outliers():
    """What a tenth of the rows do is a second state, not an exception."""
    values = np.where(G.random(1500) < 0.1, 900.0, 20.0) + G.normal(0, 1, 1500)

    assert coded(judge(clean().with_columns(power=pl.Series(values))), "outliers") == []


def test_repeated_rows_are_counted():
    """Copies of earlier rows are found wherever they stand."""
    frame = pl.concat([clean(), clean().head(20)])

    found = coded(judge(frame), "duplicate_rows")

    assert (found[0].level, found[0].rows, found[0].first_rows[0]) == ("warning", 20, 1500)


def test_one_unit_has_one_row_at_a_time():
    """Two rows of one machine at one time are a warning; two machines may share a time."""
    frame = clean().with_columns(hours(1500), machine=pl.Series(["m1", "m2"] * 750))
    twice = pl.concat([frame, frame.tail(3).with_columns(flow=pl.lit(1.0))])
    together = frame.with_columns(time=pl.Series(hours(750).to_list()).gather(np.arange(1500) // 2))

    assert coded(judge(twice, time="time", machine="unit"), "same_unit_and_time")[0].rows == 3
    assert coded(judge(together, time="time", machine="unit"), "same_unit_and_time") == []


def test_equal_inputs_with_different_labels_are_a_conflict():
    """Twins that disagree are named, first ones first."""
    twins = clean().head(40).with_columns(scrap=pl.Series(["good", "scrap"] * 20))
    opposite = twins.with_columns(scrap=pl.Series(["scrap", "good"] * 20))

    found = coded(judge(pl.concat([clean().tail(1400), twins, opposite])), "label_conflict")

    assert (found[0].level, found[0].rows, found[0].first_rows[0]) == ("warning", 80, 1400)


def test_a_rare_class_is_called_rare():
    """Two in a hundred are told as an info, three in a thousand as a warning."""
    some = clean().with_columns(scrap=pl.Series(["scrap"] * 60 + ["good"] * 1440))
    few = clean().with_columns(scrap=pl.Series(["scrap"] * 12 + ["good"] * 1488))

    assert coded(judge(some), "class_imbalance")[0].level == "info"
    assert coded(judge(few), "class_imbalance")[0].level == "warning"


def test_an_extremely_skewed_number_target_is_called_so():
    """A target of many scales asks for its logarithm."""
    frame = clean().with_columns(strength=pl.Series(G.lognormal(0, 3, 1500)))

    assert coded(judge(frame, "strength", job="regress"), "skewed_target")[0].level == "warning"


def test_a_target_that_is_nearly_always_zero_is_called_so():
    """The zero forecast looks good there and helps nobody."""
    frame = clean().with_columns(strength=pl.Series(np.where(G.random(1500) < 0.9, 0.0, G.random(1500))))

    assert coded(judge(frame, "strength", job="regress"), "mostly_one_value")


def test_a_row_without_any_input_is_named():
    """Rows that say nothing are counted."""
    frame = put("flow", [4], None).select("flow", "scrap")

    assert coded(judge(frame), "empty_row")[0].first_rows == [4]


def test_notes_of_reading_become_findings():
    """What the reader noticed reaches the same list, with its column where it names one."""
    note = Note("warning", "ambiguous_date", "flow", "day or month?", "say which")
    records = records_of(clean(), {"scrap": "target"}, (note, Note("info", "encoding", "a.csv", "GBK was guessed")))
    summary = fold(records.frame, {c.name: c.kind for c in records.columns})

    found = {f.code: f for f in check_records(records, summary, Plan(job="classify"))}

    assert (found["ambiguous_date"].column, found["ambiguous_date"].fix) == ("flow", "say which")
    assert found["encoding"].what == "a.csv: GBK was guessed"


def test_an_empty_table_and_a_single_row_are_judged_without_a_crash():
    """Nothing, or next to nothing, is no reason to fall over."""
    assert isinstance(judge(clean().head(0)), list)
    assert isinstance(judge(clean().head(1)), list)
    assert isinstance(judge(clean().head(1), "strength", job="regress"), list)
    assert isinstance(judge(clean(), None), list)
