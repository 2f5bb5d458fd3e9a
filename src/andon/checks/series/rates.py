"""What the way of recording gives away: a step between rows that tells the target, and units of a single row."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from andon.checks.facts import Facts, Floats, percent
from andon.checks.finding import Finding
from andon.checks.measure import auroc, ranks
from andon.checks.series.pieces import Piece

UNITS = 10
"""Units from which a connection with the target means something."""
TOLD = 0.85
"""AUROC of a class, whichever way round, or rank correlation of a number, from which the step tells it."""
FEW = 3
"""Units of a class at least."""


@dataclass
class PerUnit:
    """Sums up per unit along a pass: rows, and the mean of its target (classes as numbers)."""

    target: str | None
    rows: dict[int, int] = field(default_factory=dict)
    total: dict[int, float] = field(default_factory=dict)
    known: dict[int, int] = field(default_factory=dict)

    def see(self, piece: Piece) -> None:
        """Take one piece into account."""
        starts, counts = piece.edges[:-1], np.diff(piece.edges)
        for unit, rows in zip(piece.numbers.tolist(), counts.tolist(), strict=True):
            self.rows[unit] = self.rows.get(unit, 0) + rows
        if self.target is None:
            return
        values = piece.values[self.target]
        there = np.isfinite(values)
        sums, read = (np.add.reduceat(part, starts) for part in (np.where(there, values, 0.0), there.astype(np.int64)))
        for unit, total, known in zip(piece.numbers.tolist(), sums.tolist(), read.tolist(), strict=True):
            self.total[unit] = self.total.get(unit, 0.0) + total
            self.known[unit] = self.known.get(unit, 0) + known

    def means(self, units: list[int]) -> Floats:
        """Mean target of these units, NaN where there is none."""
        return np.array([self.total.get(u, 0.0) / self.known[u] if self.known.get(u) else np.nan for u in units])


def single_rows(facts: Facts, seen: PerUnit, names: list[str]) -> list[Finding]:
    """Units that have one row only, among units that have more; or all of them."""
    unit = facts.records.the("unit")
    lone = [number for number, rows in seen.rows.items() if rows == 1]
    if unit is None or not lone or len(seen.rows) < 2:
        return []
    share = len(lone) / len(seen.rows)
    if share > 0.95:
        what = f"'{unit}' names {len(seen.rows):,} units, and {percent(share)} of them have a single row"
        return [Finding(
            level="warning", code="single_row_units", column=unit, rows=len(lone), what=what,
            why="a unit's rows are its history; with one row each there is none, and the name is an identifier",
            fix="name the machine, tool or lot that many rows share: data.rows.unit=COLUMN, or leave the role out",
            figures={"units": float(len(lone)), "share": share},
        )]  # fmt: skip
    shown = ", ".join(f"'{names[number]}'" for number in lone[:3])
    return [Finding(
        level="info", code="single_row_units", column=unit, rows=len(lone),
        what=f"{len(lone):,} of {len(seen.rows):,} units have a single row: {shown}",
        why="a single row has no history; often its name was mistyped, or the record was cut",
        fix="correct the names, or leave these rows out", figures={"units": float(len(lone)), "share": share},
    )]  # fmt: skip


def step_tells(facts: Facts, seen: PerUnit, steps: dict[int, tuple[float, int]], classes: list[str]) -> list[Finding]:
    """A step between rows that differs from unit to unit and goes with the target."""
    time, target = facts.records.the("time"), facts.target
    units = [unit for unit, (step, count) in steps.items() if count >= 2 and np.isfinite(step) and step > 0]
    if target is None or time is None or len(units) < UNITS:
        return []
    step = np.array([steps[unit][0] for unit in units])
    step = np.exp(np.round(np.log(step), 3))  # a thousandth is a clock's own error
    mean = seen.means(units)
    step, mean = step[np.isfinite(mean)], mean[np.isfinite(mean)]
    if len(step) < UNITS or np.ptp(step) == 0:
        return []
    name, told = _class(step, mean, classes) if classes else ("", abs(_rank_correlation(step, mean)))
    if told < TOLD:
        return []
    how = f"AUROC {told:.2f}" if classes else f"rank correlation {told:.2f}"
    best = f" ('{name}' from the rest)" if name else ""
    return [Finding(
        level="warning", code="sampling_step_tells", column=time, rows=facts.rows,
        what=f"the time between rows differs from unit to unit and tells '{target}'{best}: {how}",
        why="it is a matter of how units were recorded; a network reads it off the texture of the series and will miss "
            "it at the line",
        fix="bring all units to one step (resample to the longest), and check that the scores hold",
        figures={"told": told, "units": float(len(step))},
    )]  # fmt: skip


def _class(step: Floats, mean: Floats, classes: list[str]) -> tuple[str, float]:
    """The class that the step tells best, by the units' most frequent class as the nearest number."""
    best = ("", 0.5)
    for code, name in enumerate(classes):
        own = np.round(mean) == code
        if min(own.sum(), (~own).sum()) >= FEW:
            told = max(score := auroc(step, own), 1 - score)
            best = max(best, (name, told), key=lambda one: one[1])
    return best


def _rank_correlation(left: Floats, right: Floats) -> float:
    """Spearman's."""
    one, two = ranks(left), ranks(right)
    return float(np.corrcoef(one, two)[0, 1]) if np.ptp(one) and np.ptp(two) else 0.0
