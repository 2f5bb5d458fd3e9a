"""`Voice`: says a text, a number, a date or a duration in one language."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from andon.errors import Problem, nearest
from andon.locale.catalog import Catalog, catalog

LANGUAGES = {"en": "English", "zh": "中文"}
NOTHING = "–"
"""Stands for a number that is not there."""
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def mark(text: str) -> str:
    """Mark a text for translation where it is written; it is translated where it is said."""
    return text


@cache
def translate(language: str) -> Voice:
    """The voice of a language: a function from English text to text. Raises `Problem` for an unknown language."""
    if language not in LANGUAGES:
        raise Problem.of(f"there is no language '{language}'", fix=nearest(language, LANGUAGES))
    return Voice(language, catalog(language))


MOST = 1e15
"""Beyond this no number is written out: nobody reads so many digits, and decimals end at 28 of them."""


@dataclass(frozen=True)
class Voice:
    """Called with an English text, gives it in the reader's language; the methods do numbers."""

    language: str
    catalog: Catalog = field(repr=False)

    def __call__(self, text: str, **values: object) -> str:
        """Translate a text and fill its `{places}`. Values are never read as templates."""
        spoken = self.catalog.words.get(text, text)
        return spoken.format(**values) if values else spoken

    def many(self, one: str, more: str, count: int, **values: object) -> str:
        """Say how many: the right form for `count`, which is filled in as `{count}` with its thousands grouped."""
        english = one if count == 1 else more
        spoken = english if self.language == "en" else self.catalog.counted.get((one, more), english)
        return spoken.format(count=self.count(count), **values)

    def retell(self, sentence: str) -> str:
        """Translate a sentence another room has already filled in."""
        return self.catalog.retell(sentence)

    @property
    def gap(self) -> str:
        """What stands between two sentences: a space, or nothing where full stops are wide."""
        return "" if self.language == "zh" else " "

    def listing(self, words: Sequence[str]) -> str:
        """`a, b and c`."""
        from babel.lists import format_list

        return str(format_list(words, locale=self.language)) if words else NOTHING

    def count(self, value: float | None) -> str:
        """A whole number, thousands grouped."""
        return self.fixed(value, 0)

    def fixed(self, value: float | None, decimals: int) -> str:
        """A number with so many digits behind the point; `–` for None, NaN and infinities."""
        from babel.numbers import format_decimal  # CLDR data: read only when a number is said

        if value is None or not math.isfinite(value):
            return NOTHING
        if abs(value) >= MOST:
            return self.number(value)
        digits = "." + "0" * decimals if decimals > 0 else ""
        said = str(format_decimal(round(value, decimals) + 0.0, format=f"#,##0{digits}", locale=self.language))
        return said.replace("-", "−")

    def number(self, value: float | None, digits: int = 3) -> str:
        """A number with so many digits that count, in powers of ten where it is very large or very small."""
        if value is None or not math.isfinite(value):
            return NOTHING
        size = abs(value)
        if value == 0 or (float(value).is_integer() and size < 1e9):
            return self.fixed(value, 0)
        if not 1e-4 <= size < 1e9:
            mantissa, power = f"{value:.{digits - 1}e}".split("e")
            return f"{float(mantissa):g}×10{str(int(power)).translate(RAISED)}".replace("-", "−")
        decimals = max(0, digits - 1 - math.floor(math.log10(size)))
        while decimals and round(value, decimals) == round(value, decimals - 1):
            decimals -= 1  # 0.0300 says no more than 0.03
        return self.fixed(value, decimals)

    def share(self, value: float | None, decimals: int | None = None) -> str:
        """A share of one as percent; one digit behind the point, more where the share is tiny."""
        if value is None or not math.isfinite(value):
            return NOTHING
        if decimals is None:
            decimals = 1 if value == 0 or abs(value) >= 0.001 else min(6, 1 - math.floor(math.log10(abs(value) * 100)))
        return self.fixed(100 * value, decimals) + "%"

    def moment(self, iso: str) -> str:
        """A time stamp as people write it; a text that is none comes back as it is."""
        from babel.dates import format_datetime

        try:
            moment = datetime.fromisoformat(iso)
        except ValueError:
            return iso
        shape = "y年M月d日 HH:mm" if self.language == "zh" else "d MMM y, HH:mm"
        return str(format_datetime(moment, shape, locale=self.language))

    def duration(self, value: float | None, unit: float = 1.0) -> str:
        """A duration in the two units that fit, as `1 min 15 s` or `4.2 ms`; `unit` in seconds."""
        if value is None or not math.isfinite(value):
            return NOTHING
        seconds = value * unit
        if seconds < 1e-3:
            return self(mark("{value} µs"), value=self.number(seconds * 1e6))
        if seconds < 1:
            return self(mark("{value} ms"), value=self.number(seconds * 1e3))
        if seconds < 60:
            return self(mark("{value} s"), value=self.number(seconds))
        minutes, rest = divmod(round(seconds), 60)
        if minutes < 60:
            return self(mark("{minutes} min {seconds} s"), minutes=minutes, seconds=rest)
        return self(mark("{hours} h {minutes} min"), hours=self.count(minutes // 60), minutes=minutes % 60)

    def size(self, num_bytes: float | None) -> str:
        """A size of a file, as `41 kB` (powers of 1000)."""
        if num_bytes is None or not math.isfinite(num_bytes):
            return NOTHING
        for unit in ("B", "kB", "MB", "GB"):
            if abs(num_bytes) < 1000:
                return f"{self.number(num_bytes)} {unit}"
            num_bytes /= 1000
        return f"{self.number(num_bytes)} TB"
