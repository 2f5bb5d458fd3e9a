"""What the values of a column are: number, category, date, image, signal or text; and how they are read.

Found from the rows looked at (all of a small table, evenly spread places of a large one); `why` tells it in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from andon.records.dates import Dated, find_format, fit_counts, settled
from andon.records.numbers import Comma, Pattern, decimal_comma, find_pattern, number
from andon.records.pictures.column import is_mask, names_pictures
from andon.records.records import Kind
from andon.records.signals import names_signals
from andon.records.words import MISSING_NUMBER, like_code, like_identifier, like_time

TEXTS = 2000
"""Different texts of a column that are looked at one by one."""
SEEN = 20_000
"""Rows in which decimal marks are looked for."""
MOST = 0.8
"""Share of the cells that must be numbers (dates) for the column to be one."""
MOST_CATEGORIES = 1000
LONG = 60
"""Texts longer than this on average are notes, not categories."""
LARGEST_EXACT = 2**53
FILES = "file"
"""Format of a column of pictures or waveforms whose cells name files."""

SECONDS = "a length of time, in seconds"
"""Why a column of a frame's own lengths of time is one of numbers."""


@dataclass(frozen=True, slots=True)
class Found:
    """Kind, format and reason; `trouble` is what a person should look at, `fix` what to do about it."""

    kind: Kind
    why: str
    format: str = ""
    trouble: str = ""
    code: str = ""
    fix: str = ""
    whole: bool = False
    "Numbers of text that are all whole."


def find_kind(values: pl.Series, *, raw: pl.LazyFrame | None, comma: Comma) -> Found:
    """Kind of one column from the rows looked at.

    `raw` is the whole table where `values` are only some of its rows: dates whose day and month these leave open are
    settled by one pass over that column. `comma` is what the file showed about decimal marks.
    """
    dtype = values.dtype
    if dtype == pl.String:
        return _of_text(values, raw, comma)
    if dtype == pl.Boolean:
        return Found("category", "true or false")
    if isinstance(dtype, (pl.Categorical, pl.Enum)):
        return Found("category", "categories by type")
    if dtype in (pl.Date, pl.Datetime):
        return Found("date", "dates by type")
    if dtype == pl.Null:
        return Found("number", "no cell holds a value")
    if dtype.is_nested():
        return _of_nested(values)
    if dtype == pl.Binary:
        return Found("text", "bytes, which are not read")
    if dtype.is_integer():
        return _of_whole(values.name, values.drop_nulls(), "")
    if dtype.is_float() and like_code(values.name):
        present = values.drop_nulls().drop_nans()
        if present.len() and (present == present.round()).all() and (present.abs() < LARGEST_EXACT).all():
            return _of_whole(values.name, present.cast(pl.Int64), "")
    if dtype.is_numeric():
        return _epoch(values) or Found("number", "numbers by type")
    if dtype in (pl.Duration, pl.Time):
        return Found("number", SECONDS)
    return Found("text", f"values of type {dtype}, which are not read")


