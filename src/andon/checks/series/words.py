"""What is said of each kind of fault; a new one is an entry here and a function that gives its spans."""

from __future__ import annotations

from andon.checks.series.spans import Said

SAID: dict[str, Said] = {
    "stuck_sensor": Said(
        level="warning", what="keeps one value",
        why="a sensor that usually moves and stands still is frozen, unplugged or filled in by the logger; what the "
            "machine did meanwhile is not in it",
        fix="make these cells empty where the data is read, and look at sensor and logger",
    ),
    "saturated_sensor": Said(
        level="warning", what="stops at the end of its range",
        why="what lies beyond is not recorded, and it is there that faults show",
        fix="widen the range of sensor or converter; take the value as 'at least' or 'at most' it",
    ),
    "unit_jump": Said(
        level="warning", what="is in another unit of measurement than the other columns let expect",
        why="one state of the machine appears at two places; limits, scaling and the network are wrong for one of them",
        fix="convert these rows to one unit where they are written or read",
    ),
    "swapped_sensors": Said(
        level="warning", what="have changed places",
        why="each reads what is expected of the other, as after plugs or names were mixed up",
        fix="change these rows back where they are read, and look at the wiring",
    ),
    "sensor_drift": Said(
        level="warning", what="wanders away from what the other columns let expect, in this unit alone",
        why="a zero point that creeps looks like wear to a network, and is none",
        fix="calibrate the sensor; take its difference to a reference, or leave it out for this unit",
    ),
    "clock_set": Said(
        level="warning", what="jumps to another clock",
        why="rows before and after are not as far apart as their times say, and joins by time bring wrong rows in",
        fix="add the offset to the times after it (or before it), and keep loggers on one time server, in UTC",
    ),
    "summer_time": Said(
        level="warning", what="changes to or from summer time",
        why="an hour is missing or there twice, and everything after it is an hour off",
        fix="write times in UTC, or say their zone where the data is read",
    ),
    "time_steps_back": Said(
        level="warning", what="steps back and catches up again",
        why="steps that remember (previous value, smoothing, windows) take late rows for new ones",
        fix="sort by unit and time before use; look for messages that are sent again or late",
    ),
    "gap": Said(
        level="info", what="leaves rows out",
        why="windows that reach over a gap join what does not belong together",
        fix="cut windows at gaps, or fill short ones: clean: [{missing: previous, limit: 5}] after resampling",
    ),
    "irregular_sampling": Said(
        level="info", what="comes at odd intervals for a while",
        why="slopes, smoothing and windows count rows, not time",
        fix="resample to one step, or give the time since the last row as an input",
    ),
}  # fmt: skip
"""Kind -> level, what, why, what to do."""
