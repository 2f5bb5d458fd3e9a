"""`Views`: one network asked about a picture as it is, mirrored and turned, its answers averaged (test-time
augmentation: Krizhevsky et al. 2012, section 4.1; the eight symmetries of the square: Cohen & Welling 2016,
arXiv:1602.07576)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

VIEWS: dict[str, tuple[tuple[int, bool], ...]] = {
    "none": ((0, False),),
    "horizontal": ((0, False), (0, True)),
    "vertical": ((0, False), (2, True)),
    "both": ((0, False), (0, True), (2, False), (2, True)),
    "turn": ((0, False), (1, False), (2, False), (3, False)),
    "all": tuple((turns, mirrored) for turns in range(4) for mirrored in (False, True)),
}
"""What leaves the part what it is -> quarter turns, and whether the picture is mirrored left to right before."""


class Views(nn.Module):
    """Arrays by name -> (N, views · M, W): the answers to every view, as those of so many members."""

    members_kind = "one"

    def __init__(self, net: nn.Module, pictures: list[str], symmetry: str) -> None:
        super().__init__()
        self.net, self.pictures, self.views = net, pictures, VIEWS[symmetry]
        self.members = len(self.views) * int(getattr(net, "members", 1))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """(N, …) -> (N, views · M, W)."""
        raw = [
            self.net(inputs | {name: seen(inputs[name], turns, mirrored=mirrored) for name in self.pictures})
            for turns, mirrored in self.views
        ]
        return torch.cat(raw, dim=1)


def seen(picture: Tensor, turns: int, *, mirrored: bool) -> Tensor:
    """Pictures (N, height, width[, channels]) turned and mirrored. A quarter turn needs equal sides."""
    picture = picture.flip(2) if mirrored else picture
    if turns == 2:
        return picture.flip(1, 2)
    if turns:
        picture = picture.transpose(1, 2)
        return picture.flip(1) if turns == 1 else picture.flip(2)
    return picture
