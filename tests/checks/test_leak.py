"""Leaks are found, honest causes are not called leaks."""

from __future__ import annotations

from datetime import timedelta

import msgspec
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


def tools(seed: int = 0, units: int = 30) -> pl.DataFrame:
    """Cuts of tools until each fails: wear that tells of it, a load that does not, a hardness that stays as it is."""
    g = np.random.default_rng(seed)
    lives = g.integers(60, 200, units)
    tool, life = np.repeat(np.arange(units), lives), np.repeat(lives, lives)
    cut = np.concatenate([np.arange(1, n + 1) for n in lives])
    wear = (cut / life) ** 1.5 * g.uniform(0.8, 1.2, units)[tool] + g.normal(0, 0.03, len(cut))
    return pl.DataFrame({
        "tool": [f"T{n}" for n in tool], "cut": cut, "rul": life - cut, "wear": wear.round(3),
        "load": g.normal(50, 5, len(cut)).round(1), "hardness": g.integers(180, 260, units)[tool],
    })  # fmt: skip


WHOLE = pl.col("cut").max().over("tool")


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (WHOLE, "leak_computed"),
        ((WHOLE * 0.5 + 3).round(1), "leak_computed"),
        ((pl.col("cut") / WHOLE).round(3), "leak_computed"),
        ((100 * (pl.col("cut") - 1) / (WHOLE - 1)).round(1), "leak_computed"),
        ((pl.col("rul") / WHOLE).round(4), "leak_computed"),
        (pl.col("rul").clip(upper_bound=30), "leak_computed"),
        (1 - (pl.col("rul") / 50).clip(upper_bound=1), "leak_computed"),
        ((pl.col("rul") <= 30).cast(pl.Int64), "leak_flag"),
        (pl.when(pl.col("rul") <= 15).then(pl.lit("bad")).otherwise(pl.lit("fair")), "leak_flag"),
        (pl.when(pl.col("rul") <= 20).then(pl.lit("order")), "leak_flag"),
    ],
)
def test_what_only_the_end_of_a_life_tells_is_a_leak(made, code):
    """How long each life is, which share of it is spent, the life left clipped or cut in two: known afterwards."""
    frame = tools().with_columns(x=made)
    clipped = frame.with_columns(rul=pl.col("rul").clip(upper_bound=100))

    for each in (frame, clipped):
        found = judge(each, "rul", job="remaining_life", tool="unit", cut="time")
        assert [(f.code, f.level, f.column) for f in found if f.code.startswith("leak")] == [(code, "error", "x")]
        assert msgspec.json.encode(found)
    assert leaks(frame, target="rul", job="regress", tool="ignore", cut="ignore") == {}


def test_the_end_of_a_life_is_told_by_dates_too():
    """Hours since each tool was put in, at its own date; how many days it held."""
    frame = tools().with_columns(
        cut=pl.datetime(2024, 1, 1) + pl.duration(days=pl.col("tool").str.slice(1).cast(pl.Int64), hours=pl.col("cut")),
        x=(pl.col("rul").max().over("tool") / 24).round(2),
    )

    assert leaks(frame, target="rul", job="remaining_life", tool="unit", cut="time") == {"x": "error"}


@pytest.mark.parametrize("name", ["life", "life_ends", "first"])
def test_columns_may_be_called_as_lives_are(name):
    """Without events a life and its end are words as any other."""
    frame = tools().with_columns(x=WHOLE, y=pl.col("load") * 2).rename({"y": name})

    assert leaks(frame, target="rul", job="remaining_life", tool="unit", cut="time") == {"x": "error"}


@pytest.mark.parametrize("seed", range(3))
def test_wear_a_planned_life_and_the_mark_of_the_last_row_are_no_leak(seed):
    """What is measured, what was known when the tool was put in, and what is seen when it fails."""
    frame = tools(seed).with_columns(
        failed=(pl.col("rul") == 0).cast(pl.Int64), hours=pl.col("cut") * 0.25, planned=pl.col("hardness") / 2 + 7,
        share=pl.col("cut") / 150, warned=(pl.col("wear") > 0.8).cast(pl.Int64),
    )  # fmt: skip

    assert leaks(frame, target="rul", job="remaining_life", tool="unit", cut="time") == {}


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
