"""Tiles: a picture cut and stitched, and the answer of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from andon.encode.field import Field
from andon.encode.tiles import corners, cut, starts, stitched, tiled_shape, which, worst
from andon.errors import DataProblem


def field(height, width, side, *channels):
    """A field of pictures of this size."""
    shape, whole = tiled_shape([height, width, *channels], side)
    return Field(name="p", kind="image", shape=shape, dtype="uint8", fit="1/1", whole=whole)


@pytest.mark.parametrize(("length", "side"), [(256, 256), (264, 256), (3000, 256), (4000, 512), (96, 64)])
def test_neighbours_share_a_quarter_and_the_ends_are_reached(length, side):
    """What is no larger than the overlap lies whole in some tile, wherever it is."""
    found = np.array(starts(length, side))
    assert found[0] == 0
    assert found[-1] == length - side
    assert (found % 8 == 0).all()
    assert (np.diff(found) <= side - side // 4 + 8).all()


@pytest.mark.parametrize("channels", [(), (3,)])
def test_a_picture_cut_and_stitched_is_the_picture(channels):
    """Every pixel is in a tile, at its place."""
    f = field(300, 203, 96, *channels)
    picture = np.random.default_rng(0).integers(0, 256, (*f.whole, *channels)).astype(np.uint8)
    tiles = cut(picture, f)
    assert list(tiles.shape) == f.shape
    np.testing.assert_array_equal(stitched(tiles[None], f)[0], picture)


def test_maps_are_stitched_by_cells_and_the_larger_value_counts():
    """A cell that two tiles see has what the one says that sees more."""
    f = field(96, 96, 64)
    maps = np.zeros((1, len(corners(f)), 8, 8))
    maps[0, 0] = 0.2
    maps[0, 3, 0, 0] = 0.9
    found = stitched(maps, f)[0]
    assert found.shape == (12, 12)
    assert found[4, 4] == 0.9
    assert found[0, 0] == 0.2
    assert found[11, 11] == 0.0


def test_the_worst_tile_answers_and_without_a_good_class_all_do():
    """One tile with a scratch makes a scratched part; of textures the mean of all tiles counts."""
    scores = np.array([[[0.9, 0.1, 0.0], [0.2, 0.1, 0.7]]])
    np.testing.assert_array_equal(worst(scores, [0]), [[0.2, 0.1, 0.7]])
    np.testing.assert_allclose(worst(scores, []), [[0.55, 0.1, 0.35]])
    assert which(scores, [0]).tolist() == [1]
    assert which(scores, []).tolist() == [0]


def test_a_small_picture_is_one_tile_and_too_many_are_refused():
    """The side of a tile is never larger than the picture; a slip of the keys is a sentence."""
    assert tiled_shape([40, 200], 256) == ([1, 40, 200], [40, 200])
    with pytest.raises(DataProblem, match="larger 'size'"):
        tiled_shape([9000, 9000], 16)
