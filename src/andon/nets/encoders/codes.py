"""Categories as RealMLP takes them: see `embeddings/categories.py`."""

from __future__ import annotations

from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.nets.embeddings.categories import Categories


class CodesEncoder(nn.Module):
    """(N, K) int64 -> (N, width)."""

    members = 1

    def __init__(self, spec: InputSpec) -> None:
        super().__init__()
        self.categories = Categories(spec)
        self.width = self.categories.shape[0]

    def forward(self, x: Tensor) -> Tensor:
        """(N, K) -> (N, width), or (M, N, width) for M members."""
        out: Tensor = self.categories(x)
        return out
