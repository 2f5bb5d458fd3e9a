"""`Said`: what the followed rows themselves said to have happened, kept small however long the stream goes on."""

from __future__ import annotations

from typing import Any, Self

import polars as pl

from andon.records import Records
from andon.records.lives.events import Events, merged, no_events
from andon.records.lives.lines import lines_of

LATEST, MOST = 2, 20_000
"""Ends of lives that are kept of a unit (earlier ones are counted), and units whose events were heard of last."""


class Said:
    """The events of the lines so far. `alone`: no list stands beside them, so that earlier ones may be counted."""

    def __init__(self, events: Events, *, alone: bool) -> None:
        self.events, self.alone = events, alone

    @classmethod
    def of(cls, notes: dict[str, Any] | None, *, alone: bool) -> Self:
        """From what `notes` gave."""
        if not notes:
            return cls(no_events(""), alone=alone)
        frame = pl.DataFrame({name: notes[name] for name in ("unit", "time", "kind")})
        if notes["dated"]:
            frame = frame.with_columns(pl.col("time").cast(pl.Datetime("us")))
        return cls(Events(frame, notes["where"], notes["before"]), alone=alone)

    def notes(self) -> dict[str, Any] | None:
        """All of it as JSON values; None where nothing was said."""
        frame = self.events.frame
        if not frame.height:
            return None
        dated = frame["time"].dtype.is_temporal()
        plain = frame.with_columns(pl.col("time").to_physical()) if dated else frame
        columns = {name: plain[name].to_list() for name in ("unit", "time", "kind")}
        return {**columns, "dated": dated, "where": self.events.where, "before": dict(self.events.before)}

    def add(self, records: Records) -> None:
        """Go on with rows that were read."""
        event, unit, time = (records.the(role) for role in ("event", "unit", "time"))
        if event is None or unit is None or time is None:
            return
        new = lines_of(records.frame, event, unit=unit, time=time)
        new = Events(new.frame.filter(pl.col("kind") != "stop"), new.where)
        if not new.frame.height:
            return
        whole = merged(self.events, new).frame
        if not self.alone:
            self.events = Events(whole, new.where)
            return
        count = dict(whole.group_by("unit").len().rows())
        heard = new.frame["unit"].unique(maintain_order=True).to_list()
        units = [unit for unit in self.events.before if unit not in set(heard)] + heard  # heard of last at the end
        before = {u: self.events.before.get(u, 0) + max(count[u] - LATEST, 0) for u in units[-MOST:]}
        kept = whole.group_by("unit", maintain_order=True).tail(LATEST).filter(pl.col("unit").is_in(list(before)))
        self.events = Events(kept, new.where, before)
