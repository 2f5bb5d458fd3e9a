"""The operating regimes that were found among the settings, in the words and units of the records."""

from __future__ import annotations

from typing import Any

import numpy as np

from andon.api.prepare import Prepared
from andon.encode.histories import SERIES
from andon.encode.windows import Windows
from andon.run.files import read_json
from andon.run.folder import Run


def regimes(run: Run, prepared: Prepared) -> dict[str, Any] | None:
    """`columns` (the settings) and per regime the `rows` of the training part and its `center`, a value per column.
    None where there is but one."""
    scalings: dict[str, Any] = read_json(run / "state/scaling.json")
    scaling: dict[str, Any] = scalings.get(SERIES) or {}
    history, windows = prepared.encoding.history, prepared.stored.arrays.get(SERIES)
    if history is None or not isinstance(windows, Windows) or len(scaling.get("centers", ())) < 2:
        return None
    at, by, centers = (np.asarray(scaling[key], np.float64) for key in ("at", "by", "centers"))
    now = (windows.flat[windows.last[prepared.learn]][:, scaling["settings"]] - at) / by
    apart = np.stack([np.square(np.nan_to_num(now) - center).sum(axis=1) for center in centers])  # as in the graph
    rows = np.bincount(apart.argmin(axis=0), minlength=len(centers))
    columns = [history.columns[place] for place in scaling["settings"]]
    words = {f.name: f.categories for f in prepared.schema.fields if f.kind == "category"}
    return {
        "columns": columns,
        "regimes": [
            {"rows": int(count), "center": [_own(v, words.get(c)) for c, v in zip(columns, center, strict=True)]}
            for count, center in zip(rows, centers * by + at, strict=True)
        ],
    }  # fmt: skip


def _own(value: float, words: list[str] | None) -> float | str:
    """A centre as the records have it: a category by its word."""
    code = round(value)
    return words[code - 1] if words and 1 <= code <= len(words) and abs(value - code) < 1e-3 else float(value)
