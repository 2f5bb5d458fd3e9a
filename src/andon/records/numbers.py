"""Numbers written as people write them: `1.234,5`, `12 345.6`, `12.5 °C`, `12.34-`, `(80 %)`. How is a pattern.

A pattern shows how one thousand two hundred thirty-four and a half would look: `1,234.5`, `1.234,5`, `1234,5 °C`. The
empty pattern is the plain number of every programming language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

import polars as pl

from andon.records.words import UNITS

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_PARTS = re.compile(
    r"([+\-−]?)\s?([€$¥£]?)\s?(\d[\d.,'’\s\u00a0\u202f]*|[.,]\d+)((?<=\d)[eE][+-]?\d+)?\s*([^\d\s.,+\-][^\s]*)?"
)
_AFTER = r"^(?:\(\s?([\d.,€$¥£].*)\)|([\d.,€$¥£].*?)\s?[\-−])$"
"""A negative as ERP systems (`12.34-`) and bookkeepers (`(12.34)`) write it."""
_SPACES = " \u00a0\u202f"
Comma = bool | Literal["likely"] | None
"""Is the comma the decimal mark of a file? For certain, not, likely (semicolons tell its cells apart), or unknown."""


class Pattern(NamedTuple):
    """Thousands mark, decimal mark and unit, each empty where there is none."""

    thousands: str = ""
    decimal: str = "."
    unit: str = ""

    def text(self) -> str:
        """The pattern as a run keeps it."""
        shown = f"1{self.thousands}234{self.decimal}5"
        return shown + (f" {self.unit}" if self.unit else "") if self != Pattern() else ""

    def swapped(self) -> Pattern:
        """The same with points and commas the other way round."""
        return Pattern(self.decimal, "." if self.decimal == "," else ",", self.unit)

    @classmethod
    def of(cls, text: str) -> Pattern:
        """Read a kept pattern again."""
        match = re.fullmatch(r"1(.?)234(.)5(?: (.+))?", text)
        return cls(match[1], match[2], match[3] or "") if match else cls()


class Reading(NamedTuple):
    """What was found out about a column of texts."""

    pattern: Pattern
    share: float
    "How many of the texts looked at are numbers."
    trouble: str = ""
    "Why the reading is not certain, if it is not."


def is_pattern(text: str) -> bool:
    """Is this a pattern of numbers, as `1.234,5 °C`?"""
    return Pattern.of(text).text() == text


def plain_number(text: str) -> bool:
    """Is this a number as a programming language writes it?"""
    return _PLAIN.fullmatch(text) is not None


def signed(text: str) -> str:
    """A negative that is marked behind or by brackets with its sign in front, other texts as they are."""
    return re.sub(_AFTER, r"-\1\2", text)


def find_pattern(texts: Sequence[str], *, comma: Comma) -> Reading:
    """The one pattern that reads most of these texts.

    `comma` says what the other columns of the file showed. A mark followed by exactly three digits may be either; then
    the other columns decide, and where they don't, `trouble` says so.
    """
    parts = [m for m in (_PARTS.fullmatch(signed(text)) for text in texts) if m is not None]
    units = Counter((m[2] or m[5] or "").casefold() for m in parts)
    units.pop("", None)
    known = [m for m in parts if not (m[5] or m[2]) or (m[2] or m[5]).casefold() in UNITS]
    if not known:
        return Reading(Pattern(), 0.0)
    shown = [unit for unit, _ in units.most_common() if unit in UNITS]
    if len(shown) > 1 and units[shown[1]] > 0.02 * len(known) and len(known) >= 0.8 * len(texts):
        return Reading(Pattern(), 0.0, f"it mixes the units {shown[0]} and {shown[1]}")
    unit = next((m[2] or m[5] for m in known if (m[2] or m[5] or "").casefold() == shown[0]), "") if shown else ""
    bodies = [m[3].strip() for m in known]
    decimal, trouble = _decimal(bodies, comma)
    pattern = Pattern(_thousands(bodies, decimal), decimal, unit)
    form = re.compile(_body(pattern))
    right = sum(1 for body in bodies if form.fullmatch(body))
    return Reading(pattern, right / len(texts), trouble)


def decimal_comma(texts: Sequence[str]) -> bool | None:
    """True or False where these texts settle whether the comma is the decimal mark, else None."""
    bodies = [m[3].strip() for m in (_PARTS.fullmatch(signed(text)) for text in texts) if m is not None]
    if len(bodies) < 0.8 * len(texts):
        return None
    commas, points = _evidence(bodies)
    return None if commas == points == 0 or (commas and points) else bool(commas)


def _evidence(bodies: Sequence[str]) -> tuple[int, int]:
    """How many bodies can only be read with a decimal comma, and how many only with a decimal point."""
    commas = points = 0
    for body in bodies:
        last_comma, last_point = body.rfind(","), body.rfind(".")
        if last_comma >= 0 and last_point >= 0:
            commas += last_comma > last_point
            points += last_point > last_comma
        elif last_comma >= 0:
            grouped = re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", body)
            points += grouped is not None and body.count(",") > 1
            commas += grouped is None and body.count(",") == 1
        elif last_point >= 0:
            grouped = re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+", body)
            commas += grouped is not None and body.count(".") > 1
            points += grouped is None and body.count(".") == 1
    return commas, points


def _decimal(bodies: Sequence[str], comma: Comma) -> tuple[str, str]:
    """The decimal mark, and what is uncertain about it."""
    commas, points = _evidence(bodies)
    if commas or points:
        return ("," if commas > points else "."), ""
    if not any("," in body for body in bodies):
        # `1.234` is a plain number, unless the file is known to write decimal commas
        return ("," if comma is True and any("." in body for body in bodies) else "."), ""
    if comma == "likely":
        return ",", "a comma before three digits may mark thousands or decimals; it was read as decimals"
    if comma is not None:
        return ("," if comma else "."), ""
    return ".", "a comma before three digits may mark thousands or decimals; it was read as thousands"


def _thousands(bodies: Sequence[str], decimal: str) -> str:
    """The mark between groups of three digits."""
    other = "." if decimal == "," else ","
    return next((mark for mark in (other, "'", "’", *_SPACES) if any(mark in body for body in bodies)), "")


def _body(pattern: Pattern) -> str:
    """Regular expression of a number in this pattern, without sign and unit."""
    decimal, mark = re.escape(pattern.decimal), re.escape(pattern.thousands)
    grouped = rf"|\d{{1,3}}(?:{mark}\d{{3}})+" if mark else ""
    return rf"(?:(?:\d+{grouped})(?:{decimal}\d*)?|{decimal}\d+)"


def number(column: pl.Expr, pattern: Pattern, *, blanks: bool = True) -> pl.Expr:
    """Text to Float64; null where it is no number in this pattern. NaN is no number.

    `blanks` says that blanks may stand around it; leaving it out is faster.
    """
    text = column.str.strip_chars() if blanks else column
    if pattern == Pattern():
        return text.map_batches(_plain, return_dtype=pl.Float64(), is_elementwise=True)
    text = text.str.replace(_AFTER, "-${1}${2}").str.replace("−", "-", literal=True)
    if pattern.unit:
        unit = re.escape(pattern.unit)
        text = text.str.replace(rf"(?i)\s*{unit}$", "").str.replace(rf"^([+-]?)\s?{unit}\s?", "${1}")
    right = text.str.contains(rf"^[+-]?\s?{_body(pattern)}(?:[eE][+-]?\d+)?$")
    bare = text.str.replace_all(" ", "", literal=True)
    if pattern.thousands.strip():
        bare = bare.str.replace_all(pattern.thousands, "", literal=True)
    elif pattern.thousands:
        bare = bare.str.replace_all(r"[\u00a0\u202f]", "")
    if pattern.decimal != ".":
        bare = bare.str.replace(pattern.decimal, ".", literal=True)
    return pl.when(right).then(bare.cast(pl.Float64, strict=False))


def _plain(text: pl.Series) -> pl.Series:
    """Plain numbers of text. Signs behind are looked for only among what is none: patterns take five times as long."""
    found = text.cast(pl.Float64, strict=False)
    if found.null_count() > text.null_count():
        more = text.filter(found.is_null()).str.replace(_AFTER, "-${1}${2}").cast(pl.Float64, strict=False)
        found = found.scatter(found.is_null().arg_true(), more)
    return found.fill_nan(None)
