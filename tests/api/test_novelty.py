"""Which tiles stand out before anything is learnt."""

from __future__ import annotations

import numpy as np
import pytest

from andon.api.learning.novelty import figures, novelty


@pytest.mark.parametrize("contrast", [60, -60])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_the_tile_with_a_small_spot_stands_out(contrast, channels):
    """Bright or dark, grey or colour, on a surface whose light differs from picture to picture."""
    rng = np.random.default_rng(0)
    stacks = [rng.normal(90 + 20 * i, 6 + i, (30, 64, 64)) for i in range(3)]
    stacks[2][17, 20:26, 30:36] += contrast
    pictures = [np.broadcast_to(s[(..., *[None] * len(channels))], (*s.shape, *channels)) for s in stacks]
    found = [figures(picture.clip(0, 255).astype(np.uint8)) for picture in pictures]
    spread = np.concatenate(found[:2]).std(axis=0)

    assert found[0].shape == (30, 9)
    assert novelty(found[2], spread).argmax() == 17
    assert novelty(found[2], spread)[17] > 1.5 * novelty(found[0], spread).max()
