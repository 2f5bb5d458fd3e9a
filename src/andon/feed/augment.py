"""Augmentation: changes a whole batch by tensor operations, in the order asked; pictures are warped once for all.

Every random number comes from the generator given, which the feed seeds by (seed, epoch, step).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from torch import Generator

from andon.encode.block import Arrays, InputSpec
from andon.errors import SettingProblem, nearest
from andon.feed import AUGMENT
from andon.feed.batch import Batch
from andon.feed.part import Part
from andon.feed.pictures import Warp, Warped

Augmentation = Callable[[Batch, Generator], Batch]
"""Gives a changed batch; may replace tensors but writes into none."""


def augmentation(
    entries: Sequence[Struct], inputs: Sequence[InputSpec], arrays: Arrays, *, rows: np.ndarray | None = None
) -> Augmentation | None:
    """Build what a plan's `augment` (options of `AUGMENT`) asks; None where it asks nothing.

    `rows` are the training part's row numbers (default: all); spreads are taken from them. Raises `SettingProblem` for
    options of no known augmentation and for a picture augmentation without pictures.
    """
    count = len(next(iter(arrays.values())))
    part = Part(inputs, arrays, np.arange(count) if rows is None else rows)
    steps: list[Augmentation] = []
    warps: list[Warp] = []
    for entry in entries:
        built = _class_of(entry)(entry, part)
        if isinstance(built, Warp):
            if not warps:
                steps.append(Warped(part, warps))
            warps.append(built)
        else:
            steps.append(built)
    return Chain(steps) if steps else None


class Chain:
    """Several augmentations, one after the other."""

    def __init__(self, steps: Sequence[Augmentation]) -> None:
        self.steps = list(steps)

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Apply each in turn."""
        for step in self.steps:
            batch = step(batch, generator)
        return batch


def _class_of(entry: Struct) -> Callable[[Struct, Part], Warp | Augmentation]:
    """Class behind options, by their type."""
    for options, target in AUGMENT.values():
        if type(entry) is options:
            module, _, name = target.partition(":")
            found: Callable[[Struct, Part], Warp | Augmentation] = getattr(importlib.import_module(module), name)
            return found
    name = type(entry).__name__
    raise SettingProblem.at("train.augment", f"'{name}' is no augmentation", fix=nearest(name, AUGMENT))
