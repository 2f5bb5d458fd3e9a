"""Augmentation of what a camera sees, not where: light, blur, pieces cut out. Pictures (N, height, width[, channels])
come out as float32 in their own units, whole-number types within their range."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from andon.encode.block import Arrays, InputSpec
from andon.feed.batch import Batch
from andon.feed.options import Blur, CutOut, Light
from andon.feed.pictures import full_range, pictures_of, uniform


class Seen(ABC):
    """A change of each picture that depends on nothing but the draw."""

    def __init__(self, inputs: Sequence[InputSpec]) -> None:
        self.ranges = {spec.name: full_range(spec.dtype) for spec in pictures_of(inputs)}

    def fit(self, arrays: Arrays, rows: np.ndarray) -> None:  # noqa: B027  most have nothing to learn
        """Nothing to learn."""

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Change every picture of every row."""
        changed = {}
        for name, full in self.ranges.items():
            picture = self.changed(batch.inputs[name].float(), full, generator)
            changed[name] = picture if full == 1.0 else picture.clamp_(0.0, full)
        return replace(batch, inputs=batch.inputs | changed)

    @abstractmethod
    def changed(self, picture: Tensor, full: float, generator: Generator) -> Tensor:
        """Pictures (N, height, width[, channels]) float32 -> the same shape. `full` is the type's largest value."""


class Lit(Seen):
    """See `options.Light`."""

    def __init__(self, options: Light, inputs: Sequence[InputSpec]) -> None:
        super().__init__(inputs)
        self.contrast, self.brightness = options.contrast, options.brightness

    def changed(self, picture: Tensor, full: float, generator: Generator) -> Tensor:
        """Spread around the picture's own mean, then shift."""
        count, sides = len(picture), (1,) * (picture.dim() - 1)
        gain = (self.contrast * uniform((count,), generator)).exp().view(-1, *sides)
        lift = (self.brightness * full * uniform((count,), generator)).view(-1, *sides)
        mean = picture.mean(dim=tuple(range(1, picture.dim())), keepdim=True)
        return torch.addcmul(mean + lift, picture - mean, gain)


class Blurred(Seen):
    """See `options.Blur`."""

    def __init__(self, options: Blur, inputs: Sequence[InputSpec]) -> None:
        super().__init__(inputs)
        self.share = options.share

    def changed(self, picture: Tensor, full: float, generator: Generator) -> Tensor:
        """Blend with the binomial mean of 3 × 3 pixels by a uniform weight, for a share of the rows."""
        planes = picture.unsqueeze(1) if picture.dim() == 3 else picture.permute(0, 3, 1, 2)
        rows, channels = planes.shape[:2]
        one = planes.new_tensor([1.0, 2.0, 1.0]) / 4
        kernel = (one[:, None] * one[None, :]).expand(channels, 1, 3, 3)
        soft = F.conv2d(F.pad(planes, (1, 1, 1, 1), mode="reflect"), kernel, groups=channels)
        draw = torch.rand((2, rows, 1, 1, 1), generator=generator, device=generator.device)
        weight = draw[0] * (draw[1] < self.share)
        found = torch.lerp(planes, soft, weight)
        return found.squeeze(1) if picture.dim() == 3 else found.permute(0, 2, 3, 1)


class CutPieces(Seen):
    """See `options.CutOut`."""

    def __init__(self, options: CutOut, inputs: Sequence[InputSpec]) -> None:
        super().__init__(inputs)
        self.side = options.side

    def changed(self, picture: Tensor, full: float, generator: Generator) -> Tensor:
        """A square of each picture becomes its mean (DeVries & Taylor 2017, arXiv:1708.04552)."""
        count, height, width = picture.shape[:3]
        middle = torch.rand((2, count, 1, 1), generator=generator, device=generator.device)
        half = self.side * min(height, width) / 2
        down = torch.arange(height, device=picture.device)[None, :, None] - middle[0] * height
        across = torch.arange(width, device=picture.device)[None, None, :] - middle[1] * width
        inside = (down.abs() <= half) & (across.abs() <= half)
        inside = inside if picture.dim() == 3 else inside.unsqueeze(3)
        return torch.where(inside, picture.mean(dim=(1, 2), keepdim=True), picture)
