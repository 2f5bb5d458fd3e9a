"""What the columns are for. What the plan says counts; else the names people use, if the values bear them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from andon.errors import Problem, SettingProblem, nearest
from andon.jobs import JOBS, looks_back
from andon.plan.settings import Plan
from andon.records.records import Column, Role
from andon.records.words import (
    COUNTER_NAMES,
    LIVED_NAMES,
    MACHINE_NAMES,
    PANEL_NAMES,
    PART_WORDS,
    TARGET_NAMES,
    TIME_NAMES,
    UNIT_NAMES,
    WEIGHT_NAMES,
    WHOLE_NAMES,
    like_time,
    squeeze,
)

FEWEST = 4
"""Steps of a unit from which they are compared with each other, not with those of all."""
WHOLE = 5
"""Rows of a value, on average, from which one target for all of them is no chance."""
Asked = dict[str, tuple[Role, str, str]]
"""Column -> role, setting it was asked by, and why."""


def assign(
    columns: Sequence[Column], sample: pl.DataFrame, plan: Plan, *, target_names: Sequence[str], answering: bool
) -> tuple[Column, ...]:
    """The columns with their roles.

    `sample` holds typed rows in file order. With `answering`, columns may be absent: new rows have no target, and what
    a run needs its schema demands. Else a name that is no column raises `SettingProblem`.
    """
    names = [column.name for column in columns]
    roles = _asked(plan, names, answering)
    taken = {role for role, _, _ in roles.values()}
    free = [column for column in columns if column.name not in roles]
    if "target" not in taken and plan.target is None:
        _guess_target(free, roles, target_names)
    free = [column for column in free if column.name not in roles]
    if "time" not in taken:
        _guess_time(free, roles)
    back = looks_back(plan.job)
    if "unit" not in taken:
        _guess_unit(free, roles, sample, looks_back=back)
    elif back:
        _guess_counter(free, roles, sample)
    for column in free:
        if "weight" not in taken and column.kind == "number" and squeeze(column.name) in WEIGHT_NAMES:
            roles.setdefault(column.name, ("weight", "", "its name says weight of a row"))
        if "part" not in taken and _says_part(column, sample):
            roles.setdefault(column.name, ("part", "", "its values are names of parts"))
            taken.add("part")
    return tuple(_with_role(column, roles) for column in columns)


def with_group(
    columns: tuple[Column, ...],
    plan: Plan,
    *,
    frame: pl.LazyFrame,
    sample: pl.DataFrame,
    keys: Mapping[str, Sequence[str]],
) -> tuple[Column, ...]:
    """The columns, one of them the group whose rows were labelled together, unless the plan names a group.

    That is the key by which another source (name -> its `keys`) brought one target to several rows; of several keys the
    one with most values. Else, in the rows' own table, the column under a name of runs and lots that is labelled whole.
    """
    target = next((column for column in columns if column.role == "target"), None)
    if target is None or any(column.role == "group" for column in columns):
        return columns
    free = [c for c in columns if c.role == "input" and c.kind in ("category", "text", "number")]
    if target.source in keys:
        name = _repeated(free, keys[target.source], frame, timed=any(c.role == "time" for c in columns))
        why = f"rows of one value have their '{target.name}' from one row of {target.source}"
    else:
        measured = plan.job in JOBS and JOBS[plan.job].task == "regression"
        named = [c.name for c in free if squeeze(c.name) in WHOLE_NAMES and c.name in sample.columns]
        whole = [n for n in named if labelled_whole(sample, n, target.name, measured=measured)]
        name = min(whole, key=lambda each: sample[each].n_unique(), default="")
        why = f"rows of one value have one '{target.name}'"
    return tuple(_with_role(column, {name: ("group", "", why)}) for column in columns)


def _repeated(free: Sequence[Column], keys: Sequence[str], frame: pl.LazyFrame, *, timed: bool) -> str:
    """The key with most values where rows share them; where a time would split the rows, two and more on average."""
    if not {column.name for column in free}.issuperset(keys):
        return ""
    rows = frame.select(keys).drop_nulls().collect()
    values = rows.n_unique()
    return max(keys, key=lambda key: rows[key].n_unique()) if values < rows.height / (2 if timed else 1) else ""


def labelled_whole(rows: pl.DataFrame, name: str, target: str, *, measured: bool) -> bool:
    """Whether rows of one value have one target, many of them each. Classes that are no more than half as many as the
    values are met in several of these; a `measured` target may differ from value to value."""
    if target not in rows.columns:
        return False
    known = rows.select(name, target).drop_nulls()
    values, answers = known[name].n_unique(), known[target].n_unique()
    if known[name].dtype.is_float() and (known[name] % 1 != 0).any():
        return False
    repeated = known.height >= WHOLE * values and answers >= 2 and (measured or values >= 2 * answers)
    return repeated and known.n_unique() == values


def _with_role(column: Column, roles: Asked) -> Column:
    """The column with role and reason; checks that its kind allows it."""
    if column.name not in roles:
        return column
    role, setting, why = roles[column.name]
    if setting and role == "time" and column.kind not in ("date", "number"):
        raise SettingProblem.at(
            setting, f"'{column.name}' cannot be the time", why=column.why,
            fix=f"write its dates as 2024-12-31, or say how they are written: checks.{column.name}.format='%d/%m/%Y'",
        )  # fmt: skip
    if setting and role == "weight" and column.kind != "number":
        raise SettingProblem.at(
            setting, f"'{column.name}' cannot be the weight", why=f"it is {column.kind}", fix="name a column of numbers"
        )
    kind = column.kind
    if role in ("unit", "group", "part") and kind == "number":
        kind = "category"
    said = f"{column.why}; {role}: {why}"
    return replace(column, role=role, kind=kind, why=said, format="code" if kind != column.kind else column.format)


def _asked(plan: Plan, names: Sequence[str], answering: bool) -> Asked:
    """Roles that the plan gives. The first setting that names a column counts."""
    rows, roles = plan.data.rows, Asked()
    wishes: list[tuple[str | None, Role, str]] = [
        (plan.target, "target", "target"), (rows.time, "time", "data.rows.time"), (rows.unit, "unit", "data.rows.unit"),
        (rows.group, "group", "data.rows.group"), (rows.weight, "weight", "data.rows.weight"),
        (rows.part, "part", "data.rows.part"),
    ]  # fmt: skip
    wishes += [(name, "after", f"known.after.{i}") for i, name in enumerate(plan.known.after)]
    wishes += [(name, "ignore", f"known.ignore.{i}") for i, name in enumerate(plan.known.ignore)]
    for name, role, setting in wishes:
        if name is None:
            continue
        if name not in names:
            if answering:
                continue
            raise SettingProblem.at(
                setting, f"'{setting}' names '{name}', which is no column", fix=nearest(name, names)
            )
        if name == plan.target and role in ("after", "ignore"):
            raise Problem.of(
                f"'{name}' is the target and in known.{role}",
                why="a target cannot be left out",
                fix="take it out of one",
            )
        roles.setdefault(name, (role, setting, "the plan says so"))
    return roles


def _guess_target(free: Sequence[Column], roles: Asked, target_names: Sequence[str]) -> None:
    """The first of the names that people give to targets."""
    by_name = {squeeze(column.name): column.name for column in reversed(free)}
    for alias in (*target_names, *TARGET_NAMES):
        name = by_name.get(squeeze(alias))
        if name is not None:
            roles[name] = ("target", "", "its name is one that people give to targets")
            return


def _guess_time(free: Sequence[Column], roles: Asked) -> None:
    """A date column under a usual name, or the only one whose name says time."""
    dates = [column for column in free if column.kind == "date"]
    by_name = {squeeze(column.name): column.name for column in reversed(dates)}
    for alias in TIME_NAMES:
        if alias in by_name:
            roles[by_name[alias]] = ("time", "", "a date under a name people use for it")
            return
    if len(dates) == 1 and like_time(dates[0].name):
        roles[dates[0].name] = ("time", "", "the only date")


def _guess_unit(free: Sequence[Column], roles: Asked, sample: pl.DataFrame, *, looks_back: bool) -> None:
    """A column under a usual name whose rows form series. A machine that many lots went over is an input instead,
    unless the job looks back on histories: it needs a unit."""
    by_name = {squeeze(column.name): column for column in reversed(free)}
    moments, named = _moments(free, roles, sample, looks_back=looks_back), ""
    for alias in (*UNIT_NAMES, *(MACHINE_NAMES if looks_back else ())):
        column = by_name.get(alias)
        if column is None or column.name in roles or column.name not in sample.columns:
            continue
        if column.kind not in ("category", "text", "number") or (column.kind == "number" and alias in MACHINE_NAMES):
            continue
        values = sample[column.name].drop_nulls()
        if values.n_unique() == values.len():
            continue
        named = named or column.name
        moment = next((each for each in moments if _series(sample, column.name, each)), None)
        if moment is not None:
            roles[column.name] = ("unit", "", f"its rows are evenly spaced in '{moment}': they are series")
            roles.setdefault(moment, ("time", "", f"it counts the rows of each '{column.name}'"))
            return
        if alias in PANEL_NAMES:
            roles[column.name] = ("unit", "", "its name means the series a row belongs to")
            return
    why = "its name is one of a machine, and the job looks back on histories"
    if looks_back and not named and moments:
        named = _beginning_again(free, roles, sample, moments[0])
        why = f"'{moments[0]}' begins again with each of its values"
    if looks_back and named:
        roles[named] = ("unit", "", why)
        for moment in moments[:1]:
            roles.setdefault(moment, ("time", "", f"it counts the rows of each '{named}'"))


def _guess_counter(free: Sequence[Column], roles: Asked, sample: pl.DataFrame) -> None:
    """The time where the plan names the unit alone: what counts its rows by name, in even steps if there is one."""
    held = {role: name for name, (role, _, _) in roles.items()}
    moments = _moments(free, roles, sample, looks_back=True)
    if "unit" in held and "time" not in held and moments:
        unit = held["unit"]  # of another source it may be, of which no row was looked at
        even = (each for each in moments if unit in sample.columns and _series(sample, unit, each))
        moment = next(even, moments[0])
        roles[moment] = ("time", "", f"it counts the rows of each '{unit}'")


def _moments(free: Sequence[Column], roles: Asked, sample: pl.DataFrame, *, looks_back: bool) -> list[str]:
    """The time, or else the columns of numbers under names of counters."""
    by_name = {squeeze(column.name): column for column in reversed(free)}
    time = next((name for name, (role, _, _) in roles.items() if role == "time"), None)
    counting = (*COUNTER_NAMES, *LIVED_NAMES) if looks_back else COUNTER_NAMES
    counters = [by_name[name].name for name in counting if name in by_name and by_name[name].kind == "number"]
    moments = [time] if time is not None else counters
    # new rows whose times cannot all be read have them as text
    return [each for each in moments if sample.schema.get(each, pl.String) != pl.String]


def _series(sample: pl.DataFrame, unit: str, time: str) -> bool:
    """Do the rows of each unit, put in order, follow each other in (nearly) equal steps, its own?"""
    rows = sample.select(unit=pl.col(unit), time=pl.col(time).to_physical().cast(pl.Float64)).drop_nulls().sort("time")
    steps = rows.select("unit", step=pl.col("time").diff().over("unit")).drop_nulls()
    if steps.height < 2 * rows["unit"].n_unique() or (steps["step"] > 0).mean() < 0.9:  # type: ignore[operator]
        return False
    usual = pl.col("step").median()
    own = pl.when(pl.len().over("unit") >= FEWEST).then(usual.over("unit")).otherwise(usual)
    even = steps.select((own > 0) & pl.col("step").is_between(0.85 * own, 1.15 * own)).to_series()
    return float(even.mean()) >= 0.8  # type: ignore[arg-type]


def _beginning_again(free: Sequence[Column], roles: Asked, sample: pl.DataFrame, time: str) -> str:
    """The column with the fewest values of those whose rows stand together, with a time that rises within each value
    and falls back from one to the next; empty where there is none."""
    rows, found = sample.with_columns(pl.col(time).to_physical().cast(pl.Float64)), dict[str, int]()
    for column in free:
        if column.name in roles or column.name not in sample.columns:
            continue
        if column.kind not in ("category", "text") and not sample.schema[column.name].is_integer():
            continue
        place, step = pl.col(column.name).rle_id(), pl.col(time).diff()
        same = place.diff() == 0
        runs, values, rises, falls = rows.select(
            place.max() + 1, pl.col(column.name).n_unique().alias("values"),
            (step >= 0).filter(same).mean().alias("rises"), (step < 0).filter(~same).mean().alias("falls"),
        ).row(0)  # fmt: skip
        if runs == values and 2 <= values <= sample.height / FEWEST and rises == 1.0 and falls == 1.0:
            found[column.name] = values
    return min(found, key=lambda name: found[name], default="")


def _says_part(column: Column, sample: pl.DataFrame) -> bool:
    """Are all values of this column names of parts?"""
    if column.kind != "category" or column.name not in sample.columns:
        return False
    values = sample[column.name].drop_nulls().unique().str.to_lowercase()
    return 2 <= values.len() <= 4 and bool(values.is_in(PART_WORDS).all())
