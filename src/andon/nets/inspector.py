"""`Inspector`: four ways to see that a surface is unlike the good ones, as one graph from picture to score and map.

1. The network's own map, trained on planted defects: its largest value, which a hairline can raise.
2. The same map smoothed, which only what is broad can raise.
3. A memory of patch embeddings (PatchCore: Roth et al. 2022, arXiv:2106.08265): distance to the nearest of a bounded
   number of good patches. Differs from the paper: embeddings come from the network of 1, trained here and not on
   photographs, have their picture's own mean taken out, and are whitened (Mahalanobis distance).
4. What principal components of good patches cannot draw (Hotelling's Q; Jackson & Mudholkar 1979).

Each is measured in what it says of good pictures; the score is their weighted mean.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from msgspec import Struct
from torch import Tensor, nn

from andon.nets.families.surface import SurfaceFamily, local

STRIDE, PATCH, SMOOTH = 8, 16, 9
WAYS = {"fine": 1, "broad": 1, "memory": 5, "components": 5}
"""Name -> number of largest cells whose mean is the picture's score."""
FAINTEST = 1e-4


class Fitted(Struct, frozen=True):
    """What was learnt of good pictures after training. `mean` (D,), `whiten` (D, D), `memory` (K, D); `drawn` (P,),
    `parts` (C, P) of patches of P pixels."""

    mean: Tensor
    whiten: Tensor
    memory: Tensor
    drawn: Tensor
    parts: Tensor


class Inspector(nn.Module):
    """Pictures by name -> scores (N, 2) float64 and maps (N, cells down, cells across) in 0 … 1."""

    members, members_kind = 1, "one"

    def __init__(self, core: SurfaceFamily, fitted: Fitted) -> None:
        super().__init__()
        self.core, self.name = core, core.name
        self.mean, self.whiten, self.memory = (nn.Buffer(t) for t in (fitted.mean, fitted.whiten, fitted.memory))
        self.drawn, self.parts = nn.Buffer(fitted.drawn), nn.Buffer(fitted.parts)
        self.center = nn.Buffer(torch.zeros(len(WAYS)))
        self.spread = nn.Buffer(torch.ones(len(WAYS)))
        self.weights = nn.Buffer(torch.ones(len(WAYS)) / len(WAYS))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Scores alone."""
        return self.both(inputs)[0]

    def both(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Scores `[1 - s, s]`, s rising from 0.5 (as the middle of the good ones) to 1, and maps on the same scale."""
        grids = self.grids(inputs)
        z = (top(grids) - self.center) / self.spread
        standard = (grids - self.center[:, None, None]) / self.spread[:, None, None]
        found = squeezed((z * self.weights).sum(dim=1))
        where = squeezed((standard * self.weights[:, None, None]).sum(dim=1))
        return torch.stack([1 - found, found], dim=1), where.float()

    def grids(self, inputs: dict[str, Tensor]) -> Tensor:
        """What each way says of each cell, (N, 4, cells down, cells across)."""
        planes = self.core.scaling(inputs[self.name])
        raw, levels = self.core.maps(planes)
        fine = F.max_pool2d(raw.unsqueeze(1), STRIDE, ceil_mode=True)
        smooth = F.avg_pool2d(raw.sigmoid().unsqueeze(1), SMOOTH, 1, SMOOTH // 2, count_include_pad=False)
        broad = torch.logit(F.max_pool2d(smooth, STRIDE, ceil_mode=True).clamp(FAINTEST, 1 - FAINTEST))
        size = [int(side) for side in fine.shape[2:]]
        ways = [fine, broad, self.far(embedded(levels)), self.undrawn(planes)]
        return torch.cat([cells(way, size) for way in ways], dim=1)

    def far(self, embedding: Tensor) -> Tensor:
        """Embeddings (N, D, h, w) -> distance to the nearest good one, (N, 1, h, w)."""
        rows, width, tall, wide = embedding.shape
        z = (embedding.permute(0, 2, 3, 1).reshape(-1, width) - self.mean) @ self.whiten
        squared = (z * z).sum(dim=1) + ((self.memory * self.memory).sum(dim=1) - 2 * z @ self.memory.T).amin(dim=1)
        return squared.clamp_min(0).sqrt().view(rows, 1, tall, wide)

    def undrawn(self, planes: Tensor) -> Tensor:
        """Scaled pictures -> root of the energy that the components leave, per patch: (N, 1, h, w)."""
        patches = patches_of(planes)
        rows, length, tall, wide = patches.shape
        z = patches.permute(0, 2, 3, 1).reshape(-1, length) - self.drawn
        left = (z * z).sum(dim=1) - (z @ self.parts.T).square().sum(dim=1)
        return left.clamp_min(0).sqrt().view(rows, 1, tall, wide)


def embedded(levels: list[Tensor]) -> Tensor:
    """Encoder levels -> embeddings every eight pixels, means over 3 x 3 cells, without their picture's own mean."""
    deep = F.interpolate(levels[3], size=levels[2].shape[2:], mode="bilinear", align_corners=False)
    joined = F.avg_pool2d(torch.cat([levels[2], deep], dim=1), 3, 1, 1, count_include_pad=False)
    return joined - joined.mean(dim=(2, 3), keepdim=True)


def patches_of(planes: Tensor) -> Tensor:
    """Scaled pictures (N, channels, height, width) -> patches every eight pixels, (N, P, h, w), local light taken out.

    P is 16 x 16 pixels of the mean over channels, at half the sides: 64.
    """
    grey = F.avg_pool2d(local(planes.mean(dim=1, keepdim=True)), 2)
    half = PATCH // 2
    side = F.pad(grey, (half // 4, half // 4, half // 4, half // 4), mode="replicate")
    tall, wide = (int(s - half) // (STRIDE // 2) + 1 for s in side.shape[2:])
    flat = F.unfold(side, half, stride=STRIDE // 2)
    return flat.view(planes.shape[0], -1, tall, wide)  # `len` would fix the number of rows in the export


def top(grids: Tensor) -> Tensor:
    """Grids (N, ways, h, w) -> mean of each way's largest cells, (N, ways)."""
    largest = grids.flatten(2).topk(max(WAYS.values()), dim=2).values
    return torch.stack([largest[:, way, :count].mean(dim=1) for way, count in enumerate(WAYS.values())], dim=1)


def squeezed(z: Tensor) -> Tensor:
    """Any number -> 0 … 1, rising: z / (1 + |z|), in float64 so that far outliers stay apart."""
    z = z.double()
    return 0.5 + 0.5 * z / (1 + z.abs())


def cells(grid: Tensor, size: list[int]) -> Tensor:
    """A grid cut or stretched to the size of the network's."""
    return grid if list(grid.shape[2:]) == size else F.interpolate(grid, size=size, mode="nearest")
