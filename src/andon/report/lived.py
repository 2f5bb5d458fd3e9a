"""Lives out of a run's answers: each with its figures, and the few that are drawn."""

from __future__ import annotations

import polars as pl

from andon.locale import Voice
from andon.records.dates import as_written
from andon.records.lives.histories import in_hours
from andon.report.facts import Facts


def told(facts: Facts) -> pl.DataFrame | None:
    """A line per life of the judged part, missed by most first: `unit`, `life`, `rows`, `rmse`, `bias`, `last` (error
    of its last row), `late` (share), `covered` (share, where there are intervals). None where answers don't say."""
    if not facts.lived or not {"unit", "life", "time", "truth", "answer"} <= set(facts.columns()):
        return None
    assert facts.judged is not None
    error = pl.col("answer") - pl.col("truth")
    wanted = [
        pl.len().alias("rows"), (error**2).mean().sqrt().alias("rmse"), error.mean().alias("bias"),
        error.last().alias("last"), (error > 0).mean().alias("late"),
    ]  # fmt: skip
    if "low" in facts.columns():
        wanted.append(pl.col("truth").is_between("low", "high").mean().alias("covered"))
    known = facts.judged.filter(pl.col("truth").is_finite())
    found = known.group_by("unit", "life", maintain_order=True).agg(wanted)
    frame = found.sort("rmse", descending=True, maintain_order=True).collect()
    return frame if frame.height else None


def names(facts: Facts, say: Voice) -> dict[int, str]:
    """What each life is called: its unit, and which of the unit's lives it is where there are several."""
    assert facts.answers is not None
    lives = facts.answers.select("unit", "life").unique(maintain_order=True).with_columns(
        number=pl.int_range(1, pl.len() + 1).over("unit"), several=pl.len().over("unit") > 1
    ).collect()  # fmt: skip
    return {
        row["life"]: say("{unit}, life {number}", unit=row["unit"], number=row["number"]) if row["several"]
        else str(row["unit"])
        for row in lives.iter_rows(named=True)
    }  # fmt: skip


def along(facts: Facts, life: int, most: int) -> pl.DataFrame:
    """Rows of a life in time, `most` of them: `age` (time since its first row), `truth` as given, and the answers."""
    assert facts.answers is not None
    frame = facts.answers.filter(pl.col("life") == life).collect()
    since = pl.col("time") - pl.col("time").first()
    frame = frame.with_columns(age=in_hours(since, frame["time"].dtype.is_temporal()))
    step = -(-frame.height // most)
    return frame.gather_every(step, offset=(frame.height - 1) % step) if step > 1 else frame


def stood(facts: Facts, life: int) -> dict[str, object]:
    """Where a life stands in its records: the times of its `first` and `last` row, and the row missed by most (`time`,
    `truth`, `answer`). Times as the records' clocks showed them."""
    assert facts.judged is not None
    frame = facts.judged.filter(pl.col("life") == life).collect()
    columns = facts.manifest.get("columns") or []
    form = next((str(c.get("format") or "") for c in columns if c.get("role") == "time"), "")
    if frame["time"].dtype.is_temporal():
        frame = frame.with_columns(as_written(frame["time"], form))
    error = (frame["answer"] - frame["truth"]).abs().fill_nan(None)
    worst = frame.row(error.arg_max() or 0, named=True)
    named = {name: worst[name] for name in ("time", "truth", "answer")}
    return {"first": frame["time"].min(), "last": frame["time"].max(), **named}


def titled(text: str, facts: Facts) -> str:
    """An axis title with the unit of lives, or the column that counts them."""
    unit = facts.lived.get("unit") or facts.lived.get("time")
    return f"{text} ({unit})" if unit else text


def between(low: float, high: float | None, say: Voice) -> str:
    """A bin of the life left in words."""
    if high is None:
        return say("{low} and more", low=say.number(low))
    return say("{low} to {high}", low=say.number(low), high=say.number(high))
