"""`Windows` as tensors: a batch of them is one gather out of the flat array, which nothing else copies."""

from __future__ import annotations

import torch
from torch import Tensor

from andon.encode.windows import Windows


class WindowTensor:
    """What a feed holds of an input of windows: (N, steps, C), gathered row by row of what is asked."""

    def __init__(self, flat: Tensor, last: Tensor, age: Tensor, steps: int) -> None:
        self.flat, self.last, self.age, self.steps = flat, last, age, steps
        width, count = flat.shape[1], len(flat) - steps + 1
        self.places = torch.arange(steps, device=flat.device)
        self.views = flat.as_strided((max(count, 0), steps * width), (width, 1))

    @classmethod
    def of(cls, windows: Windows, flat: Tensor) -> WindowTensor:
        """The same windows over `flat`, a tensor on the memory of theirs."""
        return cls(flat, torch.from_numpy(windows.last), torch.from_numpy(windows.age), windows.steps)

    @property
    def row_bytes(self) -> int:
        """Bytes of one window."""
        return self.steps * self.flat.shape[1] * self.flat.element_size()

    def to(self, device: torch.device) -> WindowTensor:
        """The same on another device, whole."""
        return WindowTensor(self.flat.to(device), self.last.to(device), self.age.to(device), self.steps)

    def index_select(self, dim: int, index: Tensor) -> Tensor:
        """Windows of some rows, (n, steps, C): NaN before a history begins."""
        assert dim == 0
        last, age = self.last[index], self.age[index]
        found = self.views.index_select(0, last - (self.steps - 1)).view(len(index) * self.steps, -1)
        # few rows stand near a beginning: filling them by number leaves the others in peace
        before = (self.places < (self.steps - 1 - age).unsqueeze(1)).flatten().nonzero().squeeze(1)
        return found.index_fill_(0, before, torch.nan).view(len(index), self.steps, -1)
