"""A feed of pictures in tiles, of which some are read."""

from __future__ import annotations

import numpy as np
import pytest

from andon.encode.tiles import SomeTiles
from andon.feed import Feed


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
