"""Members that hold out in turn: who learns from what, and who is judged by what."""

from __future__ import annotations

import numpy as np
import pytest

from andon.split import Parts, take_turns


def parts(by: str = "random", groups: np.ndarray | None = None) -> Parts:
    codes = np.zeros(240, np.uint8)
    codes[200:] = 1
    return Parts(codes=codes, by=by, why="", groups=groups)


LEARN, VALID = np.arange(200), np.arange(200, 240)
CLASSES = np.repeat(np.array([0, 1], np.int64), [160, 40])


def test_each_row_is_held_out_by_one_member_and_the_validation_part_by_the_first():
    """Every row of both parts has exactly one member that does not learn from it; shares are stratified."""
    turns = take_turns(parts(), LEARN, VALID, CLASSES, members=5, seed=0)

    assert turns is not None
    np.testing.assert_array_equal(turns.rows, np.arange(240))
    assert (turns.held[200:] == 0).all()
    assert sorted(set(turns.held[:200])) == [1, 2, 3, 4]
    for member in range(1, 5):
        assert (turns.held[:160] == member).sum() == 40  # both classes in equal shares
        assert (turns.held[160:200] == member).sum() == 10


def test_weights_let_a_member_learn_from_what_it_does_not_hold_out_and_judge_it_by_the_rest():
    """Learning and judging weights never overlap, and both count a row 1 on average."""
    turns = take_turns(parts(), LEARN, VALID, np.random.default_rng(0).normal(size=200), members=4, seed=0)

    assert turns is not None
    learning, judging = turns.learning(), turns.judging()
    assert ((learning == 0) == (judging > 0)).all()
    np.testing.assert_allclose(learning.mean(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(judging.mean(axis=1), 1)


def test_groups_stay_together():
    """Rows of one group are held out by one member."""
    groups = np.arange(240) // 8
    turns = take_turns(parts(groups=groups), LEARN, VALID, CLASSES, members=5, seed=3)

    assert turns is not None
    assert all(len(set(turns.held[groups == group])) == 1 for group in range(25))


@pytest.mark.parametrize(
    ("by", "members", "valid"),
    [("time", 5, VALID), ("given", 5, VALID), ("random", 2, VALID), ("random", 5, LEARN[:0])],
)
def test_no_turns_where_rows_must_not_change_places_or_nothing_is_held_out(by, members, valid):
    """Time and given parts stay as they are; so does everything where members or validation are missing."""
    assert take_turns(parts(by), LEARN, valid, CLASSES, members=members, seed=0) is None


def test_no_turns_where_a_member_would_not_see_a_class():
    """A class whose rows all lie in one group cannot be held out: half of the answer would never have met it."""
    target = np.zeros(200, np.int64)
    target[:30] = 1
    groups = np.concatenate([np.zeros(30, np.int64), np.arange(1, 211)])

    assert take_turns(parts(groups=groups), LEARN, VALID, target, members=5, seed=0) is None
