"""`Windows` as tensors: a batch of them is one gather out of a flat array."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from andon.encode.windows import Windows

LAID_BYTES = 256 << 20
"""Largest flat array that is laid out again with room before each beginning; larger ones are not copied."""
ROOM = 0.5
"""Most that this room may be, as a share of the rows."""


class WindowTensor:
    """What a feed holds of an input of windows: (N, steps, C), gathered row by row of what is asked. `age` None: what
    lies before each beginning is NaN in `flat` already."""

    def __init__(self, flat: Tensor, last: Tensor, age: Tensor | None, steps: int) -> None:
        self.flat, self.last, self.age, self.steps, self.begin = flat, last, age, steps, last - (steps - 1)
        width, count = flat.shape[1], len(flat) - steps + 1
        self.places = torch.arange(steps, device=flat.device)
        self.views = flat.as_strided((max(count, 0), steps * width), (width, 1))

    @classmethod
    def of(cls, windows: Windows, flat: Tensor) -> WindowTensor:
        """The same windows over `flat`, a tensor on the memory of theirs, or over a roomier copy if that is small."""
        laid = _roomy(windows, flat)
        if laid is not None:
            return cls(laid[0], torch.from_numpy(laid[1]), None, windows.steps)
        return cls(flat, torch.from_numpy(windows.last), torch.from_numpy(windows.age), windows.steps)

    @property
    def row_bytes(self) -> int:
        """Bytes of one window."""
        return self.steps * self.flat.shape[1] * self.flat.element_size()

    def to(self, device: torch.device) -> WindowTensor:
        """The same on another device, whole."""
        age = None if self.age is None else self.age.to(device)
        return WindowTensor(self.flat.to(device), self.last.to(device), age, self.steps)

    def index_select(self, dim: int, index: Tensor) -> Tensor:
        """Windows of some rows, (n, steps, C): NaN before a history begins."""
        assert dim == 0
        found = self.views.index_select(0, self.begin.index_select(0, index)).view(len(index) * self.steps, -1)
        if self.age is not None:
            # few rows stand near a beginning: filling them by number leaves the others in peace
            before = (self.places < (self.steps - 1 - self.age[index]).unsqueeze(1)).flatten().nonzero().squeeze(1)
            found.index_fill_(0, before, torch.nan)
        return found.view(len(index), self.steps, -1)


def _roomy(windows: Windows, flat: Tensor) -> tuple[Tensor, np.ndarray] | None:
    """A flat array with `steps - 1` rows of NaN before each history and the place in it of each window's last row: no
    batch has anything to fill. None where it would be large, or mostly room."""
    last, age, room = windows.last, windows.age, windows.steps - 1
    row_bytes = flat.shape[1] * flat.element_size()
    if len(last) * row_bytes > LAID_BYTES:
        return None
    begins, history = np.unique(last - age, return_inverse=True)
    ends = np.zeros(len(begins), np.int64)
    np.maximum.at(ends, history, last + 1)
    lengths = ends - begins
    if room * len(begins) > ROOM * len(last) or (total := int((lengths + room).sum())) * row_bytes > LAID_BYTES:
        return None
    laid, places = flat.new_full((total, flat.shape[1]), torch.nan), np.cumsum(lengths + room) - lengths
    for place, begin, length in zip(places.tolist(), begins.tolist(), lengths.tolist(), strict=True):
        laid[place : place + length] = flat[begin : begin + length]
    return laid, places[history] + age
