"""What a split promises, whatever the records look like."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from split_rows import records

from andon.errors import SettingProblem
from andon.plan.settings import Split
from andon.split import PARTS, PURGED, Parts, shares_of, split
from andon.split.groups import join

SHARES = st.sampled_from([(0.2, 0.15, 0.1), (0.3, 0.0, 0.0), (0.0, 0.2, 0.0), (0.5, 0.1, 0.2), (0.0, 0.0, 0.0)])


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    """Some dozens to hundreds of rows with units, groups, times, gaps in the target, and copied rows."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    rows = draw(st.integers(40, 400))
    frame = pl.DataFrame(
        {
            "a": rng.normal(size=rows),
            "unit": rng.integers(0, draw(st.integers(8, 60)), rows),
            "group": rng.integers(0, draw(st.integers(8, 60)), rows).astype(str),
            "time": rng.integers(0, draw(st.sampled_from([30, 10_000])), rows).astype(float),
            "y": rng.choice(["ok", "ng", "rare"], rows, p=[0.8, 0.15, 0.05]),
        }
    )
    holes = pl.Series(rng.random(rows) < draw(st.sampled_from([0.0, 0.1])))
    frame = frame.with_columns(y=pl.when(holes).then(None).otherwise(pl.col("y")))
    copied = rng.integers(0, rows, draw(st.integers(0, 12)))
    return pl.concat([frame, frame[copied]])


def cut(frame: pl.DataFrame, asked: Split, **roles: str) -> Parts | None:
    """The split, or None where a part would be empty."""
    try:
        return split(records(frame, target="y", **roles), asked, task="classification", target="y")
    except SettingProblem as problem:
        if "would be empty" in str(problem) or "there are only" in str(problem):
            return None
        raise


def apart(codes: np.ndarray, groups: pl.Series) -> int:
    """Groups with rows in more than one part; purged rows don't count."""
    frame = pl.DataFrame({"part": codes, "group": groups}).filter(pl.col("part") < PURGED)
    return frame.group_by("group").agg(pl.col("part").n_unique()).filter(pl.col("part") > 1).height


@given(frames(), SHARES, st.sampled_from(["random", "unit", "group", "time"]), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_every_row_has_one_part_and_rows_without_a_target_none(frame, shares, by, seed):
    """Parts are a partition of the rows that have a target; a share of nought gives an empty part."""
    asked = Split(by=by, test=shares[0], validation=shares[1], calibration=shares[2], seed=seed)
    parts = cut(frame, asked, **({by: by} if by != "random" else {}))
    assume(parts is not None)

    codes = parts.codes
    assert codes.shape == (frame.height,)
    assert set(codes.tolist()) <= {0, 1, 2, 3, PURGED}
    assert (codes[frame["y"].is_null().to_numpy()] == PURGED).all()
    for part, share in zip(("test", "validation", "calibration"), shares, strict=True):
        assert (len(parts.rows(part)) > 0) == (share > 0)
    assert len(parts.rows("train")) > 0
    again = cut(frame, asked, **({by: by} if by != "random" else {}))
    assert np.array_equal(codes, again.codes)


@given(frames(), SHARES, st.sampled_from(["unit", "group"]), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_groups_are_never_cut(frame, shares, by, seed):
    """All rows of a unit or group that are used at all are in one part, and the sizes are right within a group."""
    asked = Split(by=by, test=shares[0], validation=shares[1], calibration=shares[2], seed=seed)
    parts = cut(frame, asked, **{by: by})
    assume(parts is not None)

    assert apart(parts.codes, frame[by]) == 0
    usable = frame["y"].is_not_null().to_numpy()
    largest = np.bincount(np.unique(parts.groups[usable], return_inverse=True)[1]).max()
    for part, share in shares_of(asked).items():
        assert abs(len(parts.rows(part)) - share * usable.sum()) <= largest + parts.codes[usable].tolist().count(PURGED)


@given(frames(), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_identical_rows_are_in_one_part(frame, seed):
    """A copied row never stands on both sides of a random split, and sizes are right within a set of copies and a row."""
    asked = Split(by="random", seed=seed)
    parts = cut(frame, asked)

    inputs = frame.select("a", "unit", "group", "time")
    assert apart(parts.codes, pl.Series(inputs.hash_rows())) == 0
    largest = inputs.hash_rows().value_counts()["count"].max()
    used = (parts.codes < PURGED).sum()
    for part, share in shares_of(asked).items():
        assert abs(len(parts.rows(part)) - share * used) <= largest + 1


@given(frames(), st.sampled_from([None, "0.5", "3", "40"]), SHARES)
@settings(max_examples=40, deadline=None)
def test_time_order_holds_with_its_gap(frame, gap, shares):
    """Every row of an earlier part lies at least the gap before every row of a later part."""
    asked = Split(by="time", test=shares[0], validation=shares[1], calibration=shares[2], gap=gap)
    parts = cut(frame, asked, time="time")
    assume(parts is not None)

    time = frame["time"].to_numpy()
    filled = [time[parts.rows(part)] for part in PARTS if len(parts.rows(part))]
    for earlier, later in pairwise(filled):
        assert earlier.max() + float(gap or 0) <= later.min()
        assert earlier.max() < later.min()


@given(frames(), st.integers(2, 6), st.sampled_from(["random", "unit", "group"]), st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_folds_are_disjoint_and_cover(frame, folds, by, seed):
    """Every row with a target is tested in exactly one fold; no fold cuts a group."""
    roles = {by: by} if by != "random" else {}
    if by != "random":
        frame = frame.unique("a", maintain_order=True)
    tested = np.zeros(frame.height, int)
    for number in range(folds):
        parts = cut(frame, Split(by=by, folds=folds, fold=number, seed=seed), **roles)
        assume(parts is not None)
        tested[parts.rows("test")] += 1
        if by != "random":
            assert apart(parts.codes, frame[by]) == 0

    assert np.array_equal(tested, frame["y"].is_not_null().to_numpy().astype(int))


@given(frames(), st.integers(2, 5), st.sampled_from([None, "3"]))
@settings(max_examples=40, deadline=None)
def test_folds_in_time_have_a_past_and_no_future(frame, folds, gap):
    """Folds by time are disjoint, cover all but the first block, and learn only from what came before them."""
    frame = frame.unique("a", maintain_order=True)
    tested = np.zeros(frame.height, int)
    time = frame["time"].to_numpy()
    for number in range(folds):
        parts = cut(frame, Split(by="time", folds=folds, fold=number, gap=gap), time="time")
        assume(parts is not None)
        tested[parts.rows("test")] += 1
        learnt = np.concatenate([parts.rows(part) for part in PARTS[:3]])
        assert time[learnt].max() + float(gap or 0) <= time[parts.rows("test")].min()

    usable = frame["y"].is_not_null().to_numpy()
    later = time >= time[tested == 1].min()
    assert np.array_equal(tested, (usable & later).astype(int))


@given(st.integers(0, 10**6), st.integers(1, 300), st.integers(1, 80), st.integers(1, 80))
@settings(max_examples=40, deadline=None)
def test_joined_groups_are_connected_components(seed, rows, most, others):
    """Two rows are together if and only if a chain of shared numbers leads from one to the other."""
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, most, rows), rng.integers(0, others, rows)
    leader = np.arange(rows)
    for _ in range(rows):
        before = leader.copy()
        for codes in (first, second):
            for code in np.unique(codes):
                leader[codes == code] = leader[codes == code].min()
        if np.array_equal(before, leader):
            break

    joined = join(first, second)

    assert np.array_equal(joined[:, None] == joined, leader[:, None] == leader)
