"""From a source to typed columns: kinds found, cells read, and a note for everything that could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from andon.errors import DataProblem, SettingProblem, nearest
from andon.records.casting import ISO, cast, failed, kept, nested, words
from andon.records.dates import ZONE, by_known_clocks, is_format, is_zone
from andon.records.kinds import FILES, Found, find_kind, shape_of, share_commas
from andon.records.numbers import Comma, is_pattern
from andon.records.pictures.column import placed
from andon.records.records import Cast, Column, Note, SourceFile
from andon.records.signals import base_of
from andon.records.source import Source

TOLD = ("number", "category", "date", "text")
"""Kinds that a plan may give to a column."""
FEW = 100
"""Whole numbers with no more different values than this are integers even where only a sample was looked at."""


@dataclass(frozen=True)
class Typed:
    """A source whose columns are as `Records` promises; every role is still `input`."""

    frame: pl.LazyFrame
    columns: tuple[Column, ...]
    files: tuple[SourceFile, ...]
    notes: tuple[Note, ...]
    casts: tuple[Cast, ...]
    sample: pl.DataFrame
    name: str = ""
    clocked: frozenset[str] = frozenset()
    "Columns of dates that say where their clocks stand; others are taken for UTC."

    def column(self, name: str) -> Column | None:
        """A column by its name."""
        return next((c for c in self.columns if c.name == name), None)


def typed(source: Source, *, known: Mapping[str, Column], rules: Mapping[str, Any], answering: bool = False) -> Typed:
    """Find kinds and read the cells.

    Columns that are `known` (from a run) are read as they were then. `rules` are the plan's checks: `format` and `kind`
    of a column are obeyed. With `answering`, a cell that cannot be read keeps its text, so that its row can be named.
    """
    source = _named(_flat(source))
    schema = source.sample.schema
    texts = [name for name, dtype in schema.items() if dtype == pl.String]
    comma = share_commas(source.sample, source.separator)
    found = {name: _found(name, source, known.get(name), rules.get(name), comma) for name in source.columns()}
    notes = [_doubt(name, each, source.name) for name, each in found.items() if each.trouble]
    casts = [
        Cast(name, failed(name, found[name].kind, found[name].format), source.frame, source.whole)
        for name in texts
        if found[name].kind in ("number", "date")
    ]
    reads = {name: _read(name, found[name], source) for name in source.columns()}
    sample = source.sample.select(reads.values())
    lost = _lost(source, sample, casts)
    notes += [_unread(name, rows, found[name], source) for name, rows in lost.items()]
    kept_as_is = [each.column for each in casts if answering and (each.column in lost or not source.whole)]
    notes += [note for name, each in found.items() if (note := _odd(name, each, source)) is not None]
    if kept_as_is:
        reads |= {name: kept(name, found[name].kind, found[name].format) for name in kept_as_is}
        sample = source.sample.select(reads.values())
    frame = sample.lazy() if source.whole else source.frame.select(reads.values())
    columns = tuple(
        Column(name, each.kind, "ignore" if name in source.told else "input", each.why, each.format)
        for name, each in found.items()
    )
    casts = [each for each in casts if not each.counted or each.column in lost]
    clocked = frozenset(
        name for name, each in found.items()
        if each.kind == "date" and (by_known_clocks(each.format) or getattr(schema[name], "time_zone", None))
    )  # fmt: skip
    return Typed(frame, columns, source.files, (*source.notes, *notes), tuple(casts), sample, source.name, clocked)


def failures(casts: tuple[Cast, ...]) -> dict[str, int]:
    """Cells per column that hold something which is not of the column's kind, over all rows: one pass per source."""
    counts: dict[str, int] = {}
    by_source: dict[int, list[Cast]] = {}
    for each in casts:
        by_source.setdefault(id(each.raw), []).append(each)
    for group in by_source.values():
        exprs = [each.failed.sum().alias(each.column) for each in group]
        counts |= group[0].raw.select(exprs).collect(engine="streaming").row(0, named=True)
    return {name: count for name, count in counts.items() if count}


