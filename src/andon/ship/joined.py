"""Rivals in the exported graph: textures and lines are exported with the network, as one module; trees are appended to
the graph afterwards (`export.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from andon.ship.export import Figured
from andon.tasks.remaining_life import NEAR
from andon.train.rivals.affine import AffineAnswer, AffineRival
from andon.train.rivals.figures import FigureTrees
from andon.train.rivals.rival import Rival
from andon.train.rivals.trees import Trees


class Blend(nn.Module):
    """Network, head and an affine rival: arrays by name -> probabilities (N, K) or values (N, Q), float64. The twin of
    `Task.blend`: the rival's point answer moves the quantiles along."""

    def __init__(self, net: nn.Module, finish: nn.Module, answer: AffineAnswer, share: float) -> None:
        super().__init__()
        self.net, self.finish, self.answer, self.share = net, finish, answer, share

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> (N, K). `share` is the network's."""
        network: Tensor = self.finish(self.net(inputs)).double()
        other: Tensor = self.answer(inputs)
        if self.answer.regression:
            return network + (1 - self.share) * (other - network[:, :1])
        return self.share * network + (1 - self.share) * other


class Beside(nn.Module):
    """Network, head and what has a column of its own: arrays by name -> (N, Q + 1), float64."""

    def __init__(self, net: nn.Module, finish: nn.Module, answer: AffineAnswer) -> None:
        super().__init__()
        self.net, self.finish, self.answer = net, finish, answer

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> (N, Q + 1)."""
        return torch.cat([self.finish(self.net(inputs)).double(), self.answer(inputs)], dim=1)


def joined(
    trained: tuple[nn.Module, nn.Module], beside: Sequence[Rival], state: dict[str, Any]
) -> tuple[nn.Module, nn.Module]:
    """Network and head to be exported, with what is said `beside` them: an affine rival inside, the figures that trees
    take as a second output."""
    net, finish = trained
    for rival in beside:
        if isinstance(rival, FigureTrees):
            net = Figured(net, rival.figures)
        if isinstance(rival, AffineRival) and rival.kind == NEAR:
            net, finish = Beside(net, finish, AffineAnswer(rival, state)), nn.Identity()
        elif isinstance(rival, AffineRival):
            shares = state["blend"]
            own = shares["network"] / (shares["network"] + shares[rival.kind])
            net, finish = Blend(net, finish, AffineAnswer(rival, state), own), nn.Identity()
    return net, finish


def trees_of(beside: Sequence[Rival]) -> Trees | None:
    """The boosters among them."""
    several = [rival.trees if isinstance(rival, FigureTrees) else rival for rival in beside]
    return next((rival for rival in several if isinstance(rival, Trees)), None)
