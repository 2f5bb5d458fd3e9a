"""What a machine reads while it stands says nothing of how it runs."""

from __future__ import annotations

import numpy as np
import torch
from net_cases import FIRST, SCALING, SERIES
from test_history_family import HISTORY, block

from andon.encode.histories import encoded
from andon.nets.encoders.history import HistoryFigures, HistoryScaling

STANDING = SCALING | {"series": SCALING["series"] | {"settings": [], "centers": [[]], "at": [], "by": [], "runs": [0]}}
"""`mode` is the signal that is off where the machine stands."""


def inputs_of(of):
    """Arrays of every row."""
    arrays = encoded(HISTORY, None, of)
    return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}


def test_readings_of_a_machine_that_stands_change_no_figure():
    """Whatever they are, in the window and among the first rows; what was read while it ran does."""
    of = block([40])
    of["mode"][:] = 1.0
    of["mode"][[0, 1, 20]] = 0.0
    other = {name: values.copy() for name, values in of.items()}
    other["flow"][[0, 1, 20]] = -1e4
    moved = {name: values.copy() for name, values in of.items()}
    moved["flow"][21] += 1.0

    figures = HistoryFigures((SERIES, FIRST), STANDING)
    ours, theirs, third = (figures(inputs_of(each)) for each in (of, other, moved))

    assert torch.equal(ours, theirs)
    assert (ours[21:] != third[21:]).any()


def test_a_row_in_which_it_stands_is_as_one_that_is_not_there():
    """It is not known, and counts nought."""
    of = block([12])
    of["mode"][:] = np.arange(12) % 3 > 0

    z, known = HistoryScaling(SERIES, STANDING["series"])(inputs_of(of)["series"])

    assert known[-1, -12:, 0].tolist() == of["mode"].tolist()
    assert (z[-1, -12:][of["mode"] == 0] == 0).all()
