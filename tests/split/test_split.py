"""Each rule of the split, the sentence it is explained with, and how it refuses."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from split_rows import records

from andon.errors import SettingProblem
from andon.plan.settings import Split
from andon.split import PARTS, PURGED, Parts, split

DATA = Path(os.environ.get("ANDON_DATA", "../shared/data"))


def frame(rows: int = 1000, seed: int = 0) -> pl.DataFrame:
    """Twenty machines, a lot of ten rows each, a row a minute, one failure in twenty."""
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "a": rng.normal(size=rows),
            "machine": [f"M{i}" for i in rng.integers(0, 20, rows)],
            "lot": np.arange(rows) // 10,
            "made": [datetime(2024, 1, 1) + timedelta(minutes=int(i)) for i in rng.permutation(rows)],
            "cycle": np.arange(rows),
            "bad": (rng.random(rows) < 0.05).astype(int),
            "strength": rng.gamma(2, 10, rows),
        }
    )


def cut(
    data: pl.DataFrame, target: str = "bad", task: str = "classification", roles: dict | None = None, **asked
) -> Parts:
    """Split by the settings asked for."""
    return split(records(data, **{"target": target, **(roles or {})}), Split(**asked), task=task, target=target)


@pytest.mark.parametrize(
    ("roles", "by", "why"),
    [
        ({}, "random", "Rows at random, every part with its share of each class of 'bad'."),
        ({"unit": "machine"}, "unit",
         "By unit: all rows of one 'machine' are in one part, so that the scores hold for new ones."),
        ({"group": "lot"}, "group", "By group: all rows of one 'lot' are in one part, since they resemble each other."),
        ({"time": "made"}, "time", "By time: the latest rows by 'made' judge what was learnt from earlier ones."),
        ({"unit": "machine", "time": "made"}, "unit",
         "By unit: all rows of one 'machine' are in one part, so that the scores hold for new ones."),
        ({"group": "lot", "time": "made"}, "group",
         "By group: all rows of one 'lot' are in one part, since they resemble each other."),
    ],
)  # fmt: skip
def test_auto_follows_the_roles_and_says_why(roles, by, why):
    """A given part binds first, then unit, group and time; else rows are dealt at random."""
    parts = cut(frame(), roles=roles)

    assert (parts.by, parts.why) == (by, why)


def test_too_few_units_leave_the_choice_to_the_time():
    """Two machines cannot be held apart; what they make tomorrow can. Asked for by name, or without a time, it is
    refused, and the column is named."""
    data = frame().with_columns(machine=pl.Series(["M1", "M2"] * 500))

    parts = cut(data, roles={"unit": "machine", "time": "made"})

    assert (parts.by, parts.groups) == ("time", None)
    assert parts.why.endswith("; 'machine' has too few values to hold any of them apart.")
    for roles, asked in (({"unit": "machine", "time": "made"}, {"by": "unit"}), ({"unit": "machine"}, {})):
        with pytest.raises(SettingProblem, match="too few units of 'machine'"):
            cut(data, roles=roles, **asked)


def test_a_given_part_binds_first():
    """Whoever names the parts has decided."""
    data = frame().with_columns(part=pl.Series(["train"] * 700 + ["test"] * 300))

    parts = cut(data, roles={"part": "part", "unit": "machine"}, validation=0, calibration=0)

    assert (parts.by, parts.counts()) == ("given", {"train": 700, "validation": 0, "calibration": 0, "test": 300})
    assert parts.why == "Column 'part' says which row is for what."


@pytest.mark.parametrize("shares", [(0.2, 0.15, 0.1), (0.2, 0.0, 0.0), (0.0, 0.2, 0.0), (0.0, 0.0, 0.0)])
def test_random_shares_are_right_to_the_row_and_stratified(shares):
    """Sizes are exact, and a rare class has its share in every part."""
    data = frame()

    parts = cut(data, test=shares[0], validation=shares[1], calibration=shares[2])

    assert [len(parts.rows(p)) for p in ("test", "validation", "calibration")] == [round(1000 * s) for s in shares]
    bad = data["bad"].to_numpy()
    for part, share in zip(("test", "validation", "calibration"), shares, strict=True):
        assert abs(bad[parts.rows(part)].sum() - share * bad.sum()) <= 2
    assert parts.groups is None


def test_a_measured_target_is_stratified_by_its_quantiles():
    """The parts' targets have nearly the same distribution, closer than chance would make them."""
    data = frame()

    parts = cut(data, target="strength", task="regression")

    strength = data["strength"].to_numpy()
    for part in PARTS:
        for level in (0.1, 0.5, 0.9):
            below = (strength[parts.rows(part)] <= np.quantile(strength, level)).mean()
            assert below == pytest.approx(level, abs=0.045)
    assert "each range of 'strength'" in parts.why


