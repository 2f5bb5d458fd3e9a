"""Rules of the plan: what the user says must hold (`checks: {pressure_bar: {range: [0, 16]}}`)."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any, Literal

import msgspec
import numpy as np
import polars as pl
from msgspec import Struct

from andon.checks.facts import Draft, percent
from andon.checks.finding import LEVELS, Finding, Level
from andon.checks.walk import FIRST
from andon.errors import SettingProblem, nearest
from andon.plan.kinds import describe
from andon.records.records import Column, Records
from andon.summary import Finished

WHY = "the plan says that this never happens, so either these rows or the rule is wrong"
FIX = "mend the source, drop these rows, or change the rule under checks"


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must hold for one column; `level` is how bad it is if it doesn't. Missing cells break no rule but
    `missing`."""

    range: tuple[Any, Any] | None = None
    "Lowest and highest value allowed, either may be null; dates as `2024-01-31`."
    set: list[Any] | None = None
    "The values allowed."
    pattern: str | None = None
    "Regular expression that the whole text must match."
    missing: float | None = None
    "Largest share of missing cells, 0 to 1."
    monotone: Literal["increasing", "decreasing"] | None = None
    "Never falls (or never rises) from row to row in file order, per unit where there is one."
    level: Level = "error"
    format: str | None = None
    "How its dates or numbers are written; obeyed by reading, nothing to check."
    kind: str | None = None
    "What kind of column it is; obeyed by reading, nothing to check."
    zone: str | None = None
    "By which clocks its times were written, as `Europe/Berlin`, where they don't say; obeyed by reading."
    size: int | tuple[int, int] | None = None
    "Pictures: side in pixels, or height and width, at which the network sees them; obeyed by encoding."
    fit: Literal["pad", "crop", "stretch", "tiles"] | None = None
    "Pictures of another shape: mirrored border, middle, distorted, or overlapping tiles of `size`; obeyed by encoding."
    colour: bool | None = None
    "Pictures: whether the network sees colours; obeyed by encoding."
    symmetry: Literal["auto", "none", "horizontal", "vertical", "both", "turn", "all"] | None = None
    "Pictures: what leaves the part what it is, mirrored or turned; trained on accordingly. auto: found by trial."


ALLOWED = {
    "image": {"missing", "level", "size", "fit", "colour", "symmetry", "kind"}, "signal": {"missing", "level"},
}  # fmt: skip
"""Rules that fit kinds which are more than one value."""
READ = ("format", "kind", "zone")
"""Rules that reading obeys."""
PAIRS = {"size": "a side in pixels, or height and width", "range": "the lowest and the highest value allowed"}
"""What rules of two values must be, in words."""


def read_rules(records: Records, plain: dict[str, Any]) -> dict[str, Rule]:
    """The plan's rules, checked against the columns. Raises `SettingProblem` at `checks.<column>`."""
    columns = {column.name: column for column in records.columns}
    listed = {column.name: column for column in records.events.columns} if records.events else {}
    rules = {}
    for name, asked in plain.items():
        if name in listed and name not in columns:
            _of_list(listed[name], asked)
            continue
        if name not in columns:
            raise SettingProblem.at(
                f"checks.{name}", f"there is no column '{name}' to check", fix=nearest(name, columns)
            )
        rules[name] = _read(columns[name], asked)
    return rules


