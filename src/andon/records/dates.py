"""Dates written as people write them. Day before month or month before day is settled by the values or not at all.

A format is what `strptime` takes (`%d/%m/%Y %H:%M`); several, for a column that writes seconds only sometimes, are
joined by `|`. Numbers of seconds or milliseconds since 1970 have the formats `seconds` and `milliseconds`. `@` and a
time zone behind all of them say by which clocks they were written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import polars as pl

_DATE = re.compile(
    r"""(?:(?P<a>\d{1,4})(?P<s>[-/.])(?P<b>\d{1,2}|[A-Za-z]{3,9})(?P=s)(?P<c>\d{1,4})
    |(?P<ca>\d{4})年(?P<cb>\d{1,2})月(?P<cc>\d{1,2})[日号]
    |(?P<d>\d{1,2})\s(?P<dm>[A-Za-z]{3,9})\s(?P<dy>\d{4})
    |(?P<um>[A-Za-z]{3,9})\s(?P<ud>\d{1,2}),\s?(?P<uy>\d{4})
    |(?P<compact>\d{8}))
    (?:(?P<j>[T\s]|)(?P<h>\d{1,2}):(?P<m>\d{2})(?P<sec>:\d{2}(?P<frac>\.\d{1,9})?)?(?P<pm>\s?[AaPp][Mm])?)?
    (?P<z>Z|[+-]\d{2}:?\d{2})?""",
    re.VERBOSE,
)
UNSETTLED = "%1"
"""Stands in a layout where the values must say what is day, month and year (`%1/%2/%Y`, `%1/%2/%3`)."""
ZONE = "@"
"""Stands before the time zone that moments without one are in."""
COUNTED = ("seconds", "milliseconds")
"""Formats of numbers since 1970."""
ORDERS = {"day first": "dmy", "month first": "mdy", "year first": "ymd"}
EARLIEST = datetime(1000, 1, 1)


class Dated(NamedTuple):
    """What was found out about a column of texts: `formats` if they are dates, else why not in `trouble`.

    `open` is a layout that these values leave unsettled: others might settle it.
    """

    formats: str = ""
    trouble: str = ""
    open: str = ""
    share: float = 0.0


def find_format(texts: Sequence[str]) -> Dated:
    """The format of a column of dates, found over all of these texts."""
    found = [(match, _layout(match)) for match in map(_DATE.fullmatch, texts) if match is not None]
    if not found:
        return Dated()
    layouts = Counter(_date_part(layout) for _, layout in found)
    date, _ = layouts.most_common(1)[0]
    fitting = [(match, layout) for match, layout in found if _date_part(layout) == date]
    share = len(fitting) / len(texts)
    times = [layout.removeprefix(date) for layout, _ in Counter(layout for _, layout in fitting).most_common(3)]
    if UNSETTLED not in date:
        return Dated("|".join(date + time for time in times), share=share)
    numbers = [(int(m["a"]), int(m["b"]), int(m["c"])) for m, _ in fitting]
    settled, trouble = settle(date, [_fits(date, order, numbers) for order in _orders(date)], len(numbers))
    if settled:
        return Dated("|".join(settled + time for time in times), share=share)
    return Dated(trouble=trouble, open="|".join(date + time for time in times), share=share)


def settle(date: str, fits: Sequence[int], rows: int) -> tuple[str, str]:
    """The layout with its places named, or why that cannot be.

    `fits` counts, for each order that is possible, the rows that it could read. One order must read nearly all, and
    leave no more than a tenth of the rows that speak against the next best one.
    """
    ranked = sorted(zip(fits, _orders(date), strict=True), key=lambda pair: -pair[0])
    (best, order), (second, other) = ranked[0], ranked[1]
    if best < 0.8 * rows:
        return "", "some are day first and others month first, or they are no dates"
    if rows - best > 0.1 * (rows - second) or best == second:
        if best == second == rows:
            names = {text: name for name, text in ORDERS.items()}
            return "", f"no value tells whether they are {names[order]} or {names[other]}"
        return "", "some values can only be day first and others only month first"
    return _named(date, order), ""


def fit_counts(column: pl.Expr, layout: str) -> list[pl.Expr]:
    """Expressions that count, over a whole column, the rows each possible order could read, and all rows seen."""
    date = _date_part(layout.split("|")[0])
    mark = re.escape(date[2])
    pattern = rf"^\s*(\d{{1,2}}){mark}(\d{{1,2}}){mark}(\d{{2,4}})(?:\D|$)"
    parts = [column.str.extract(pattern, place).cast(pl.Int16, strict=False) for place in (1, 2, 3)]
    counts = [
        ((parts[order.index("d")] <= 31) & (parts[order.index("m")] <= 12)).sum().alias(order)
        for order in _orders(date)
    ]
    return [*counts, parts[0].count().alias("rows")]


def is_format(formats: str) -> bool:
    """Does a moment that is written in each of these formats come back?"""
    formats = formats.split(ZONE)[0]
    if formats in COUNTED:
        return True
    noon = pl.lit(datetime(2024, 12, 31, 12, 0))
    try:
        return all(
            pl.select(moment(noon.dt.strftime(each.replace("%#z", "+0000")), each).is_not_null()).item()
            for each in formats.split("|")
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return False


def moment(column: pl.Expr, formats: str) -> pl.Expr:
    """Text (or numbers since 1970) to Datetime("us") in UTC without zone; null where it is in none of the formats."""
    formats, _, zone = formats.partition(ZONE)
    if formats in COUNTED:
        factor = 1_000_000 if formats == "seconds" else 1_000
        return (
            (column.cast(pl.Float64, strict=False) * factor)
            .round()
            .cast(pl.Int64, strict=False)
            .cast(pl.Datetime("us"))
        )
    text = column.cast(pl.String).str.strip_chars()
    parsed = pl.coalesce(
        _parsed(text, each) if each.endswith("%#z") else universal(_parsed(text, each), zone)
        for each in formats.split("|")
    )
    return pl.when(parsed >= EARLIEST).then(parsed)  # "24" read by %Y is the year 24


def universal(column: pl.Expr, zone: str) -> pl.Expr:
    """Moments by the clocks of a zone (empty: UTC) to UTC. What these skip in spring is null; of the hour that they
    show twice in autumn the first is meant."""
    if not zone:
        return column
    local = column.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def as_written(column: pl.Series, formats: str) -> pl.Series:
    """Moments in UTC as their clocks showed them, which `moment` reads back; numbers since 1970 as numbers."""
    formats, _, zone = formats.partition(ZONE)
    if formats in COUNTED:
        return column.dt.epoch("ms") if formats == "milliseconds" else column.dt.epoch("us") / 1e6
    if not zone or formats.endswith("%#z"):
        return column
    return column.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)


def by_known_clocks(formats: str) -> bool:
    """Whether moments in these formats say where their clocks stand: with a zone or its offset, or since 1970."""
    return ZONE in formats or "%#z" in formats or formats in COUNTED


def is_zone(zone: str) -> bool:
    """Is this the name of a time zone?"""
    try:
        return bool(zone) and pl.select(universal(pl.lit(datetime(2024, 12, 31)), zone).is_not_null()).item() is True
    except pl.exceptions.PolarsError:
        return False


def _parsed(text: pl.Expr, each: str) -> pl.Expr:
    """One format."""
    if each.startswith("%Y%m%d"):
        text = pl.when(text.str.len_chars() >= 8).then(text)  # else "2024011" would be read, too
    parsed = text.str.to_datetime(each, strict=False, time_unit="us", ambiguous="null")
    return parsed.dt.replace_time_zone(None) if each.endswith("%#z") else parsed


def _layout(match: re.Match[str]) -> str:
    """The format of one text, its unsettled places as `%1`, `%2`, `%3`."""
    if match["compact"]:
        date = "%Y%m%d"
    elif match["ca"]:
        date = "%Y年%m月%d" + ("号" if "号" in match[0] else "日")
    elif match["d"]:
        date = f"%d {_month(match['dm'])} %Y"
    elif match["um"]:
        date = f"{_month(match['um'])} %d,{' ' if ', ' in match[0] else ''}%Y"
    else:
        mark, first, second, third = match["s"], match["a"], match["b"], match["c"]
        if second.isalpha():
            places = ("%Y", _month(second), "%d") if len(first) == 4 else ("%d", _month(second), _year(third))
        elif len(first) >= 3:
            places = ("%Y", "%m", "%d")
        else:
            places = ("%1", "%2", "%Y" if len(third) >= 3 else "%3")
        date = mark.join(places)
    return date + _time(match)


def _time(match: re.Match[str]) -> str:
    """The time of day as a format, empty where there is none."""
    text = ""
    if match["h"]:
        seconds = (":%S%.f" if match["frac"] or not match["pm"] else ":%S") if match["sec"] else ""
        half = (" %p" if " " in match["pm"] else "%p") if match["pm"] else ""
        text = f"{match['j']}{'%I' if half else '%H'}:%M{seconds}{half}"
    return text + ("%#z" if match["z"] else "")


def _date_part(layout: str) -> str:
    """A layout without its time of day."""
    return str(re.split(r"[T\s]?%[HI]|%#z", layout)[0])


def _month(word: str) -> str:
    """Short or long name of a month."""
    return "%b" if len(word) == 3 else "%B"


def _year(digits: str) -> str:
    """A year of two or four digits."""
    return "%Y" if len(digits) >= 3 else "%y"


def _orders(date: str) -> list[str]:
    """The orders that a layout leaves possible."""
    return ["dmy", "mdy", "ymd"] if "%3" in date else ["dmy", "mdy"]


def _fits(date: str, order: str, numbers: Sequence[tuple[int, int, int]]) -> int:
    """How many dates an order could read."""
    day, month = order.index("d"), order.index("m")
    return sum(1 for each in numbers if 1 <= each[day] <= 31 and 1 <= each[month] <= 12)


def _named(date: str, order: str) -> str:
    """`%1/%2/%Y` in the order `dmy` → `%d/%m/%Y`."""
    for place, letter in enumerate(order, start=1):
        date = date.replace(f"%{place}", f"%{letter}")
    return date


def settled(layout: str, fits: Sequence[int], rows: int) -> Dated:
    """`find_format`'s open layout again, with the counts of a whole column."""
    date = _date_part(layout.split("|")[0])
    named, trouble = settle(date, fits, rows)
    if not named:
        return Dated(trouble=trouble, open=layout, share=1.0)
    return Dated("|".join(named + each.removeprefix(date) for each in layout.split("|")), share=1.0)
