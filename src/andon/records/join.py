"""More columns from another source: by key, or as of the time of the row, never from after it.

Rows of the main source keep their number and order. What joined, and how much of it, is told in a note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from andon.errors import DataProblem, SettingProblem, nearest
from andon.plan.durations import seconds
from andon.plan.settings import Joined
from andon.records.casting import ISO, cast
from andon.records.records import Column, Note, Role
from andon.records.typed import Typed

HIT, ROW, LEFT_TIME, RIGHT_TIME = "__hit__", "__row__", "__time__", "__other_time__"
LONG_AGO = datetime(1, 1, 1)


@dataclass(frozen=True)
class _Names:
    """The right side's columns: old name to new."""

    renamed: dict[str, str]
    clashes: list[str]


def join(left: Typed, right: Typed, wish: Joined, *, time: str | None, setting: str) -> Typed:
    """`left` with the columns of `right`.

    `time` is the main source's time column, `setting` the wish's path in the plan (`data.with.0`). Raises
    `SettingProblem` for names that are no columns, `DataProblem` for a key that is not unique on the right.
    """
    keys = keys_of(wish)
    _require(keys, left, right, setting)
    names = _new_names(left, right, keys)
    main, other = _with_keys(left, right, keys)
    other = other.with_columns(pl.lit(True).alias(HIT)).rename(names.renamed)
    marks = [f"__key{i}__" for i in range(len(keys))]
    notes: list[Note] = []
    if wish.as_of is None:
        _refuse_repeats(other, keys, marks, right.name)
        joined = main.join(other, on=marks, how="left", maintain_order="left")
    else:
        ours, theirs, notes = times(left, right, wish, time=time, setting=setting)
        tolerance: timedelta | float | None = None
        if wish.tolerance is not None:
            length = seconds(wish.tolerance, f"{setting}.tolerance")
            tolerance = timedelta(seconds=length) if ours.kind == "date" else length
        joined = _as_of(main, other, marks, _Moments(ours.name, names.renamed[theirs.name], tolerance))
    notes.append(_matched(joined, right.name, wish))
    joined = joined.drop([HIT, *marks])
    columns = [
        replace(
            c, name=names.renamed[c.name], why=f"{c.why}; from {right.name}", role=_role(c, wish),
            source=right.name if wish.as_of is None else "",
        )
        for c in right.columns
        if c.name in names.renamed
    ]  # fmt: skip
    notes += [_clash(name, names.renamed[name], right.name) for name in names.clashes]
    return replace(
        left, frame=joined, columns=(*left.columns, *columns), files=(*left.files, *right.files),
        notes=(*left.notes, *right.notes, *notes), casts=(*left.casts, *right.casts),
    )  # fmt: skip


def keys_of(wish: Joined) -> list[str]:
    """The columns that name the same thing in both sources."""
    return [wish.on] if isinstance(wish.on, str) else list(wish.on or [])


def _role(column: Column, wish: Joined) -> Role:
    """The other source's time stamp is kept, but is no input: it says when, not what."""
    return "ignore" if column.name == wish.as_of else "input"


def _require(keys: Sequence[str], left: Typed, right: Typed, setting: str) -> None:
    """All keys are columns on both sides."""
    for key in keys:
        for side in (left, right):
            if side.column(key) is None:
                raise SettingProblem.at(
                    f"{setting}.on",
                    f"'{key}' is no column of {side.name}",
                    fix=nearest(key, [c.name for c in side.columns]),
                )


def _new_names(left: Typed, right: Typed, keys: Sequence[str]) -> _Names:
    """Names for the right side's columns that the left side does not have."""
    taken = {column.name for column in left.columns}
    stem = right.name.replace("\\", "/").rstrip("/*").rsplit("/", 1)[-1].split(".")[0] or "joined"
    renamed: dict[str, str] = {}
    clashes = []
    for column in right.columns:
        if column.name in keys:
            continue
        name, copy = column.name, 2
        if name in taken:
            clashes.append(name)
            name = f"{column.name}_{stem}"
        while name in taken:
            name, copy = f"{column.name}_{stem}_{copy}", copy + 1
        renamed[column.name] = name
        taken.add(name)
    return _Names(renamed, clashes)


def _with_keys(left: Typed, right: Typed, keys: Sequence[str]) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Both sides with keys that can be compared: numbers as numbers, dates as dates, all else as words."""
    schemas = left.frame.collect_schema(), right.frame.collect_schema()
    ours: list[pl.Expr] = []
    theirs: list[pl.Expr] = []
    for i, key in enumerate(keys):
        types = [schema[key] for schema in schemas]
        for dtype, exprs in zip(types, (ours, theirs), strict=True):
            column = pl.col(key)
            if all(t.is_numeric() for t in types):
                column = column.cast(pl.Float64) if types[0] != types[1] else column
            elif types[0] != types[1]:
                column = _as_word(column, dtype)
            exprs.append(column.alias(f"__key{i}__"))
    return left.frame.with_columns(ours), right.frame.with_columns(theirs).drop(list(keys))


def _as_word(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A key as text: `7.0` and `7` are one key."""
    return (
        column.cast(pl.String).str.replace(r"^([+-]?\d+)\.0+$", "${1}")
        if dtype.is_numeric()
        else column.cast(pl.String)
    )