def _read(column: Column, asked: Any) -> Rule:
    """One rule, or the sentence that says what is wrong with it."""
    key = f"checks.{column.name}"
    if not isinstance(asked, dict):
        raise SettingProblem.at(
            key, f"'{key}' is {asked!r}", why="a rule is written as {range: [0, 16]}", fix="add its name"
        )
    for word, allowed in (("monotone", ("increasing", "decreasing")), ("level", LEVELS)):
        if word in asked and asked[word] not in allowed:
            raise SettingProblem.at(
                f"{key}.{word}", f"'{asked[word]}' is no {word}", fix=f"write {' or '.join(allowed)}"
            )
    for word in asked:
        if word not in Rule.__struct_fields__:
            raise SettingProblem.at(
                f"{key}.{word}", f"'{word}' is not a rule", fix=nearest(str(word), Rule.__struct_fields__)
            )
    try:
        rule = msgspec.convert(asked, Rule, strict=False)
    except msgspec.ValidationError as error:
        raise _misread(key, asked, str(error)) from None
    if column.kind in ("image", "signal") and set(asked) - ALLOWED[column.kind]:
        fix = f"use {', '.join(f'`{word}`' for word in sorted(ALLOWED[column.kind]))}; no other rule fits"
        raise SettingProblem.at(key, f"'{column.name}' is a {column.kind}", fix=fix)
    if column.kind != "image" and {"size", "fit", "colour", "symmetry"} & set(asked):
        raise SettingProblem.at(key, f"'{column.name}' is a {column.kind}, no picture", fix="leave the rule out")
    sides = [] if rule.size is None else [rule.size] if isinstance(rule.size, int) else list(rule.size)
    if any(not 8 <= side <= 4096 for side in sides):
        raise SettingProblem.at(
            f"{key}.size", f"'{key}.size' is {rule.size}", why="a side has 8 to 4096 pixels", fix=f"change '{key}.size'"
        )
    if column.kind not in ("number", "date") and (rule.range or rule.monotone):
        word = "range" if rule.range else "monotone"
        raise SettingProblem.at(
            f"{key}.{word}", f"'{column.name}' is a {column.kind} and has no order", fix="use `set`"
        )
    if rule.missing is not None and not 0 <= rule.missing <= 1:
        raise SettingProblem.at(f"{key}.missing", f"{rule.missing:g} is not a share", fix="give one from 0 to 1")
    if rule.range:
        low, high = (_bound(column, end) for end in rule.range)
        if low is not None and high is not None and low > high:
            raise SettingProblem.at(f"{key}.range", f"{low} is above {high}", fix="write the lower end first")
    if rule.pattern is not None:
        _check_pattern(key, rule.pattern)
    return rule


def _of_list(column: Column, asked: Any) -> None:
    """Refuse what cannot be asked of a list of events, which is read and not checked."""
    _read(column, asked)
    for word in asked:
        if word not in READ:
            raise SettingProblem.at(
                f"checks.{column.name}.{word}", f"'{column.name}' stands in the list of events",
                why="the list is read and not checked", fix=f"use {', '.join(READ)}, or leave the rule out",
            )  # fmt: skip


def _misread(key: str, asked: dict[str, Any], why: str) -> SettingProblem:
    """What is wrong with one word of a rule, in words; `why` is msgspec's, with the place as `$.word`."""
    found = re.search(r"\$\.(\w+)", why)
    if found is None:
        return SettingProblem.at(key, f"'{key}' cannot be read", why=why, fix="mend it")
    word = found[1]
    kinds = {field.name: field.type for field in msgspec.structs.fields(Rule)}
    must = PAIRS.get(word) or describe(kinds[word])
    return SettingProblem.at(
        f"{key}.{word}", f"'{key}.{word}' is {asked[word]!r}", why=f"it must be {must}", fix=f"change '{key}.{word}'"
    )


def _check_pattern(key: str, pattern: str) -> None:
    """Raise unless the engine that will search understands the pattern."""
    try:
        pl.select(pl.lit("x").str.contains(_whole(pattern)))
    except pl.exceptions.ComputeError:
        reason = "brackets must be closed; look-around and back references are not known here"
        raise SettingProblem.at(
            f"{key}.pattern", f"'{pattern}' is no regular expression", why=reason, fix="mend the pattern"
        ) from None


def _whole(pattern: str) -> str:
    """The pattern for the whole text."""
    return f"^(?:{pattern})$"


def _bound(column: Column, end: Any) -> Any:
    """An end of a range as the column's own type."""
    key = f"checks.{column.name}.range"
    if end is None:
        return None
    if column.kind == "number":
        if isinstance(end, (int, float)) and not isinstance(end, bool):
            return float(end)
        raise SettingProblem.at(key, f"{end!r} is not a number", fix="write it as 12.5")
    if isinstance(end, datetime):
        return end.replace(tzinfo=None)
    if isinstance(end, date):
        return datetime.combine(end, time())
    try:
        return datetime.fromisoformat(str(end)).replace(tzinfo=None)
    except ValueError:
        raise SettingProblem.at(
            key, f"{end!r} is not a date", fix="write it as 2024-01-31 or 2024-01-31 08:00"
        ) from None