def test_units_are_stratified_as_far_as_they_allow():
    """Where half of the machines fail and half never do, both kinds are in every larger part."""
    data = frame().with_columns(
        bad=pl.when(pl.col("machine").str.slice(1).cast(pl.Int64) < 10).then(pl.col("cycle") % 5 == 0).otherwise(False)
    )
    shares = {"test": 0.3, "validation": 0.2, "calibration": 0.0}
    for seed in range(5):
        parts = cut(data, roles={"unit": "machine"}, seed=seed, **shares)
        for part in ("train", "test", "validation"):
            rate = data["bad"].to_numpy()[parts.rows(part)].mean()
            assert rate == pytest.approx(data["bad"].mean(), abs=0.05)


def test_another_seed_gives_other_parts():
    """The same seed gives the same parts, another one others."""
    one, same, other = (cut(frame(), seed=seed).codes for seed in (1, 1, 2))

    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("roles", [{}, {"group": "lot"}])
@pytest.mark.parametrize("seed", range(6))
def test_a_class_seen_once_is_learnt_from(roles, seed):
    """A slip of the keys in one row must not stop a training for want of that class: it is not dealt to another part."""
    data = frame(300).with_columns(bad=pl.when(pl.int_range(pl.len()) == 7).then(2).otherwise("bad"))
    parts = cut(data, roles=roles, seed=seed)

    assert parts.codes[7] == 0
    assert min(parts.counts().values()) > 0


def test_a_group_is_kept_inside_a_split_by_unit():
    """Lots that two machines shared pull both machines into one part, where enough is left to deal out."""
    data = frame().with_columns(machine=pl.col("cycle") // 10, lot=pl.col("cycle") // 20)

    parts = cut(data, roles={"unit": "machine", "group": "lot"})

    assert (
        data.with_columns(part=pl.Series(parts.codes)).group_by("lot").agg(pl.col("part").n_unique())["part"].max() == 1
    )
    assert "values of 'lot' are kept together too" in parts.why


def test_a_group_that_ties_everything_together_is_let_go():
    """One customer on every machine must not leave nothing to split."""
    data = frame().with_columns(lot=pl.lit("C1"))

    parts = cut(data, roles={"unit": "machine", "group": "lot"})

    assert "'lot' spans too many units to be kept together as well" in parts.why
    assert len(parts.rows("test")) > 0


def test_identical_rows_of_several_units_are_not_seen_twice():
    """Idle rows that all machines share cannot tie the machines together: the earlier part's are left out."""
    data = frame().with_columns(
        a=pl.when(pl.col("cycle") % 30 == 0).then(0.0).otherwise(pl.col("a")), lot=pl.lit(1), made=pl.lit(0)
    )
    data = data.with_columns(cycle=pl.when(pl.col("a") == 0).then(-1).otherwise(pl.col("cycle")))

    parts = cut(data, roles={"unit": "machine", "ignore": "strength"})

    idle = data["a"].to_numpy() == 0
    assert len(set(parts.codes[idle].tolist()) - {PURGED}) == 1
    assert "rows identical to one of a later part are left out" in parts.why


def test_copies_in_time_are_left_out_of_the_earlier_part():
    """A row booked again weeks later may judge, but not teach."""
    data = frame().select("a", "cycle", "bad")
    again = data[:20].with_columns(cycle=pl.col("cycle") + 1000)
    parts = cut(pl.concat([data, again]), roles={"time": "cycle"})

    assert (parts.codes[:20] == PURGED).all()
    assert (parts.codes[-20:] == 3).all()
    assert "20 rows identical to one of a later part are left out" in parts.why


def test_few_settings_repeated_often_are_no_copies():
    """A table of six recipes with hundreds of rows each is split by rows."""
    rng = np.random.default_rng(0)
    data = pl.DataFrame({"recipe": rng.choice(list("ABCDEF"), 1200), "bad": rng.integers(0, 2, 1200)})

    parts = cut(data)

    assert parts.counts() == {"train": 660, "validation": 180, "calibration": 120, "test": 240}
    assert "only 6 distinct rows, so identical ones count as repeats and may be parted" in parts.why


def test_the_gap_is_kept_in_dates():
    """A gap of half an hour takes the half hour before each later part away."""
    parts = cut(frame(), roles={"time": "made"}, gap="30 min")

    made = frame()["made"].to_numpy()
    for earlier, later in pairwise(PARTS):
        assert made[parts.rows(earlier)].max() + np.timedelta64(30, "m") <= made[parts.rows(later)].min()
    assert "87 rows closer than 30 min to a later part are left out" in parts.why


def test_rows_without_time_or_target_are_left_out():
    """They are counted in the sentence."""
    data = frame().with_columns(
        made=pl.when(pl.col("cycle") < 5).then(None).otherwise(pl.col("made")),
        bad=pl.when(pl.col("cycle") >= 993).then(None).otherwise(pl.col("bad")),
    )

    parts = cut(data, roles={"time": "made"})

    assert np.flatnonzero(parts.codes == PURGED).tolist() == [0, 1, 2, 3, 4, *range(993, 1000)]
    assert parts.why.endswith("7 rows without a target are left out; 5 rows without a time are left out.")


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf")])
def test_a_measured_target_must_be_finite(missing):
    """What cannot be learnt or judged has no part."""
    data = frame(100).with_columns(strength=pl.when(pl.col("cycle") == 7).then(missing).otherwise(pl.col("strength")))

    assert cut(data, target="strength", task="regression").codes[7] == PURGED


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        (["train", "Test ", "val", "cal"], [1, 1, 1, 1]),
        (["TRAINING", "testing", "valid", "calibration"], [1, 1, 1, 1]),
        (["训练", "测试", "验证", "校准"], [1, 1, 1, 1]),
        (["训练集", "测试集", "validation", None], [1, 1, 0, 1]),
    ],
)
def test_the_usual_names_of_parts_are_understood(words, counts):
    """English and Chinese, in any case; rows without a word are left out."""
    data = frame(400).with_columns(part=pl.Series(words * 100))

    parts = cut(data, roles={"part": "part"}, validation=0.0, calibration=0.0)

    assert list(parts.counts().values()) == [100 * counts[0], 100 * counts[1], 100 * counts[2], 100 * counts[3]]


