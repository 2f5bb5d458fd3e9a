"""What stands on both sides of a split, and how parts differ."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from planted import SomeParts, clean, coded, judge, judge_parts

from andon.checks import check_parts, check_records
from andon.plan.settings import Plan
from andon.records.records import Column, Records
from andon.summary import fold

RANDOM = np.random.default_rng(5).choice([0, 1, 2, 3], 1500, p=[0.6, 0.1, 0.1, 0.2]).astype(np.uint8)
LATER = np.repeat([0, 1, 2, 3], [900, 150, 150, 300]).astype(np.uint8)


@pytest.mark.parametrize(("by", "level"), [("random", "warning"), ("unit", "error"), ("time", "info")])
def test_a_unit_on_both_sides_is_as_bad_as_the_split_promised(by, level):
    """Broken promises are errors, risks are warnings, tomorrow's machines an info."""
    frame = clean().with_columns(machine=pl.Series([f"m{i % 30}" for i in range(1500)]))

    found = coded(judge_parts(frame, SomeParts(RANDOM, by), machine="unit"), "unit_across_parts")

    assert [(f.level, f.figures["names"]) for f in found] == [(level, 30.0)]


def test_units_kept_apart_are_not_mentioned():
    """A split by unit that kept its word is silent; so are purged rows."""
    machine = np.arange(1500) // 50
    codes = np.where(machine < 20, 0, 3).astype(np.uint8)
    codes[950:1000] = 255
    frame = clean().with_columns(machine=pl.Series([f"m{m}" for m in machine.tolist()]))
    frame[960, "machine"] = "m25"

    assert coded(judge_parts(frame, SomeParts(codes, "unit"), machine="unit"), "unit_across_parts") == []


def test_identical_rows_on_both_sides_are_counted():
    """Rows whose inputs stand in training as well are answered by heart."""
    frame = clean().vstack(clean().head(40))
    codes = np.r_[np.zeros(1500), np.full(40, 3)].astype(np.uint8)

    found = coded(judge_parts(frame, SomeParts(codes)), "identical_rows_across_parts")

    assert (found[0].level, found[0].rows, found[0].first_rows[0]) == ("warning", 40, 1500)


def test_rows_of_histories_are_not_compared_one_by_one():
    """What is asked of a row that looks back is its window: a row alike elsewhere gives nothing away."""
    frame = clean().vstack(clean().head(40)).with_columns(unit=pl.int_range(pl.len()) // 50)
    codes = np.r_[np.zeros(1500), np.full(40, 3)].astype(np.uint8)
    asked = {"target": "strength", "job": "remaining_life", "unit": "unit"}

    assert coded(judge_parts(frame, SomeParts(codes), **asked), "identical_rows_across_parts") == []
    again = pl.concat([frame, frame.with_columns(pl.col("strength") + 1)])
    assert coded(judge(again, **asked), "label_conflict") == []
    assert coded(judge(again, **{**asked, "job": "regress"}), "label_conflict")


def test_a_class_that_training_lacks_is_an_error():
    """What is never shown cannot be learnt."""
    frame = clean().with_columns(scrap=pl.Series(["good"] * 800 + ["scrap"] * 100 + ["good"] * 400 + ["burnt"] * 200))

    found = coded(judge_parts(frame, SomeParts(LATER, "time")), "class_missing_in_part")

    assert [f.level for f in found] == ["error", "warning", "warning", "warning"]
    assert "training part has no row of class 'burnt'" in found[0].what


def test_a_class_of_one_row_is_told_once():
    """That no part can judge it follows from what is said of the class; each part does not say it again."""
    frame = clean().with_columns(scrap=pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("burnt")).otherwise("scrap"))

    assert coded(judge_parts(frame, SomeParts(LATER)), "class_missing_in_part") == []


def test_a_moved_sensor_is_drift():
    """A sensor that moved by one spread is a warning and gives its part away."""
    frame = clean()
    moved = frame.with_columns(
        temperature=pl.when(pl.int_range(pl.len()) >= 1200).then(pl.col("temperature") + 6).otherwise("temperature")
    )

    found = judge_parts(moved, SomeParts(LATER, "time"))

    assert [(f.column, f.level) for f in coded(found, "drift")] == [("temperature", "warning")]
    assert coded(found, "parts_differ")[0].figures["auroc"] > 0.7


def test_a_new_mix_of_categories_and_new_gaps_are_drift():
    """Other shares of types, and cells that go missing, count like moved numbers."""
    late = pl.int_range(pl.len()) >= 1200
    mixed = clean().with_columns(type=pl.when(late).then(pl.lit("C")).otherwise("type"))
    gaps = clean().with_columns(flow=pl.when(late & (pl.int_range(pl.len()) % 2 == 0)).then(None).otherwise("flow"))

    assert coded(judge_parts(mixed, SomeParts(LATER, "time")), "drift", "type")
    assert coded(judge_parts(gaps, SomeParts(LATER, "time")), "drift", "flow")


@pytest.mark.parametrize("seed", range(10))
def test_few_groups_that_differ_by_chance_are_no_drift(seed):
    """With eight machines in training and three in test, a difference between machines is no drift."""
    g = np.random.default_rng(seed)
    machine = np.arange(1500) * 11 // 1500
    frame = clean(seed).with_columns(offset=pl.Series(g.normal(0, 3, 11)[machine] + g.normal(0, 0.1, 1500)))
    codes = np.where(machine < 8, 0, 3).astype(np.uint8)

    found = judge_parts(frame, SomeParts(codes, "group", machine))

    assert coded(found, "drift") == []


def test_pictures_alone_are_judged_without_a_crash():
    """A table of pictures has no column that could drift, but its classes are counted."""
    frame = pl.DataFrame({"picture": pl.Series(np.zeros((40, 2, 2), np.uint8)), "scrap": ["good", "scrap"] * 20})
    columns = (Column("picture", "image", "input"), Column("scrap", "category", "target"))
    records = Records(frame.lazy(), columns)
    summary = fold(records.frame, {"picture": "image", "scrap": "category"})
    codes = np.repeat([0, 3], [30, 10]).astype(np.uint8)

    assert check_parts(records, SomeParts(codes), summary, Plan(job="classify")) == []
    assert isinstance(check_records(records, summary, Plan(job="classify")), list)


def test_a_split_without_training_rows_is_an_error():
    """Nothing to learn from is said first."""
    assert judge_parts(clean(), SomeParts(np.full(1500, 3, np.uint8)))[0].code == "empty_part"
