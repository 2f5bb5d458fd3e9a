"""What happened to units: failures, repairs, preventive changes. They cut a unit into lives, most of them censored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import polars as pl

from andon.errors import DataProblem
from andon.plan.settings import Joined
from andon.records.records import Column, Note
from andon.records.typed import Typed

WORDS = {
    "repair": ("repair", "fixed", "restored", "cleared", "resolved", "corrective", "维修", "修复", "抢修", "恢复",
               "排除", "解除"),
    "failure": ("fail", "breakdown", "broke", "defect", "fault", "crash", "故障", "失效", "损坏", "断裂"),
    "preventive": ("prevent", "change", "replace", "overhaul", "service", "maintenance", "maint", "new tool", "预防",
                   "保养", "更换", "大修", "换刀", "换模"),
    "stop": ("stop", "pause", "idle", "planned", "shutdown", "停机", "停产", "计划"),
}  # fmt: skip
"""What people write -> what it does to a life; the first that fits counts: a failure that is repaired is a repair."""
TURN = {"failure": 0, "repair": 1, "preventive": 2, "stop": 3}
"""What comes first of what is told of one moment: lists stand newest first as often as oldest first."""
ENOUGH = 0.9
"""Share of the entries that must be such words."""
LATE = 10
"""So many usual steps after its unit's last row a failure is late, if that is a tenth of what was recorded as well."""
LIFE, SEEN, END = "life", "life_ends", "__end__"
"""Columns that lives add: the number of a row's life within its unit, whether its end is known, and for a while the
moment up to which it is known to have lived."""


@dataclass(frozen=True)
class Events:
    """`frame`: unit (String), time (as in its source) and kind (`failure`, `repair`, `preventive`, `stop`)."""

    frame: pl.DataFrame
    where: str
    before: Mapping[str, int] = field(default_factory=dict)
    "Per unit how many ends of lives came before those that are listed."
    columns: tuple[Column, ...] = ()
    "Columns of the list, where one stands beside the rows."

    @property
    def repaired(self) -> bool:
        """Whether repairs are listed: after most failures one comes next. Then a unit that failed is down until one."""
        after = self.frame.filter(pl.col("kind") != "stop").with_columns(next=pl.col("kind").shift(-1).over("unit"))
        next_ones = after.filter((pl.col("kind") == "failure") & pl.col("next").is_not_null())["next"]
        return len(next_ones) > 0 and 2 * int((next_ones == "repair").sum()) >= len(next_ones)


def no_events(where: str) -> Events:
    """A list on which nothing stands yet."""
    return Events(pl.DataFrame(schema={"unit": pl.String, "time": pl.Null, "kind": pl.String}), where)


def merged(*told: Events) -> Events:
    """All of them as one list, called after the first that says anything; what two of them say is said once."""
    full = [each for each in told if each.frame.height]
    columns = next((each.columns for each in told if each.columns), ())
    if len(full) < 2:
        return replace(full[0] if full else told[0], columns=columns)
    frame = pl.concat([each.frame for each in full], how="vertical_relaxed").unique(maintain_order=True)
    before = {unit: number for each in full for unit, number in each.before.items()}
    return Events(in_turn(frame), full[0].where, before, columns)


def in_turn(told: pl.DataFrame) -> pl.DataFrame:
    """Events (unit, time, kind) of each unit as they came: of one moment the failure before its repair."""
    turn = pl.col("kind").replace_strict(TURN, return_dtype=pl.Int8)
    return told.sort("unit", "time", turn, maintain_order=True)


def kind_of(word: str) -> str | None:
    """What an entry means for a life."""
    text = word.casefold().replace("default", "")
    planned = any(each in text for each in ("planned stop", "计划停"))
    return "stop" if planned else next((kind for kind, words in WORDS.items() if any(w in text for w in words)), None)


def lists(wish: Joined, unit: str | None) -> bool:
    """Whether a source is joined as a list of events is."""
    return unit is not None and wish.as_of is not None and wish.on in (unit, [unit])


