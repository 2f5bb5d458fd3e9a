"""Rows of units to their histories: whole tables, blocks and single rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from andon.encode.histories import AGE, FIRST, SERIES, encoded
from andon.encode.pasts import History, Pasts
from andon.encode.windows import taken

LAYOUTS = [
    History(columns=["a", "b"], steps=5, first=3, gap=2.0),
    History(columns=["a", "b"], steps=2, first=6),
    History(columns=["a"], steps=1, first=0, exact=True),
    History(columns=["a", "b"], steps=4, first=1, gap=1.0, exact=True),
]
ROWS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from([0.5, 1.0, 3.0]), st.floats(-9, 9)), min_size=1, max_size=40
)


def block_of(rows):
    """Rows of (unit, time since its row before, value), in the order they come."""
    clock = dict.fromkeys((1, 2, 3), 0.0)
    time = []
    for unit, step, _ in rows:
        clock[unit] += step
        time.append(clock[unit])
    value = np.array([row[2] for row in rows])
    return {
        "a": value, "b": np.where(value > 8, np.nan, value * 1e9), "__time__": np.array(time),
        "__unit__": np.array([row[0] for row in rows], np.int64),
    }  # fmt: skip


def cut(block, start, stop):
    return {name: a[start:stop] for name, a in block.items()}


def plainly(history, block):
    """The same by the words of DESIGN.md: every row looks back on its own."""
    seen, found = {}, []
    for row in range(len(block["__time__"])):
        unit, time = block["__unit__"][row], block["__time__"][row]
        past = seen.setdefault(unit, [])
        if past and history.gap is not None and time - past[-1][0] > history.gap:
            past.clear()
        past.append((time, [block[name][row] for name in history.columns]))
        values = np.array([v for _, v in past]).astype(history.dtype)
        pad = lambda a, n: np.concatenate([np.full((n - len(a), a.shape[1]), np.nan, a.dtype), a])  # noqa: E731
        found.append((
            pad(values[-history.steps :], history.steps),
            pad(values[: history.first], history.first) if history.first else None, time - past[0][0],
        ))  # fmt: skip
    return found


def gathered(arrays, history):
    series, age = arrays[SERIES][:], arrays[AGE]
    first = arrays[FIRST][:] if history.first else [None] * len(age)
    return list(zip(series, first, age, strict=True))


def same(ours, theirs):
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        for a, b in zip(mine, other, strict=True):
            if a is None or b is None:
                assert a is b
            else:
                assert np.asarray(a).dtype == np.asarray(b).dtype
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("history", LAYOUTS, ids=str)
@given(rows=ROWS)
@settings(max_examples=25, deadline=None)
def test_a_window_is_what_the_unit_did_last(history, rows):
    """Every row sees its unit's last rows, its first ones and its age, and nothing of other units, of before a gap or of
    later."""
    block = block_of(rows)

    same(gathered(encoded(history, None, block), history), plainly(history, block))


@pytest.mark.parametrize("history", LAYOUTS, ids=str)
@given(rows=ROWS, cuts=st.lists(st.integers(1, 39), max_size=5))
@settings(max_examples=25, deadline=None)
def test_whole_blocks_and_rows_agree_to_the_bit(history, rows, cuts):
    """However a table is cut, down to single rows, histories are the same."""
    block = block_of(rows)
    whole = gathered(encoded(history, None, block), history)

    for edges in ([0, *sorted({c for c in cuts if c < len(rows)}), len(rows)], range(len(rows) + 1)):
        pasts, parts = Pasts(history), []
        for start, stop in pairwise(edges):
            parts += gathered(encoded(history, pasts, cut(block, start, stop)), history)
        same(parts, whole)


@given(rows=ROWS, where=st.integers(0, 40))
@settings(max_examples=25, deadline=None)
def test_pasts_go_on_from_their_arrays(rows, where):
    """What is kept in plain arrays and read back remembers the same."""
    history, block = LAYOUTS[0], block_of(rows)
    pasts = Pasts(history)
    encoded(history, pasts, cut(block, 0, where))
    again = Pasts.of(history, {name: a.copy() for name, a in pasts.arrays().items()})

    rest = cut(block, where, len(rows))

    same(gathered(encoded(history, again, rest), history), gathered(encoded(history, pasts, rest), history))


def test_memory_is_bounded_by_units():
    """A unit that lives ten thousand rows is remembered in as many bytes as one of two hundred."""
    history = History(columns=["a"], steps=50, first=20)
    pasts, sizes = Pasts(history), []
    for start in range(0, 10_000, 100):
        time = np.arange(start, start + 100, dtype=np.float64)
        encoded(history, pasts, {"a": time, "__time__": time, "__unit__": np.full(100, 7)})
        sizes.append(sum(a.nbytes for a in pasts.arrays().values()))

    assert sizes[1] == sizes[-1] < 1000


def test_a_table_of_its_own_is_not_remembered():
    """Without a past every call begins anew."""
    history, block = LAYOUTS[0], block_of([(1, 1.0, 1.0)] * 3)

    same(gathered(encoded(history, None, block), history), gathered(encoded(history, None, block), history))


def test_magnitudes_keep_their_digits():
    """Where a totaliser asks for it, windows hold float64."""
    value = np.array([1e9 + 0.125, 1e9 + 0.25])
    block = {"a": value, "__time__": np.arange(2.0)}

    arrays = encoded(History(columns=["a"], steps=2, exact=True), None, block)

    assert arrays[SERIES][:][1, :, 0].tolist() == value.tolist()


def test_rows_without_time_are_counted():
    """Where no time is known the age of a history is its number of rows, and no row is late."""
    history, pasts = History(columns=["a"], steps=3, first=2, gap=1.0), Pasts(LAYOUTS[2])
    ages = []
    pasts = Pasts(history)
    for _ in range(3):
        block = {"a": np.zeros(2), "__unit__": np.array([5, 5])}
        assert not pasts.late(block)
        ages += encoded(history, pasts, block)[AGE].tolist()

    assert ages == [0, 1, 2, 3, 4, 5]


def test_late_repeated_and_timeless_rows_are_told():
    """Within a unit a row must be later than all before it, those of earlier blocks included; other units don't count."""
    history = History(columns=["a"], steps=3)
    pasts = Pasts(history)
    encoded(history, pasts, {"a": np.zeros(1), "__time__": np.array([5.0]), "__unit__": np.array([1])})

    late = pasts.late({
        "a": np.zeros(7), "__time__": np.array([5.0, 1.0, 7.0, 6.0, np.nan, 7.5, 1.0]),
        "__unit__": np.array([1, 2, 1, 1, 1, 1, 2]),
    })  # fmt: skip

    assert late == {
        0: "a row of this unit and time was seen before",
        3: "a later row of this unit was seen before",
        4: "its time is missing",
        6: "a row of this unit and time was seen before",
    }
    assert pasts.time[pasts.slots[1]] == 5.0


