"""Cells that are not there: empty columns, columns with gaps, rows without any input."""

from __future__ import annotations

import polars as pl

from andon.checks.facts import Draft, Facts
from andon.checks.finding import Finding
from andon.jobs import looks_back

MANY = 0.4
"""Share of missing cells from which a column is a warning: filling it would make up more than it keeps."""


def missing(facts: Facts) -> list[Finding | Draft]:
    """Say which columns have gaps. The target's gaps are told by `target`."""
    found: list[Finding | Draft] = []
    held = {*facts.sample.columns, *facts.summary.missing}
    shares = {
        column.name: _share(facts, column.name)
        for column in facts.records.columns
        if column.role in ("input", "unit", "time", "group", "weight") and column.name in held
    }
    roles = {column.name: column.role for column in facts.records.columns}
    back = looks_back(facts.plan.job)
    for name, share in shares.items():
        if share > 0:
            seldom = back and MANY <= share < 1 and roles[name] == "input"
            found.append(_seldom(name, share) if seldom else _gaps(name, roles[name], share))
    inputs = [column.name for column in facts.inputs()]
    if inputs and all(shares[name] > 0 for name in inputs):
        nothing = Finding(
            level="warning",
            code="empty_row",
            what="{rows} rows ({share}) have no input at all",
            why="such a row says nothing; the network would learn to guess from emptiness",
            fix="find out why they were written, and drop them with clean: [{missing: drop}]",
        )
        found.append(Draft(nothing, pl.all_horizontal([pl.col(name).is_null() for name in inputs])))
    return found


def _share(facts: Facts, name: str) -> float:
    """Share of missing cells of a column, from the summary where it counts them, else from the sample."""
    if name in facts.summary.missing:
        return facts.summary.missing[name] / max(facts.rows, 1)
    return facts.sample[name].null_count() / max(facts.sample.height, 1)


def _seldom(name: str, share: float) -> Draft:
    """A column with few readings where the job looks back on those before."""
    finding = Finding(
        level="info",
        code="read_seldom",
        column=name,
        what=f"'{name}' is missing in {{rows}} rows ({{share}})",
        why="a sensor that is read more seldom than the others leaves the cells between its readings empty",
        fix="nothing, or say what stands between its readings: series.align",
        figures={"share": share},
    )
    return Draft(finding, pl.col(name).is_null())


def _gaps(name: str, role: str, share: float) -> Draft:
    """The finding for one column with gaps."""
    if share >= 1.0:
        finding = Finding(
            level="warning",
            code="empty_column",
            column=name,
            what=f"'{name}' is empty in every row",
            why="it cannot teach anything, and a sensor that should speak may be unplugged or unmapped",
            fix=f"check the export of '{name}', or leave it out with known.ignore",
            figures={"share": share},
        )
    elif role in ("unit", "time", "group"):
        finding = Finding(
            level="warning",
            code="missing",
            column=name,
            what=f"'{name}' ({role}) is missing in {{rows}} rows ({{share}})",
            why=f"without its {role} a row cannot be put where it belongs, so a fair split and order are impossible",
            fix="complete these rows from the source, or drop them",
            figures={"share": share},
        )
    else:
        many = share >= MANY
        finding = Finding(
            level="warning" if many else "info",
            code="missing",
            column=name,
            what=f"'{name}' is missing in {{rows}} rows ({{share}})",
            why="most of what is learnt from it would be made up"
            if many
            else "missing cells are filled before learning, and the line will send them missing too",
            fix=f"check the sensor or export of '{name}'; if it stays so, leave it out with known.ignore"
            if many
            else "nothing, or choose how they are filled under clean (median, previous, linear, drop)",
            figures={"share": share},
        )
    return Draft(finding, pl.col(name).is_null())
