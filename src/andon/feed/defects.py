"""Defects planted on pictures of good parts, with the map of where they are: what a network learns to see where nobody
has defects to show it (foreign patches: NSA, Schlüter et al. 2022, arXiv:2109.15222; masks filled with noise or
structure: DRAEM, Zavrtanik et al. 2021, arXiv:2108.07610).

Differs from the papers: five plain shapes instead of Poisson blending and a texture data set, contrast measured in the
picture's own roughness, all of it as batched tensor operations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from andon.encode.block import Arrays, InputSpec
from andon.feed.batch import Batch
from andon.feed.options import Planted
from andon.feed.pictures import full_range, pictures_of

VISIBLE = 0.35
"""A pixel belongs to the defect where it changed by at least this many roughnesses of the picture."""
WINDOW = 31
"""Pixels over which roughness and shade are measured."""


@dataclass(frozen=True)
class Place:
    """A place, direction and grain for each of N pictures: `u` along and `v` across the direction, in pixels."""

    u: Tensor
    v: Tensor
    grain: Tensor
    side: int
    generator: Generator

    def even(self, low: float, high: float) -> Tensor:
        """Uniform draws (N, 1, 1)."""
        draw = torch.rand((len(self.u), 1, 1), generator=self.generator, device=self.u.device)
        return low + (high - low) * draw

    def log(self, low: float, high: float) -> Tensor:
        """Log-uniform draws (N, 1, 1)."""
        return self.even(math.log(low), math.log(high)).exp()


def blob(p: Place) -> Tensor:
    """A pit, an inclusion, a dent: an ellipse with a ragged rim."""
    angle, along = torch.atan2(p.v, p.u), p.log(0.03, 0.2) * p.side
    rim = (
        1 + 0.25 * torch.cos(2 * angle + p.even(0, 6.3)) + 0.2 * torch.cos(3 * angle + p.even(0, 6.3)) + 0.15 * p.grain
    )
    radius = torch.hypot(p.u / along, p.v / (along * p.log(0.3, 1.0))) / rim.clamp_min(0.3)
    return torch.sigmoid((1 - radius) * along / p.log(0.5, 2.0))


def speck(p: Place) -> Tensor:
    """A pore: some pixels wide."""
    return torch.sigmoid((p.log(1.2, 4.0) - torch.hypot(p.u, p.v / p.log(0.4, 1.0))) / 0.5)


def line(p: Place) -> Tensor:
    """A crack or scratch: long, thin, bent."""
    length = p.log(0.12, 0.9) * p.side
    wave = p.even(0, 0.06) * p.side * torch.sin(p.u * p.even(0.2, 1.5) * 6.28 / length + p.even(0, 6.3))
    middle = p.even(-0.8, 0.8) * p.u.square() / length + wave + 1.5 * p.grain
    ends = torch.sigmoid((length / 2 - p.u.abs()) / 2)
    return torch.sigmoid((p.log(0.6, 2.5) - (p.v - middle).abs()) / 0.4) * ends


def patch(p: Place) -> Tensor:
    """A piece of another surface: a rectangle."""
    along, across = p.log(0.06, 0.3) * p.side, p.log(0.06, 0.3) * p.side
    return torch.sigmoid(along - p.u.abs()) * torch.sigmoid(across - p.v.abs())


def shade(p: Place) -> Tensor:
    """A stain or uneven finish: broad, without a rim."""
    along = p.log(0.15, 0.5) * p.side
    return torch.exp(-1.5 * ((p.u / along).square() + (p.v / (along * p.log(0.3, 1.0))).square()))


def ring(p: Place) -> Tensor:
    """A print of something round: a thin closed line."""
    radius = torch.hypot(p.u, p.v / p.log(0.5, 1.0))
    return torch.sigmoid((p.log(0.6, 1.6) - (radius - p.log(0.04, 0.2) * p.side).abs()) / 0.4)


def dots(p: Place) -> Tensor:
    """Spatter: specks in a row of rows, within an ellipse."""
    step, along = p.log(6.0, 14.0) / 6.28, p.log(0.04, 0.15) * p.side
    rows = torch.cos(p.u / step) + torch.cos(p.v / step)
    inside = torch.sigmoid((1 - torch.hypot(p.u / along, p.v / (along * p.log(0.4, 1.0)))) * along / 2)
    return torch.sigmoid((rows - 1.5) * 12) * inside


@dataclass(frozen=True)
class Ground:
    """What a defect is planted on: pictures (n, channels, height, width), other pictures, their roughness (n, 1, 1, 1)
    and the defect's contrast (n, channels, 1, 1)."""

    planes: Tensor
    others: Tensor
    rough: Tensor
    contrast: Tensor


