"""A feed of pictures in tiles, of which some are read."""

from __future__ import annotations

import numpy as np
import pytest

from andon.encode.block import InputSpec
from andon.encode.tiles import SomeTiles
from andon.feed import Feed
from andon.feed.augment import of_tiles
from andon.feed.options import Light, RowNoise


@pytest.mark.parametrize("inner", [(4, 4), (4, 4, 3)])
def test_batches_hold_the_chosen_tiles_of_their_rows(inner):
    """Each row comes with its own tiles, in their order, and no others."""
    rng = np.random.default_rng(0)
    stack = rng.integers(0, 255, (30, 9, *inner)).astype(np.uint8)
    places = np.stack([rng.permutation(9)[:4] for _ in range(30)])
    feed = Feed({"p": SomeTiles(stack, places)}, np.zeros(30, np.float32), batch=8, seed=1)

    for step in range(feed.steps):
        batch = feed.batch(0, step)
        expected = np.stack([stack[row, places[row]] for row in batch.rows])
        np.testing.assert_array_equal(batch.inputs["p"].numpy(), expected)


def test_rows_are_changed_as_rows_and_tiles_as_pictures():
    """Noise of process values is one draw a row, whatever its picture's tiles; light is one a tile."""
    numbers, stack = np.zeros((6, 2)), np.full((6, 3, 8, 8), 100, np.uint8)
    numbers[:, 0] = np.arange(6)
    cut = InputSpec(name="p", kind="image", shape=(8, 8), dtype="uint8", tiles=3)
    beside = InputSpec(name="numbers", kind="numbers", shape=(2,), dtype="float64", columns=("a", "b"))
    augment = of_tiles([RowNoise(), Light()], [beside, cut], cut)
    feed = Feed({"numbers": numbers, "p": stack}, np.zeros(6, np.int64), batch=6, seed=0, augment=augment)

    batch = feed.batch(0, 0)

    assert batch.inputs["numbers"].shape == (6, 2)
    assert not np.array_equal(batch.inputs["numbers"].numpy(), numbers[batch.rows])
    assert batch.inputs["p"].shape == (6, 3, 8, 8)
    assert len(np.unique(batch.inputs["p"].float().mean(dim=(2, 3)).numpy().round(4))) > 6
