"""Augmentation of histories: windows (N, steps, C), oldest row first, the row that is answered last. Nothing of a
window comes from later than its newest row, which itself stays.

After Um et al. 2017 (arXiv:1706.00527): jitter, scaling, time warping. Differs from the paper: a reading is changed by
the spread of its own regime and about that regime's centre, since a machine that changes its speed would drown what is
small at one of them; a warp goes at one speed and takes rows as they were read, since a mean of two rows of different
regimes is no reading.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from andon.encode.block import Arrays, InputSpec
from andon.encode.histories import AGE, FIRST, SERIES
from andon.errors import SettingProblem
from andon.feed.batch import Batch
from andon.feed.options import Gain, Jitter, Stretch, TimeMask
from andon.feed.pictures import uniform


@dataclass(frozen=True)
class Ground:
    """What an augmentation of histories stands on."""

    scaling: dict[str, Any]
    "Of the windows: regimes, and the centre and spread of every column in each (see `scale.regimes`)."
    retold: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    "Rows of the records and what each one's life left is multiplied by -> targets; None: speed leaves the truth."


class OfHistories(ABC):
    """A change of windows and of the first rows of their histories."""

    def __init__(self, name: str, inputs: Sequence[InputSpec], ground: Ground | None) -> None:
        if ground is None or not any(spec.kind == SERIES for spec in inputs):
            raise SettingProblem.at(
                "train.augment", f"'{name}' has nothing to change", why="this run has no histories",
                fix="leave it out; row_noise, swap and mixup change rows, shift and light change pictures",
            )  # fmt: skip
        self.ground, scaling = ground, ground.scaling
        self.settings = torch.tensor(scaling["settings"], dtype=torch.int64)
        self.at, self.by = (torch.tensor(scaling[key], dtype=torch.float64) for key in ("at", "by"))
        self.centers = torch.tensor(scaling["centers"], dtype=torch.float32)
        kept = torch.zeros(len(scaling["center"][0]), dtype=torch.float64)
        kept[scaling["kept"]] = 1.0  # settings stay: a regime is not to be mistaken for another
        self.center = torch.tensor(scaling["center"], dtype=torch.float64) * kept
        self.spread = torch.tensor(scaling["spread"], dtype=torch.float64) * kept
        self.kept = kept

    def fit(self, arrays: Arrays, rows: np.ndarray) -> None:  # noqa: B027  the ground says it all
        """Nothing more to learn."""

    @abstractmethod
    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Give a changed batch."""

    def usual(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Centre and spread of each reading's regime, (N, T, C) or (C,), in the precision of `x`; nought for columns
        that are not to be changed."""
        center, spread = self.center.to(x), self.spread.to(x)
        if len(center) == 1:
            return center[0], spread[0]
        own = (x.index_select(2, self.settings.to(x.device)).double() - self.at.to(x.device)) / self.by.to(x.device)
        apart = (own.float().nan_to_num().unsqueeze(2) - self.centers.to(x.device)).square().sum(dim=-1)
        regime = apart.argmin(dim=-1)
        return center[regime], spread[regime]


class Jittered(OfHistories):
    """See `options.Jitter`."""

    def __init__(self, options: Jitter, inputs: Sequence[InputSpec], ground: Ground | None = None) -> None:
        super().__init__("jitter", inputs, ground)
        self.level = options.level

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Add noise; what is missing stays so."""
        changed = {}
        for name in _histories(batch):
            x = batch.inputs[name]
            noise = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
            changed[name] = torch.addcmul(x, noise, self.usual(x)[1], value=self.level)
        return replace(batch, inputs=batch.inputs | changed)


class Gained(OfHistories):
    """See `options.Gain`."""

    def __init__(self, options: Gain, inputs: Sequence[InputSpec], ground: Ground | None = None) -> None:
        super().__init__("gain", inputs, ground)
        self.log = math.log1p(options.by)

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Multiply how far readings are from their centre; a unit's first rows and its last by the same."""
        sensors = (len(batch), 1, len(self.kept))
        more = (self.log * uniform(sensors, generator)).exp() - 1
        changed = {}
        for name in _histories(batch):
            x = batch.inputs[name]
            center, _ = self.usual(x)
            changed[name] = x + (x - center) * (more * self.kept.to(more)).to(x)
        return replace(batch, inputs=batch.inputs | changed)


class Masked(OfHistories):
    """See `options.TimeMask`."""

    def __init__(self, options: TimeMask, inputs: Sequence[InputSpec], ground: Ground | None = None) -> None:
        super().__init__("time_mask", inputs, ground)
        self.share = options.share

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Hide some rows in a row, never the newest."""
        x = batch.inputs[SERIES]
        steps = x.shape[1]
        draw = torch.rand((2, len(batch), 1), generator=generator, device=x.device)
        length = (draw[0] * (self.share * steps)).floor()
        begin = (draw[1] * (steps - length)).floor()  # its last row is at most the one before the newest
        place = torch.arange(steps, device=x.device)
        hidden = (place >= begin) & (place < begin + length) & (place < steps - 1)
        return replace(batch, inputs=batch.inputs | {SERIES: x.masked_fill(hidden.unsqueeze(2), math.nan)})


class Stretched(OfHistories):
    """See `options.Stretch`."""

    def __init__(self, options: Stretch, inputs: Sequence[InputSpec], ground: Ground | None = None) -> None:
        super().__init__("stretch", inputs, ground)
        self.log = math.log1p(options.by)
        beside = next((spec.columns for spec in inputs if spec.kind == "numbers"), ())
        self.age = beside.index(AGE) if AGE in beside else None

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Walk back through each window at a speed of its own; age, and a life left, are those of that speed."""
        x = batch.inputs[SERIES]
        steps, speed = x.shape[1], (self.log * uniform((len(batch), 1), generator)).exp()
        back = torch.arange(steps - 1, -1, -1, device=x.device)
        place = steps - 1 - (back * speed).round().long()
        found = x.gather(1, place.clamp_min(0).unsqueeze(2).expand(-1, -1, x.shape[2]))
        changed = {SERIES: found.masked_fill((place < 0).unsqueeze(2), math.nan)}
        if self.age is not None:
            numbers = batch.inputs["numbers"].clone()
            numbers[:, self.age] /= speed[:, 0]
            changed["numbers"] = numbers
        target = batch.target
        if self.ground.retold is not None:
            told = self.ground.retold(batch.rows, 1 / speed[:, 0].double().cpu().numpy())
            target = torch.from_numpy(np.ascontiguousarray(told)).to(target)
        return replace(batch, inputs=batch.inputs | changed, target=target)


def _histories(batch: Batch) -> list[str]:
    """Inputs that hold rows of histories."""
    return [name for name in (SERIES, FIRST) if name in batch.inputs]
