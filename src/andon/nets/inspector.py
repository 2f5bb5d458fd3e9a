"""`Inspector`: four ways to see that a surface is unlike the good ones, as one graph from picture to score and map.

1. The network's own map, trained on planted defects: its largest value, which a hairline can raise.
2. The same map smoothed, which only what is broad can raise.
3. A memory of patch embeddings (PatchCore: Roth et al. 2022, arXiv:2106.08265): distance to the nearest of a bounded
   number of good patches. Differs from the paper: embeddings come from the network of 1, trained here and not on
   photographs, have their picture's own mean taken out, and are whitened (Mahalanobis distance).
4. A second memory, of what fixed filters say of good patches (`grain.py`): nothing that planted defects have taught.

Each is measured in what it says of good cells as deep in their pictures (`rim.py`), then in what it says of good
pictures, a larger one's largest cells being larger by chance. The score is a soft maximum: what one way sees clearly
need not be seen by another.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from msgspec import Struct
from torch import Tensor, nn

from andon.nets.families.surface import SurfaceFamily
from andon.nets.grain import Grain
from andon.nets.rim import ZONES, zones

STRIDE, SMOOTH = 8, 9
WAYS = {"fine": 1, "broad": 1, "memory": 5, "grain": 20}
"""Name -> number of largest cells whose mean is the picture's score; all of them where there are fewer."""
FAINTEST, ABREAST = 1e-4, 2000
"""Probability that is told from 0, and points of a memory that are compared at a time."""
USUAL, NOWHERE = (0.5, 0.95), -1e6
"""Quantiles of good cells that become 0 and 1, and what stands for a cell that is not the picture's own."""


class Patches(Struct, frozen=True):
    """Good patches: `mean` (D,), `whiten` (D, E) and `memory` (K, E), whitened."""

    mean: Tensor
    whiten: Tensor
    memory: Tensor


class Fitted(Struct, frozen=True):
    """What was learnt of good pictures after training: what the network and what the filters say of patches."""

    taught: Patches
    fixed: Patches


class Memory(nn.Module):
    """Embeddings (N, D, h, w) -> distance to the nearest good one, (N, 1, h, w)."""

    def __init__(self, patches: Patches) -> None:
        super().__init__()
        self.mean, self.whiten, self.points = (
            nn.Buffer(t) for t in (patches.mean, patches.whiten, patches.memory)
        )  # fmt: skip

    def forward(self, embedding: Tensor) -> Tensor:
        """|z - p|² - |z|² is one product of matrices, of (z, 1) and (-2 p, |p|²); some points at a time."""
        rows, width, tall, wide = embedding.shape
        z = self.whitened(embedding.permute(0, 2, 3, 1).reshape(-1, width))
        ours = F.pad(z, (0, 1), value=1.0)
        theirs = torch.cat([-2 * self.points, self.points.square().sum(dim=1, keepdim=True)], dim=1)
        near = torch.stack([(ours @ some.T).amin(dim=1) for some in torch.split(theirs, ABREAST)])
        squared = z.square().sum(dim=1) + near.amin(dim=0)
        return squared.clamp_min(0).sqrt().view(rows, 1, tall, wide)

    def whitened(self, flat: Tensor) -> Tensor:
        """(N, D) -> (N, E)."""
        return (flat - self.mean) @ self.whiten


