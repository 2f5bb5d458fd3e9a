"""`Feed`: arrays and order; a batch is one gather, and a pure function of (seed, epoch, step).

Some batches at a time are gathered as one block and cut into views, so that a step of a small network computes no index
and copies nothing, and reads what is still in the cache. Pictures stay in their own type until the network scales them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from andon.encode.block import Arrays
from andon.encode.tiles import SomeTiles
from andon.encode.windows import Windows
from andon.errors import Problem, at_least
from andon.feed.augment import Augmentation
from andon.feed.batch import Batch
from andon.feed.histories import WindowTensor
from andon.feed.order import STORED, mixed, order, placed
from andon.feed.stacks import StackTensor

BLOCK_BYTES = 1 << 20
"""Size that a block should not exceed (about a second-level cache). A constant, and blocks begin at fixed steps, so
that a run that goes on finds its rows at equally aligned places and sums them to equal bits."""
CHUNK_BYTES = 256 << 20
"""Most bytes that are judged at once: a picture of many tiles is large."""
DEVICE_BYTES = 1 << 30
"""Largest training part that is kept on an accelerator whole."""
Held = Tensor | WindowTensor | StackTensor
"""What a feed holds of an input."""


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
        self._inputs = {name: _held(array) for name, array in arrays.items()}
        self._target = shared(target)
        self._weight = None if weight is None else shared(np.asarray(weight, np.float32))
        self._records = self.rows
        keep_memory()
        self.bounds = _bounds(len(self.rows), batch)
        self._row_bytes = sum(_row_bytes(tensor) for tensor in self._tensors())
        self._steps_per_block = max(1, BLOCK_BYTES // (self._row_bytes * batch))
        self._block: tuple[int, int, list[Batch]] | None = None
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
        if device.type != "cpu" and self._row_bytes * self.num_rows <= DEVICE_BYTES:
            index = torch.from_numpy(self._records)
            self._inputs = {name: _selected(tensor, index).to(device) for name, tensor in self._inputs.items()}
            self._target = self._target.index_select(0, index).to(device)
            self._weight = None if self._weight is None else self._weight.index_select(0, index).to(device)
            self._records = np.arange(self.num_rows)
        self.device, self._block = device, None
        return self

    def batch(self, epoch: int, step: int) -> Batch:
        """Batch `step` of `epoch`, augmented where asked. Its tensors may be views of a block: do not write."""
        number, place = divmod(step, self._steps_per_block)
        if self._block is None or self._block[0] != epoch or self._block[1] != number:
            self._block = epoch, number, self._cut(epoch, number * self._steps_per_block)
        batch = self._block[2][place]
        if self.augment is None:
            return batch
        generator = torch.Generator(self.device).manual_seed(mixed(self.seed, epoch, step))
        return self.augment(batch, generator)

    def all(self, chunk: int = 4096) -> Iterator[Batch]:
        """Every row once, in the order of the records given, `chunk` rows at a time, never augmented."""
        chunk = max(1, min(chunk, CHUNK_BYTES // self._row_bytes))
        for start in range(0, self.num_rows, chunk):
            yield self._gather(np.arange(start, min(start + chunk, self.num_rows)))

    def sample(self, count: int) -> Batch:
        """The first rows of the first epoch's order, never augmented: what a data-dependent start looks at."""
        return self._gather(self._ordered(0, 0, min(count, self.num_rows)))

    def _tensors(self) -> list[Held]:
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
        rows = self.rows[places]
        index = torch.from_numpy(rows if self._records is self.rows else self._records[places])
        if self._target.device.type != "cpu":
            index = index.to(self._target.device)
        inputs = {name: _selected(tensor, index).to(self.device) for name, tensor in self._inputs.items()}
        weight = None if self._weight is None else self._weight.index_select(0, index).to(self.device)
        return Batch(inputs, self._target.index_select(0, index).to(self.device), weight, rows)

    def _cut(self, epoch: int, first: int) -> list[Batch]:
        """The batches of the block that begins at step `first`."""
        bounds = self.bounds[first : first + self._steps_per_block + 1]
        block = self._gather(self._ordered(epoch, bounds[0], bounds[-1]))
        if len(bounds) == 2:
            return [block]
        sizes = np.diff(bounds).tolist()
        inputs = {name: torch.split(tensor, sizes) for name, tensor in block.inputs.items()}
        target, rows = torch.split(block.target, sizes), np.split(block.rows, np.cumsum(sizes)[:-1])
        weight = [None] * len(sizes) if block.weight is None else torch.split(block.weight, sizes)
        return [
            Batch({name: parts[place] for name, parts in inputs.items()}, target[place], weight[place], rows[place])
            for place in range(len(sizes))
        ]


def keep_memory() -> None:
    """Tell the C library to keep what it frees: one freed block of just under 32 MiB raises glibc's moving thresholds
    (mallopt(3), M_MMAP_THRESHOLD), so that batches are not handed back to the system and faulted in at every step.
    Saves a third of a step of 512 pictures, half of the reading of windows; elsewhere it does nothing."""
    torch.empty(31 << 20, dtype=torch.uint8)


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


def _held(array: np.ndarray | Windows | SomeTiles) -> Held:
    """What a feed keeps of an input."""
    if isinstance(array, SomeTiles):
        return StackTensor(shared(array.stack), torch.from_numpy(array.places))
    return WindowTensor.of(array, shared(array.flat)) if isinstance(array, Windows) else shared(array)


def _row_bytes(tensor: Held) -> int:
    return (
        tensor.row_bytes
        if isinstance(tensor, (WindowTensor, StackTensor))
        else tensor[:1].numel() * tensor.element_size()
    )


def _selected(tensor: Held, index: Tensor) -> Tensor:
    """Rows of a tensor; 16-bit pictures are read as signed, which torch can select."""
    if isinstance(tensor, (WindowTensor, StackTensor)):
        return tensor.index_select(0, index)
    if tensor.dtype == torch.uint16:
        return tensor.view(torch.int16).index_select(0, index).view(torch.uint16)
    return tensor.index_select(0, index)