def _refuse_repeats(other: pl.LazyFrame, keys: Sequence[str], marks: list[str], where: str) -> None:
    """A key that two rows share would double rows of the main source."""
    counts = other.select(marks).drop_nulls().with_row_index(ROW).group_by(marks).agg(pl.len(), pl.col(ROW).min())
    repeated = counts.filter(pl.col("len") > 1).sort(ROW).head(1).collect(engine="streaming")
    if repeated.height:
        value = ", ".join(f"{key} = {repeated[mark][0]!r}" for key, mark in zip(keys, marks, strict=True))
        raise DataProblem.of(
            f"the key {value} stands in {repeated['len'][0]} rows", where=where,
            why="each row of the main source can take one row only",
            fix="make the key unique, or join by time with as_of",
        )  # fmt: skip


@dataclass(frozen=True)
class _Moments:
    """Time columns of both sides and how old a row may be."""

    left: str
    right: str
    tolerance: timedelta | float | None


def times(
    left: Typed, right: Typed, wish: Joined, *, time: str | None, setting: str
) -> tuple[Column, Column, list[Note]]:
    """The time columns of both sides, which must be of one kind; and a note where one alone has a time zone."""
    assert wish.as_of is not None
    theirs = right.column(wish.as_of)
    if theirs is None:
        raise SettingProblem.at(
            f"{setting}.as_of", f"'{wish.as_of}' is no column of {right.name}",
            fix=nearest(wish.as_of, [c.name for c in right.columns]),
        )  # fmt: skip
    ours = left.column(time) if time is not None else None
    if ours is None:
        raise SettingProblem.at(
            f"{setting}.as_of", "the main source has no time column", why="rows are joined as of their time",
            fix="name it: data.rows.time",
        )  # fmt: skip
    for column, side in ((ours, left), (theirs, right)):
        if column.kind not in ("date", "number"):
            raise SettingProblem.at(
                f"{setting}.as_of", f"'{column.name}' of {side.name} is no time", why=column.why,
                fix="write its dates as 2024-12-31 08:00",
            )  # fmt: skip
    if ours.kind != theirs.kind:
        raise SettingProblem.at(
            f"{setting}.as_of", f"'{ours.name}' is {ours.kind} and '{theirs.name}' is {theirs.kind}",
            why="times of two kinds cannot be compared", fix="write both as dates, or both as the same count",
        )  # fmt: skip
    sides = sorted((c.name in side.clocked, c.name, side.name) for c, side in ((ours, left), (theirs, right)))
    (silent, name, where), (told, other, there) = sides
    if silent == told:
        return ours, theirs, []
    text = (
        f"'{name}' of {where} has no time zone and is taken for UTC, but '{other}' of {there} has one: "
        "if its clocks are local, it is hours off"
    )
    fix = f"say by which clocks it is written, UTC among them: checks.{name}.zone=Europe/Berlin"
    return ours, theirs, [Note("warning", "clocks_unknown", name, text, fix)]


def _as_of(main: pl.LazyFrame, other: pl.LazyFrame, marks: list[str], moments: _Moments) -> pl.LazyFrame:
    """The last row of the other source that is not later than the main row; file order is kept.

    Among rows of one time the last in file order counts. Rows without time, or key, take nothing.
    """
    ours, theirs = pl.col(moments.left), pl.col(moments.right)
    told = main.collect_schema()[moments.left]
    if told == pl.String and other.collect_schema()[moments.right].is_temporal():  # new rows: some cannot be read
        ours = cast(moments.left, told, "date", ISO)
    elif isinstance(moments.tolerance, float) or moments.tolerance is None:
        number = not told.is_temporal()
        ours, theirs = (ours.cast(pl.Float64, strict=False), theirs.cast(pl.Float64)) if number else (ours, theirs)
    main = main.with_row_index(ROW).with_columns(ours.alias(LEFT_TIME))
    other = (
        other.with_columns(theirs.alias(RIGHT_TIME))
        .drop_nulls([RIGHT_TIME, *marks])
        .sort(RIGHT_TIME, maintain_order=True)
    )
    timed = main.filter(pl.col(LEFT_TIME).is_not_null()).sort(LEFT_TIME, maintain_order=True)
    joined = timed.join_asof(
        other, left_on=LEFT_TIME, right_on=RIGHT_TIME, by=marks or None, strategy="backward", coalesce=False,
        tolerance=moments.tolerance, check_sortedness=False,
    )  # fmt: skip
    untimed = main.filter(pl.col(LEFT_TIME).is_null())
    whole = pl.concat([joined, untimed], how="diagonal")
    return whole.sort(ROW).drop([ROW, LEFT_TIME, RIGHT_TIME])


def _matched(joined: pl.LazyFrame, where: str, wish: Joined) -> Note:
    """How many rows found a partner."""
    hits, rows = joined.select(pl.col(HIT).count(), pl.len().alias("rows")).collect(engine="streaming").row(0)
    share = hits / rows if rows else 0.0
    share = min(share, 0.999) if hits < rows else share  # nearly all is not said to be all
    how = "by key" if wish.as_of is None else "not later than the row"
    if wish.as_of and wish.tolerance:
        how = f"not later than the row and at most {wish.tolerance} older"
    text = f"{hits:,} of {rows:,} rows ({share:.1%}) found a row of {where} ({how})."
    if not hits and rows:
        return Note(
            "error", "join_without_match", where, text, "check that both sides write the key and the time alike"
        )
    if share < 0.99:
        fix = "look at rows without a partner: key, time, tolerance"
        return Note("warning", "join_matched", where, text, fix)
    return Note("info", "join_matched", where, text, "nothing needs to be done")


def _clash(name: str, found: str, where: str) -> Note:
    """The note about a name that both sides have."""
    return Note(
        "info", "name_clash", name, f"'{name}' of {where} is called '{found}': the main source has a '{name}', too."
    )
