"""Every cleaning step: table, blocks and single rows give the same to the bit, and so does a replay."""

import json
import math
from functools import cache
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from andon.clean import TIME, UNIT, Cleaning, fit_steps, read_steps
from andon.errors import SettingProblem
from andon.records.records import Column
from andon.summary import summarise

COLUMNS = [
    Column("x", "number", "input"), Column("y", "number", "input"), Column("k", "category", "input"),
    Column("when", "date", "input"), Column("machine", "category", "unit"), Column("ts", "date", "time"),
    Column("out", "number", "target"),
]  # fmt: skip
PLANS = [
    ["missing"],
    [{"missing": "drop"}],
    [{"missing": "constant", "value": -1.5}],
    [{"missing": "median"}, "clip"],
    [{"missing": "mode"}],
    [{"missing": "previous"}],
    [{"missing": "previous", "limit": 2, "columns": ["x", "k"]}],
    [{"noise": "hampel", "window": 5}],
    [{"noise": "rolling_median", "window": 4}],
    [{"noise": "exponential", "alpha": 0.3}],
    [{"noise": "savitzky_golay", "window": 5, "order": 2}],
    [
        {"clip": [0.1, 0.9]},
        {"missing": "previous", "limit": 1},
        {"noise": "exponential"},
        {"noise": "hampel", "window": 3},
    ],
]


def block_of(rows):
    """A block from (unit, x, y, code) rows; time rises along the rows."""
    unit, x, y, k = zip(*rows, strict=True) if rows else ((), (), (), ())
    gap = [np.nan if v is None else v for v in x], [np.nan if v is None else v for v in y]
    time = np.arange(len(rows)) * 10.0 + 1e9
    return {
        "x": np.array(gap[0], float), "y": np.array(gap[1], float), "k": np.array(k, np.int64), "when": time.copy(),
        UNIT: np.array(unit, np.int64), TIME: time,
    }  # fmt: skip


def fitted(plan):
    """Steps of a plan, fitted on a small table."""
    return fitted_on(json.dumps(plan)).fresh()


@cache
def fitted_on(plan):
    """The same, once per plan."""
    plan = json.loads(plan)
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({
        "x": [*rng.normal(size=30), 1.0, 1.0, None], "y": rng.normal(5, 2, 33), "k": [*"aab"] * 11,
        "when": pl.Series(np.arange(33) * 10**6).cast(pl.Datetime("us")), "machine": ["m"] * 33,
        "ts": pl.Series(np.arange(33) * 10**6).cast(pl.Datetime("us")), "out": np.zeros(33),
    })  # fmt: skip
    cleaning = fit_steps(read_steps(plan), summarise(frame, {c.name: c.kind for c in COLUMNS}).finish(), COLUMNS)
    return cleaning.coded({"k": ["a", "b"]})


def cut(block, edges):
    """Blocks between edges."""
    return [{name: a[i:j] for name, a in block.items()} for i, j in pairwise(edges)]


def in_turn(cleaning, blocks):
    """All blocks through a fresh stream, put together again."""
    stream = cleaning.fresh()
    done = [stream.apply(block) for block in blocks]
    whole = {name: np.concatenate([d.block[name] for d in done]) for name in done[0].block}
    return whole, np.concatenate([d.reject for d in done]), [r for d in done for r in d.reasons]


VALUE = st.one_of(st.none(), st.floats(-1e9, 1e9), st.sampled_from([0.0, 1.0, 1.0]))
ROWS = st.lists(st.tuples(st.integers(-2, 2), VALUE, VALUE, st.integers(-1, 3)), min_size=1, max_size=20)


@pytest.mark.parametrize("plan", PLANS, ids=str)
@given(rows=ROWS, cuts=st.lists(st.integers(1, 29), max_size=5))
@settings(max_examples=12, deadline=None)
def test_whole_blocks_and_rows_agree_to_the_bit(plan, rows, cuts):
    """However a table is cut, down to single rows, cleaning gives the same bits, rejections and reasons."""
    cleaning, block = fitted(plan), block_of(rows)

    whole = in_turn(cleaning, [block])
    for edges in ([0, *sorted({c for c in cuts if c < len(rows)}), len(rows)], list(range(len(rows) + 1))):
        parts = in_turn(cleaning, cut(block, edges))

        assert all(whole[0][name].tobytes() == parts[0][name].tobytes() for name in block)
        assert whole[1].tolist() == parts[1].tolist()
        assert whole[2] == parts[2]


