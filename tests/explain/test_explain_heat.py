"""Heat maps: both ways find the place that the answer comes from, and say when they do not agree."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from andon.explain.heat import heat


class Corner(nn.Module):
    """Class 1 if the upper left corner is bright."""

    def forward(self, inputs):
        bright = inputs["p"].float()[:, :8, :8].mean(dim=(1, 2)) / 255
        return torch.stack([-8 * (bright - 0.5), 8 * (bright - 0.5)], dim=1).unsqueeze(1)


class Scores(nn.Module):
    """Probabilities."""

    def forward(self, raw):
        return raw.softmax(dim=-1).mean(dim=1)


class Weighted(Corner):
    """The same with a weight."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, inputs):
        return super().forward(inputs) * self.weight


def test_both_maps_glow_where_the_network_looks():
    """Slope and occlusion agree on the corner."""
    pictures = np.random.default_rng(0).integers(0, 100, (3, 32, 32), dtype=np.uint8)
    pictures[:, :8, :8] = 250
    found = heat(Weighted(), Scores(), {"p": pictures}, "p")
    for maps in (found.gradient, found.occlusion):
        assert (maps[:, :2, :2].mean(axis=(1, 2)) > 5 * maps[:, 3:, 3:].mean(axis=(1, 2)) + 1e-6).all()
    assert (found.agreement > 0.3).all()
    again = heat(Weighted(), Scores(), {"p": pictures}, "p")
    assert (again.gradient == found.gradient).all()
