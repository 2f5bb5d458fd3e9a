"""Broken histories: sensor records, lists of events and settings that cannot be, and odd ones that must work, through the
command line.

Each case ends with its exit code and one sentence that names the file, row, column or setting (or, where the rest goes
on, with the bad named and the good used); no traceback; nothing left behind.

    python benchmarks/broken_histories.py [--only NAME] [--show] [--jobs 1]
"""

from __future__ import annotations

import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.cases import Case, main

START, UNITS, ROWS = datetime(2024, 1, 1), 24, 40
SECONDS, MEMORY = 240.0, 4096.0
QUICK = "epochs=1 size=tiny trees=off optimizer=adamw learning_rate=0.003 \"accept=['*']\""
FIT, CHECK = f"fit remaining_life a.csv {QUICK}", "check a.csv job=remaining_life"


def lines(units: int = UNITS, rows: int = ROWS) -> list[str]:
    """Readings of machines that wear: machine, cycle, heat, shake."""
    draw = random.Random(0)
    return [
        f"M{u:02d},{c},{50 + c / (rows + u % 7) * 20 + draw.gauss(0, 1):.3f},{1 + c * c / rows**2 + draw.gauss(0, 0.1):.4f}"
        for u in range(units)
        for c in range(1, rows + u % 7 + 1)
    ]


HEAD = "machine,cycle,heat,shake"
LINES = lines()
GOOD = "\n".join([HEAD, *LINES]) + "\n"
DATED = "\n".join(
    ["machine,time,heat,shake"]
    + [",".join([p[0], str(START + timedelta(hours=int(p[1]))), *p[2:]]) for p in (line.split(",") for line in LINES)]
) + "\n"  # fmt: skip
A = {"a.csv": GOOD}


def edited(place: int, change: str) -> str:
    """The good file with one line (from 1, the head counts) instead."""
    found = GOOD.splitlines()
    found[place - 1] = change
    return "\n".join(found) + "\n"


def column(number: int, value: str, text: str = GOOD) -> str:
    """The file with one column the same in every row."""
    head, *rest = text.splitlines()
    changed = [",".join(value if i == number else cell for i, cell in enumerate(line.split(","))) for line in rest]
    return "\n".join([head, *changed]) + "\n"


def events(*rows: str) -> str:
    """A list of what happened."""
    return "\n".join(["machine,when,what", *rows]) + "\n"


def plan(text: str) -> str:
    """A plan with a list of events."""
    return (
        "job: remaining_life\ndata:\n  rows: {path: a.csv, unit: machine, time: time}\n"
        f"  with: [{{path: events.csv, on: machine, as_of: when}}]\naccept: ['*']\n{text}\n"
    )