@dataclass(frozen=True)
class Words:
    """The column of a list that says what happened, and what each of its entries means."""

    name: str
    known: Mapping[str, str | None]
    nearly_all: bool
    "Whether nearly all entries say what happened, and not stops alone."

    def kinds(self) -> pl.Expr:
        """What each row means for a life; null where it says nothing."""
        return pl.col(self.name).cast(pl.String).replace_strict(self.known, return_dtype=pl.String)


def word_column(source: Typed, unit: str, time: str) -> Words | None:
    """The column that says what happened: the first where nearly all entries do, else the one where most do."""
    best, most = None, -1
    for column in source.columns:
        if column.kind not in ("category", "text") or column.name in (unit, time):
            continue
        entries = source.frame.select(pl.col(column.name).drop_nulls().cast(pl.String)).collect().to_series()
        count: dict[str, int] = dict(entries.value_counts().rows())
        known = {entry: kind_of(entry) for entry in count}
        said = sum(count[entry] for entry, kind in known.items() if kind)
        lives = bool({"failure", "preventive", "repair"} & set(known.values()))
        found = Words(column.name, known, lives and said >= ENOUGH * len(entries))
        if found.nearly_all:
            return found
        if said > most:
            best, most = found, said
    return best


def events_of(source: Typed, wish: Joined, unit: str) -> Events | None:
    """The events that a joined source lists, or None where it is no such list: it is joined by the unit and as of a
    time, and has a column of words that nearly all say what happened. Raises `DataProblem` where some cannot."""
    if wish.as_of is None or not lists(wish, unit) or not {unit, wish.as_of} <= {c.name for c in source.columns}:
        return None
    if not source.sample.height:
        return replace(no_events(source.name), columns=source.columns)
    words = word_column(source, unit, wish.as_of)
    if words is None or not words.nearly_all:
        return None
    strange = next((entry for entry, kind in words.known.items() if kind is None), None)
    if strange is not None:
        raise DataProblem.of(
            f"'{strange}' says not what happened", where=f"{source.name}, column '{words.name}'",
            why="the others are failures, repairs, preventive changes and stops", fix="write one of these words",
        )  # fmt: skip
    frame = source.frame.select(unit=pl.col(unit).cast(pl.String), time=pl.col(wish.as_of), kind=words.kinds())
    return Events(in_turn(frame.drop_nulls().collect()), source.name, columns=source.columns)


def cut(
    frame: pl.LazyFrame, events: Events, *, unit: str, time: str, repaired: bool, ahead: bool = True
) -> tuple[pl.LazyFrame, list[Note]]:
    """Rows (unit after unit, in time) with `life` (null between a failure and its repair), `life_ends` (whether the
    failure that ends it is known) and the moment up to which it is known to have lived. Where repairs are listed
    (`repaired`) a unit is down from each failure on, as the line knows it then; to learn from, a repair that is found
    `ahead` tells as much."""
    dtype = frame.collect_schema()[time]
    cuts = events.frame.filter(pl.col("kind") != "stop").with_columns(pl.col("time").cast(dtype))
    spans = cuts.with_columns(before=pl.col("kind").shift(1).over("unit"))
    repair = pl.col("kind") == "repair"
    spans = spans.with_columns(down=(pl.col("before") == "failure").fill_null(False) & (repaired | (ahead & repair)))
    number = pl.int_range(pl.len()).over("unit") + _earlier(events)
    spans = spans.with_columns(number=number, ends=pl.col("kind") == "failure")
    keys = spans.select(
        __unit_word__="unit", __cut__="time", __number__="number", __ends__="ends", __down__="down",
    )  # fmt: skip
    marked = frame.with_columns(__unit_word__=pl.col(unit).cast(pl.String), __place__=pl.int_range(pl.len()))
    joined = marked.sort(time).join_asof(
        keys.sort("__cut__", maintain_order=True).lazy(), left_on=time, right_on="__cut__", by="__unit_word__",
        strategy="forward", check_sortedness=False,
    ).sort("__place__")  # fmt: skip
    last = pl.col(time).max().over(unit)
    after = cuts.group_by("unit").agg(
        __cuts__=pl.len() + _earlier(events).first(), __failed__=(pl.col("kind").last() == "failure") & repaired
    ).rename({"unit": "__unit_word__"})  # fmt: skip
    found = joined.join(after.lazy(), on="__unit_word__", how="left", maintain_order="left").with_columns(
        pl.when(pl.coalesce("__down__", "__failed__").fill_null(False)).then(None)
        .otherwise(pl.coalesce("__number__", pl.col("__cuts__").fill_null(0))).cast(pl.Int64).alias(LIFE),
        pl.col("__ends__").fill_null(False).alias(SEEN),
        pl.coalesce("__cut__", last).alias(END),
    ).drop("__unit_word__", "__place__", "__cut__", "__number__", "__ends__", "__down__", "__cuts__",
           "__failed__")  # fmt: skip
    days = _by_the_day(cuts["time"], frame.select(pl.col(time)), events.where)
    return found, [*(_told(spans, frame, unit, time, events.where) if ahead else ()), *days]


