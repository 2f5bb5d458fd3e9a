"""Views: the eight symmetries, each once, and their answers side by side."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from andon.nets.views import VIEWS, Views, seen


def test_views_are_turns_and_mirror_images():
    """As `rot90` and `flip` have it."""
    picture = torch.arange(36.0).view(1, 6, 6)
    for turns in range(4):
        assert torch.equal(seen(picture, turns, mirrored=False), torch.rot90(picture, turns, (1, 2)))
        assert torch.equal(seen(picture, turns, mirrored=True), torch.rot90(picture.flip(2), turns, (1, 2)))


@pytest.mark.parametrize(("symmetry", "count"), [("none", 1), ("horizontal", 2), ("both", 4), ("turn", 4), ("all", 8)])
def test_each_view_is_asked_once(symmetry, count):
    """All views differ on a picture without symmetry."""

    class First(nn.Module):
        def forward(self, inputs):
            return inputs["p"].flatten(1)[:, :5].float().unsqueeze(1)

    raw = Views(First(), ["p"], symmetry)({"p": torch.arange(49).view(1, 7, 7), "other": torch.zeros(1)})
    assert raw.shape == (1, count, 5)
    assert len({tuple(view.tolist()) for view in raw[0]}) == count
    assert len(VIEWS[symmetry]) == count
