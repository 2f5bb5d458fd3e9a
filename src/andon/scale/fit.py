"""How each input of a graph is scaled, from the training part's summary.

| method | becomes |
| --- | --- |
| zscore | (x - mean) / sd |
| minmax | (x - low) / (high - low): 0 to 1 over the training part |
| robust | (x - median) / (q75 - q25); where the quartiles meet, sd in their place |
| quantile | the normal quantile of x's rank, by a table of knots (as scikit-learn's QuantileTransformer) |
| log | z = (x - low) / (median - low), then sign(z) log(1 + abs(z)) |
| none | x |
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from andon.plan.settings import Scale
    from andon.summary import Finished, NumberFacts

METHODS = ("zscore", "minmax", "robust", "quantile", "log", "none")
KNOTS = 129
DAY = 86_400.0


class Input(Protocol):
    """What is looked at of an `andon.encode.block.InputSpec` (a later room)."""

    @property
    def kind(self) -> str:
        """`numbers`, `codes`, `image` or `signal`."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Without the rows."""
        ...

    @property
    def dtype(self) -> str:
        """As NumPy names it."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Column behind each number."""
        ...


def fit_scaling(
    settings: Scale, spec: Input, summary: Finished | None, columns: Sequence[str] | None = None
) -> dict[str, Any]:
    """Scaling of one input, as JSON values.

    For numbers: `method`, and per column `center`, `spread` (both float64), `low`, `high`, `knots` (129 quantiles at
    even levels) and `missing` (whether training had gaps, so that the network is shown them). A column without values
    or without spread gets spread 1. `auto` is `robust`. Columns that the summary does not know are parts of a date
    (`when.day.sin`) and stay as they are.

    Pictures of uint8 become `{"method": "pixels", "factor": 1/255}`; codes and other arrays are not scaled.
    """
    if spec.kind == "image" and spec.dtype == "uint8":
        return {"method": "pixels", "factor": 1 / 255}
    if spec.kind != "numbers" or summary is None:
        return {"method": "none"}
    names = spec.columns if columns is None else columns
    method = "robust" if settings.method == "auto" else settings.method
    found = [_column(name, method, summary) for name in names]
    return (
        {"method": method, **{key: [column[key] for column in found] for key in found[0]}}
        if found
        else {"method": "none"}
    )


def _column(name: str, method: str, summary: Finished) -> dict[str, Any]:
    """Statistics of one column."""
    facts = summary.numbers.get(name)
    if facts is None:
        return _part_of_date(name, summary)
    if not facts.count:
        return _plain(missing=bool(summary.rows))
    knots = summary.quantile(name, np.linspace(0.0, 1.0, KNOTS))
    knots[0], knots[-1] = facts.low, facts.high  # the whole part's, not the sample's
    center, spread = _affine(method, facts, knots)
    if not (math.isfinite(spread) and spread > 0):
        spread = 1.0
    return {
        "center": center if math.isfinite(center) else 0.0, "spread": spread, "low": facts.low, "high": facts.high,
        "knots": knots.tolist(), "missing": bool(facts.missing or facts.not_finite),
    }  # fmt: skip


def _affine(method: str, facts: NumberFacts, knots: np.ndarray) -> tuple[float, float]:
    """Centre and spread; a spread of 0 where there is none. For `quantile` those of `robust`, for orientation."""
    median = float(knots[KNOTS // 2])
    if facts.low == facts.high:
        return (0.0 if method == "none" else facts.low), 0.0
    match method:
        case "none":
            return 0.0, 1.0
        case "zscore":
            return facts.mean, facts.sd
        case "minmax":
            return facts.low, facts.high - facts.low
        case "log":
            return facts.low, median - facts.low or facts.sd
    quartiles = float(knots[3 * KNOTS // 4] - knots[KNOTS // 4])
    return median, quartiles or facts.sd


def _part_of_date(name: str, summary: Finished) -> dict[str, Any]:
    """Parts on a circle stay as they are; a date with gaps has gaps in each of its parts."""
    date = summary.dates.get(name.rsplit(".", 2)[0])
    return _plain(missing=bool(date.missing) if date is not None else False)


def _plain(*, missing: bool) -> dict[str, Any]:
    """A column that stays as it is; its values lie between -1 and 1 or are not known."""
    return {
        "center": 0.0, "spread": 1.0, "low": -1.0, "high": 1.0, "knots": np.linspace(-1.0, 1.0, KNOTS).tolist(),
        "missing": missing,
    }  # fmt: skip
