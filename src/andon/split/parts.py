"""`Parts`: for every row, who may see it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from andon.errors import SettingProblem

PARTS = ("train", "validation", "calibration", "test")

PURGED = 255
"""Code of a row that no part may use (a purge gap, or no target)."""


class PartEmpty(SettingProblem):
    """There is too little of what must be kept together for a part to get any of it."""


@dataclass(frozen=True)
class Parts:
    """One code per row of the records, in their order: 0 train, 1 validation, 2 calibration, 3 test, 255 purged.

    `why` is the sentence for the report. `groups` (int64, one per row) numbers what was kept together: resampling
    and folds go by it; it is None when every row stands alone.
    """

    codes: np.ndarray
    by: str
    why: str
    groups: np.ndarray | None = field(default=None)

    def rows(self, part: str) -> np.ndarray:
        """Row numbers (int64, ascending) of a part."""
        return np.flatnonzero(self.codes == PARTS.index(part))

    def counts(self) -> dict[str, int]:
        """Rows per part."""
        return {part: int((self.codes == code).sum()) for code, part in enumerate(PARTS)}
