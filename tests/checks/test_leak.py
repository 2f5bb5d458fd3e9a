"""Leaks are found, honest causes are not called leaks."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from planted import clean, coded, hours, judge, loud

from andon.checks import measure


def leaks(frame, **kwargs):
    """Level per leaking column."""
    return {f.column: f.level for f in judge(frame, **kwargs) if f.code.startswith("leak")}


def with_column(seed, make, rows=3000):
    """A clean table with a column `x` made from (generator, is scrap, rows)."""
    frame = clean(seed, rows)
    g = np.random.default_rng(seed + 100)
    return frame.with_columns(pl.Series("x", make(g, (frame["scrap"] == "scrap").to_numpy(), rows)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.05, 0.15, 0.4])
def test_a_flag_set_only_with_the_target_is_an_error_however_seldom(seed, share):
    """A mode of failure is part of the label even if it marks one failure in twenty."""
    frame = with_column(seed, lambda g, bad, rows: (bad & (g.random(rows) < share)).astype(int), rows=12_000)

    assert leaks(frame) == {"x": "error"}


@pytest.mark.parametrize("seed", range(5))
def test_a_flag_with_exceptions_is_no_leak(seed):
    """A cause that leads to scrap in four of five cases is a cause."""
    frame = with_column(
        seed, lambda g, bad, rows: (np.where(bad, g.random(rows) < 0.2, g.random(rows) < 0.015)).astype(int)
    )

    assert leaks(frame) == {}


@pytest.mark.parametrize("seed", range(5))
def test_an_honest_strong_sensor_is_no_error(seed):
    """A sensor with an AUROC of 0.97 is a good sensor; one of 0.99 is worth a question."""
    good = with_column(seed, lambda g, bad, rows: bad * 2.7 + g.normal(0, 1, rows))
    best = with_column(seed, lambda g, bad, rows: bad * 3.3 + g.normal(0, 1, rows))

    assert leaks(good) == {}
    assert leaks(best) in ({}, {"x": "warning"})


def test_a_name_that_says_afterwards_makes_a_strong_column_an_error():
    """Strength alone is a question, with such a name it is an answer."""
    frame = with_column(1, lambda g, bad, rows: bad * 3.5 + g.normal(0, 1, rows))

    assert leaks(frame) == {"x": "warning"}
    assert leaks(frame.rename({"x": "scrap_cost"})) == {"scrap_cost": "error"}


@pytest.mark.parametrize("seed", range(3))
def test_a_sensor_that_answers_alone_is_an_error(seed):
    """Hardly an exception in three thousand rows is no sensor's work."""
    assert leaks(with_column(seed, lambda g, bad, rows: bad * 12 + g.normal(0, 1, rows))) == {"x": "error"}


def test_the_targets_own_words_and_numbers_are_a_copy():
    """Case, spaces and another type hide no copy."""
    words = clean().with_columns(verdict2=pl.col("scrap").str.to_uppercase() + " ")
    numbers = clean().with_columns(copy=pl.col("strength"))

    assert coded(judge(words), "leak_copy", "verdict2")[0].level == "error"
    assert coded(judge(numbers, "strength", job="regress"), "leak_copy", "copy")[0].level == "error"


def test_other_words_for_the_classes_are_a_leak():
    """A code per class is the class."""
    frame = clean().with_columns(code=pl.col("scrap").replace_strict({"good": "10", "scrap": "77"}))

    assert leaks(frame) == {"code": "error"}


def test_gaps_that_say_the_class_are_a_leak():
    """A measurement that is only made of scrap gives it away by being there."""
    frame = with_column(2, lambda g, bad, rows: np.where(bad, g.normal(0, 1, rows), np.nan))
    frame = frame.with_columns(pl.col("x").fill_nan(None))

    assert leaks(frame)["x"] == "error"


