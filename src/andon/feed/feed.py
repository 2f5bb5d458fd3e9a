"""`Feed`: arrays and order; a batch is one gather, and a pure function of (seed, epoch, step).

Where a permuted copy of the training part fits into `EPOCH_BYTES`, an epoch is gathered at once and its batches are
views: no index is computed and nothing is copied in a step. Pictures stay in their own type until the network scales
them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from andon.encode.block import Arrays
from andon.errors import Problem, at_least
from andon.feed.augment import Augmentation
from andon.feed.batch import Batch
from andon.feed.order import STORED, mixed, order, placed

EPOCH_BYTES = 1 << 30
"""Largest permuted copy of an epoch, and largest set of arrays that is kept on an accelerator. A constant, so that the
same run takes the same path on every start."""


@dataclass(slots=True)
class _Epoch:
    """One epoch in its order, already cut into batches."""

    number: int
    rows: np.ndarray
    inputs: dict[str, tuple[Tensor, ...]]
    target: tuple[Tensor, ...]
    weight: tuple[Tensor, ...] | None


class Feed:
    """Batches of the rows given (default: all) out of arrays of all records.

    `arrays` hold all records, rows first, and are shared, not copied; `target` is int64 classes (N,) or float values
    (N,) or (N, T); `weight` (N,). The last, short batch of an epoch is kept; one of a single row joins the batch before
    it, since batch normalisation cannot learn from one row. Raises `Problem` where there is no row or lengths differ.
    """

    def __init__(
        self,
        arrays: Arrays,
        target: np.ndarray,
        *,
        batch: int,
        seed: int,
        weight: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        augment: Augmentation | None = None,
    ) -> None:
        at_least("train.batch", batch, 1)
        lengths = {name: len(array) for name, array in arrays.items()} | {"target": len(target)}
        if weight is not None:
            lengths["weight"] = len(weight)
        assert len(set(lengths.values())) == 1, f"arrays of different length: {lengths}"
        self.rows = np.arange(len(target)) if rows is None else np.asarray(rows, np.int64)
        if not len(self.rows):
            raise Problem.of("there is no row to train on", why="the part is empty", fix="change the split's shares")
        if augment is not None:
            augment.fit(arrays, self.rows)
        self.columns: dict[str, tuple[str, ...]] = {}
        """Names behind the columns of an input, for messages; may be filled in by the owner."""
        self.seed, self.augment, self.device = seed, augment, torch.device("cpu")
        self._inputs = {name: shared(array) for name, array in arrays.items()}
        self._target = shared(target)
        self._weight = None if weight is None else shared(np.asarray(weight, np.float32))
        self._records = self.rows
        self.bounds = _bounds(len(self.rows), batch)
        self._row_bytes = sum(_row_bytes(tensor) for tensor in self._tensors())
        self._epoch: _Epoch | None = None
        self._order: tuple[int, np.ndarray] | None = None

    @property
    def steps(self) -> int:
        """Batches per epoch."""
        return len(self.bounds) - 1

    @property
    def num_rows(self) -> int:
        """Rows per epoch."""
        return len(self.rows)

    def to(self, device: torch.device | str) -> Feed:
        """Give batches on this device; a small part is moved there whole. Changes this feed and gives it back."""
        device = torch.device(device)
        if device.type != "cpu" and self._row_bytes * self.num_rows <= EPOCH_BYTES:
            index = torch.from_numpy(self._records)
            self._inputs = {name: tensor.index_select(0, index).to(device) for name, tensor in self._inputs.items()}
            self._target = self._target.index_select(0, index).to(device)
            self._weight = None if self._weight is None else self._weight.index_select(0, index).to(device)
            self._records = np.arange(self.num_rows)
        self.device, self._epoch = device, None
        return self

    def batch(self, epoch: int, step: int) -> Batch:
        """Batch `step` of `epoch`, augmented where asked. Its tensors may be views of the epoch's: do not write."""
        held = self._held(epoch)
        if held is None:
            batch = self._gather(self._ordered(epoch, self.bounds[step], self.bounds[step + 1]))
        else:
            batch = Batch(
                {name: pieces[step] for name, pieces in held.inputs.items()},
                held.target[step],
                None if held.weight is None else held.weight[step],
                held.rows[self.bounds[step] : self.bounds[step + 1]],
            )
        if self.augment is None:
            return batch
        generator = torch.Generator(self.device).manual_seed(mixed(self.seed, epoch, step))
        return self.augment(batch, generator)

    def all(self, chunk: int = 4096) -> Iterator[Batch]:
        """Every row once, in the order of the records given, `chunk` rows at a time, never augmented."""
        for start in range(0, self.num_rows, chunk):
            yield self._gather(np.arange(start, min(start + chunk, self.num_rows)))

    def sample(self, count: int) -> Batch:
        """The first rows of the first epoch's order, never augmented: what a data-dependent start looks at."""
        return self._gather(self._ordered(0, 0, min(count, self.num_rows)))

    def _tensors(self) -> list[Tensor]:
        return [*self._inputs.values(), self._target, *([] if self._weight is None else [self._weight])]

    def _ordered(self, epoch: int, start: int, stop: int) -> np.ndarray:
        """Positions `start` … `stop` of the epoch's order, as places in `rows`."""
        if self.num_rows > STORED:
            return placed(np.arange(start, stop), self.num_rows, seed=self.seed, epoch=epoch)
        if self._order is None or self._order[0] != epoch:
            self._order = epoch, order(self.num_rows, self.seed, epoch)
        return self._order[1][start:stop]

    def _gather(self, places: np.ndarray) -> Batch:
        """One `index_select` per array: always a fresh, aligned copy, so that equal rows give equal bits."""
        index = torch.from_numpy(self._records[places])
        if self._target.device.type != "cpu":
            index = index.to(self._target.device)
        inputs = {name: _selected(tensor, index).to(self.device) for name, tensor in self._inputs.items()}
        weight = None if self._weight is None else self._weight.index_select(0, index).to(self.device)
        return Batch(inputs, self._target.index_select(0, index).to(self.device), weight, self.rows[places])

    def _held(self, epoch: int) -> _Epoch | None:
        """The whole epoch, gathered once; None where it would be too large or is computed on the fly."""
        if self._epoch is None or self._epoch.number != epoch:
            if self._row_bytes * self.num_rows > EPOCH_BYTES:
                return None
            self._epoch = None  # lets go of the last epoch before the next is gathered
            whole, sizes = self._gather(self._ordered(epoch, 0, self.num_rows)), np.diff(self.bounds).tolist()
            self._epoch = _Epoch(
                epoch,
                whole.rows,
                {name: torch.split(tensor, sizes) for name, tensor in whole.inputs.items()},
                torch.split(whole.target, sizes),
                None if whole.weight is None else torch.split(whole.weight, sizes),
            )
        return self._epoch


def shared(array: np.ndarray) -> Tensor:
    """A tensor over an array's memory; copied only where torch cannot read its layout."""
    array = np.ascontiguousarray(array)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")  # nothing here writes
        return torch.from_numpy(array)


def _bounds(rows: int, batch: int) -> list[int]:
    """Where batches begin and end."""
    bounds = [*range(0, rows, batch), rows]
    if batch > 1 and len(bounds) > 2 and bounds[-1] - bounds[-2] == 1:
        del bounds[-2]
    return bounds


def _row_bytes(tensor: Tensor) -> int:
    return tensor[:1].numel() * tensor.element_size()


def _selected(tensor: Tensor, index: Tensor) -> Tensor:
    """Rows of a tensor; 16-bit pictures are read as signed, which torch can select."""
    if tensor.dtype == torch.uint16:
        return tensor.view(torch.int16).index_select(0, index).view(torch.uint16)
    return tensor.index_select(0, index)