def _flat(source: Source) -> Source:
    """Records within records become columns named `outer.inner`."""
    while structs := [name for name, dtype in source.sample.schema.items() if dtype == pl.Struct]:
        source = replace(
            source,
            frame=source.frame.unnest(structs, separator="."),
            sample=source.sample.unnest(structs, separator="."),
        )
    return source


def _named(source: Source) -> Source:
    """No blanks around names; a frame of unnamed columns gets names."""
    names: list[str] = []
    for place, name in enumerate(source.columns()):
        short = name.strip().removeprefix("\ufeff") or f"column_{place + 1}"
        names.append(short if short not in names else name)
    renames = {old: new for old, new in zip(source.columns(), names, strict=True) if old != new}
    if not renames:
        return source
    return replace(source, frame=source.frame.rename(renames), sample=source.sample.rename(renames))


def _found(name: str, source: Source, known: Column | None, rule: Any, comma: Comma) -> Found:
    """Kind of a column: as the plan says, as the reader knows, as the run had it, or as the values show."""
    rule = rule if isinstance(rule, Mapping) else {}
    if "zone" in rule:
        rest = {word: value for word, value in rule.items() if word != "zone"}
        return _zoned(name, _found(name, source, known, rest, comma), str(rule["zone"]))
    if "format" in rule or "kind" in rule:
        return _coded(_as_told(name, rule), source.sample[name], known)
    if name in source.told:
        return Found(source.told[name], "as it was read")
    nested = source.sample[name].dtype.is_nested()
    sized = known is not None and bool(known.format) and nested
    named = known is not None and (known.kind, known.format) == ("signal", FILES) and not nested
    if known is not None and (known.kind not in ("image", "signal") or sized or named):
        return Found(known.kind, "as the run was trained", known.format)
    return find_kind(source.sample[name], raw=None if source.whole else source.frame, comma=comma)


def _zoned(name: str, found: Found, zone: str) -> Found:
    """A column of dates by the clocks of a zone."""
    if found.kind != "date":
        raise SettingProblem.at(
            f"checks.{name}.zone", f"'{name}' has no time zone", why=found.why, fix="leave the zone out"
        )
    if not is_zone(zone):
        raise SettingProblem.at(
            f"checks.{name}.zone", f"'{zone}' is no time zone", fix="write it as Europe/Berlin or Asia/Shanghai"
        )
    return replace(found, why=f"{found.why}, by the clocks of {zone}", format=f"{found.format}{ZONE}{zone}")


def _as_told(name: str, rule: Mapping[str, Any]) -> Found:
    """Kind and format of a column as the plan's checks have them."""
    form = str(rule.get("format", ""))
    kind = rule.get("kind", "date" if "%" in form or "seconds" in form else "number")
    if kind not in TOLD:
        raise SettingProblem.at(
            f"checks.{name}.kind", f"'{kind}' is no kind to read a column as", fix=nearest(str(kind), TOLD)
        )
    known = kind not in ("number", "date") or (is_pattern(form) if kind == "number" else is_format(form))
    if form and not known:
        raise SettingProblem.at(
            f"checks.{name}.format", f"'{form}' is no format of a {kind}",
            fix="write a date as '%d/%m/%Y %H:%M', a number as '1.234,5'",
        )  # fmt: skip
    return Found(kind, "as the plan says", form)


def _coded(found: Found, values: pl.Series, known: Column | None) -> Found:
    """A category that a plan tells is one of codes as the run had it, else where all of its cells are whole numbers."""
    if found.kind != "category" or found.format:
        return found
    if known is not None:
        return replace(found, format=known.format)
    texts = values.to_frame().select(words(pl.col(values.name), values.dtype, "")).to_series()
    return replace(found, format="code" if texts.str.contains(r"^[+-]?\d+(\.0+)?$").all() else "")


