"""`Finding`: what a check has to say: how bad, where, what, why it matters, what to do."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field


class Finding(Struct, frozen=True, kw_only=True):
    """One thing found in the data. `andon check` leaves with exit code 1 if any has level `error`."""

    level: Literal["info", "warning", "error"]
    code: str
    "Stable name of the check, as `duplicate_rows`."
    column: str = ""
    unit: str = ""
    rows: int = 0
    "How many rows it concerns."
    first_rows: list[int] = field(default_factory=list)
    "Row numbers, counted from 0, of the first few."
    what: str
    why: str
    fix: str
    figures: dict[str, float] = field(default_factory=dict)
    "Measured values behind the sentence (shares, AUROC, distances)."