def filled(p: Place, g: Ground) -> Tensor:
    """Another material: smooth or grained; half of them let the surface shine through."""
    fine = torch.randn(g.planes.shape, generator=p.generator, device=p.u.device) * p.even(0, 1.2).unsqueeze(1)
    texture = (fine + (p.grain * p.even(0, 1.0)).unsqueeze(1)) * g.rough
    through = (p.even(0, 1) * (p.even(0, 1) < 0.5)).unsqueeze(1)
    return through * g.planes + (1 - through) * means(g.planes, 9) + g.contrast + texture


def shaded(p: Place, g: Ground) -> Tensor:
    """The same surface, lighter or darker."""
    return g.planes + g.contrast


def foreign(p: Place, g: Ground) -> Tensor:
    """Another picture's surface, mirrored, at this one's light."""
    side = 2 + int(torch.randint(2, (1,), generator=p.generator, device=p.u.device))
    other = g.others.flip(side)
    other = other - other.mean(dim=(2, 3), keepdim=True)
    return other * p.log(0.7, 1.6).unsqueeze(1) + means(g.planes, WINDOW) + 0.3 * g.contrast


def smeared(p: Place, g: Ground) -> Tensor:
    """The same surface without its grain."""
    return means(g.planes, 9) + 0.15 * g.contrast


