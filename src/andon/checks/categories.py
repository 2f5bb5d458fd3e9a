"""Categories: values seen once, spellings that mean the same, numbers hidden in text."""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from andon.checks.facts import Draft, Facts, percent
from andon.checks.finding import Finding

NUMBER = re.compile(
    r"^[<>≤≥~±]?\s*[-+]?\d{1,3}(?:[ ',.]?\d{3})*(?:[.,]\d+)?(?:e[-+]?\d+)?\s*(?:[%°µμ]?[a-zA-Z/²³%]{0,6})?$", re.I
)
"""A number as people write it, with thousands marks, decimal comma and a short unit."""


def categories(facts: Facts) -> list[Finding | Draft]:
    """Look at every category and text column that is an input or the target."""
    found: list[Finding | Draft] = []
    noted = {note.where for note in facts.records.notes if "number" in note.code}
    held = set(facts.sample.columns)
    for column in facts.records.columns:
        name = column.name
        if name not in held or column.role not in ("input", "target", "unit", "group"):
            continue
        counts = _counts(facts, name, column.kind)
        if not counts:
            continue
        found += _spellings(name, counts)
        if column.role == "input":
            found += _numbers_in_text(name, counts) if name not in noted else []
            found += _once(facts, name, counts) if column.kind == "category" else []
    return found


def _counts(facts: Facts, name: str, kind: str) -> dict[str, int]:
    """Values of a column and how often they occur; a text column's are taken from the sample."""
    if name in facts.summary.categories:
        return facts.summary.categories[name].counts
    if kind not in ("category", "text") or facts.sample[name].dtype != pl.String:
        return {}
    seen = facts.sample[name].drop_nulls().alias("value").value_counts()
    return dict(zip(seen["value"].to_list(), seen["count"].to_list(), strict=True))


def plain(text: str) -> str:
    """A text without the differences that people don't mean: full-width forms, case, spaces, dashes for spaces."""
    return re.sub(r"[\s_]+", " ", unicodedata.normalize("NFKC", text)).strip().casefold().replace(" ", "")


def _spellings(name: str, counts: dict[str, int]) -> list[Draft]:
    """Values that become one once case, spaces and full-width letters are evened out."""
    kin: dict[str, list[str]] = {}
    for value in counts:
        kin.setdefault(plain(value), []).append(value)
    same = {key: values for key, values in kin.items() if len(values) > 1}
    if not same:
        return []
    shown = "; ".join(" = ".join(f"'{v}'" for v in values[:4]) for values in list(same.values())[:3])
    odd = [value for values in same.values() for value in sorted(values, key=lambda v: -counts[v])[1:]]
    finding = Finding(
        level="warning",
        code="same_category_spelt_differently",
        column=name,
        what=f"'{name}' writes {len(same)} {'value' if len(same) == 1 else 'values'} in several ways ({shown}); "
        "{rows} rows use a rarer spelling",
        why="the network takes them for different things and learns each from fewer rows",
        fix="even out case, spaces and full-width letters where the data is written or read",
        figures={"values": float(len(same))},
    )
    return [Draft(finding, pl.col(name).is_in(odd[:10_000]))]


def _once(facts: Facts, name: str, counts: dict[str, int]) -> list[Draft]:
    """Values seen once, unless nearly all are (then it is an identifier, told by `identity`)."""
    once = [value for value, count in counts.items() if count == 1]
    if not once or len(once) > 0.5 * len(counts) or facts.rows < 50:
        return []
    shown = ", ".join(f"'{value}'" for value in once[:5]) + (" …" if len(once) > 5 else "")
    finding = Finding(
        level="info",
        code="category_seen_once",
        column=name,
        what=f"'{name}' has {len(once)} of {len(counts)} values that occur in one row only: {shown}",
        why="one row teaches nothing about a value, and if that row is a test row the value is unknown in training",
        fix="check for typing errors; else nothing: rare values are answered as unknown",
        figures={"once": float(len(once)), "values": float(len(counts))},
    )
    return [Draft(finding, pl.col(name).is_in(once[:10_000]))]


def _numbers_in_text(name: str, counts: dict[str, int]) -> list[Finding | Draft]:
    """A text column most of whose values are numbers in truth."""
    texts = list(counts)[:5000]
    total = sum(counts[text] for text in texts)
    numbers = [text for text in texts if NUMBER.match(text.strip()) and any(c.isdigit() for c in text)]
    share = sum(counts[text] for text in numbers) / max(total, 1)
    rest = [text for text in texts if text not in set(numbers)]
    marked = bool(rest) or any(not text.strip().isdigit() for text in numbers)
    if share < 0.5 or not marked or len(numbers) < 10:
        return []
    shown = ", ".join(f"'{text}'" for text in rest[:4]) or ", ".join(f"'{text}'" for text in numbers[:3])
    finding = Finding(
        level="warning",
        code="numbers_in_text",
        column=name,
        rows=round(share * total),
        what=f"'{name}' is text, but {percent(share)} of its values are numbers "
        f"({'the rest: ' if rest else 'as '}{shown})",
        why="as text, 9 and 10 are as different as apples and pears; the network cannot use their order",
        fix="write numbers alone in this column (unit in the heading, one decimal sign), and leave cells empty "
        "where there is none",
        figures={"share": share},
    )
    return [finding]
