"""What may stand beside the network and join its answer, seen from outside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from andon.encode.block import Arrays
from andon.tasks.remaining_life import NEAR


class Rival(Protocol):
    """Learnt from the same rows as the network. `kind` names it in metrics, in the blend and on the page."""

    @property
    def kind(self) -> str:
        """`trees`, `linear` or `texture`."""
        ...

    def scores(self, arrays: Arrays, state: dict[str, Any]) -> np.ndarray:
        """Probabilities (N, K), or point answers (N, 1) in the target's unit."""
        ...

    def unseen(self, arrays: Arrays, state: dict[str, Any], held: np.ndarray | None) -> np.ndarray:
        """The same for rows that the choice of the blend goes by, from what has not learnt them."""
        ...


def joined(rivals: Iterable[Rival], state: dict[str, Any]) -> tuple[Rival, ...]:
    """Those that have a share of the answer, or a column of scores of their own."""
    shares = state.get("blend") or {}
    return tuple(rival for rival in rivals if shares.get(rival.kind, 0) > 0 or rival.kind == NEAR)


def voices(
    network: np.ndarray, rivals: Iterable[Rival], arrays: Arrays, state: dict[str, Any]
) -> dict[str, np.ndarray]:
    """Scores by name, as `Task.blend` takes them."""
    return {"network": network} | {rival.kind: rival.scores(arrays, state) for rival in rivals}