@pytest.mark.parametrize("plan", PLANS, ids=str)
@given(rows=ROWS, where=st.integers(0, 30))
@settings(max_examples=5, deadline=None)
def test_a_stream_goes_on_after_a_restart(plan, rows, where):
    """Steps written as JSON and memory as arrays, both read back, do to later rows what the first ones would have done."""
    cleaning, block = fitted(plan), block_of(rows)
    where = min(where, len(rows))
    first, second = cut(block, [0, where, len(rows)])
    stream = cleaning.fresh()
    stream.apply(first)

    memory = {name: a.copy() for name, a in stream.remembered().items()}
    again = Cleaning.from_json(json.loads(json.dumps(stream.to_json()))).restored(memory)

    ours, theirs = stream.apply(second), again.apply(second)
    assert all(ours.block[name].tobytes() == theirs.block[name].tobytes() for name in block)
    assert ours.changed == theirs.changed


@pytest.mark.parametrize("plan", [*PLANS, [{"missing": "linear"}]], ids=str)
def test_cleaning_never_writes_to_what_it_is_given(plan):
    """The arrays of the block that came in are as they were."""
    block = block_of([(1, 1.0, None, -1), (1, None, 2.0, 1), (2, 50.0, 3.0, 0)])
    before = {name: a.copy() for name, a in block.items()}
    for a in block.values():
        a.flags.writeable = False

    fitted(plan).apply(block)

    assert all(np.array_equal(before[name], block[name], equal_nan=True) for name in block)


def test_no_step_changes_nothing():
    """`auto` is no step: the block passes, gaps and all, and no row is rejected."""
    cleaning = fit_steps(read_steps("auto"), summarise(pl.DataFrame(), {}).finish(), COLUMNS)
    block = block_of([(1, None, 1.0, -1)])

    done = cleaning.apply(block)

    assert done.block is block
    assert (done.reject.tolist(), done.reasons, done.changed, cleaning.remembers) == ([False], [], {}, False)


def test_drop_rejects_rows_and_names_the_first_column():
    """A row with a gap gets no answer, and its reason names the column."""
    done = fitted([{"missing": "drop"}]).apply(block_of([(1, 1.0, 1.0, 1), (1, 1.0, None, -1), (1, None, 1.0, 1)]))

    assert done.reject.tolist() == [False, True, True]
    assert done.reasons == ["column 'y' is missing", "column 'x' is missing"]


def test_drop_for_training_only_answers_all_rows():
    """With `only: training` rows with gaps are not trained on, and still answered."""
    cleaning = fitted([{"missing": "drop", "only": "training", "columns": ["x", "y"]}])
    block = block_of([(1, 1.0, 1.0, 1), (1, 1.0, None, -1)])
    frame = pl.DataFrame({"x": [1.0, 1.0, math.nan, None], "y": [1, None, 2, 2]}).lazy()

    assert cleaning.apply(block).reject.tolist() == [False, False]
    assert cleaning.fresh().apply(block, training=True).reject.tolist() == [False, True]
    assert cleaning.rows(frame).tolist() == [True, False, False, False]


def test_gaps_are_filled_by_what_training_saw():
    """Constant, median and mode fill numbers; mode and a constant word fill categories by their code."""
    block = block_of([(1, None, None, -1), (1, 7.0, 8.0, 2)])

    assert fitted([{"missing": "constant", "value": 4}]).apply(block).block["x"].tolist() == [4.0, 7.0]
    assert fitted([{"missing": "mode"}]).apply(block).block["x"].tolist() == [1.0, 7.0]
    assert fitted([{"missing": "mode"}]).apply(block).block["k"].tolist() == [1, 2]
    assert fitted([{"missing": "constant", "value": "b"}]).apply(block).block["k"].tolist() == [2, 2]
    median = fitted([{"missing": "median"}]).apply(block)
    assert abs(median.block["y"][0] - 5) < 1.5
    assert median.changed == {"missing.x": 1, "missing.y": 1}


