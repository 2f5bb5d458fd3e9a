"""What is said of each kind of fault: level, and what, why and what to do. A new kind is a sentence here and a function
that gives its spans."""

from __future__ import annotations

from msgspec import Struct

from andon.checks.finding import Level


class Words(Struct, frozen=True, kw_only=True):
    """The sentence of a finding."""

    level: Level = "warning"
    what: str
    why: str
    fix: str


def of_sensor(kind: str, column: str, other: str, where: str) -> Words:
    """What is said of a sensor; `where` are the places."""
    if kind == "stuck_sensor":
        return Words(
            what=f"'{column}' keeps one value: {where}",
            why="a sensor that usually moves and stands still is frozen, unplugged or filled in by the logger; what "
                "the machine did meanwhile is not in it",
            fix="make these cells empty where the data is read, and look at sensor and logger",
        )  # fmt: skip
    if kind == "saturated_sensor":
        return Words(
            what=f"'{column}' stops at the end of its range: {where}",
            why="what lies beyond is not recorded, and it is there that faults show",
            fix="widen the range of sensor or converter, and take these values as limits, not as readings",
        )
    if kind == "unit_jump":
        return Words(
            what=f"'{column}' is in another unit of measurement than the other columns let expect: {where}",
            why="one state of the machine appears at two places; limits, scaling and the network are wrong for one of "
                "them",
            fix=f"convert these rows of '{column}' to one unit where they are written or read",
        )  # fmt: skip
    if kind == "swapped_sensors":
        return Words(
            what=f"'{column}' and '{other}' have changed places: {where}",
            why="each reads what is expected of the other, as after plugs or names were mixed up",
            fix="change these rows back where they are read, and look at the wiring",
        )
    assert kind == "sensor_drift"
    return Words(
        what=f"'{column}' wanders away from what the other columns let expect, as in hardly any other unit: {where}",
        why="a zero point that creeps looks like wear to a network, and is none",
        fix="compare the sensor with a reference; if it is right, this unit is worth a look itself",
    )


def of_clock(kind: str, time: str, where: str) -> Words:
    """What is said of a clock or a record; `where` are the places."""
    if kind == "clock_set":
        return Words(
            what=f"'{time}' jumps to another clock: {where}",
            why="rows before and after are not as far apart as their times say, and joins by time bring wrong rows in",
            fix="add the offset to the times on one side, and keep loggers on one time server, in UTC",
        )
    if kind == "summer_time":
        return Words(
            what=f"'{time}' changes to or from summer time: {where}",
            why="an hour is missing or there twice, and all that follows is an hour off",
            fix=f"write times in UTC, or say by which clocks they are: checks.{time}.zone=Europe/Berlin",
        )
    if kind == "time_steps_back":
        return Words(
            what=f"'{time}' steps back and catches up again: {where}",
            why="steps that remember (previous value, smoothing, windows) take late rows for new ones",
            fix="sort by unit and time before use, and look for messages that are sent again or late",
        )
    if kind == "rows_in_no_order":
        return Words(
            level="info",
            what=f"rows do not stand in the order of '{time}': {where}",
            why="a split by time and a job that looks back put them in order; cleaning steps that remember take them "
                "as they come",
            fix="nothing, unless a step under clean remembers what was before: then sort by unit and time first",
        )  # fmt: skip
    if kind == "gap":
        return Words(
            level="info",
            what=f"'{time}' leaves rows out: {where}",
            why="windows that reach over a gap join what does not belong together",
            fix="cut windows at gaps, or put the missing rows in and fill short ones",
        )
    assert kind == "irregular_sampling"
    return Words(
        level="info",
        what=f"'{time}' comes at odd intervals for a while: {where}",
        why="slopes, smoothing and windows count rows, not time",
        fix="bring rows to one step, or give the time since the last row as an input",
    )
