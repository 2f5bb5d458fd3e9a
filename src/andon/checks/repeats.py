"""Rows that occur twice: whole rows, the same unit at the same time, equal inputs with different targets."""

from __future__ import annotations

import numpy as np

from andon.checks.facts import Facts, percent
from andon.checks.finding import Finding, Level
from andon.checks.walk import FIRST, Hashes
from andon.jobs import looks_back
from andon.summary import duplicate_rows

SHARED, AGAIN = 0.3, 0.05
"""Of a long table, the share of rows at least that repeat a moment, and of these at most that repeat a reading."""


def whole_rows(facts: Facts) -> list[Finding]:
    """Rows that repeat an earlier one in every column."""
    repeats = duplicate_rows(facts.records.frame)
    if not repeats.count:
        return []
    share = repeats.count / max(facts.rows, 1)
    return [
        Finding(
            level="warning" if share >= 0.001 else "info",
            code="duplicate_rows",
            rows=repeats.count,
            first_rows=list(repeats.first_rows[:FIRST]),
            what=f"{repeats.count:,} rows ({percent(share)}) repeat an earlier row in every column",
            why="a row that stands in training and in test at once makes the test too easy, and repeats count double",
            fix="clean: [duplicates] drops them for training; look for a double export or a retried message",
            figures={"share": share},
        )
    ]


def unit_and_time(facts: Facts) -> list[Finding]:
    """Two rows of one unit at one time."""
    time, unit = facts.records.the("time"), facts.records.the("unit")
    if not time:
        return []
    keys = [unit, time] if unit else [time]
    repeats = duplicate_rows(facts.records.frame, keys)
    share = repeats.count / max(facts.rows, 1)
    if not repeats.count or (not unit and share > 0.2):  # without a unit, many machines may share one clock
        return []
    if told := _long(facts, keys, repeats.count):
        return [told]
    what = f"'{unit}' has two rows at one '{time}'" if unit else f"'{time}' occurs more than once"
    return [
        Finding(
            level="warning" if unit else "info",
            code="same_unit_and_time",
            column=time,
            rows=repeats.count,
            first_rows=list(repeats.first_rows[:FIRST]),
            what=f"{what} in {repeats.count:,} rows ({percent(share)})",
            why="which of the two is true is unknown, and steps that remember (previous value, smoothing) go astray",
            fix="keep one row per unit and time (the later one, or the mean), or name the column that tells them apart",
            figures={"share": share},
        )
    ]


def _long(facts: Facts, keys: list[str], count: int) -> Finding | None:
    """A history whose rows are single readings: most moments have several, a text says what each is of, and the number
    is one; `count`: rows that repeat unit and time."""
    numbers = facts.inputs("number")
    if not looks_back(facts.plan.job) or len(numbers) != 1 or count < SHARED * facts.rows:
        return None
    value = numbers[0].name
    for tag in (column.name for column in facts.inputs("category", "text")):
        if duplicate_rows(facts.records.frame, [*keys, tag]).count > AGAIN * count:
            continue
        line = _turning(tag, keys, value)
        return Finding(
            level="warning", code="long_table", column=tag, rows=facts.rows, columns=[tag, value],
            what=f"this looks like a long table: '{tag}' says what each '{value}' is of",
            why="a job that looks back takes a row for all that was read at a moment, and so one sensor for another",
            fix=f"turn '{tag}' into columns first: {line}",
        )  # fmt: skip
    return None


def _turning(tag: str, keys: list[str], value: str) -> str:
    """The line that makes a long table wide."""
    index = ", ".join(f'"{key}"' for key in keys)
    return f'table.pivot("{tag}", index=[{index}], values="{value}", aggregate_function="first")'


def conflicts(facts: Facts, inputs: Hashes) -> list[Finding]:
    """Equal inputs with different targets; `inputs` compares them with the target's hash.

    Where most rows share their inputs with another (few categories), different answers are natural: an info.
    """
    by_hash, starts = inputs.runs()
    if not len(starts) or len(inputs.other) != len(inputs.hashes):
        return []
    sizes = np.diff(np.r_[starts, len(by_hash)])
    target = inputs.other[by_hash]
    low, high = np.minimum.reduceat(target, starts), np.maximum.reduceat(target, starts)
    odd = low != high
    if not odd.any():
        return []
    rows = round(float(sizes[odd].sum()) / inputs.share)
    first = sorted(int(inputs.rows[by_hash[s]]) for s in starts[odd])[:FIRST]
    share = rows / max(facts.rows, 1)
    repeated = float(sizes[sizes > 1].sum()) / len(by_hash)
    level: Level = "warning" if facts.task == "classification" and share >= 0.001 and repeated < 0.3 else "info"
    about = "" if inputs.share == 1 else "about "
    return [
        Finding(
            level=level,
            code="label_conflict",
            column=facts.target or "",
            rows=rows,
            first_rows=first,
            what=f"{about}{rows:,} rows ({percent(share)}) have a twin of the same inputs and another '{facts.target}'",
            why="no model can be right on both; either the label is wrong or what decides is not recorded",
            fix="check these labels; ask what differed between the twins and record it",
            figures={"share": share, "repeated": repeated},
        )
    ]