def test_previous_stays_within_its_unit_and_limit():
    """A value is carried to later rows of the same unit, as many as the limit allows, over block borders too."""
    stream = fitted([{"missing": "previous", "limit": 2}]).fresh()

    first = stream.apply(block_of([(1, 5.0, 0, 1), (2, None, 0, -1), (1, None, 0, -1)]))
    second = stream.apply(block_of([(1, None, 0, -1), (1, None, 0, -1), (2, None, 0, 3)]))

    np.testing.assert_equal(first.block["x"], [5.0, np.nan, 5.0])
    np.testing.assert_equal(second.block["x"], [5.0, np.nan, np.nan])
    assert first.block["k"].tolist() == [1, -1, 1]
    assert second.block["k"].tolist() == [1, -1, 3]


def test_linear_is_a_line_in_time_inside_a_block_and_previous_elsewhere():
    """Gaps with both ends in the block follow time; a row alone, or a gap at the end, takes the last value."""
    block = block_of([(1, 0.0, 1, 1), (1, None, 1, 1), (1, None, 1, 1), (1, 10.0, 1, 1), (1, None, 1, 1)])
    block[TIME] = np.array([0.0, 1.0, 9.0, 10.0, 11.0])
    cleaning = fitted([{"missing": "linear", "columns": ["x"]}])

    assert cleaning.apply(block).block["x"].tolist() == [0.0, 1.0, 9.0, 10.0, 10.0]
    alone = in_turn(cleaning, cut(block, range(6)))[0]["x"]
    assert alone.tolist() == [0.0, 0.0, 0.0, 10.0, 10.0]


def test_linear_without_time_counts_rows():
    """Where there is no time column, or times stand still, rows are evenly spaced."""
    block = block_of([(1, 0.0, 1, 1), (2, 7.0, 1, 1), (1, None, 1, 1), (1, None, 1, 1), (1, 3.0, 1, 1)])
    del block[TIME]
    cleaning = fitted([{"missing": "linear", "columns": ["x"]}])

    assert cleaning.apply(block).block["x"].tolist() == [0.0, 7.0, 1.0, 2.0, 3.0]
    block[TIME] = np.zeros(5)
    assert cleaning.fresh().apply(block).block["x"].tolist() == [0.0, 7.0, 1.0, 2.0, 3.0]


def test_hampel_takes_out_a_spike_and_leaves_the_rest():
    """A single spike becomes the median of the readings before it; a smooth signal passes untouched."""
    x = np.sin(np.arange(60) / 5)
    x[30] = 40.0
    done = fitted([{"noise": "hampel", "window": 7, "columns": ["x"]}]).apply({"x": x})

    assert abs(done.block["x"][30]) < 1.1
    assert done.changed["noise.x"] <= 8
    assert np.delete(done.block["x"] == x, 30).mean() > 0.85


def test_savitzky_golay_follows_a_parabola_exactly():
    """A polynomial of its own degree comes out as it went in, from the third reading on and over gaps in time order."""
    t = np.arange(40.0)
    x = 3 - 2 * t + 0.5 * t * t
    done = fitted([{"noise": "savitzky_golay", "window": 9, "order": 2, "columns": ["x"]}]).apply({"x": x})

    np.testing.assert_allclose(done.block["x"], x, rtol=1e-9, atol=1e-9)


def test_exponential_and_rolling_median_are_what_their_formulas_say():
    """Against the definitions, written out."""
    x = np.array([4.0, np.nan, 8.0, 0.0])

    smoothed = fitted([{"noise": "exponential", "alpha": 0.25, "columns": ["x"]}]).apply({"x": x}).block["x"]
    middle = fitted([{"noise": "rolling_median", "window": 3, "columns": ["x"]}]).apply({"x": x}).block["x"]

    np.testing.assert_equal(smoothed, [4.0, np.nan, 5.0, 3.75])
    np.testing.assert_equal(middle, [4.0, np.nan, 6.0, 4.0])


