"""Augmentation of rows: noise, swaps, and mix-up (which blends pictures as well)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Generator, Tensor

from andon.encode.block import Arrays, InputSpec
from andon.errors import SettingProblem
from andon.feed.batch import Batch
from andon.feed.options import MixUp, RowNoise, Swap

SAMPLE = 16_384
"""Rows that a column's spread is taken from."""
KINDS = {"numbers": "numbers", "codes": "categories"}


def needed(inputs: Sequence[InputSpec], name: str, *kinds: str) -> None:
    """Raise `SettingProblem` where an augmentation of rows has nothing to change."""
    if not any(spec.kind in kinds for spec in inputs):
        raise SettingProblem.at(
            "train.augment", f"'{name}' has nothing to change",
            why=f"this run has no columns of {' or '.join(KINDS[kind] for kind in kinds)}",
            fix="leave it out; light, blur and noise change pictures",
        )  # fmt: skip


class Noisy:
    """See `options.RowNoise`. A missing number stays missing, a constant column stays constant."""

    def __init__(self, options: RowNoise, inputs: Sequence[InputSpec]) -> None:
        needed(inputs, "row_noise", "numbers")
        self.level = options.level
        self.step: Tensor | None = None

    def fit(self, arrays: Arrays, rows: np.ndarray) -> None:
        """Learn each column's spread."""
        if "numbers" in arrays:
            self.step = torch.from_numpy(self.level * spread(arrays["numbers"], rows))

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Add the noise in the numbers' own precision."""
        if self.step is None:
            return batch
        numbers = batch.inputs["numbers"]
        noise = torch.randn(numbers.shape, generator=generator, device=numbers.device)
        return replace(
            batch, inputs=batch.inputs | {"numbers": numbers + noise * self.step.to(numbers.device, numbers.dtype)}
        )


class Swapped:
    """Swap noise, as of Jahrer's winning autoencoder (Porto Seguro, 2017). See `options.Swap`."""

    def __init__(self, options: Swap, inputs: Sequence[InputSpec]) -> None:
        needed(inputs, "swap", "numbers", "codes")
        self.share = options.share

    def fit(self, arrays: Arrays, rows: np.ndarray) -> None:
        """Nothing to learn."""

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Permute every column within the batch, and take the permuted cell where the coin says so."""
        changed = {}
        for name in ("numbers", "codes"):
            if name in batch.inputs:
                cells = batch.inputs[name]
                coin, place = torch.rand((2, *cells.shape), generator=generator, device=cells.device)
                changed[name] = torch.where(coin < self.share, cells.gather(0, place.argsort(0)), cells)
        return replace(batch, inputs=batch.inputs | changed)


class Mixed:
    """Mix-up (Zhang et al. 2018, arXiv:1710.09412, eq. 1): one share per batch, as in the authors' code.

    Differs from the paper: a category cannot be blended, so each code is taken from the other row with the share's
    chance; a number missing in one row is taken from the other.
    """

    def __init__(self, options: MixUp, inputs: Sequence[InputSpec]) -> None:
        self.alpha = options.alpha

    def fit(self, arrays: Arrays, rows: np.ndarray) -> None:
        """Nothing to learn."""

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Blend each row with one of a permutation of the batch, and keep both targets."""
        if self.alpha == 0.0:
            return batch
        share = float(np.random.Generator(np.random.Philox(key=generator.initial_seed())).beta(self.alpha, self.alpha))
        other = torch.randperm(len(batch), generator=generator, device=generator.device)
        blended = {name: _blend(own, own[other], share, generator) for name, own in batch.inputs.items()}
        weight = None if batch.weight is None else batch.weight[other]
        return replace(batch, inputs=blended, mixed=(batch.target[other], weight), share=share)


def _blend(own: Tensor, other: Tensor, share: float, generator: Generator) -> Tensor:
    """share · own + (1 - share) · other; whole numbers of 64 bits are codes."""
    if own.dtype == torch.int64:
        coin = torch.rand(own.shape, generator=generator, device=own.device)
        return torch.where(coin < share, own, other)
    if not own.is_floating_point():
        own, other = own.float(), other.float()
    blended = torch.lerp(other, own, share)
    return torch.where(blended.isnan(), torch.where(own.isnan(), other, own), blended)


def spread(numbers: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Spread of each column (C,) over at most `SAMPLE` of these rows, evenly taken: the quartiles' distance / 1.349,
    or the standard deviation where the quartiles meet; 0 for columns that are constant or have no finite value."""
    sample = numbers[rows[:: max(1, len(rows) // SAMPLE)]].astype(np.float64)
    sample[~np.isfinite(sample)] = np.nan
    sample[:, np.isnan(sample).all(0)] = 0.0
    low, high = np.nanquantile(sample, [0.25, 0.75], axis=0)
    found: np.ndarray = np.where(high > low, (high - low) / 1.349, np.nanstd(sample, axis=0))
    return found