def _read(name: str, found: Found, source: Source) -> pl.Expr:
    """The expression that makes a column what its kind promises."""
    values = source.sample[name]
    if found.kind in ("image", "text") and found.format == FILES:
        return placed(name, values, source.name)
    if found.kind == "signal" and found.format == FILES:
        return (pl.lit(base_of(source.name)) + pl.col(name).cast(pl.String).str.strip_chars()).alias(name)
    if found.kind in ("image", "signal"):
        shape, inner = shape_of(values)
        if found.format and isinstance(values.dtype, pl.List):  # the usual size of the cells, or that of training
            shape = tuple(int(side) for side in found.format.split("×"))
        if shape is None:
            raise DataProblem.of(
                f"the cells of column '{name}' differ in size", where=source.name, fix="give them one size"
            )
        return nested(name, values.dtype, shape, inner)
    whole = found.whole and (source.whole or values.n_unique() <= FEW)
    return cast(name, values.dtype, found.kind, found.format, whole=whole)


def _lost(source: Source, sample: pl.DataFrame, casts: list[Cast]) -> dict[str, list[int]]:
    """Per column the rows looked at whose cells cannot be read. `sample` is what was read."""
    doubtful = [each for each in casts if sample[each.column].null_count() > source.sample[each.column].null_count()]
    if not doubtful:
        return {}
    marks = source.sample.select(each.failed.fill_null(False).alias(each.column) for each in doubtful)
    return {name: rows for name in marks.columns if (rows := marks[name].arg_true().to_list())}


def _unread(name: str, rows: list[int], found: Found, source: Source) -> Note:
    """The note about cells that are not of their column's kind."""
    examples = source.sample[name].gather(rows[:200]).unique(maintain_order=True).head(3).to_list()
    shown = ", ".join(f"'{str(each)[:30]}'" for each in examples)
    seen = (
        f"first rows {', '.join(map(str, rows[:5]))}, counted from 0"
        if source.whole
        else f"among {source.sample.height:,} rows looked at"
    )
    what = "number" if found.kind == "number" else "date"
    form = found.format.split(ZONE)[0].split("|")[0]
    cells = "1 cell is" if len(rows) == 1 else f"{len(rows)} cells are"
    meant = what
    if form and found.format != ISO:
        meant = f"number like {form}" if what == "number" else f"date like {form}"
    return Note(
        "warning", f"not_a_{what}", name,
        f"In '{name}' {cells} no {meant} and taken as missing: {shown} ({seen}).",
        "mend the cells; if they mean something, give them a column of their own",
    )  # fmt: skip


def _odd(name: str, found: Found, source: Source) -> Note | None:
    """The note about cells that hold more or fewer values than their column's, which are taken as missing."""
    values = source.sample[name]
    if found.kind != "signal" or not found.format or not isinstance(values.dtype, pl.List):
        return None
    wanted = int(found.format.split("×")[0])
    lengths = values.list.len()
    rows = (lengths != wanted).fill_null(False).arg_true().to_list()
    if not rows:
        return None
    shown = ", ".join(f"{row}: {lengths[row]}" for row in rows[:5])
    seen = "row: values, counted from 0" if source.whole else f"among {source.sample.height:,} rows looked at"
    cells = "1 cell holds" if len(rows) == 1 else f"{len(rows)} cells hold"
    return Note(
        "warning", "odd_length", name,
        f"In '{name}' {cells} another number of values than {wanted} and are taken as missing: {shown} ({seen}).",
        "record them again, or leave these rows out",
    )  # fmt: skip


def _doubt(name: str, found: Found, source: str) -> Note:
    """The note about a column that can be read in more than one way."""
    if found.code == "ambiguous_date":
        text = f"The dates of '{name}' were left as text: {found.trouble}."
    elif found.code == "decimal_mark":
        text = f"The numbers of '{name}' are not certain: {found.trouble}."
    else:
        text = f"'{name}' was read as {found.kind}: {found.trouble}."
    return Note("warning", found.code, name, text, found.fix)