def test_shipped_files_keep_their_test_part_and_lend_from_training():
    """Validation and calibration come out of the shipped training part, by the roles that are left."""
    data = frame().with_columns(part=pl.Series(["train"] * 800 + ["test"] * 200))

    parts = cut(data, roles={"part": "part", "group": "lot"}, validation=0.1, calibration=0.05)

    assert parts.counts() == {"train": 680, "validation": 80, "calibration": 40, "test": 200}
    assert (parts.codes[800:] == 3).all()
    assert data.with_columns(p=pl.Series(parts.codes)).group_by("lot").agg(pl.col("p").n_unique())["p"].max() == 1
    assert "validation and calibration are cut out of its training part by group" in parts.why


def test_the_seed_case_has_no_validation_part():
    """Shares of nought leave the shipped files as they are."""
    data = frame().with_columns(part=pl.Series(["train"] * 800 + ["test"] * 200))

    parts = cut(data, roles={"part": "part"}, test=0.0, validation=0.0, calibration=0.0)

    assert parts.counts() == {"train": 800, "validation": 0, "calibration": 0, "test": 200}


def test_given_folds_are_used_as_numbered():
    """A column of fold numbers makes our folds those of somebody else's table."""
    data = frame().with_columns(part=pl.col("cycle") % 5)

    parts = cut(data, roles={"part": "part"}, folds=5, fold=3, validation=0.1, calibration=0.0)

    assert np.array_equal(parts.rows("test"), np.flatnonzero(np.arange(1000) % 5 == 3))
    assert "its fold 3 of 5 is the test part" in parts.why


def test_units_are_numbered_for_resampling_whatever_the_rule():
    """Intervals go by machine even where time splits."""
    data = frame()

    parts = cut(data, roles={"unit": "machine", "time": "made"}, by="time")

    assert len(set(parts.groups.tolist())) == 20


def test_a_random_split_of_units_is_told_as_what_it_is():
    """Who asks for it gets it, and the sentence says so."""
    parts = cut(frame(), roles={"unit": "machine"}, by="random")

    assert parts.why.endswith("as asked, although rows of one 'machine' are alike.")


