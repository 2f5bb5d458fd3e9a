"""How deep cells lie in pictures that stand within their own mirror image."""

import numpy as np
import pytest
import torch

from andon.nets.inspector import STRIDE, WAYS, top
from andon.nets.rim import ZONES, mirrored, zones
from andon.pictures import fitted


def canvas(height: int, width: int) -> torch.Tensor:
    """A noisy picture of these sides on a canvas of 96 x 120 pixels, (1, 1, 96, 120)."""
    picture = np.random.default_rng(height).integers(0, 256, (height, width), np.uint8)
    return torch.from_numpy(fitted(picture, [96, 120], "1/1")).view(1, 1, 96, 120)


@pytest.mark.parametrize(("height", "width"), [(96, 120), (95, 119), (61, 120), (40, 34), (96, 17)])
def test_the_border_of_a_picture_is_found_within_its_mirror_image(height, width):
    """Also where the mirror image is wider than the picture and goes on being mirrored."""
    lines = canvas(height, width)[0].double()

    found = [int(mirrored(lines.sum(dim=side))) for side in (2, 1)]

    assert found == [(96 - height) // 2, (120 - width) // 2]


def test_cells_are_told_apart_by_how_deep_they_lie_down_and_across():
    """0 is outside; the nearer end of a side alone counts."""
    zone = zones(canvas(48, 56), STRIDE)[0]

    assert zone.shape == (12, 15)
    assert zone[:3].eq(0).all()
    assert zone[:, :4].eq(0).all()
    assert zone[3, 4:11].tolist() == [1, 2, 2, 3, 2, 2, 1]
    assert zone[3:9, 5].tolist() == [2, 5, 5, 5, 5, 2]
    assert zones(canvas(96, 120), STRIDE).max() == ZONES - 1


def test_a_cell_that_the_canvas_cuts_off_is_a_cell():
    """97 pixels are thirteen cells of eight, the last of them one pixel wide, and within the picture."""
    noise = torch.randint(0, 256, (1, 1, 97, 122), generator=torch.Generator().manual_seed(0))

    assert zones(noise, STRIDE).shape == (1, 13, 16)
    assert zones(noise, STRIDE).min() > 0


def test_a_picture_of_one_colour_is_its_own_to_the_edge():
    """Every line of it is the mirror image of every other."""
    assert zones(torch.full((2, 1, 96, 120), 7, dtype=torch.uint8), STRIDE).min() > 0


def test_what_stands_outside_a_picture_says_nothing_of_it():
    """The mean is of the picture's own cells alone, and of as many as there are."""
    zone = torch.tensor([[[0, 1, 1], [0, 1, 1]]])
    grids = torch.tensor([9.0, 1.0, 2.0, 9.0, 3.0, 4.0]).view(1, 1, 2, 3).expand(1, len(WAYS), 2, 3)

    said = top(grids, zone)[0]

    assert said.tolist() == [4.0 if count == 1 else 2.5 for count in WAYS.values()]
