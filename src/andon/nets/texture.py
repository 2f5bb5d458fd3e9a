"""Fixed texture features of pictures, without a learnt weight: oriented waves, grey levels, local binary patterns.

Two orders of a scattering transform (Bruna & Mallat 2013, arXiv:1203.1513, eq. 5) with Morlet waves of four scales and
four angles; quantiles of grey; histograms of rotation-invariant uniform patterns (Ojala, Pietikäinen & Mäenpää 2002,
section 2.3). Differs from the papers: scales are a pyramid of halved pictures under one small kernel, which costs a
tenth; a pattern's neighbours are pixels of a ring and not points between pixels, so that every comparison is one of
whole numbers and comes out alike in each run-time.

N pictures, C channels, S scales, A angles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from andon.encode.block import InputSpec
from andon.nets.layers.layer import keep
from andon.nets.scaling import ArrayScaling

SCALES, ANGLES = 4, 4
KERNEL, WIDTH, TURN = 7, 1.0, 3 * math.pi / 4
"""Side of the kernel, standard deviation of its window, and turn of its wave per pixel."""
LEAST = 1e-3
"""Added before the logarithm: a modulus below it is noise."""
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
RINGS = ((0, 1), (0, 2), (0, 4), (1, 1))
"""How often a picture is halved, and the radius of the ring on it."""
PATTERNS = 10


class Texture(nn.Module):
    """Pictures by name, (N, height, width[, C]) each, sides of 32 or more -> (N, `width`) float32.

    Grey quantiles, their spread and the patterns stay the same when a picture with even sides is turned by quarters or
    mirrored; patterns also when its light changes. All other features know which way a line runs, and stay the same
    when the picture stands on its head.
    """

    def __init__(self, specs: Sequence[InputSpec], scaling: dict[str, dict[str, Any]]) -> None:
        super().__init__()
        self.names = [spec.name for spec in specs]
        self.scalings = nn.ModuleList(ArrayScaling(spec, scaling.get(spec.name, {})) for spec in specs)
        self.waves: Tensor
        keep(self, "waves", morlet())
        for number, (_, radius) in enumerate(RINGS):
            keep(self, f"ring{number}", differences(radius))
        waves = SCALES * 2 * ANGLES + SCALES * (SCALES - 1) // 2 * ANGLES**2
        channels = sum(spec.shape[2] if len(spec.shape) == 3 else 1 for spec in specs)
        self.width = len(specs) * (waves + PATTERNS * len(RINGS)) + channels * (len(QUANTILES) + 1)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Pictures by name -> (N, width)."""
        found: list[Tensor] = []
        for name, scaling in zip(self.names, self.scalings, strict=True):
            raw_NHW = inputs[name].float() if inputs[name].dim() == 3 else inputs[name].float().sum(dim=-1)
            z_NCHW = scaling(inputs[name])
            found += [scattered(z_NCHW.mean(dim=1, keepdim=True), self.waves), grey(z_NCHW)]
            for number, (times, _) in enumerate(RINGS):
                found.append(patterns(halved(raw_NHW.unsqueeze(1), times), self.get_buffer(f"ring{number}")).sqrt())
        return torch.cat(found, dim=1)


def morlet() -> Tensor:
    """Real and then imaginary parts of Morlet waves of mean nought, one per angle: (2 A, 1, side, side)."""
    place = torch.arange(KERNEL, dtype=torch.float64) - KERNEL // 2
    y, x = torch.meshgrid(place, place, indexing="ij")
    window = torch.exp(-(x**2 + y**2) / (2 * WIDTH**2)) / (2 * math.pi * WIDTH**2)
    real, imaginary = [], []
    for angle in range(ANGLES):
        turn = TURN * (x * math.cos(angle * math.pi / ANGLES) + y * math.sin(angle * math.pi / ANGLES))
        wave = window * torch.cos(turn)
        real.append(wave - window * (wave.sum() / window.sum()))
        imaginary.append(window * torch.sin(turn))
    return torch.stack(real + imaginary).unsqueeze(1).float()