BAD = [
    ({"by": "unit"}, {}, "split.by", "'split.by' is 'unit', but no column has the role 'unit'. "
     "Name one as 'data.rows.unit=COLUMN', or set 'split.by' to 'auto'."),
    ({"gap": "2 h"}, {}, "split.gap", "'split.gap' has no meaning where rows are split by random. "
     "Remove it, or set 'split.by' to 'time'."),
    ({"gap": "2"}, {"time": "made"}, "split.gap", "'split.gap' is '2' ('made' holds dates). Write it as '2 min'."),
    ({"gap": "2 h"}, {"time": "cycle"}, "split.gap", "'split.gap' is '2 h' ('cycle' holds numbers, not dates). "
     "Give the gap as a number of the same kind."),
    ({"gap": "9 d"}, {"time": "made"}, "split.test", "the train part would be empty (there are too few moments, "
     "or the gap of 9 d takes them all). Shorten 'split.gap', lower 'split.test', or give more records."),
    ({"folds": 30}, {"unit": "machine"}, "split.folds", "'split.folds' is 30 (there are only 20 units). "
     "Ask for 20 or fewer."),
    ({"folds": 2, "validation": 0.4, "calibration": 0.2}, {}, "split.validation",
     "the shares leave no rows to train on. Lower one of them."),
    ({}, {"time": "machine"}, "data.rows.time", "column 'machine' cannot order the rows (it holds neither dates nor "
     "numbers). Name a column of dates as 'data.rows.time', or set 'split.by'."),
    ({}, {"part": "machine"}, "data.rows.part",
     "'M16' in column 'machine' is no part (1,000 rows say so; the parts are "
     "train, validation, calibration, test). Rename it, or name another column as 'data.rows.part'."),
    ({"folds": 5}, {"part": "machine"}, "split.folds", "'split.folds' is 5, but column 'machine' does not number them "
     "from 0 to 4 (it holds 'M16'). Set 'split.by', or 'split.folds' to 0."),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "roles", "key", "sentence"), BAD)
def test_what_cannot_be_split_is_one_sentence(asked, roles, key, sentence):
    """The setting is named, so that the plan's file and line can be put in front."""
    with pytest.raises(SettingProblem) as raised:
        cut(frame(), roles=roles, **asked)

    assert (raised.value.key, str(raised.value)) == (key, sentence)


def test_a_misspelt_part_is_answered_with_the_nearest():
    """`tests` was meant as `test`."""
    data = frame(100).with_columns(part=pl.Series(["train"] * 90 + ["tests"] * 10))

    with pytest.raises(SettingProblem, match=r"Did you mean 'test'\?"):
        cut(data, roles={"part": "part"})


def test_a_given_column_needs_a_training_part():
    """Nothing can be learnt from a test part alone."""
    with pytest.raises(SettingProblem, match="column 'part' gives no row to the training part"):
        cut(frame(100).with_columns(part=pl.lit("test")), roles={"part": "part"})


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_too_few_rows_are_refused(rows):
    """A part is never silently empty."""
    with pytest.raises(SettingProblem, match="part would be empty"):
        cut(frame(rows))


def test_four_rows_fill_four_parts():
    """As long as there are enough, every part has a row."""
    assert cut(frame(4)).counts() == {"train": 1, "validation": 1, "calibration": 1, "test": 1}


def test_no_target_at_all_is_refused():
    """An empty target column is named."""
    data = frame(50).with_columns(bad=pl.lit(None, pl.Int64))

    with pytest.raises(SettingProblem, match="no row has a value in 'bad'"):
        cut(data)


def test_rows_may_be_dealt_without_a_target():
    """A table to be looked at before anybody knows the target is split at random."""
    data = frame(200)

    parts = split(records(data), Split(), task="regression", target=None)

    assert sum(parts.counts().values()) == 200


@pytest.mark.data
def test_concrete_mixes_are_never_cut():
    """Ages of one mix stand in one part, in every fold."""
    data = pl.read_csv(DATA / "tables/concrete_strength/Concrete_Data.csv.gz")
    target = data.columns[-1]
    mix = pl.concat_str([pl.col(name).cast(pl.String) for name in data.columns[:-2]], separator="/")
    data = data.with_columns(mix=mix)
    for fold in range(5):
        parts = split(
            records(data, group="mix", target=target), Split(folds=5, fold=fold), task="regression", target=target
        )
        counted = data.with_columns(part=pl.Series(parts.codes)).filter(pl.col("part") < PURGED)
        assert counted.group_by("mix").agg(pl.col("part").n_unique())["part"].max() == 1
        assert len(parts.rows("test")) == pytest.approx(len(data) / 5, abs=15)