def _earlier(events: Events) -> pl.Expr:
    """Ends of lives of a unit before those that are listed."""
    if not events.before:
        return pl.lit(0)
    units, counts = list(events.before), list(events.before.values())
    return pl.col("unit").replace_strict(units, counts, default=0, return_dtype=pl.Int64)


def _by_the_day(told: pl.Series, times: pl.LazyFrame, where: str) -> list[Note]:
    """A note where what happened stands with its day alone, and readings with their time of day."""
    midnight = [pl.all().cast(pl.Datetime("us")).dt.time() != pl.time(0), pl.all().dt.time() != pl.time(0)]
    if not (told.dtype.is_temporal() and told.len() and times.collect_schema().dtypes()[0] == pl.Datetime):
        return []
    if told.to_frame().select(midnight[0].any()).item() or not times.select(midnight[1].any()).collect().item():
        return []
    text = (
        "its entries have a day and no time: each counts from 0:00 on, and readings of that day as what came after it"
    )
    return [Note("warning", "event_days", where, text, "write down when it happened")]


def _told(spans: pl.DataFrame, frame: pl.LazyFrame, unit: str, time: str, where: str) -> list[Note]:
    """What the list says of units of the records, whose rows are in order, and what of it can hardly be meant."""
    moment = pl.col(time)
    rows = frame.group_by(unit=pl.col(unit).cast(pl.String)).agg(
        first=moment.min(), last=moment.max(), step=moment.diff().median()
    ).collect()  # fmt: skip
    told, strange = spans.join(rows, on="unit"), spans.filter(~pl.col("unit").is_in(rows["unit"].implode()))
    count = dict(told.group_by("kind").len().rows())
    failures, repairs, changes = (f"{count.get(kind, 0):,}" for kind in ("failure", "repair", "preventive"))
    text = f"its entries cut units into lives: {failures} failures, {repairs} repairs, {changes} preventive changes"
    notes = [Note("info", "events", where, text), *_late(told, unit, failures, where)]
    if strange.height:
        number, all_, name = f"{strange.height:,}", f"{spans.height:,}", strange["unit"][0]
        text = f"{number} of {all_} entries are of no '{unit}' of the records, as '{name}'"
        notes.append(Note("warning", "event_unit_unknown", where, text, "write the units as the records do"))
    return notes


def _late(told: pl.DataFrame, unit: str, failures: str, where: str) -> list[Note]:
    """A note where failures end lives of which nothing was read for long, as those of another year do."""
    after = told.filter(pl.col("time") >= pl.col("last")).sort("unit", "time", maintain_order=True)
    ends = after.unique("unit", keep="first", maintain_order=True).filter(pl.col("ends"), ~pl.col("down"))
    gap, span = pl.col("time") - pl.col("last"), pl.col("last") - pl.col("first")
    late = ends.filter(gap > LATE * pl.col("step"), gap > span / LATE).select("unit", gap=gap).sort("gap")
    if late.is_empty():
        return []
    name, longest = late.row(-1)
    by = f"{longest / timedelta(hours=1):,.6g} h" if late.schema["gap"].is_temporal() else f"{longest:,.6g}"
    number = f"{late.height:,}"
    text = (
        f"{number} of {failures} failures lie long after the last reading of their '{unit}', that of '{name}' by {by}"
    )
    return [Note("warning", "event_late", where, text, "compare the times of the list with those of the readings")]
