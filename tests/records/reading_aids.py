"""Short ways to write a file and read it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from andon.plan.settings import Data, Joined, Known, Plan, Rows
from andon.records import Column, Records, read


def plan_for(
    path: str | Path = "", *, joined: list[Joined] | None = None, known: Known | None = None, **more: Any
) -> Plan:
    """A plan with little in it; rows settings (unit, time …) and plan settings (target, checks) may be mixed."""
    rows = {name: more.pop(name) for name in ("unit", "time", "group", "weight", "part") if name in more}
    data = Data(rows=Rows(path=str(path), **rows), with_=joined or [])
    return Plan(job="classify", data=data, known=known or Known(), **more)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """The content as a file."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def table(folder: Path, content: str | bytes, name: str = "t.csv", **more: Any) -> tuple[Records, pl.DataFrame]:
    """A file of this content as records, and their rows."""
    records = read(plan_for(written(folder, name, content), **more))
    return records, records.frame.collect()


def column(records: Records, name: str) -> Column:
    """One column of the records."""
    return next(c for c in records.columns if c.name == name)


def codes(records: Records) -> list[str]:
    """Codes of the notes, in order."""
    return [note.code for note in records.notes]
