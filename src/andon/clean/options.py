"""What a plan can say about each cleaning step. Values only; the steps are in the files of the same names."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from andon.errors import SettingProblem, at_least, within

Columns = list[str] | None
"""Columns a step works on; None: every input it fits."""


class DropDuplicates(Struct, frozen=True, forbid_unknown_fields=True):
    """Train on one of several equal rows: whole rows, or those of the same unit and time. Never drops a row that is
    to be answered."""

    by: Literal["rows", "unit_time"] = "rows"


class FillMissing(Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of missing cells.

    `drop` rejects the row (with `only: training` it is just not trained on); `constant` takes `value`; `median` and
    `mode` are of the training part; `previous` carries the unit's last value on, `limit` rows at most (0: any number);
    `linear` joins the values before and after in time where the block holds both, else it is `previous`; `mask` leaves
    the gap, which the network sees as such.
    """

    how: Literal["mask", "drop", "constant", "median", "mode", "previous", "linear"] = "mask"
    limit: int = 0
    value: float | str = 0.0
    columns: Columns = None
    only: Literal["always", "training"] = "always"

    def __post_init__(self) -> None:
        at_least("limit", self.limit, 0)
        if self.only == "training" and self.how != "drop":
            raise SettingProblem.at(
                "only", f"'only' is 'training' with 'how: {self.how}'",
                why="what fills cells in training must fill them at the line too", fix="remove 'only'",
            )  # fmt: skip


class LessNoise(Struct, frozen=True, forbid_unknown_fields=True):
    """A filter along the rows of a unit that looks back only; missing cells stay missing and count for nothing.

    `hampel` replaces a reading that lies more than `sigmas` robust deviations from the median of the last `window`
    readings by that median; `rolling_median` is that median; `exponential` forgets by `alpha`; `savitzky_golay` is the
    end of a polynomial of degree `order` through the last `window` readings.
    """

    how: Literal["hampel", "rolling_median", "exponential", "savitzky_golay"] = "hampel"
    window: int = 7
    alpha: float = 0.2
    sigmas: float = 3.0
    order: int = 2
    columns: Columns = None

    def __post_init__(self) -> None:
        within("window", self.window, 3, 1001)
        within("alpha", self.alpha, 1e-6, 1.0)
        at_least("sigmas", self.sigmas, 0)
        within("order", self.order, 0, min(self.window - 1, 5))


class Clip(Struct, frozen=True, forbid_unknown_fields=True):
    """Bring numbers back into `range`, or between two `quantiles` of the training part."""

    quantiles: list[float] = field(default_factory=lambda: [0.001, 0.999])
    range: list[float] | None = None
    columns: Columns = None

    def __post_init__(self) -> None:
        for name in ("quantiles", "range"):
            ends = getattr(self, name)
            if ends is not None and not (len(ends) == 2 and ends[0] < ends[1]):
                raise SettingProblem.at(
                    name, f"'{name}' is {ends}", why="it must be two numbers, the smaller first", fix=f"mend '{name}'"
                )
        for level in self.quantiles:
            within("quantiles", level, 0.0, 1.0)
