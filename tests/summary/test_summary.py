"""The summary: a fold over blocks in any order is one look at the whole."""

import math
from datetime import datetime
from fractions import Fraction
from functools import reduce
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from andon.summary import Finished, fold, row_hash, sample, summarise

KINDS = {"x": "number", "whole": "number", "place": "category", "when": "date", "note": "text"}
NUMBER = st.one_of(
    st.none(),
    st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 1e9, 1e9 + 1]),
    st.floats(-1e12, 1e12),
)
ROW = st.tuples(
    NUMBER,
    st.one_of(st.none(), st.integers(-5, 5)),
    st.sampled_from([None, "a", "b", "炉"]),
    st.one_of(st.none(), st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1))),
    st.sampled_from([None, "x", "y"]),
)
TYPES = {"x": pl.Float64, "whole": pl.Int64, "place": pl.String, "when": pl.Datetime("us"), "note": pl.String}


def frame_of(rows):
    """A frame with a column of every kind."""
    return pl.DataFrame(rows, schema=TYPES, orient="row")


def assert_same(one: Finished, two: Finished):
    """Counts, sample and categories are identical; moments agree to 1e-12 of their size."""
    assert (one.rows, one.missing, one.categories) == (two.rows, two.missing, two.categories)
    assert one.sample.equals(two.sample)
    for name, a in one.numbers.items():
        b = two.numbers[name]
        for fact in ("count", "missing", "not_finite", "zeros", "distinct_seen", "low", "high"):
            np.testing.assert_equal(getattr(a, fact), getattr(b, fact))
        if a.count:
            assert abs(a.mean - b.mean) <= 1e-12 * max(abs(a.low), abs(a.high))
            assert math.isclose(a.sd, b.sd, rel_tol=1e-12)
    for name, date in one.dates.items():
        np.testing.assert_equal((date.low, date.high), (two.dates[name].low, two.dates[name].high))


@given(rows=st.lists(ROW, max_size=25), cuts=st.lists(st.integers(0, 40), max_size=6), order=st.randoms())
@settings(max_examples=30, deadline=None)
def test_blocks_in_any_order_are_the_whole(rows, cuts, order):
    """However rows are cut into blocks, and in whatever order the blocks are added, the facts are the same."""
    frame = frame_of(rows)
    edges = [0, *sorted(min(c, len(rows)) for c in cuts), len(rows)]
    blocks = [frame[a:b] for a, b in pairwise(edges)]
    order.shuffle(blocks)

    parts = [summarise(block, KINDS) for block in blocks]

    assert_same(reduce(lambda a, b: a + b, parts).finish(), summarise(frame, KINDS).finish())


@given(seed=st.integers(0, 99), size=st.integers(1, 400))
@settings(max_examples=8, deadline=None)
def test_a_small_sample_survives_any_cut(seed, size):
    """With more distinct rows than the sample holds, blocks in any order still keep the same rows and counts."""
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame({"x": rng.integers(0, 50, 400)})
    blocks = [frame[k : k + size] for k in range(0, 400, size)]
    order = rng.permutation(len(blocks))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample, "SAMPLE_ROWS", 16)

        parts = [summarise(blocks[k], {"x": "number"}) for k in order]

        assert_same(reduce(lambda a, b: a + b, parts).finish(), summarise(frame, {"x": "number"}).finish())


def test_a_totaliser_keeps_its_digits():
    """A column near 1e9 with a spread of 1e-3 has its mean and spread to 12 digits, over hundreds of blocks."""
    rng = np.random.default_rng(0)
    values = 1e9 + rng.normal(0, 1e-3, 20_000)
    exact = [Fraction(v) for v in values.tolist()]
    mean = sum(exact) / len(exact)
    variance = sum((v - mean) ** 2 for v in exact) / len(exact)

    blocks = [summarise(pl.DataFrame({"x": values[k : k + 50]}), {"x": "number"}) for k in range(0, 20_000, 50)]
    facts = reduce(lambda a, b: a + b, blocks).finish().numbers["x"]

    assert facts.mean == float(mean)
    assert math.isclose(facts.sd, math.sqrt(variance), rel_tol=1e-12)


def test_a_far_off_start_costs_no_digits():
    """One zero ahead of readings at 1e9 does not spoil their spread."""
    values = np.concatenate([[0.0], 1e9 + np.random.default_rng(1).normal(0, 1, 5000)])
    exact = [Fraction(v) for v in values.tolist()]
    mean = sum(exact) / len(exact)

    facts = summarise(pl.DataFrame({"x": values}), {"x": "number"}).finish().numbers["x"]

    assert math.isclose(facts.sd, math.sqrt(sum((v - mean) ** 2 for v in exact) / len(exact)), rel_tol=1e-12)


def test_a_constant_column_has_no_spread():
    """Equal values have spread exactly 0, whatever rounding does to their mean."""
    frame = pl.DataFrame({"x": [0.1] * 1001})

    facts = (summarise(frame, {"x": "number"}) + summarise(frame[:17], {"x": "number"})).finish().numbers["x"]

    assert (facts.mean, facts.sd, facts.distinct_seen) == (0.1, 0.0, 1)


def test_no_rows_and_no_values_are_no_error():
    """An empty frame and a column of nulls give NaN facts and counts of 0."""
    empty = summarise(frame_of([]), KINDS).finish()
    nothing = summarise(pl.DataFrame({"x": [None, None]}, schema={"x": pl.Float64}), {"x": "number"}).finish()

    assert (empty.rows, empty.numbers["x"].count, empty.categories["place"].counts) == (0, 0, {})
    assert (nothing.numbers["x"].missing, nothing.missing["x"]) == (2, 2)
    assert math.isnan(nothing.numbers["x"].mean)
    assert np.isnan(nothing.quantile("x", [0.5])).all()