def drafts(records: Records, summary: Finished, rules: dict[str, Rule]) -> list[Finding | Draft]:
    """What breaks each rule but `monotone`, which needs the rows in order."""
    columns = {column.name: column for column in records.columns}
    found: list[Finding | Draft] = []
    for name, rule in rules.items():
        column, cell = columns[name], pl.col(name)
        if rule.range:
            low, high = (_bound(column, end) for end in rule.range)
            span = f"{'…' if low is None else low} to {'…' if high is None else high}"
            below = pl.lit(False) if low is None else cell < pl.lit(low)
            above = pl.lit(False) if high is None else cell > pl.lit(high)
            found.append(_draft(name, rule, "range", f"outside {_short(span)}", below | above))
        if rule.set is not None:
            found.append(_draft(name, rule, "set", f"none of {_shown(rule.set)}", _outside(column, rule.set)))
        if rule.pattern is not None:
            odd = cell.cast(pl.String).str.contains(_whole(rule.pattern)).not_()
            found.append(_draft(name, rule, "pattern", f"not of the form {rule.pattern}", odd))
        if rule.missing is not None:
            share = summary.missing.get(name, 0) / max(summary.rows, 1)
            if share > rule.missing:
                text = f"missing, where the plan allows {percent(rule.missing)}"
                found.append(_draft(name, rule, "missing", text, cell.is_null(), share=share, allowed=rule.missing))
    return found


def _outside(column: Column, allowed: list[Any]) -> pl.Expr:
    """Cells that hold none of the allowed values; numbers are compared as numbers, all else as text."""
    if column.kind == "number":
        numbers = [float(value) for value in allowed if isinstance(value, (int, float))]
        if len(numbers) < len(allowed):
            odd = next(value for value in allowed if not isinstance(value, (int, float)))
            raise SettingProblem.at(
                f"checks.{column.name}.set", f"{odd!r} is not a number", fix="the column holds numbers"
            )
        return pl.col(column.name).cast(pl.Float64).is_in(numbers).not_()
    return pl.col(column.name).cast(pl.String).is_in([word for value in allowed for word in _spelt(value)]).not_()


def _spelt(value: Any) -> tuple[str, ...]:
    """How a cell may write an allowed value: YAML takes `TRUE` for a truth."""
    return (str(value).lower(), str(value), str(value).upper()) if isinstance(value, bool) else (str(value),)


def _draft(name: str, rule: Rule, word: str, breach: str, mask: pl.Expr, **figures: float) -> Draft:
    """A broken rule, its rows still to be counted."""
    finding = Finding(
        level=rule.level,
        code=f"rule_{word}",
        column=name,
        what=f"'{name}' is {breach} in {{rows}} rows ({{share}})",
        why=WHY,
        fix=FIX,
        figures=figures,
    )
    return Draft(finding, mask)


def _short(span: str) -> str:
    """Ends of a range without needless digits."""
    return re.sub(r"\.0\b| 00:00:00", "", span)


def _shown(values: list[Any]) -> str:
    """The first few allowed values."""
    return ", ".join(str(value) for value in values[:6]) + (" …" if len(values) > 6 else "")


class Monotone:
    """Watches one column from row to row, per unit, over a pass in file order."""

    def __init__(self, name: str, rule: Rule, unit: str | None) -> None:
        self.name, self.rule, self.unit = name, rule, unit
        self.last: pl.DataFrame | None = None
        self.count = 0
        self.first: list[int] = []

    def columns(self) -> set[str]:
        """Columns that are read."""
        return {self.name, self.unit} if self.unit else {self.name}

    def see(self, row: int, block: pl.DataFrame) -> None:
        """Take one block into account; missing cells are stepped over."""
        unit = pl.col(self.unit) if self.unit else pl.lit(0)
        here = block.select(
            unit=unit, value=self.name, row=pl.int_range(row, row + block.height, dtype=pl.Int64)
        ).drop_nulls("value")
        before = here if self.last is None else pl.concat([self.last, here])
        last = pl.col("value").shift(1).over("unit")  # compared, not subtracted: unsigned numbers have no below zero
        wrong = pl.col("value") < last if self.rule.monotone == "increasing" else pl.col("value") > last
        rows = before.filter(wrong & (pl.col("row") >= row))["row"]
        self.count += len(rows)
        self.first = np.sort(np.r_[self.first, rows.head(FIRST).to_numpy()]).astype(int).tolist()[:FIRST]
        self.last = before.unique("unit", keep="last", maintain_order=True)

    def findings(self) -> list[Finding]:
        """The broken rule, if it is."""
        if not self.count:
            return []
        turn = "falls" if self.rule.monotone == "increasing" else "rises"
        per = f" of the same '{self.unit}'" if self.unit else ""
        return [
            Finding(
                level=self.rule.level,
                code="rule_monotone",
                column=self.name,
                rows=self.count,
                first_rows=self.first,
                what=f"'{self.name}' {turn} against the row before{per} in {self.count:,} rows, though the plan says "
                f"that it is {self.rule.monotone}",
                why=WHY,
                fix=f"{FIX}; rows are taken in file order",
            )
        ]
