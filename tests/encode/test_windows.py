"""`Windows`: views over one flat array that behave as the array of all of them."""

from __future__ import annotations

import numpy as np
import pytest

from andon.encode.windows import Windows


@pytest.fixture
def windows():
    """Two histories of 4 and 2 rows behind three rows of any content, windows of 3 rows of 2 columns."""
    flat = np.arange(18.0).reshape(9, 2)
    return Windows(flat, np.arange(3, 9), np.array([0, 1, 2, 3, 0, 1]), 3)


def test_windows_have_the_shape_of_all_of_them(windows):
    """What looks at shapes and types sees an ordinary array."""
    assert windows.shape == (6, 3, 2) == np.asarray(windows).shape
    assert (len(windows), windows.size, windows.dtype) == (6, 36, np.float64)


def test_what_lies_before_a_history_is_missing(windows):
    """Rows of another history, or of nothing, never show through."""
    found = windows[:]

    np.testing.assert_array_equal(found[0, :, 0], [np.nan, np.nan, 6])
    np.testing.assert_array_equal(found[3, :, 0], [8, 10, 12])
    np.testing.assert_array_equal(found[5, :, 1], [np.nan, 15, 17])


@pytest.mark.parametrize("rows", [slice(2, 3), slice(1, 5), np.array([4]), np.array([3, 0, 3]), np.zeros(0, np.int64)])
def test_some_rows_are_those_of_all(windows, rows):
    """One row, few or none: the same as taken from the whole array."""
    np.testing.assert_array_equal(windows[rows], windows[:][rows])
    np.testing.assert_array_equal(windows.some(rows)[:], windows[:][rows])


def test_gathering_leaves_the_flat_array_alone(windows):
    """The places before a history are marked in the copy, not in what other windows look at."""
    before = windows.flat.copy()

    for row in range(6):
        windows[np.array([row])]

    np.testing.assert_array_equal(windows.flat, before)


def test_a_file_in_memory_serves_as_flat_array(tmp_path, windows):
    """Histories larger than memory lie in a file and are viewed there."""
    flat = np.lib.format.open_memmap(tmp_path / "flat.npy", mode="w+", dtype=np.float64, shape=windows.flat.shape)
    flat[:] = windows.flat

    np.testing.assert_array_equal(Windows(flat, windows.last, windows.age, 3)[:], windows[:])