@pytest.mark.parametrize("digits", [1, 2])
def test_a_column_computed_from_the_target_is_found_through_its_rounding(digits):
    """Emissions in tonnes to two digits are the energy, not a cause of it."""
    frame = clean().with_columns(co2=(pl.col("strength") * 0.13 + 0.4).round(digits))

    found = coded(judge(frame, "strength", job="regress"), "leak_computed", "co2")

    assert found[0].level == "error"
    assert found[0].figures["slope"] == pytest.approx(0.13, rel=0.05)


def test_a_sensor_that_hardly_ever_moves_is_not_computed_from_anything():
    """A reading that is 21.61 in 98 rows of a hundred and 21.60 in the others fits every flat line."""
    g = np.random.default_rng(0)
    frame = clean().with_columns(x=pl.Series(np.where(g.uniform(size=1500) < 0.98, 21.61, 21.60)))

    assert leaks(frame, target="strength", job="regress") == {}


def test_a_strong_cause_of_a_number_is_no_error():
    """Nine tenths of the variance is a good sensor."""
    g = np.random.default_rng(1)
    frame = clean().with_columns(x=pl.col("strength") + pl.Series(g.normal(0, 0.4, 1500)))

    assert leaks(frame, target="strength", job="regress") == {}


def test_a_target_that_is_one_date_minus_another_names_the_later_date():
    """The delivered date answers how late it was."""
    g = np.random.default_rng(0)
    frame = clean().with_columns(hours(1500).alias("promised"))
    late = [timedelta(days=int(d)) for d in g.integers(-5, 9, 1500)]
    frame = frame.with_columns(delivered=pl.col("promised") + pl.Series(late), strength=pl.Series(late).dt.total_days())

    found = coded(judge(frame, "strength", job="regress"), "leak_copy")

    assert [f.column for f in found] == ["delivered"]


def test_a_rare_pure_value_of_an_honest_category_is_at_most_a_warning():
    """A supplier all of whose ten lots were bad may just be a bad supplier."""
    frame = with_column(3, lambda g, bad, rows: g.choice(list("pqrs"), rows))
    bad = (frame["scrap"] == "scrap").arg_true().head(15)
    frame = frame.with_columns(x=pl.when(pl.int_range(pl.len()).is_in(bad.implode())).then(pl.lit("t")).otherwise("x"))

    assert set(leaks(frame).values()) <= {"warning"}


def test_serials_learnt_by_heart_are_not_called_predictors():
    """A value seen once explains nothing."""
    frame = clean().with_columns(lot=pl.Series([f"L{i // 2}" for i in range(1500)]))

    assert leaks(frame) == {}
    assert loud(judge(frame.drop("lot"))) == []


def test_auroc_and_skill_agree_with_their_definitions():
    """Ties count half; a table that knows nothing has skill 0, one that knows all has 1."""
    truth = np.array([0, 0, 1, 1])

    assert measure.auroc(np.array([1.0, 2, 2, 3]), truth == 1) == pytest.approx(0.875)
    assert measure.table_skill(np.array([0, 0, 1, 1]), truth) == pytest.approx(1.0)
    assert measure.table_skill(np.array([0, 1, 2, 3]), truth) <= 0
    assert measure.table_r2(np.array([0, 0, 1, 1]), np.array([1.0, 1, 5, 5])) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(3))
def test_what_was_labelled_as_a_whole_is_to_be_kept_together(seed):
    """Forty pieces of 75 rows with one answer each: keeping them together is what is said first, of a category and of
    whole numbers; not of a category of as many values as there are classes."""
    piece = np.arange(3000) // 75
    frame = clean(seed, 3000).with_columns(
        scrap=pl.Series(np.where(piece % 3 == 0, "scrap", "good")), number=pl.Series(piece),
        piece=pl.Series(piece).cast(pl.String) + "x", grade=pl.Series(np.where(piece % 3 == 0, "B", "A")),
    )  # fmt: skip
    fixes = {f.column: f.fix for f in judge(frame) if f.code.startswith("leak")}

    assert fixes["piece"].startswith("if it names what was labelled as a whole")
    assert "data.rows.group='number'" in fixes["number"]
    assert "data.rows.group" not in fixes["grade"]
