"""`Windows`: the last steps of each row's history, as views of one flat array. Hundreds of millions cost no memory."""

from __future__ import annotations

import math

import numpy as np

from andon.encode.block import Arrays


class Windows:
    """Behaves as an array (N, steps, C), rows oldest first and a row itself last; what would lie before the beginning
    of its history is NaN (padding on the left). `windows[rows]` gathers a plain array.

    `flat` is (P, C), histories one after the other, `steps` rows of any content in front; `last` (N,) the place in it
    of each row and `age` (N,) how many rows of its history stand before it.
    """

    def __init__(self, flat: np.ndarray, last: np.ndarray, age: np.ndarray, steps: int) -> None:
        self.flat, self.last, self.age, self.steps = flat, last, age, steps

    @property
    def shape(self) -> tuple[int, int, int]:
        """(N, steps, C)."""
        return len(self.last), self.steps, self.flat.shape[1]

    @property
    def dtype(self) -> np.dtype:
        """That of the flat array."""
        return self.flat.dtype

    @property
    def size(self) -> int:
        """Figures of all windows."""
        return math.prod(self.shape)

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.last)

    def some(self, rows: np.ndarray | slice) -> Windows:
        """The windows of some rows, nothing gathered yet."""
        return Windows(self.flat, self.last[rows], self.age[rows], self.steps)

    def of(self, steps: int) -> Windows:
        """The same rows with windows of so many steps; there must be as many rows in front."""
        return Windows(self.flat, self.last, self.age, steps)

    def __getitem__(self, rows: np.ndarray | slice) -> np.ndarray:
        """The windows of some rows, gathered: (n, steps, C), to be read alone."""
        last, age = self.last[rows], self.age[rows]
        if len(last) == 1:  # most of a stream: a view will do
            found = self.flat[None, last[0] - self.steps + 1 : last[0] + 1]
        else:
            stride, inner = self.flat.strides
            shape = (len(self.flat) - self.steps + 1, self.steps, self.flat.shape[1])
            views = np.ndarray(shape, self.dtype, self.flat, 0, (stride, stride, inner))
            found = views[last - self.steps + 1]
        if len(age) and age.min() < self.steps - 1:
            short = np.flatnonzero(age < self.steps - 1)
            before = np.arange(self.steps) < (self.steps - 1 - age[short])[:, None]
            found = found if len(last) > 1 else found.copy()
            found[short] = np.where(before[..., None], np.nan, found[short])
        return found

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        """All windows gathered; for few rows."""
        return self[:]


def taken(arrays: Arrays, rows: np.ndarray) -> Arrays:
    """Some rows of every array; of windows the views, so that what is gathered at once stays small."""
    return {name: a.some(rows) if isinstance(a, Windows) else a[rows] for name, a in arrays.items()}