def _of_text(values: pl.Series, raw: pl.LazyFrame | None, comma: Comma) -> Found:
    """A column of texts."""
    text = values.str.strip_chars()
    present = text.filter(~text.str.to_lowercase().is_in(MISSING_NUMBER) & text.is_not_null())
    if present.is_empty():
        return Found("number", "no cell holds a value")
    plain = pl.select(number(pl.lit(present), Pattern(), blanks=False)).to_series().alias(values.name)
    if present.str.contains(r"^(\(\d+\)|\d+-)$").all():
        return _of_words(values.name, text, "codes of digits and a mark")
    if plain.null_count() == 0:
        return _of_plain(present, plain)
    texts = present.unique(maintain_order=True).gather_every(max(1, present.n_unique() // TEXTS)).to_list()
    dated = find_format(texts)
    if dated.share >= MOST:
        return _of_dates(values.name, dated, raw)
    reading = find_pattern(texts, comma=comma)
    read = pl.select(number(pl.lit(present), reading.pattern)).to_series()
    share = 1 - read.null_count() / present.len()
    if share >= MOST:
        if reading.pattern == Pattern():
            return _of_plain(present, plain)
        why = f"numbers written as {reading.pattern.text()}"
        other = reading.pattern.swapped().text()
        return Found(
            "number", why, reading.pattern.text(), reading.trouble, "decimal_mark" if reading.trouble else "",
            f"write decimals with a point; if it is wrong, say checks.{values.name}.format='{other}'",
            bool((read.drop_nulls() % 1 == 0).all()),
        )  # fmt: skip
    if names_pictures(present):
        return _of_names(values.name)
    if names_signals(present):
        return Found("signal", "names of waveform files", FILES)
    found = _of_words(values.name, text)
    if share >= 0.5 or (reading.trouble and not reading.share):  # no share: two units
        said = reading.trouble or f"{share:.0%} of its cells are numbers, the others are words"
        return Found(found.kind, found.why, "", said, "mixed_numbers", "part it into a number and a word column")
    return found


def _of_plain(present: pl.Series, plain: pl.Series) -> Found:
    """Texts that are numbers, most or all of them: amounts, codes, dates or names of rows."""
    name, numbers = present.name, plain.drop_nulls()
    if like_time(name) and present.str.len_chars().is_in([8, 14]).all():
        dated = find_format(present.unique().head(TEXTS).to_list())
        if dated.share == 1.0 and numbers.is_between(19_000_101, 21_001_231).all():
            return Found("date", "eight digits: year, month, day", "%Y%m%d")
    epoch = _epoch(numbers)
    if epoch is not None:
        return epoch
    whole = bool((numbers % 1 == 0).all())  # false for infinities, too
    if whole:
        shapes = present.to_frame().select(
            zeros=pl.col(name).str.contains(r"^0+[1-9]\d*$").mean(),
            digits=pl.col(name).str.contains(r"^[+-]?\d+$").mean(),
        )
        if shapes["zeros"][0] >= 0.01 and shapes["digits"][0] >= MOST:
            return _of_words(name, present, "codes with leading zeros")
        if shapes["digits"][0] == 1.0 and (numbers.abs() >= LARGEST_EXACT).any():
            return _of_words(name, present, "numbers too long to be amounts")
    if whole:
        found = _of_whole(name, numbers.cast(pl.Int64), "numbers")
        if found.kind != "number":
            return found
    return Found("number", "numbers", whole=whole)


def _epoch(numbers: pl.Series) -> Found | None:
    """Seconds or milliseconds since 1970, if the name says time and all lie between 2001 and 2036."""
    present = numbers.drop_nulls()
    if not like_time(numbers.name) or present.is_empty():
        return None
    for name, factor in (("seconds", 1), ("milliseconds", 1000)):
        if present.is_between(1e9 * factor, 2.1e9 * factor).all():
            return Found("date", f"{name} since 1970", name)
    return None


def _of_whole(name: str, values: pl.Series, why: str) -> Found:
    """Whole numbers: amounts, unless their name says code or identifier and their values bear it out."""
    epoch = _epoch(values)
    if epoch is not None:
        return epoch
    rows, distinct = values.len(), values.n_unique()
    if rows and like_identifier(name) and distinct == rows and rows > 10:
        return Found("text", "no two are equal and its name says identifier", "code")
    if rows and like_code(name):
        if distinct <= min(MOST_CATEGORIES, max(10, rows // 2)):
            return Found("category", f"{distinct} different whole numbers, and its name says code", "code")
        if distinct > MOST_CATEGORIES and like_identifier(name):
            return Found("text", f"{distinct} different whole numbers, and its name says identifier", "code")
    return Found("number", why or "whole numbers by type", whole=True)


def _of_dates(name: str, dated: Dated, raw: pl.LazyFrame | None) -> Found:
    """Texts that look like dates."""
    if dated.open and raw is not None:
        counts = raw.select(fit_counts(pl.col(name), dated.open)).collect(engine="streaming").row(0)
        dated = settled(dated.open, counts[:-1], counts[-1])._replace(share=dated.share)
    if dated.formats:
        return Found("date", f"dates written as {dated.formats.split('|')[0]}", dated.formats)
    return Found(
        "text", "dates whose day and month cannot be told apart", "", dated.trouble, "ambiguous_date",
        f"write them as 2024-12-31, or say how they are written: checks.{name}.format='%d/%m/%Y'",
    )  # fmt: skip


def _of_words(name: str, text: pl.Series, why: str = "") -> Found:
    """Texts that are words: categories if they come again, else text."""
    present = text.drop_nulls()
    rows, distinct = present.len(), present.n_unique()
    if not rows:
        return Found("number", "no cell holds a value")
    length = float(present.str.len_chars().mean() or 0)  # type: ignore[arg-type]
    unique = distinct / rows
    if rows > 20 and (unique > 0.5 or (distinct > MOST_CATEGORIES and unique > 0.2)):
        return Found("text", why or f"{distinct} different texts in {rows} rows")
    if length > LONG and distinct > 20:
        return Found("text", why or f"long texts ({length:.0f} characters on average)")
    if rows > 1 and unique == 1.0 and like_identifier(name):
        return Found("text", why or "no two are equal and its name says identifier")
    return Found("category", f"{why + ', ' if why else ''}{distinct} different values in {rows:,} rows")


def _of_names(name: str) -> Found:
    """Names of picture files."""
    if is_mask(name):
        return Found("text", "names of pictures that say where the fault is", FILES)
    return Found("image", "names of picture files", FILES)


def _of_nested(values: pl.Series) -> Found:
    """Arrays and lists: pictures, windows, or notes."""
    shape, inner = shape_of(values)
    if shape is None or not (inner.is_numeric() or inner == pl.Boolean):
        if shape is None and isinstance(values.dtype, pl.List):
            return _of_unequal(values)
        return Found("text", f"lists of {inner}")
    flat = len(shape) == 1
    picture = len(shape) == 3 or (not flat and (inner == pl.UInt8 or (shape[0] == shape[1] >= 8)))
    size = "×".join(map(str, shape))
    if picture:
        return Found("image", f"pictures of {size} {'bytes' if inner == pl.UInt8 else 'values'}", size)
    return Found("signal", f"windows of {size} values", size)


def _of_unequal(values: pl.Series) -> Found:
    """Lists that are nearly all of another length than the others."""
    lengths = values.drop_nulls().list.len().to_list()
    if not max(lengths, default=0) or not values.dtype.inner.is_numeric():  # type: ignore[attr-defined]
        return Found("text", "lists of unequal length")
    return Found(
        "text", "lists of unequal length", "", f"its cells hold from {min(lengths)} to {max(lengths)} values",
        "odd_length", "cut or fill them to one length, if they are waveforms",
    )  # fmt: skip


def shape_of(values: pl.Series) -> tuple[tuple[int, ...] | None, pl.DataType]:
    """Shape of the cells (None where they differ) and type of their values."""
    if isinstance(values.dtype, pl.Array):
        inner: Any = values.dtype
        while isinstance(inner, pl.Array):
            inner = inner.inner
        return values.dtype.shape, inner
    sizes: list[int] = []
    while isinstance(values.dtype, pl.List) and len(sizes) < 2:
        values = values.drop_nulls()
        lengths = values.list.len().value_counts(sort=True)
        if lengths.is_empty() or lengths["count"][0] < 0.9 * values.len() or not lengths.row(0)[0]:
            return None, values.dtype
        sizes.append(int(lengths.row(0)[0]))
        values = values.filter(values.list.len() == sizes[-1]).list.explode()
    return tuple(sizes) or None, values.dtype


def share_commas(sample: pl.DataFrame, separator: str) -> Comma:
    """Do the text columns of a file write decimal commas? Where no cell settles it, semicolons make it likely."""
    texts = sample.select(pl.col(pl.String)).head(SEEN)
    marked = texts.select(pl.all().str.contains(r"^[^a-zA-Z]*\d,\d").any())
    named = [name for name in texts.columns if marked[name][0]]
    said = {
        decimal_comma(texts[name].str.strip_chars().drop_nulls().unique().head(200).to_list()) for name in named[:40]
    }
    said.discard(None)
    if said:
        return said.pop() if len(said) == 1 else None
    return "likely" if separator == ";" else None
