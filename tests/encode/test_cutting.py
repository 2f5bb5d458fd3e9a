"""When very large pictures are cut into tiles unasked."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from andon.encode.cutting import smallest, why_cut


def files(base, name, pixels, count=3):
    """Pictures of one kind, and their places."""
    base.mkdir(exist_ok=True)
    places = [base / f"{name}{number}.png" for number in range(count)]
    for place in places:
        Image.fromarray(pixels).save(place)
    return [str(place) for place in places]


def blank(height, width, marked=0):
    """Black, with a white square of this side."""
    pixels = np.zeros((height, width), np.uint8)
    pixels[:marked, :marked] = 255
    return pixels


@pytest.mark.parametrize(
    ("side", "marked", "cut"),
    [
        (300, 0, False),  # a photograph of a part
        (300, 3, False),  # three times the network's size: a larger 'size' does
        (900, 0, False),  # nobody knows how small defects are
        (900, 80, False),  # large ones, seen at a ninth as well
        (900, 12, True),
        (1700, 0, True),
        (1700, 400, False),
    ],
)
def test_pictures_are_cut_where_shrinking_would_lose_what_is_looked_for(side, marked, cut, tmp_path):
    """Masks say how small that is; without them only pictures far beyond reason are cut."""
    places = files(tmp_path, "p", blank(side, side))
    masks = files(tmp_path, "m", blank(side, side, marked)) if marked else []

    why = why_cut(places, [100, 100], masks, rows=3)

    assert bool(why) == cut
    assert not why or f"{side:,} x {side:,} pixels" in why
    assert not (cut and marked) or "12 pixels a side, which would leave 1.3" in why


def test_arrays_beyond_reason_are_not_made_unasked(tmp_path):
    """A million pictures of thousands of pixels are shrunk, or the user asks for tiles."""
    assert why_cut(files(tmp_path, "p", blank(1700, 1700)), [100, 100], [], rows=1_000_000) == ""


def test_a_mask_that_cannot_be_read_is_passed_over(tmp_path):
    """Others say how small defects are."""
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    assert smallest([str(broken), *files(tmp_path, "m", blank(50, 50, 10))]) == 10
    assert smallest([str(broken)]) is None
