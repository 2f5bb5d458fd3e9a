"""Augmentation: changes a whole batch by tensor operations, in the order asked; pictures are warped once for all.

Every random number comes from the generator given, which the feed seeds by (seed, epoch, step).
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from msgspec import Struct
from torch import Generator

from andon.encode.block import Arrays, InputSpec
from andon.errors import SettingProblem, nearest
from andon.feed import AUGMENT
from andon.feed.batch import Batch
from andon.feed.options import MixUp, RowNoise, Swap
from andon.feed.pictures import Warp, Warped
from andon.feed.series import Ground, OfHistories


class Augmentation(Protocol):
    """Changes batches while training."""

    def fit(self, arrays: Arrays, rows: np.ndarray) -> None:
        """Look at the training part's rows of the arrays, once, before the first batch."""
        ...

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Give a changed batch; may replace its tensors but writes into none."""
        ...


def augmentation(
    entries: Sequence[Struct | tuple[str, Struct]], inputs: Sequence[InputSpec], ground: Ground | None = None
) -> Augmentation | None:
    """Build what a plan's `augment` asks (options of `AUGMENT`, with or without their names); None if it asks nothing.
    `ground`: what is known of the histories, where rows are some.

    Raises `SettingProblem` for options of no known augmentation and for one that finds nothing to change.
    """
    steps: list[Augmentation] = []
    warps: list[Warp] = []
    for entry in entries:
        options = entry[1] if isinstance(entry, tuple) else entry
        made: Any = _class_of(options)
        more = (ground,) if issubclass(made, OfHistories) else ()
        built = made(options, inputs, *more)
        if isinstance(built, Warp):
            if not warps:
                steps.append(Warped(inputs, warps))
            warps.append(built)
        else:
            steps.append(built)
    return Chain(steps) if steps else None


def of_tiles(
    entries: Sequence[Struct | tuple[str, Struct]], inputs: Sequence[InputSpec], cut: InputSpec
) -> Augmentation | None:
    """The same where the pictures of `cut` come as stacks of tiles: what changes pictures changes each tile on its own,
    what changes rows changes whole rows."""
    of_rows = [e for e in entries if isinstance(e[1] if isinstance(e, tuple) else e, (RowNoise, Swap, MixUp))]
    changed = augmentation([e for e in entries if e not in of_rows], inputs)
    steps = [] if changed is None else [OfTiles(changed, cut.name)]
    if not of_rows:
        return steps[0] if steps else None
    return Chain([*steps, augmentation(of_rows, inputs) or Chain([])])


class Chain:
    """Several augmentations, one after the other."""

    def __init__(self, steps: Sequence[Augmentation]) -> None:
        self.steps = list(steps)

    def fit(self, arrays: Arrays, rows: np.ndarray) -> None:
        """Let each look at the training part."""
        for step in self.steps:
            step.fit(arrays, rows)

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Apply each in turn."""
        for step in self.steps:
            batch = step(batch, generator)
        return batch


class OfTiles:
    """An augmentation of pictures that come as stacks of tiles (N, T, …): each tile is changed on its own."""

    def __init__(self, of_one: Augmentation, name: str) -> None:
        self.of_one, self.name = of_one, name

    def fit(self, arrays: Arrays, rows: np.ndarray) -> None:
        """Nothing is learnt of pictures."""

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Tiles as rows, changed, and stacked again."""
        stack = batch.inputs[self.name]
        tiles = stack.shape[1]
        target, rows = batch.target.repeat_interleave(tiles, 0), np.repeat(batch.rows, tiles)
        changed = self.of_one(Batch({self.name: stack.flatten(0, 1)}, target, None, rows), generator).inputs[self.name]
        return replace(batch, inputs=batch.inputs | {self.name: changed.view(-1, tiles, *changed.shape[1:])})


def _class_of(entry: Struct) -> type[Any]:
    """Class behind options, by their type."""
    for options, target in AUGMENT.values():
        if type(entry) is options:
            module, _, name = target.partition(":")
            found: type[Any] = getattr(importlib.import_module(module), name)
            return found
    name = type(entry).__name__
    raise SettingProblem.at("train.augment", f"'{name}' is no augmentation", fix=nearest(name, AUGMENT))
