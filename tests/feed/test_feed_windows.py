"""A feed of windows: one gather out of a flat array."""

import numpy as np
import pytest
import torch

from andon.encode.windows import Windows
from andon.feed import Feed, histories


def windows(rows=60, steps=7, columns=3):
    """Windows over two histories."""
    flat = np.random.default_rng(0).normal(size=(steps + rows, columns)).astype(np.float32)
    half = rows // 2
    age = np.concatenate([np.arange(half), np.arange(rows - half)])
    return Windows(flat, np.arange(rows) + steps, age, steps)


@pytest.mark.parametrize("most", [0, histories.LAID_BYTES])
def test_batches_hold_what_the_windows_say(monkeypatch, most):
    """Every row of an epoch comes with its own past, padded where its history begins, laid out again or not."""
    monkeypatch.setattr(histories, "LAID_BYTES", most)
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


def test_a_large_flat_array_is_shared(monkeypatch):
    """A feed holds no copy of windows whose flat array is large, however many there are."""
    made = windows()
    monkeypatch.setattr(histories, "LAID_BYTES", made.flat.nbytes - 7 * 12 - 1)
    feed = Feed({"series": made}, np.zeros(len(made), np.float32), batch=16, seed=3)

    held = feed._inputs["series"]

    assert held.flat.data_ptr() == torch.from_numpy(made.flat).data_ptr()


def test_many_short_histories_are_not_laid_out_with_room():
    """Where the room before the beginnings would be most of the array, the rows stay where they are."""
    made = Windows(np.zeros((67, 2), np.float32), np.arange(60) + 7, np.tile(np.arange(3), 20), 7)
    feed = Feed({"series": made}, np.zeros(60, np.float32), batch=16, seed=3)

    assert len(feed._inputs["series"].flat) == 67
    assert np.isnan(feed.sample(60).inputs["series"][:, :4].numpy()).all()
