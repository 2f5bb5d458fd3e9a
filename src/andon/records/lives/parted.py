"""Parts that each number their units anew: unit 1 of the training file and unit 1 of the test file are two machines."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from andon.records.records import Note, Records

OFTEN = 0.5
"""Share of a unit's moments in one part that must have another row in a second part, for the two to be two machines."""
SHOWN = 3


def apart(records: Records) -> Records:
    """The same with units called by part and number, `test/1`, where most that stand in several parts are different
    machines there; a note says so. A unit that goes on in another part stays one, and so do all where a list beside the
    rows says what happened to them, since it knows no parts."""
    unit, time, part = records.the("unit"), records.the("time"), records.the("part")
    if unit is None or time is None or part is None or records.events is not None:
        return records
    found = _different(records.frame, (unit, time, part))
    if found.is_empty():
        return records
    units, parts = found["unit"].unique(maintain_order=True), found["part"].unique().sort()
    shown = ", ".join(units[:SHOWN]) + (" …" if len(units) > SHOWN else "")
    named = ", ".join(f"'{name}'" for name in parts)
    called = f"{parts[0]}/{units[0]}"
    text = (
        f"units {shown} of {named} are different machines, as rows of one moment differ: they are called '{called}' …"
    )
    own = pl.concat_str(part, unit, separator="/")  # null where either is
    frame = records.frame.with_columns(pl.coalesce(own, pl.col(unit).cast(pl.String)).alias(unit))
    return replace(records, frame=frame, notes=(*records.notes, Note("info", "units_by_part", unit, text)))


def _different(frame: pl.LazyFrame, names: tuple[str, str, str]) -> pl.DataFrame:
    """`unit` and `part` of those in several parts, if most have moments that have one row in each, and not the same:
    rows that a part repeats from another one are no sign, nor are readings of one moment that were dealt out."""
    unit, time, part = names
    known = frame.drop_nulls(names)
    meets = known.group_by(unit, time).agg(pl.col(part).n_unique().alias(part)).select((pl.col(part) > 1).any())
    none = pl.DataFrame(schema={"unit": pl.String, "part": pl.String})
    if not meets.collect(engine="streaming").item():
        return none
    told = [name for name, kind in known.collect_schema().items() if name != part and not kind.is_nested()]
    once = known.select(*told, part).unique().unique(told, keep="none")
    moments = once.select(unit=unit, time=time, part=part).group_by("unit", "part", "time").agg(rows=pl.len())
    both = (pl.len().over("unit", "time") > 1) & (pl.col("rows") == 1)
    share = moments.with_columns(both=both).group_by("unit", "part").agg(pl.col("both").mean()).collect()
    several = share.filter(pl.len().over("unit") > 1)
    most = several.group_by("unit").agg(pl.col("both").max())["both"].median()
    if not isinstance(most, float) or most < OFTEN:
        return none
    words = several.select(pl.col("unit", "part").cast(pl.String))
    return words.sort(pl.col("unit").str.len_chars(), "unit")