GOOD_EVENTS = events(
    *[f"M{u:02d},{START + timedelta(hours=20)},{'failure' if u % 3 else 'preventive'}" for u in range(UNITS)]
)
PLAN = "fit plan.yaml epochs=1 size=tiny trees=off optimizer=adamw learning_rate=0.003"
E = {"a.csv": DATED, "plan.yaml": plan("")}
CASES = (
    # columns
    Case("no unit", {"a.csv": "\n".join(line.split(",", 1)[1] for line in GOOD.splitlines()) + "\n"}, FIT, 2, ("data.rows.unit", "history")),
    Case("no time", {"a.csv": "\n".join(",".join(p[:1] + p[2:]) for p in (line.split(",") for line in GOOD.splitlines())) + "\n"}, FIT + " data.rows.unit=machine", 2, ("data.rows", "time or cycle")),
    Case("unit that is no column", A, FIT + " data.rows.unit=machin", 2, ("machin", "machine")),
    Case("time that is no column", A, FIT + " data.rows.time=cycl", 2, ("cycl", "cycle")),
    Case("time that is words", {"a.csv": column(1, "soon")}, FIT + " data.rows.time=cycle data.rows.unit=machine", 2, ("cycle", "time")),
    Case("all rows of one unit", {"a.csv": column(0, "M01")}, FIT + " data.rows.unit=machine data.rows.time=cycle", 2, ("unit",)),
    Case("every row its own unit", {"a.csv": "\n".join([HEAD] + [f"M{i},1,{line.split(',', 2)[2]}" for i, line in enumerate(LINES)]) + "\n"}, FIT + " data.rows.unit=machine data.rows.time=cycle", 2, ("",)),
    Case("nothing moves", {"a.csv": column(3, "1.0", column(2, "50.0"))}, FIT, 3, ("no column of numbers changes",)),
    Case("only one sensor", {"a.csv": "\n".join(line.rsplit(",", 1)[0] for line in GOOD.splitlines()) + "\n"}, FIT, 0, ("",)),
    Case("a sensor that is empty", {"a.csv": column(3, "")}, FIT, 0, ("",)),
    # rows
    Case("empty file", {"a.csv": ""}, FIT, 3, ("a.csv",)),
    Case("only a header", {"a.csv": HEAD + "\n"}, FIT, 3, ("a.csv",)),
    Case("torn line", {"a.csv": edited(50, "M01,3,1,2,3,4")}, FIT, 3, ("a.csv", "50")),
    Case("two machines", {"a.csv": "\n".join([HEAD, *lines(2)]) + "\n"}, FIT, 2, ("units",)),
    Case("rows in any order", {"a.csv": "\n".join([HEAD, *random.Random(1).sample(LINES, len(LINES))]) + "\n"}, FIT, 0, ("",)),
    Case("repeated rows", {"a.csv": GOOD + "\n".join(LINES[:40]) + "\n"}, FIT, 0, ("",)),
    Case("rows without a time", {"a.csv": edited(50, "M01,,51.0,1.2")}, FIT, 0, ("",)),
    Case("rows without a unit", {"a.csv": edited(50, ",9,51.0,1.2")}, FIT, 0, ("",)),
    Case("words in a sensor", {"a.csv": edited(50, "M01,9,hot,1.2")}, FIT, 0, ("",)),
    Case("infinite readings", {"a.csv": edited(50, "M01,9,inf,1e308")}, FIT, 0, ("",)),
    Case("dates of two zones", {"a.csv": DATED.replace(" 05:00:00", " 05:00:00+08:00")}, FIT, 0, ("",)),
    # targets
    Case("target that is no number", {"a.csv": "\n".join([HEAD + ",rul"] + [line + ",long" for line in LINES]) + "\n"}, FIT + " target=rul", 2, ("rul", "number")),
    Case("target that never changes", {"a.csv": "\n".join([HEAD + ",rul"] + [line + ",7" for line in LINES]) + "\n"}, FIT + " target=rul", 2, ("never changes",)),
    Case("target that is missing", A, FIT + " target=rull", 2, ("rull",)),
    # settings
    Case("lookback of nothing", A, FIT + " series.lookback=0", 2, ("series.lookback",)),
    Case("lookback in words", A, FIT + " series.lookback=long", 2, ("series.lookback",)),
    Case("unknown series setting", A, FIT + " series.lokback=9", 2, ("lokback",)),
    Case("cap below nought", A, FIT + " series.cap=-5", 2, ("series.cap",)),
    Case("gap in words", A, FIT + " series.gap=soon", 2, ("series.gap",)),
    Case("first below nought", A, FIT + " series.first=-1", 2, ("series.first",)),
    Case("regimes by a column that is none", A, FIT + " scale.regimes=[sped]", 2, ("sped",)),
    Case("cost that is none", A, FIT + " decide.cost.escape=3", 2, ("escape", "miss")),
    Case("costs of nought", A, FIT + " decide.cost.miss=0 decide.cost.stop=0", 2, ("cost",)),
    Case("history family on a table", {"a.csv": "x,y,quality\n" + "\n".join(f"{i},{i % 7},{'ok' if i % 3 else 'ng'}" for i in range(200)) + "\n"}, "fit classify a.csv target=quality network.family=history epochs=1", 2, ("history",)),
    # events
    Case("events that are not there", E, PLAN, 3, ("events.csv",)),
    Case("events with a strange word", {**E, "events.csv": GOOD_EVENTS + f"M01,{START},lunch\n"}, PLAN, 3, ("lunch", "events.csv")),
    Case("events without times", {**E, "events.csv": "machine,what\nM01,failure\n"}, PLAN, 2, ("when",)),
    Case("events of other machines", {**E, "events.csv": events(f"X1,{START},failure")}, PLAN, 3, ("events.csv", "no life",)),
    Case("events that are empty", {**E, "events.csv": "machine,when,what\n"}, PLAN, 3, ("events.csv",)),
    Case("good events", {**E, "events.csv": GOOD_EVENTS}, PLAN, 0, ("",)),
    # answers
    Case("check names the histories' faults", {"a.csv": edited(50, "M01,9,inf,1e308")}, CHECK, 0, ("",)),
    Case("check without a unit", {"a.csv": "\n".join(line.split(",", 1)[1] for line in GOOD.splitlines()) + "\n"}, CHECK, 2, ("data.rows.unit",)),
)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main("broken_histories", CASES, __doc__, limit=SECONDS, memory=MEMORY))