def test_values_at_the_end_of_float64_do_not_stop_the_fold():
    """Sentinels such as 1.7e308 have no finite spread, and give no warning and no error."""
    part = summarise(pl.DataFrame({"x": [1.7e308, -1.7e308, 1.7e308]}), {"x": "number"})

    facts = (part + part).finish().numbers["x"]

    assert (facts.count, facts.low, facts.high) == (6, -1.7e308, 1.7e308)
    assert not math.isfinite(facts.sd)


def test_fold_streams_what_summarise_sees_at_once(tmp_path):
    """The fold over a file, of all rows or of a mask, gives what one block gives."""
    rng = np.random.default_rng(2)
    frame = pl.DataFrame({"x": rng.normal(size=300_000), "k": rng.integers(0, 9, 300_000).astype(str)})
    frame.write_parquet(tmp_path / "x.parquet", row_group_size=70_000)
    lazy, kinds, mask = (
        pl.scan_parquet(tmp_path / "x.parquet"),
        {"x": "number", "k": "category"},
        rng.random(300_000) < 0.3,
    )

    assert_same(fold(lazy, kinds), summarise(frame, kinds).finish())
    assert_same(fold(lazy, kinds, rows=mask), summarise(frame.filter(pl.Series(mask)), kinds).finish())


def test_a_fold_is_repeated_to_the_bit(tmp_path):
    """Two folds over the same file agree in every bit: what is fitted on them is reproducible."""
    pl.DataFrame({"x": np.random.default_rng(3).normal(size=400_000)}).write_parquet(tmp_path / "x.parquet")
    lazy = pl.scan_parquet(tmp_path / "x.parquet")

    assert fold(lazy, {"x": "number"}).to_json() == fold(lazy, {"x": "number"}).to_json()


def test_the_sample_does_not_depend_on_the_order_of_rows():
    """Shuffled rows give the same sample: those with the smallest hashes."""
    rng = np.random.default_rng(4)
    frame = pl.DataFrame({"x": rng.normal(size=40_000), "y": rng.integers(0, 3, 40_000)})
    kinds = {"x": "number", "y": "number"}

    whole = summarise(frame, kinds).finish().sample
    shuffled = summarise(frame.sample(fraction=1, shuffle=True, seed=1), kinds).finish().sample

    assert whole.equals(shuffled)
    assert len(whole) == 16_384
    assert row_hash(whole).tolist() == np.sort(row_hash(frame))[:16_384].tolist()


def test_a_table_of_few_distinct_rows_is_sampled_in_proportion():
    """Rows that repeat stand in the sample as often as they should, so quantiles are right."""
    frame = pl.DataFrame({"x": np.repeat([1.0, 2.0, 3.0], [70_000, 20_000, 10_000])})

    found = summarise(frame, {"x": "number"}).finish()

    assert len(found.sample) == 16_384
    np.testing.assert_allclose([(found.values("x") == v).mean() for v in (1, 2, 3)], [0.7, 0.2, 0.1], atol=1e-4)
    assert found.quantile("x", [0.5, 0.85, 0.95]).tolist() == [1.0, 2.0, 3.0]


def test_one_heavy_row_among_many_gets_its_share_and_no_more():
    """A row that makes up a third of the table, if sampled, makes up a third of the sample."""
    rng = np.random.default_rng(5)
    many = rng.normal(size=100_000)
    lightest = many[np.argmin(row_hash(pl.DataFrame({"x": many})))]
    frame = pl.DataFrame({"x": np.concatenate([many, np.full(50_000, lightest)])})

    found = summarise(frame, {"x": "number"}).finish()

    assert abs((found.values("x") == lightest).mean() - 1 / 3) < 0.01


def test_category_counts_stay_exact_beyond_the_cap(monkeypatch):
    """Values kept at the end have exact counts, and the others are counted as overflow."""
    monkeypatch.setattr("andon.summary.categories.MOST_VALUES", 10)
    words = np.random.default_rng(6).integers(0, 40, 1000).astype(str)
    blocks = [summarise(pl.DataFrame({"k": words[k : k + 90]}), {"k": "category"}) for k in range(0, 1000, 90)]

    facts = reduce(lambda a, b: a + b, blocks).finish().categories["k"]

    assert len(facts.counts) == 10
    assert all(count == (words == word).sum() for word, count in facts.counts.items())
    assert sum(facts.counts.values()) + facts.overflow == 1000
    assert list(facts.counts.values()) == sorted(facts.counts.values(), reverse=True)


def test_facts_go_to_json_and_back():
    """A summary read back from JSON has the same facts, NaN included."""
    found = summarise(frame_of([(None, 1, "a", None, "x"), (None, None, None, None, None)]), KINDS).finish()

    again = Finished.from_json(found.to_json())

    assert again.to_json() == found.to_json()
    np.testing.assert_equal(again.numbers["x"].mean, math.nan)
    assert again.categories == found.categories


def test_pictures_stay_out_of_the_sample():
    """Picture columns are counted but not sampled: a sample must stay small."""
    frame = pl.DataFrame({"p": np.zeros((5, 2, 2), np.uint8), "x": np.arange(5.0)})

    found = summarise(frame, {"p": "image", "x": "number"}).finish()

    assert found.sample.columns == ["x"]
    assert found.missing == {"p": 0, "x": 0}
