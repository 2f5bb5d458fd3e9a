"""`Tiled`: one rule for training and for the line."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from andon.encode.tiles import worst
from andon.nets.heads import Finish
from andon.nets.tiles import Tiled


class Bright(nn.Module):
    """Raw answers of two members that grow with a tile's light."""

    members, members_kind = 2, "batched"

    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([[[0.0, 1.0, -1.0]], [[0.5, 2.0, 0.0]]]))

    def forward(self, inputs):
        light = inputs["p"].flatten(1).mean(dim=1)[:, None, None]
        return light * self.slope.movedim(0, 1)


@pytest.mark.parametrize("good", [[0], [0, 2], []])
def test_training_and_the_line_ask_the_same_tile(good):
    """The scores of the whole, by the network that is trained and by NumPy from the scores of the tiles."""
    torch.manual_seed(0)
    net, stack, finish = Bright(), torch.randn(5, 7, 4, 4), Finish("classification", {})
    whole = finish(Tiled(net, "p", good)({"p": stack}))
    tiles = finish(net({"p": stack.flatten(0, 1)})).view(5, 7, 3)
    torch.testing.assert_close(whole, torch.from_numpy(worst(tiles.detach().numpy(), good)))


class Warm(Bright):
    """The same, with a number that stands beside the picture added to the light."""

    def forward(self, inputs):
        light = inputs["p"].flatten(1).mean(dim=1) + inputs["numbers"][:, 0]
        return light[:, None, None] * self.slope.movedim(0, 1)


@pytest.mark.parametrize("good", [[0], []])
def test_each_tile_is_asked_with_what_stands_beside_its_picture(good):
    """Numbers of a row go with all tiles of its picture, in training and when asked."""
    torch.manual_seed(0)
    net, stack, numbers = Warm(), torch.randn(5, 7, 4, 4), torch.randn(5, 1)
    finish = Finish("classification", {})
    whole = Tiled(net, "p", good)
    beside = {"p": stack, "numbers": numbers, "p.shown": torch.ones(5, 7, dtype=torch.bool)}
    tiles = finish(net({"p": stack.flatten(0, 1), "numbers": numbers.repeat_interleave(7, 0)})).view(5, 7, 3)
    expected = torch.from_numpy(worst(tiles.detach().numpy(), good))
    torch.testing.assert_close(finish(whole.eval()(beside)), expected)
    torch.testing.assert_close(finish(whole.train()(beside)), expected)


def test_only_the_tile_that_answers_is_learnt_from():
    """A gradient reaches the worst tile alone."""
    stack = torch.randn(2, 3, 4, 4, requires_grad=True)
    Tiled(Bright(), "p", [0]).train()({"p": stack}).sum().backward()
    assert (stack.grad.flatten(2).abs().sum(dim=2) > 0).sum(dim=1).tolist() == [1, 1]
