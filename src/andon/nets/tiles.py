"""`Tiled`: a network of tiles asked about whole pictures, N of T tiles each (see `encode/tiles.py`).

Of several instances only the worst answers for the whole and is learnt from (multiple-instance learning with the
maximum: Dietterich et al. 1997; the max of convolutional scores: Oquab et al. 2015). Chosen by the same rule as at the
line, `encode.tiles.worst`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

SHOWN = "{}.shown"
"""Name of an array (N, T) bool that training may have beside the pictures: tiles that can show what the label says."""
CHUNK_CELLS = 1 << 20
"""Pixels per pass where nothing is learnt, so that memory does not grow with the picture."""


class Tiled(nn.Module):
    """Pictures by name (N, T, h, w[, 3]), and whatever stands beside them (N, …) -> what `net` says of the worst tile
    of each, which it is asked about together with what stands beside the picture. `good`: numbers of the classes that
    are no defect; none: the mean over tiles. `ranks`: whether the network ends at scores (N, K) and not at raw answers
    (N, M, K)."""

    def __init__(self, net: nn.Module, name: str, good: Sequence[int], *, ranks: bool = False) -> None:
        super().__init__()
        self.net, self.name, self.good, self.ranks = net, name, list(good), ranks
        for told in ("members", "members_kind", "optimizer", "learning_rate"):
            if hasattr(net, told):
                setattr(self, told, getattr(net, told))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """(N, T, …) -> (N, K) or (N, M, K)."""
        shown = SHOWN.format(self.name)
        beside = {name: tensor for name, tensor in inputs.items() if name not in (self.name, shown)}
        stack = inputs[self.name]
        if self.training and self.good:
            chosen = self._chosen(stack, beside, inputs.get(shown))
            own = torch.arange(len(stack), device=stack.device)
            worst: Tensor = self.net({**beside, self.name: stack[own, chosen]})
            return worst
        raw = self._of_tiles(stack, beside, at_once=self.training)
        if self.ranks:
            return raw.mean(dim=1) if not self.good else _worst(raw, raw, self.good)
        chances = raw.float().softmax(dim=-1).mean(dim=2)
        if not self.good:  # the logarithm of mean chances: a softmax gives them back
            whole: Tensor = chances.mean(dim=1).clamp_min(1e-12).log().unsqueeze(1)
            return whole
        return _worst(raw, chances, self.good)

    @torch.no_grad()
    def _chosen(self, stack: Tensor, beside: dict[str, Tensor], shown: Tensor | None) -> Tensor:
        """Number of the worst tile of each (N,), as the network would see it at the line: so one tile a picture is all
        that a gradient has to remember."""
        self.net.eval()
        fine = self._of_tiles(stack, beside).float().softmax(dim=-1).mean(dim=2)[:, :, self.good].sum(dim=2)
        self.net.train()
        if shown is not None:
            fine = fine.masked_fill(~shown, torch.inf)
        return fine.argmin(dim=1)

    def _of_tiles(self, stack: Tensor, beside: dict[str, Tensor], *, at_once: bool = False) -> Tensor:
        """What the network says of each tile, (N, T, …)."""
        flat = {name: tensor.repeat_interleave(stack.shape[1], 0) for name, tensor in beside.items()}
        flat[self.name] = tiles = stack.flatten(0, 1)
        step = len(tiles) if at_once else max(1, CHUNK_CELLS // max(1, tiles[:1].numel()))
        pieces = [slice(start, start + step) for start in range(0, len(tiles), step)]
        raw = torch.cat([self.net({name: tensor[piece] for name, tensor in flat.items()}) for piece in pieces])
        return raw.view(*stack.shape[:2], *raw.shape[1:])


def _worst(raw: Tensor, chances: Tensor, good: list[int]) -> Tensor:
    """Of (N, T, …) what stands at the tile whose chances (N, T, K) of a good class are least."""
    chosen = chances.detach()[:, :, good].sum(dim=2).argmin(dim=1)
    return raw[torch.arange(len(raw), device=raw.device), chosen]
