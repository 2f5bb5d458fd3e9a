"""Augmentation of picture arrays, (N, height, width) or (N, height, width, channels), of any number type.

However many of shift, rotate and scale are asked, a batch is sampled once, bilinearly, by one `grid_sample` (the affine
sampling of Jaderberg et al. 2015, arXiv:1506.02025, eq. 1 and 3). Pictures come out as float32 in their own units, so
that bytes stay within 0 … 255.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from andon.encode.block import Arrays, InputSpec
from andon.errors import SettingProblem
from andon.feed.batch import Batch
from andon.feed.options import Flip, PixelNoise, Rotate, Scale, Shift, Turn


@runtime_checkable
class Warp(Protocol):
    """A geometric change: where each pixel of the new picture is read in the old one."""

    def warp(self, turn_N22: Tensor, move_N2: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Compose with what there is: a linear map in pixels (x, y), and a shift in shares of (width, height)."""
        ...


class Shifted:
    """See `options.Shift`."""

    def __init__(self, options: Shift, inputs: Sequence[InputSpec]) -> None:
        self.share = options.share

    def warp(self, turn_N22: Tensor, move_N2: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Add a uniform shift to each side."""
        return turn_N22, move_N2 + self.share * uniform(move_N2.shape, generator)


class Rotated:
    """See `options.Rotate`."""

    def __init__(self, options: Rotate, inputs: Sequence[InputSpec]) -> None:
        self.radians = math.radians(options.degrees)

    def warp(self, turn_N22: Tensor, move_N2: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Turn about the middle by a uniform angle."""
        angle = self.radians * uniform(move_N2.shape[:1], generator)
        cos, sin = angle.cos(), angle.sin()
        return torch.stack([cos, -sin, sin, cos], 1).view(-1, 2, 2) @ turn_N22, move_N2


class Scaled:
    """See `options.Scale`."""

    def __init__(self, options: Scale, inputs: Sequence[InputSpec]) -> None:
        self.log = math.log1p(options.by)

    def warp(self, turn_N22: Tensor, move_N2: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Zoom about the middle by a log-uniform factor."""
        factor = (self.log * uniform(move_N2.shape[:1], generator)).exp()
        return turn_N22 * factor[:, None, None], move_N2


class Flipped:
    """See `options.Flip`."""

    def __init__(self, options: Flip, inputs: Sequence[InputSpec]) -> None:
        self.sides = (options.how != "vertical", options.how != "horizontal")

    def warp(self, turn_N22: Tensor, move_N2: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Mirror half of the pictures, by each side that may be mirrored on its own."""
        draw = torch.rand(move_N2.shape, generator=generator, device=generator.device)
        sign = torch.where((draw < 0.5) & draw.new_tensor(self.sides).bool(), -1.0, 1.0)
        return torch.diag_embed(sign) @ turn_N22, move_N2


class Turned:
    """See `options.Turn`."""

    def __init__(self, options: Turn, inputs: Sequence[InputSpec]) -> None:
        square = all(spec.shape[0] == spec.shape[1] for spec in pictures_of(inputs))
        self.step = 1 if square else 2

    def warp(self, turn_N22: Tensor, move_N2: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """A quarter, a half or three quarters round; only a half where a picture is not square."""
        count = move_N2.shape[0]
        quarter = torch.randint(0, 4, (count,), generator=generator, device=generator.device) // self.step * self.step
        cos = turn_N22.new_tensor([1.0, 0.0, -1.0, 0.0])[quarter]
        sin = turn_N22.new_tensor([0.0, 1.0, 0.0, -1.0])[quarter]
        return torch.stack([cos, -sin, sin, cos], 1).view(-1, 2, 2) @ turn_N22, move_N2


class Warped:
    """All geometric changes of a plan in one sampling. `warps` may still grow after this is built."""

    def __init__(self, inputs: Sequence[InputSpec], warps: list[Warp]) -> None:
        self.names = [spec.name for spec in pictures_of(inputs)]
        self.warps = warps

    def fit(self, arrays: Arrays, rows: np.ndarray) -> None:
        """Nothing to learn."""

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Draw one map per row, and sample each of its pictures by it."""
        count, device = len(batch), batch.target.device
        turn = torch.eye(2, device=device).expand(count, 2, 2)
        move = torch.zeros(count, 2, device=device)
        for warp in self.warps:
            turn, move = warp.warp(turn, move, generator)
        return replace(
            batch, inputs=batch.inputs | {name: sampled(batch.inputs[name], turn, move) for name in self.names}
        )


class Noisy:
    """See `options.PixelNoise`."""

    def __init__(self, options: PixelNoise, inputs: Sequence[InputSpec]) -> None:
        self.level = options.level
        self.ranges = {spec.name: full_range(spec.dtype) for spec in pictures_of(inputs)}

    def fit(self, arrays: Arrays, rows: np.ndarray) -> None:
        """Nothing to learn."""

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Add noise; a picture of whole numbers stays within its range, as a camera's does."""
        changed = {}
        for name, full in self.ranges.items():
            picture = batch.inputs[name].float()
            noise = torch.randn(picture.shape, generator=generator, device=picture.device)
            noisy = picture.add(noise, alpha=self.level * full)
            changed[name] = noisy if full == 1.0 else noisy.clamp_(0.0, full)
        return replace(batch, inputs=batch.inputs | changed)


def sampled(picture: Tensor, turn_N22: Tensor, move_N2: Tensor) -> Tensor:
    """Sample pictures (N, H, W[, C]) by one affine map each; what comes in from outside is the mirror image."""
    height, width = picture.shape[1:3]
    planes = picture.float().unsqueeze(1) if picture.dim() == 3 else picture.float().permute(0, 3, 1, 2)
    size = turn_N22.new_tensor([width, height])
    linear = turn_N22 * size[None, None, :] / size[None, :, None]  # pixels -> the grid's own -1 … 1 on each side
    theta = torch.cat([linear, 2 * move_N2.unsqueeze(2)], 2)
    warped = F.grid_sample(planes, places(theta, height, width), padding_mode="reflection", align_corners=False)
    return warped.squeeze(1) if picture.dim() == 3 else warped.permute(0, 2, 3, 1)


def places(theta_N23: Tensor, height: int, width: int) -> Tensor:
    """Where each pixel is read, (N, height, width, 2) in -1 … 1: what `F.affine_grid` gives, by one sum per number
    instead of a matrix product of three columns (a twentieth of the time)."""
    across, down = ((torch.arange(side, device=theta_N23.device) * 2 + 1) / side - 1 for side in (width, height))
    both = [t[:, :1, None] * across + (t[:, 1:2] * down + t[:, 2:])[:, :, None] for t in theta_N23.unbind(1)]
    return torch.stack(both).permute(1, 2, 3, 0)


def pictures_of(inputs: Sequence[InputSpec]) -> list[InputSpec]:
    """Inputs that are pictures; asking for their augmentation without any is a mistake."""
    found = [spec for spec in inputs if spec.kind == "image"]
    if not found:
        raise SettingProblem.at(
            "train.augment",
            "this run has no pictures to augment",
            why="shift, rotate, scale and noise change pictures",
            fix="use row_noise, swap or mixup for rows, jitter, gain, time_mask or stretch for histories, or leave "
            "'train.augment' out",
        )
    return found


def full_range(dtype: str) -> float:
    """Largest value of a whole-number type, else 1."""
    kind = np.dtype(dtype)
    return float(np.iinfo(kind).max) if kind.kind in "ui" else 1.0


def uniform(shape: Sequence[int], generator: Generator) -> Tensor:
    """Uniform in -1 … 1, on the generator's device."""
    return torch.rand(shape, generator=generator, device=generator.device).mul_(2).sub_(1)
