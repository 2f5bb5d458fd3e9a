"""Fixed filters: what they answer to, and what leaves them alone."""

import torch

from andon.nets.grain import ANGLES, Grain


def surface(*, light=100.0):
    """A dark line from left to right across an even surface."""
    planes = torch.full((1, 1, 48, 64), light)
    planes[:, :, 24] *= 0.5
    return planes


def test_a_line_is_seen_in_its_own_direction():
    """Of the filters of one scale the one along a dark line answers most, and far from the line none does."""
    found = Grain(255.0)(surface())[0]

    lines = found[0 : 2 * ANGLES : 2]

    assert lines[:, 3, 4].argmax() == ANGLES // 2
    assert lines[:, 0, 4].max() < lines[:, 3, 4].max() - 2


def test_twice_the_light_changes_little():
    """Pictures are brought to one exposure first: the same surface under more light says nearly the same."""
    grain = Grain(255.0)

    assert (grain(surface()) - grain(surface(light=200.0))).abs().max() < 0.1


def test_pictures_of_any_size_are_covered():
    """Sides that are no multiple of eight get one more row and column of cells; colours are averaged."""
    assert Grain(255.0)(torch.rand(2, 3, 50, 65)).shape == (2, 82, 7, 9)
