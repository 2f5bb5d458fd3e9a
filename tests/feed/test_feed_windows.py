"""A feed of windows: one gather out of a flat array."""

import numpy as np
import torch

from andon.encode.windows import Windows
from andon.feed import Feed


def windows(rows=60, steps=7, columns=3):
    """Windows over two histories."""
    flat = np.random.default_rng(0).normal(size=(steps + rows, columns)).astype(np.float32)
    half = rows // 2
    age = np.concatenate([np.arange(half), np.arange(rows - half)])
    return Windows(flat, np.arange(rows) + steps, age, steps)


def test_batches_hold_what_the_windows_say():
    """Every row of an epoch comes with its own past, padded where its history begins."""
    made = windows()
    feed = Feed({"series": made}, np.zeros(len(made), np.float32), batch=16, seed=3)

    for step in range(feed.steps):
        batch = feed.batch(0, step)
        assert np.array_equal(batch.inputs["series"].numpy(), made[batch.rows], equal_nan=True)


def test_windows_never_reach_into_another_history():
    """The first row of a history is alone in its window."""
    made = windows()

    first = made[np.array([30])][0]

    assert np.isnan(first[:-1]).all()
    assert np.array_equal(first[-1], made.flat[made.last[30]])


def test_the_flat_array_is_shared():
    """A feed holds no copy of the windows, however many there are."""
    made = windows()
    feed = Feed({"series": made}, np.zeros(len(made), np.float32), batch=16, seed=3)

    held = feed._inputs["series"]

    assert held.flat.data_ptr() == torch.from_numpy(made.flat).data_ptr()