class Inspector(nn.Module):
    """Pictures by name -> scores (N, 2) float64 and maps (N, cells down, cells across) in 0 … 1."""

    members, members_kind = 1, "one"

    def __init__(self, core: SurfaceFamily, fitted: Fitted, *, full: float) -> None:
        super().__init__()
        self.core, self.name = core, core.name
        self.grain = Grain(full)
        self.far, self.coarse = Memory(fitted.taught), Memory(fitted.fixed)
        self.level = nn.Buffer(torch.zeros(ZONES, len(WAYS)))
        self.scale = nn.Buffer(torch.ones(ZONES, len(WAYS)))
        self.center = nn.Buffer(torch.zeros(len(WAYS)))
        self.spread = nn.Buffer(torch.ones(len(WAYS)))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Scores alone."""
        return self.both(inputs)[0]

    def both(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Scores `[1 - s, s]`, s rising from 0.5 (as the middle of the good ones) to 1, and maps on the same scale."""
        deep = self.deep(inputs)
        standard = self.standard(self.grids(inputs), deep)
        found, where = (squeezed(together(self.measured(z))) for z in (top(standard, deep), standard))
        return torch.stack([1 - found, found], dim=1), where.float()

    def measured(self, z: Tensor) -> Tensor:
        """What the ways (N, ways, …) say, in spreads of good pictures."""
        beyond = (1,) * (z.dim() - 2)
        return (z - self.center.view(-1, *beyond)) / self.spread.view(-1, *beyond)

    def standard(self, grids: Tensor, deep: Tensor) -> Tensor:
        """Grids (N, ways, h, w) in spreads of good cells of the same zone, less what chance gives that many cells: of
        exponential tails the largest of n grows as their logarithm."""
        level, scale = (stored[deep].movedim(-1, 1) for stored in (self.level, self.scale))
        own = (deep > 0).sum(dim=(1, 2)).clamp_min(1).to(grids.dtype)
        chance = own.log() / -math.log(2 * (1 - USUAL[1]))
        return (grids - level) / scale - chance.view(-1, 1, 1, 1)

    def deep(self, inputs: dict[str, Tensor]) -> Tensor:
        """The zone of each cell, (N, cells down, cells across)."""
        return zones(self.planes(inputs), STRIDE)

    def grids(self, inputs: dict[str, Tensor]) -> Tensor:
        """What each way says of each cell, (N, 4, cells down, cells across)."""
        planes = self.core.scaling(inputs[self.name])
        raw, levels = self.core.maps(planes)
        fine = F.max_pool2d(raw.unsqueeze(1), STRIDE, ceil_mode=True)
        smooth = F.avg_pool2d(raw.sigmoid().unsqueeze(1), SMOOTH, 1, SMOOTH // 2, count_include_pad=False)
        broad = torch.logit(F.max_pool2d(smooth, STRIDE, ceil_mode=True).clamp(FAINTEST, 1 - FAINTEST))
        size = [int(side) for side in fine.shape[2:]]
        ways = [fine, broad, self.far(embedded(levels)), self.coarse(self.grains(inputs))]
        return torch.cat([cells(way, size) for way in ways], dim=1)

    def grains(self, inputs: dict[str, Tensor]) -> Tensor:
        """What the filters say of pictures as they are, (N, D, cells down, cells across)."""
        found: Tensor = self.grain(self.planes(inputs).float())
        return found

    def planes(self, inputs: dict[str, Tensor]) -> Tensor:
        """Pictures as they are, (N, channels, height, width)."""
        picture = inputs[self.name]
        return picture.unsqueeze(1) if picture.dim() == 3 else picture.movedim(-1, 1)


def embedded(levels: list[Tensor]) -> Tensor:
    """Encoder levels -> embeddings every eight pixels, means over 3 x 3 cells, without their picture's own mean."""
    deep = F.interpolate(levels[3], size=levels[2].shape[2:], mode="bilinear", align_corners=False)
    joined = F.avg_pool2d(torch.cat([levels[2], deep], dim=1), 3, 1, 1, count_include_pad=False)
    return joined - joined.mean(dim=(2, 3), keepdim=True)


def top(grids: Tensor, deep: Tensor) -> Tensor:
    """Grids (N, ways, h, w) -> mean of each way's largest of the picture's own cells, (N, ways)."""
    own = torch.where((deep > 0).unsqueeze(1), grids, NOWHERE).flatten(2)
    largest = own.topk(min(max(WAYS.values()), own.shape[2]), dim=2).values
    there = (largest > NOWHERE).to(grids.dtype)
    sums = (largest * there).cumsum(dim=2) / there.cumsum(dim=2)
    return torch.stack([sums[:, way, min(count, sums.shape[2]) - 1] for way, count in enumerate(WAYS.values())], dim=1)


def together(z: Tensor) -> Tensor:
    """Soft maximum over the ways, side 1: the logarithm of the mean of exp(z), in float64."""
    return torch.logsumexp(z.double(), dim=1) - math.log(z.shape[1])


def squeezed(z: Tensor) -> Tensor:
    """Any number -> 0 … 1, rising: z / (1 + |z|), in float64 so that far outliers stay apart."""
    return 0.5 + 0.5 * z / (1 + z.abs())


def cells(grid: Tensor, size: list[int]) -> Tensor:
    """A grid cut or stretched to the size of the network's."""
    return grid if list(grid.shape[2:]) == size else F.interpolate(grid, size=size, mode="nearest")