def moved(p: Place, g: Ground) -> Tensor:
    """Another place of the same picture."""
    return g.planes.roll((p.side // 3, p.side // 4), (2, 3)) + 0.15 * g.contrast


@dataclass(frozen=True)
class Kind:
    """A kind of defect: where (soft mask (N, height, width) in 0 … 1), what is inside, and how strong beside others."""

    where: Callable[[Place], Tensor]
    inside: Callable[[Place, Ground], Tensor]
    strength: float = 1.0


KINDS: dict[str, Kind] = {
    "blob": Kind(blob, filled), "speck": Kind(speck, filled, 1.6), "line": Kind(line, filled, 1.6),
    "patch": Kind(patch, foreign), "shade": Kind(shade, shaded, 0.7),
    "smear": Kind(blob, smeared), "moved": Kind(patch, moved),
    "ring": Kind(ring, filled, 1.6), "dots": Kind(dots, filled, 1.6),
}  # fmt: skip
"""Name -> kind. The last four, two broad and two thin, are kept out of training: what a run tells of itself is measured
by defects that no network was taught."""
HELD_OUT = ("smear", "moved", "ring", "dots")


class Defects:
    """See `options.Planted`. The batch's target becomes the map of its first picture, float32 (N, side · side)."""

    def __init__(self, options: Planted, inputs: Sequence[InputSpec]) -> None:
        spec = pictures_of(inputs)[0]
        self.name, self.full, self.options = spec.name, full_range(spec.dtype), options
        self.kinds = [KINDS[name] for name in options.kinds]

    def fit(self, arrays: Arrays, rows: np.ndarray) -> None:
        """Nothing to learn."""

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Cut a window out of each picture and plant into most of them."""
        picture = batch.inputs[self.name].float()
        planes = picture.unsqueeze(1) if picture.dim() == 3 else picture.movedim(-1, 1)
        planes = cut(planes, self.options.side, generator)
        planes, mask = planted(planes, self.kinds, generator, share=self.options.share, full=self.full)
        changed = planes.squeeze(1) if picture.dim() == 3 else planes.movedim(1, -1)
        return replace(batch, inputs=batch.inputs | {self.name: changed}, target=mask.flatten(1))


def cut(planes: Tensor, side: int, generator: Generator) -> Tensor:
    """(N, channels, height, width) -> a window of at most `side` pixels a side out of each, somewhere."""
    height, width = planes.shape[2:]
    tall, wide = min(side, height), min(side, width)
    draw = torch.rand((2, len(planes)), generator=generator, device=generator.device)
    top = (draw[0] * (height - tall + 1)).long().tolist()
    left = (draw[1] * (width - wide + 1)).long().tolist()
    return torch.stack([
        plane[:, y : y + tall, x : x + wide] for plane, y, x in zip(planes, top, left, strict=True)
    ])  # fmt: skip


def planted(
    planes: Tensor, kinds: Sequence[Kind], generator: Generator, *, share: float, full: float
) -> tuple[Tensor, Tensor]:
    """Pictures (N, channels, height, width) of values up to `full`, and masks (N, height, width) of 0 and 1: up to two
    defects on a `share` of them."""
    mask = torch.zeros_like(planes[:, 0])
    spread = roughness(planes, full)
    for likely in (share, 0.3 * share):
        chance = torch.rand(len(planes), generator=generator, device=planes.device)
        drawn = torch.randint(len(kinds), (len(planes),), generator=generator, device=planes.device)
        drawn = torch.where(chance < likely, drawn, -1)
        changed = planes.clone()
        for number, kind in enumerate(kinds):
            rows = (drawn == number).nonzero().squeeze(1)
            if len(rows):
                place = _placed(planes[rows], generator)
                sign = torch.where(place.even(0, 1) < 0.7, -1.0, 1.0)  # defects are dark more often than bright
                tint = 1 + 0.3 * torch.randn(
                    (len(rows), planes.shape[1], 1, 1), generator=generator, device=planes.device
                )
                contrast = (kind.strength * place.log(1.2, 5.0) * sign).unsqueeze(1) * spread[rows] * tint
                ground = Ground(planes[rows], planes[(rows + 1) % len(planes)], spread[rows], contrast)
                soft = kind.where(place).unsqueeze(1)
                new = torch.lerp(ground.planes, kind.inside(place, ground), soft)
                seen = ((new - ground.planes).abs() > VISIBLE * ground.rough).any(dim=1)
                changed[rows] = new.clamp(0, full)
                mask[rows] = torch.maximum(mask[rows], ((soft[:, 0] > 0.5) & seen).float())
        planes = changed
    return planes, mask


def _placed(planes: Tensor, generator: Generator) -> Place:
    """A place and a direction in each picture."""
    rows, _, height, width = planes.shape
    draw = torch.rand((3, rows, 1, 1), generator=generator, device=planes.device)
    down = torch.arange(height, device=planes.device).view(1, -1, 1) - (0.05 + 0.9 * draw[0]) * height
    across = torch.arange(width, device=planes.device).view(1, 1, -1) - (0.05 + 0.9 * draw[1]) * width
    cos, sin = torch.cos(2 * math.pi * draw[2]), torch.sin(2 * math.pi * draw[2])
    coarse = torch.randn(
        (rows, 1, max(2, height // 8), max(2, width // 8)), generator=generator, device=planes.device
    )  # fmt: skip
    grain = F.interpolate(coarse, size=(height, width), mode="bilinear").squeeze(1)
    return Place(across * cos + down * sin, down * cos - across * sin, grain, min(height, width), generator)


def roughness(planes: Tensor, full: float) -> Tensor:
    """Mean local spread of each picture, (N, 1, 1, 1), and at least a hundredth of the range."""
    local = (means(planes.square(), WINDOW) - means(planes, WINDOW).square()).clamp_min(0).sqrt()
    return local.mean(dim=(1, 2, 3), keepdim=True) + 0.008 * full


def means(planes: Tensor, window: int) -> Tensor:
    """Means over a square window of odd side, edges repeated: differences of running sums, whatever the window."""
    half = min(window, *planes.shape[2:]) // 2
    for side in (2, 3):
        before, after = planes.narrow(side, 0, 1), planes.narrow(side, planes.shape[side] - 1, 1)
        wide = torch.cat([before] * (half + 1) + [planes] + [after] * half, dim=side)
        sums = wide.cumsum(dim=side)
        length = planes.shape[side]
        planes = (sums.narrow(side, 2 * half + 1, length) - sums.narrow(side, 0, length)) / (2 * half + 1)
    return planes
