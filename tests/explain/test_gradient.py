"""Gradients: how steep the answers are along each column."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from andon.encode.arrays import Encoding
from andon.explain.gradient import gradients


class Line(nn.Module):
    """Three of the first column, half of the second, and the third where it was read."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.tensor([3.0, 0.5, 1.0]))

    def forward(self, arrays: dict[str, Tensor]) -> Tensor:
        """Scores (N, 1)."""
        return (arrays["numbers"].nan_to_num() @ self.weights)[:, None]


def test_a_column_in_which_nothing_was_read_moves_no_answer():
    """The others are as steep as they are, and NumPy has nothing to warn of."""
    numbers = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
    numbers[:, 2] = np.nan
    encoding = Encoding(numbers=["strong", "weak", "silent"], dates=[], codes=[], pictures=[])

    found = gradients(Line(), nn.Identity(), {"numbers": numbers}, encoding)

    assert found["strong"] > 5 * found["weak"] > 0 == found["silent"]