def test_where_moments_have_several_rows_only_earlier_ones_are_late():
    """They follow each other as they come, and each has its place in the history."""
    history = History(columns=["a"], steps=3, several=True)
    pasts = Pasts(history)
    block = {"a": np.arange(3.0), "__time__": np.array([5.0, 5.0, 6.0]), "__unit__": np.array([1, 1, 1])}

    assert not pasts.late(block)
    found = encoded(history, pasts, block)[SERIES][:]

    assert found[-1, :, 0].tolist() == [0.0, 1.0, 2.0]
    assert pasts.late({name: values[:2] for name, values in block.items()}) == {
        0: "a later row of this unit was seen before", 1: "a later row of this unit was seen before",
    }  # fmt: skip


@given(rows=st.lists(st.tuples(st.integers(1, 3), st.sampled_from([np.nan, 1.0, 2.0, 3.0, 4.0])), max_size=25),
       where=st.integers(0, 25))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_is_late_does_not_depend_on_blocks(rows, where):
    """Late rows are told alike whether a table comes whole or in two blocks, and what is left is in time."""
    history = LAYOUTS[1]
    block = {
        "a": np.zeros(len(rows)), "b": np.zeros(len(rows)), "__time__": np.array([r[1] for r in rows], np.float64),
        "__unit__": np.array([r[0] for r in rows], np.int64),
    }  # fmt: skip
    whole, pasts, found = Pasts(history).late(block), Pasts(history), {}
    for start, stop in ((0, min(where, len(rows))), (min(where, len(rows)), len(rows))):
        part = cut(block, start, stop)
        late = pasts.late(part)
        found |= {start + row: why for row, why in late.items()}
        good = [row for row in range(stop - start) if row not in late]
        encoded(history, pasts, {name: a[good] for name, a in part.items()})

    assert found == whole
    for unit in (1, 2, 3):
        times = [time for row, (u, time) in enumerate(rows) if u == unit and row not in whole]
        assert times == sorted(set(times))


def test_some_rows_are_taken_as_views():
    """Taking rows of windows copies nothing until they are gathered."""
    history, block = LAYOUTS[0], block_of([(1, 1.0, float(i)) for i in range(9)])
    arrays = encoded(history, None, block)

    some = taken(arrays, np.array([7, 2]))

    assert some[SERIES].flat is arrays[SERIES].flat
    np.testing.assert_array_equal(some[SERIES][:], arrays[SERIES][:][[7, 2]])
