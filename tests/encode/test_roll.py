"""Whose histories a stream still knows: lives and units that come and go for months."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from andon.encode.histories import SERIES, encoded
from andon.encode.pasts import History, Pasts
from andon.encode.roll import FORGOTTEN, LATE, LEAST, LIVES, NAMES, OVER, WHOSE, Roll, most_of

LAYOUT = History(columns=["a"], steps=6, first=3)


def block_of(rows):
    """Rows of (unit, life, time): each life a history of its own; without any life each unit is one."""
    unit, life, time = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    whole = unit.astype(np.int64)
    named = whole * 10_000 + np.where(np.isnan(life), 9_999, life).astype(np.int64)
    found = {"a": time * 10 + unit, "__time__": time, "__unit__": named}
    return found if np.isnan(life).all() else {**found, WHOSE: whole, LIVES: life}


def cut(block, start, stop):
    return {name: a[start:stop] for name, a in block.items()}


def asked(roll, pasts, block, gap=None):
    """What a stream does with a block: reasons by row, and the windows of the others."""
    found = roll.refused(block, gap)
    good = np.setdiff1d(np.arange(len(block["a"])), list(found))
    rest = {name: a[good] for name, a in block.items()}
    late = pasts.late(rest)
    found |= {int(good[row]): why for row, why in late.items()}
    kept = np.setdiff1d(np.arange(len(good)), list(late))
    rest = {name: a[kept] for name, a in rest.items()}
    windows = dict(zip(good[kept].tolist(), encoded(LAYOUT, pasts, rest)[SERIES][:], strict=True))
    pasts.forget(roll.call(rest))
    return found, windows


def test_thousands_of_short_lives_take_no_more_room_than_a_few():
    """A unit that lives five thousand times, and others beside it, is remembered in the bytes of its last life."""
    roll, pasts, sizes = Roll(most_of(LAYOUT)), Pasts(LAYOUT), []
    for life in range(5_000):
        block = block_of([(unit, life, life * 100.0 + hour) for hour in range(8) for unit in (1, 2, 3)])
        asked(roll, pasts, block)
        if life in (10, 4_999):
            sizes.append((sum(a.nbytes for a in pasts.arrays().values()), pasts.rows.nbytes, len(pasts.slots),
                          len(roll.heard), len(roll.newest), sum(a.nbytes for a in roll.arrays().values())))  # fmt: skip

    assert sizes[0] == sizes[1]
    assert sizes[0][2:5] == (3, 3, 3)


def test_units_that_never_come_again_take_no_more_room_than_there_is():
    """Ten thousand parts, each of a few rows and with a name of its own: those that were silent longest are forgotten."""
    roll, pasts, sizes = Roll(50), Pasts(LAYOUT), []
    for unit in range(10_000):
        asked(roll, pasts, block_of([(unit, np.nan, hour) for hour in range(4)]))
        if unit in (200, 9_999):
            sizes.append((pasts.rows.nbytes, len(pasts.slots), len(roll.heard)))

    assert sizes[0] == sizes[1]
    assert sizes[0][1:] == (50, 50)
    assert len(roll.gone) == 10_000 - 50


def test_names_of_the_forgotten_are_bounded():
    """However many were forgotten, the newest hundred thousand are known."""
    roll = Roll(1)
    for start in range(0, NAMES + 5_000, 1_000):
        units = np.arange(start, start + 1_000, dtype=np.int64)
        roll.call({"__unit__": units, "__time__": np.zeros(len(units))})

    assert len(roll.gone) == NAMES
    assert NAMES + 4_998 in roll.gone


@given(data=st.data(), cuts=st.lists(st.integers(1, 59), max_size=5))
@settings(max_examples=60, deadline=None)
def test_what_is_forgotten_was_over_and_blocks_do_not_matter(data, cuts):
    """However a table is cut, the same rows are refused, and all others see what they see where nothing is forgotten."""
    clock, life, rows = dict.fromkeys((1, 2, 3), 0.0), dict.fromkeys((1, 2, 3), 0), []
    for _ in range(60):
        unit = data.draw(st.integers(1, 3))
        clock[unit] += 1
        life[unit] += data.draw(st.sampled_from([0, 0, 0, 1]))
        back = data.draw(st.sampled_from([0, 0, 0, 0, 1]))
        rows.append((unit, max(life[unit] - back, 0) if data.draw(st.booleans()) or back else life[unit], clock[unit]))
    block = block_of(rows)
    answers = []
    for edges in ([0, 60], [0, *sorted(set(cuts)), 60], range(61)):
        roll, pasts, told, windows = Roll(1_000), Pasts(LAYOUT), {}, {}
        for start, stop in pairwise(edges):
            why, seen = asked(roll, pasts, cut(block, start, stop))
            told |= {start + row: each for row, each in why.items()}
            windows |= {start + row: each for row, each in seen.items()}
        answers.append((told, windows))

    told, windows = answers[0]
    for other_told, other_windows in answers[1:]:
        assert other_told == told
        for row, window in windows.items():
            np.testing.assert_array_equal(other_windows[row], window)
    assert set(told.values()) <= {OVER}
    good = [row for row in range(60) if row not in told]
    plain = encoded(LAYOUT, None, {name: a[good] for name, a in block.items()})[SERIES][:]
    for place, row in enumerate(good):
        np.testing.assert_array_equal(windows[row], plain[place])


def test_a_unit_that_was_forgotten_says_so_until_a_new_life():
    """It is never answered as if it had just begun; with a new life it is, and what comes late is late."""
    roll, pasts = Roll(2), Pasts(LAYOUT)
    asked(roll, pasts, block_of([(1, 0, 1), (1, 0, 2)]))
    asked(roll, pasts, block_of([(2, 0, 1)]))
    asked(roll, pasts, block_of([(3, 0, 1)]))

    told, _ = asked(roll, pasts, block_of([(1, 0, 2), (1, 0, 3), (1, 0, 3), (1, 1, 9)]))

    assert told == {0: LATE, 1: FORGOTTEN, 2: LATE}
    assert asked(roll, pasts, block_of([(1, 1, 10)]))[0] == {}
    assert asked(roll, pasts, block_of([(1, 0, 11)]))[0] == {0: OVER}


def test_a_hole_begins_anew_whatever_was_forgotten():
    """Where a history ends with a hole in time anyhow, a unit that was silent longer than that is answered."""
    roll, pasts = Roll(1), Pasts(LAYOUT)
    asked(roll, pasts, block_of([(1, np.nan, 1)]), gap=5.0)
    asked(roll, pasts, block_of([(2, np.nan, 1)]), gap=5.0)

    told, windows = asked(roll, pasts, block_of([(1, np.nan, 4), (1, np.nan, 8), (1, np.nan, 14)]), gap=5.0)

    assert told == {0: FORGOTTEN, 1: FORGOTTEN}
    assert np.isfinite(windows[2]).sum() == 1


@pytest.mark.parametrize("where", [1, 7, 20])
def test_a_roll_goes_on_from_its_arrays(where):
    """What is kept and read back forgets and refuses the same."""
    rng = np.random.default_rng(where)
    rows = [(int(rng.integers(1, 9)), float(n // 12), float(n)) for n in range(80)]
    block, roll = block_of(rows), Roll(4)
    roll.call(cut(block, 0, where))

    again = Roll.of(4, {name: a.copy() for name, a in roll.arrays().items()})

    for each in (roll, again):
        each.found = [
            each.refused(cut(block, n, n + 1), 3.0) or each.call(cut(block, n, n + 1)) for n in range(where, 80)
        ]
    assert roll.found == again.found
    assert list(roll.heard.items()) == list(again.heard.items())
    assert Roll.of(4, {}).heard == {}


def test_rows_without_a_time_of_a_forgotten_unit_are_refused():
    """Where rows are counted nobody can tell how long a unit was silent."""
    roll = Roll(1)
    for unit in (1, 2):
        roll.call({"__unit__": np.array([unit])})

    assert roll.refused({"__unit__": np.array([1, 2])}, None) == {0: FORGOTTEN}
    assert roll.refused({"a": np.zeros(2)}, None) == {}


def test_room_is_for_a_thousand_units_at_the_least():
    """Small histories are remembered of very many units, large ones of a thousand."""
    assert most_of(History(columns=["a"], steps=100)) > 100_000
    assert most_of(History(columns=[str(n) for n in range(500)], steps=5_000)) == LEAST
    assert most_of(None) == 100_000


def test_rows_that_are_never_taken_in_leave_nothing_behind():
    """Names whose rows have no time take no room."""
    pasts = Pasts(LAYOUT)
    for unit in range(100):
        assert pasts.late(block_of([(unit, 0, np.nan)]))

    assert not pasts.slots
    assert len(pasts.age) == 0


def test_a_row_without_a_time_ends_no_life():
    """It seems to be of the last life that is listed; those after it in its block are answered all the same."""
    roll, pasts = Roll(9), Pasts(LAYOUT)

    told, windows = asked(roll, pasts, block_of([(1, 0, 1), (1, 3, np.nan), (1, 0, 2)]))

    assert told == {1: "its time is missing"}
    assert sorted(windows) == [0, 2]
