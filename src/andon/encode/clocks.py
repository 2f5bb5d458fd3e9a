"""Moments of single rows, read as those of a table are: by the formats that training found (`records/dates.py` says how
they are written), else as ISO 8601, and by the clocks of a place where they name no zone. Without Polars."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from andon.errors import RunProblem

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR = 1000
"""Earlier than this is a year of two digits that was misread."""
COUNTED = {"seconds": 1_000_000, "milliseconds": 1_000}
"""Formats of numbers since 1970, and microseconds in one of them."""
ISO_LIKE = ("%Y-%m-%d", "%Y%m%d")


def seconds_of(cell: Any, form: str = "") -> float:
    """Seconds since 1970 (UTC). NaN for a moment that the clocks of its place never showed; a text of one raises
    `ValueError`, as any other that says no moment does."""
    forms, _, zone = form.partition("@")
    if forms in COUNTED and not isinstance(cell, datetime):
        return round(float(cell) * COUNTED[forms]) / 1e6
    moment = cell if isinstance(cell, datetime) else _parsed(str(cell).strip(), forms)
    if moment.tzinfo is None:
        shown = _shown(moment, zone) if zone else moment.replace(tzinfo=UTC)
        if shown is None:
            if isinstance(cell, datetime):
                return math.nan
            raise ValueError(cell)
        moment = shown
    # Whole microseconds first, as Polars counts them: a float of seconds would differ in the last bit.
    return ((moment - EPOCH) // timedelta(microseconds=1)) / 1e6


def _parsed(text: str, forms: str) -> datetime:
    """By one of the formats, or as ISO 8601 has it, which goes first where they are like it."""
    ways = [way for form in forms.split("|") if form for way in _by_form(form)]
    ways.insert(0 if forms.startswith(ISO_LIKE) else len(ways), "")
    text = re.sub(r"(:\d{2}\.\d{6})\d+", r"\1", text)  # Python knows six digits of a second
    for way in ways:
        try:
            moment = datetime.strptime(text, way) if way else datetime.fromisoformat(text)
        except ValueError:
            continue
        if moment.year >= FIRST_YEAR:
            return moment
    raise ValueError(text)


def _by_form(form: str) -> list[str]:
    """A format of Polars in Python's words: parts of seconds may be there or not."""
    plain = form.replace("%#z", "%z")
    return [plain.replace("%.f", ".%f"), plain.replace("%.f", "")] if "%.f" in plain else [plain]


def _shown(moment: datetime, zone: str) -> datetime | None:
    """When the clocks of a zone showed this: the first time, where they did twice; None where they skipped it."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # here: few runs ask for a zone

    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise RunProblem.of(
            f"the clocks of {zone} are not known here", why="this machine has no table of time zones",
            fix="get it: pip install tzdata",
        ) from None  # fmt: skip
    found = moment.replace(tzinfo=place, fold=0).astimezone(UTC)
    return found if found.astimezone(place).replace(tzinfo=None) == moment.replace(fold=0) else None