def modulus(z: Tensor, kernels: Tensor) -> Tensor:
    """|z * wave| per angle: (N, 1, H, W) -> (N, A, H, W)."""
    parts = F.conv2d(F.pad(z, (KERNEL // 2,) * 4, mode="reflect"), kernels)
    return (parts[:, :ANGLES].square() + parts[:, ANGLES:].square()).sqrt()


def scattered(z: Tensor, kernels: Tensor) -> Tensor:
    """Logarithms of mean and spread of the modulus per scale and angle, and of the mean of the modulus of that at each
    coarser scale: (N, 1, H, W) -> (N, 2 S A + S (S - 1) / 2 A²)."""
    found = []
    for scale in range(SCALES):
        first = modulus(z, kernels)
        mean = first.mean(dim=(2, 3))
        found += [mean, (first - mean[:, :, None, None]).square().mean(dim=(2, 3)).sqrt()]
        for _ in range(scale + 1, SCALES):
            first = F.avg_pool2d(first, 2)
            height, width = first.shape[2:]
            second = modulus(first.reshape(-1, 1, height, width), kernels).mean(dim=(2, 3))
            found.append(second.reshape(-1, ANGLES**2))
        z = F.avg_pool2d(z, 2)
    return torch.log(LEAST + torch.cat(found, dim=1))


def grey(z: Tensor) -> Tensor:
    """Quantiles of each channel and its standard deviation: (N, C, H, W) -> (N, C · 8)."""
    flat = z.flatten(2)
    pixels = flat.shape[2]
    ordered = flat.sort(dim=2).values
    places = torch.tensor([round(q * (pixels - 1)) for q in QUANTILES], device=z.device)
    levels = ordered.index_select(2, places)
    spread = (flat - flat.mean(dim=2, keepdim=True)).square().mean(dim=2, keepdim=True).sqrt()
    return torch.cat([levels, spread], dim=2).flatten(1)


def halved(raw: Tensor, times: int) -> Tensor:
    """Means of blocks: (N, 1, H, W) -> (N, 1, H / 2^times, …). Exact: grey levels are whole numbers."""
    for _ in range(times):
        raw = F.avg_pool2d(raw, 2)
    return raw


def ring(radius: int) -> list[tuple[int, int]]:
    """Eight neighbours in a circle, as steps down and right; the same eight when turned by a quarter or mirrored."""
    slant = max(1, round(radius * math.sqrt(0.5)))
    quarter = [(0, radius), (slant, slant)]
    half = quarter + [(right, -down) for down, right in quarter]
    return half + [(-down, -right) for down, right in half]


def differences(radius: int) -> Tensor:
    """Kernels of a neighbour less the middle, one per neighbour: (8, 1, side, side)."""
    kernels = torch.zeros(8, 1, 2 * radius + 1, 2 * radius + 1)
    kernels[:, 0, radius, radius] = -1
    for number, (down, right) in enumerate(ring(radius)):
        kernels[number, 0, radius + down, radius + right] = 1
    return kernels


def patterns(raw: Tensor, kernels: Tensor) -> Tensor:
    """Shares of the rotation-invariant uniform patterns of eight neighbours: (N, 1, H, W) -> (N, 10).

    Pattern 0 … 8: so many neighbours in one run are at least as light as their middle; 9: in several runs. A sum of two
    whole numbers and of noughts is exact, so that no run-time sees another pattern.
    """
    bits = (F.conv2d(raw, kernels) >= 0).float()
    lighter = bits.sum(dim=1, keepdim=True)
    changes = (bits - torch.cat([bits[:, 1:], bits[:, :1]], dim=1)).abs().sum(dim=1, keepdim=True)
    kind = torch.where(changes <= 2, lighter, float(PATTERNS - 1))
    numbers = torch.arange(PATTERNS, dtype=kind.dtype, device=kind.device)[:, None, None]
    return (kind == numbers).float().mean(dim=(2, 3))
