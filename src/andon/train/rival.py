"""What may stand beside the network and join its answer, seen from outside."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from andon.encode.block import Arrays


class Rival(Protocol):
    """Learnt from the same rows as the network. `kind` names it in metrics, in the blend and on the page."""

    @property
    def kind(self) -> str:
        """`trees` or `texture`."""
        ...

    def scores(self, arrays: Arrays, state: dict[str, Any]) -> np.ndarray:
        """Probabilities (N, K), or point answers (N, 1) in the target's unit."""
        ...

    def unseen(self, arrays: Arrays, state: dict[str, Any], held: np.ndarray | None) -> np.ndarray:
        """The same for rows that the choice of the blend goes by, from what has not learnt them."""
        ...