def test_compiled_and_plain_loops_agree_to_the_bit(monkeypatch):
    """With Numba or without, exponential smoothing gives the same bits."""
    pytest.importorskip("numba")
    rng = np.random.default_rng(1)
    block = {"x": rng.normal(1e6, 3, 5000), UNIT: rng.integers(0, 9, 5000)}
    cleaning = fitted([{"noise": "exponential", "alpha": 0.17, "columns": ["x"]}])
    plain = cleaning.apply(block).block["x"]

    monkeypatch.setattr("andon.clean.recursion.COMPILE_FROM", 1)

    assert cleaning.fresh().apply(block).block["x"].tobytes() == plain.tobytes()


def test_without_numba_the_plain_loop_is_used(monkeypatch):
    """The base install has no Numba and smooths all the same."""
    from andon.clean import recursion

    recursion._compiled.cache_clear()
    monkeypatch.setattr(recursion, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name)))
    monkeypatch.setattr(recursion, "COMPILE_FROM", 1)

    done = fitted([{"noise": "exponential", "alpha": 0.5, "columns": ["x"]}]).apply({"x": np.array([0.0, 1.0])})

    recursion._compiled.cache_clear()
    assert done.block["x"].tolist() == [0.0, 0.5]


def test_clip_brings_numbers_into_their_range():
    """A range asked for, or quantiles of training, bound the numbers; gaps stay."""
    block = {"x": np.array([-9.0, 0.5, 9.0, np.nan])}

    ranged = fitted([{"clip": {"range": [0, 1], "columns": ["x"]}}]).apply(block)
    usual = fitted(["clip"]).apply(block).block["x"]

    np.testing.assert_equal(ranged.block["x"], [0.0, 0.5, 1.0, np.nan])
    assert ranged.changed == {"clip.x": 2}
    assert -4 < usual[0] < 0.5 < usual[2] < 4


def test_duplicates_are_left_out_of_training_and_still_answered():
    """Equal rows, or rows of the same unit and time, train once; a block passes unchanged."""
    frame = pl.DataFrame({"machine": ["a", "a", "a"], "ts": [1, 1, 2], "x": [1.0, 1.0, 1.0], "y": [1, 2, 1]}).lazy()
    twice = pl.concat([frame, frame])

    assert fitted(["duplicates"]).rows(twice).tolist() == [True] * 3 + [False] * 3
    assert fitted([{"duplicates": "unit_time"}]).rows(frame).tolist() == [True, False, True]
    assert fitted(["clip"]).rows(frame).tolist() == [True] * 3
    assert not fitted(["duplicates"]).apply(block_of([(1, 1, 1, 1)] * 2)).reject.any()


@pytest.mark.parametrize(
    ("plan", "key", "words"),
    [
        (["smooth"], "clean.0", "smooth"),
        ([{"missing": "later"}], "clean.0.how", "later"),
        (["clip", {"missing": "previous", "limit": -1}], "clean.1.limit", "0 or more"),
        ([{"missing": "median", "only": "training"}], "clean.0.only", "must fill them at the line too"),
        ([{"missing": "median", "columns": ["k"]}], "clean.0.columns", "it is a category"),
        ([{"noise": "hampel", "columns": ["X"]}], "clean.0.columns", "Did you mean 'x'"),
        ([{"noise": "hampel", "window": 1}], "clean.0.window", "between 3 and 1001"),
        ([{"clip": [0.9, 0.1]}], "clean.0.quantiles", "the smaller first"),
        ([{"missing": "constant", "value": "a", "columns": ["x"]}], "clean.0.value", "holds numbers"),
    ],
)
def test_a_wrong_setting_is_named_by_its_path(plan, key, words):
    """Mistakes in `clean` say which entry and option, and what is right."""
    with pytest.raises(SettingProblem) as caught:
        fitted(plan)

    assert caught.value.key == key
    assert words.lower() in str(caught.value).lower()


def test_same_unit_and_time_needs_both():
    """Asking for unit and time where there are none says so."""
    with pytest.raises(SettingProblem, match="no unit or no time"):
        fit_steps(read_steps(["duplicates:unit_time"]), summarise(pl.DataFrame(), {}).finish(), COLUMNS[:3])
