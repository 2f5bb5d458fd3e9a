"""`Happened`: failures, repairs and changes out of a list that others append to, beside the rows that are followed."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from andon.api.following.growing import DELIMITED, LINES, Growing
from andon.plan.settings import Joined
from andon.records.casting import cast
from andon.records.lives.events import TURN, Events, in_turn, no_events, word_column
from andon.records.records import Column
from andon.records.source import of_frame
from andon.records.typed import typed


class Happened:
    """The list at a path, as far as its lines are whole; read again from its beginning by each stream. It may be empty.

    An event counts from when it is read: rows that were answered before stay answered. An entry that cannot be read
    is told once and passed over.
    """

    def __init__(self, wish: Joined, unit: str, known: dict[str, Column]) -> None:
        self.growing = Growing(Path(wish.path))
        self.wish, self.unit, self.known = wish, unit, known
        self.rows: list[pl.DataFrame] = []
        self.events, self.told = no_events(wish.path), set[str]()

    def close(self) -> None:
        """Let go of the file."""
        self.growing.close()

    def next(self) -> tuple[Events, list[str]]:
        """All events so far, and sentences about new entries that say nothing."""
        new = False
        while (piece := self.growing.next()) is not None:
            if len(piece.frame):
                self.rows.append(piece.frame)
                new = True
        if not new:
            return self.events, []
        self.events, odd = self._read(pl.concat(self.rows, how="diagonal_relaxed"))
        fresh = [sentence for sentence in odd if sentence not in self.told]
        self.told |= set(fresh)
        return self.events, fresh

    def _read(self, frame: pl.DataFrame) -> tuple[Events, list[str]]:
        """Events of all lines."""
        unit, moment, where = self.unit, self.wish.as_of or "", self.wish.path
        for name in (unit, moment):
            if name not in frame.columns:
                return self.events, [f"{where}: there is no column '{name}'"]
        source = typed(of_frame(frame), known=self.known, rules={}, answering=True)
        words = word_column(source, unit, moment)
        if words is None:
            return self.events, [f"{where}: no column says what happened"]
        found = source.frame.with_columns(__kind__=words.kinds()).collect()
        time = found[moment]
        if time.dtype == pl.String:  # since some cell is no time
            read = found.select(
                date=cast(moment, time.dtype, "date", ""), number=pl.col(moment).cast(pl.Float64, strict=False)
            )
            time = max(read["date"], read["number"], key=lambda each: each.count())
        rows = pl.DataFrame({"unit": found[unit].cast(pl.String), "time": time, "kind": found["__kind__"]})
        lost = rows.select(pl.any_horizontal(pl.all().is_null())).to_series()
        odd = [
            f"{where}, entry {row + 1}: '{' '.join(str(cell) for cell in frame.row(row))}' says not "
            f"whether it is a {', '.join(TURN)}, of which unit or when"
            for row in lost.arg_true().to_list()
        ]
        return Events(in_turn(rows.drop_nulls()), where), odd


def followed(path: str) -> bool:
    """Whether a list can grow under our eyes; others (Parquet, folders) are read anew each time."""
    return Path(path).suffix.lstrip(".").lower() in (*DELIMITED, *LINES) and not Path(path).is_dir()
