"""Lengths of time as people write them: `5 min`, `2 h`, `1.5 d`, `90 秒`."""

from __future__ import annotations

import math
import re

from andon.errors import SettingProblem

UNITS = {
    "ms": 0.001, "millisecond": 0.001, "毫秒": 0.001,
    "s": 1.0, "sec": 1.0, "second": 1.0, "秒": 1.0, "秒钟": 1.0,
    "m": 60.0, "min": 60.0, "minute": 60.0, "分": 60.0, "分钟": 60.0,
    "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "小时": 3600.0, "时": 3600.0,
    "d": 86400.0, "day": 86400.0, "天": 86400.0, "日": 86400.0,
    "w": 604800.0, "week": 604800.0, "周": 604800.0,
}  # fmt: skip
"""Unit -> seconds. English plurals are understood too."""

_PATTERN = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([^\W\d_]*)\s*")


def seconds(text: str, key: str = "", *, bare: bool = False) -> float:
    """How many seconds `text` lasts.

    `key` is the setting's path, for the error. A number without a unit is refused, since minutes and seconds are
    easily mixed up, unless `bare` says that it may stand alone (a gap on a time column that counts cycles).
    """
    match = _PATTERN.fullmatch(str(text))
    unit = match.group(2).lower() if match else ""
    factor = UNITS.get(unit, UNITS.get(unit.removesuffix("s"))) if unit else (1.0 if bare else None)
    length = float(match.group(1)) * factor if match and factor is not None else math.inf
    if math.isfinite(length):
        return length
    named = f"'{key}' is '{text}'" if key else f"'{text}' is not a length of time"
    raise SettingProblem.at(
        key, named, why="a length of time is a number and a unit: ms, s, min, h, d or w", fix="write it as '5 min'"
    )


def has_unit(text: str) -> bool:
    """Whether a length of time names its unit."""
    match = _PATTERN.fullmatch(str(text))
    return bool(match and match.group(2))


def span(length: float | str, key: str, *, column: str, dated: bool | None) -> float:
    """A length in the unit of a `column` of times: seconds of dates, its own of numbers. Raises `SettingProblem` where
    dates get a bare number, which may be meant as hours, or numbers a length of time. `dated` None: the times are
    lengths in seconds themselves, and take both."""
    found = seconds(length, key, bare=True) if isinstance(length, str) else length
    unit, shown = isinstance(length, str) and has_unit(length), length if isinstance(length, str) else f"{length:g}"
    if dated and not unit:
        raise SettingProblem.at(
            key, f"'{key}' is '{shown}'", why=f"'{column}' holds dates", fix=f"write it as '{shown} min'"
        )
    if dated is False and unit:
        raise SettingProblem.at(
            key, f"'{key}' is '{shown}'", why=f"'{column}' holds numbers, not dates",
            fix="give the gap as a number of the same kind",
        )  # fmt: skip
    return found
