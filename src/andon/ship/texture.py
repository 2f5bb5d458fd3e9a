"""Texture in the exported graph: it is exported with the network, as one module."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from andon.ship.export import Figured
from andon.train.figures import FigureTrees
from andon.train.rival import Rival
from andon.train.texture import TextureAnswer, TextureRival


class Blend(nn.Module):
    """Network, head and texture: arrays by name -> probabilities (N, K) float64. The twin of `Task.blend`."""

    def __init__(self, net: nn.Module, finish: nn.Module, rival: TextureRival, share: float) -> None:
        super().__init__()
        self.net, self.finish, self.texture, self.share = net, finish, TextureAnswer(rival), share

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> (N, K). `share` is the network's."""
        network: Tensor = self.finish(self.net(inputs))
        texture: Tensor = self.texture(inputs)
        return self.share * network.double() + (1 - self.share) * texture


def joined(
    trained: tuple[nn.Module, nn.Module], rival: Rival | None, state: dict[str, Any]
) -> tuple[nn.Module, nn.Module]:
    """Network and head to be exported: with the texture inside where it has a share, with the figures that trees take
    beside it, else as they are."""
    if isinstance(rival, FigureTrees):
        return Figured(trained[0], rival.figures), trained[1]
    if not isinstance(rival, TextureRival):
        return trained
    return Blend(*trained, rival, state["blend"]["network"]), nn.Identity()
