"""Split-conformal offsets (Vovk et al. 2005; Lei et al. 2018, arXiv:1604.04173; Romano et al. 2019, arXiv:1905.03222).

With n calibration scores that are exchangeable with a new one, the ceil((n + 1) · level)-th smallest covers the new one
with probability of at least `level`.
"""

from __future__ import annotations

import math

import numpy as np


def smallest_rows(level: float) -> int:
    """Fewest calibration rows with which `level` can be promised at all."""
    return math.ceil(level / (1 - level))


def offset(scores: np.ndarray, level: float) -> float:
    """The conformal quantile of nonconformity scores (N,); infinite where N is too small to promise `level`."""
    rank = max(math.ceil((len(scores) + 1) * level), 1)
    return float(np.partition(scores, rank - 1)[rank - 1]) if rank <= len(scores) else math.inf
