"""What a linear rival sees of a table: each number straight and bent, gaps, and a yes or no per category."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.nets.encoders.history import HistoryFigures
from andon.nets.encoders.numbers import MOST
from andon.nets.layers.layer import keep
from andon.nets.ntk import smooth_clip
from andon.nets.scaling import NumberScaling

FAR = 10.0
"""Scaled values are cut here: one wild reading must not speak alone."""
MOST_CODES = 100
"""A column of more categories than this is not looked at, unless somebody says that there is room for more."""


class LinearFeatures(nn.Module):
    """Arrays by name -> (N, width) float32. Numbers are scaled as for the network and smoothly clipped (beyond ±3 only
    the direction counts); beside that, cut at ±10, where columns are no more than `MOST`. (On SECOM's hundreds the bent
    ones did better than the straight ones.) Missing: 0, with a mask column where training had gaps. Columns of more
    than `most` categories are left out."""

    def __init__(self, specs: list[InputSpec], scaling: dict[str, Any], most: int = MOST_CODES) -> None:
        super().__init__()
        named = {spec.name: spec for spec in specs}
        self.numbers = NumberScaling(named["numbers"], scaling["numbers"]) if "numbers" in named else None
        self.columns = self.numbers.columns if self.numbers is not None else 0
        self.straight = 0 < self.columns <= MOST
        counts = named["codes"].cardinalities if "codes" in named else ()
        pairs = [(c, code) for c, count in enumerate(counts) if count <= most for code in range(count)]
        self.coded = bool(pairs)
        self.column: Tensor
        self.code: Tensor
        keep(self, "column", torch.tensor([c for c, _ in pairs], dtype=torch.int64))
        keep(self, "code", torch.tensor([code for _, code in pairs], dtype=torch.int64))
        numbers = 0 if self.numbers is None else self.numbers.shape[0] + self.columns * self.straight
        self.width = numbers + len(pairs)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """(N, …) by name -> (N, width)."""
        parts = []
        if self.numbers is not None:
            scaled: Tensor = self.numbers(inputs["numbers"])
            readings = scaled[:, : self.columns]
            parts += [smooth_clip(readings), scaled[:, self.columns :]]
            if self.straight:
                parts.append(readings.clamp(-FAR, FAR))
        if self.coded:
            codes = inputs["codes"].clamp_min(0).index_select(1, self.column)
            parts.append((codes == self.code).float())
        return torch.cat(parts, dim=1)


class FigureLine(nn.Module):
    """Arrays by name -> (N, width) float64, what a line sees of histories: their figures, cut at ±10, and a yes or no
    per category."""

    def __init__(self, specs: list[InputSpec], scaling: dict[str, Any]) -> None:
        super().__init__()
        self.figures = HistoryFigures(specs, scaling)
        words = LinearFeatures([spec for spec in specs if spec.name == "codes"], scaling)
        self.words = words if words.width else None
        self.numbers = self.figures.width - self.figures.codes
        self.width = self.numbers + words.width

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """(N, …) by name -> (N, width)."""
        found: Tensor = self.figures(inputs)[:, : self.numbers].clamp(-FAR, FAR)
        return found if self.words is None else torch.cat([found, self.words(inputs).double()], dim=1)
