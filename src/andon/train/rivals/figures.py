"""Boosted trees over the figures of histories, beside a network that looks at the histories themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from andon.encode.block import Arrays
from andon.nets.encoders.history import HistoryFigures
from andon.train.rivals.trees import Trees

BATCH = 1024
"""Histories looked at together."""
MOST_ROWS = 150_000
"""More rows of histories than these say nothing new to trees: neighbours are nearly the same."""


@dataclass(frozen=True)
class FigureTrees:
    """`trees` over what `figures` make of a history."""

    figures: HistoryFigures
    trees: Trees
    kind: str = "trees"

    def scores(self, arrays: Arrays, state: dict[str, Any]) -> np.ndarray:
        """Probabilities (N, K), or point answers (N, 1) in the target's unit."""
        return self.trees.scores({"numbers": figured(self.figures, arrays)}, state)

    def unseen(self, arrays: Arrays, state: dict[str, Any], held: np.ndarray | None) -> np.ndarray:
        """The same from the judge, which has not learnt these rows."""
        return self.trees.unseen({"numbers": figured(self.figures, arrays)}, state, held)


def figured(figures: HistoryFigures, arrays: Arrays) -> np.ndarray:
    """Figures (N, F) float64 of some histories, a batch at a time."""
    rows = len(next(iter(arrays.values())))
    found = np.empty((rows, figures.width))
    with torch.inference_mode():
        for start in range(0, rows, BATCH):
            batch = {n: torch.from_numpy(np.ascontiguousarray(a[start : start + BATCH])) for n, a in arrays.items()}
            found[start : start + BATCH] = figures(batch).numpy()
    return found
