"""Identifiers as inputs: serial numbers, row counters, clocks. Needs the rows in file order."""

from __future__ import annotations

import numpy as np
import polars as pl

from andon.checks.facts import Facts, floats, percent
from andon.checks.finding import Finding
from andon.records.records import Column


def identity(facts: Facts) -> list[Finding]:
    """Say which inputs name a row rather than describe it."""
    found: list[Finding] = []
    if facts.ordered.height < 30:
        return found
    held = set(facts.ordered.columns)
    for column in facts.inputs("number"):
        if column.name in held:
            finding = _counter(facts, column.name)
            found += [finding] if finding else []
    for column in facts.inputs("category", "text"):
        texts = facts.sample[column.name].drop_nulls()
        different = texts.n_unique() / max(len(texts), 1)
        known = facts.summary.categories.get(column.name)
        total = different * facts.rows if known is None or known.overflow else len(known.counts)
        if len(texts) >= 30 and different > 0.5 and total > 0.5 * facts.rows:
            found.append(_serial(facts, column, total / max(facts.rows, 1)))
    return found


def _counter(facts: Facts, name: str) -> Finding | None:
    """A column of whole, nearly unique numbers that run with the row number or fill a range without gaps."""
    dtype = facts.ordered[name].dtype
    values = floats(facts.ordered[name])
    known = values[~np.isnan(values)]
    if len(known) < 30 or dtype == pl.Boolean:
        return None
    steps = np.diff(known)
    rising, falling = float((steps > 0).mean()), float((steps < 0).mean())
    runs = max(rising, falling)
    unique = len(np.unique(known)) / len(known)
    whole = bool((known == np.round(known)).all())
    width = float(np.ptp(known)) / max(facts.rows * len(known) / len(values), 1)
    if whole and unique >= 0.95 and (runs >= 0.98 or 0.9 <= width <= 1.1):
        how = "counts up with the row number" if runs >= 0.98 else "is a different whole number in every row"
        return Finding(
            level="warning",
            code="identifier_as_input",
            column=name,
            rows=facts.rows,
            what=f"'{name}' {how}",
            why="it names a row and says nothing about it; the network would learn by heart when rows were written, "
            "and new rows have numbers it never saw",
            fix=f"leave it out: known.ignore: ['{name}'] (or give it its role: data.rows.unit or data.rows.time)",
            figures={"unique": unique, "monotone": runs},
        )
    if unique >= 0.5 and runs >= 0.995:
        return Finding(
            level="info",
            code="runs_with_time",
            column=name,
            rows=facts.rows,
            what=f"'{name}' only ever {'rises' if rising > falling else 'falls'} with the row number",
            why="a counter or clock takes values tomorrow that no training row had, so its absolute value cannot help",
            fix="use its change per row or per hour instead, or leave it out with known.ignore",
            figures={"unique": unique, "monotone": runs},
        )
    return None


def _serial(facts: Facts, column: Column, unique: float) -> Finding:
    """A text with a different value in nearly every row; only an info where it is text, which no network reads."""
    learnt = column.kind == "category"
    return Finding(
        level="warning" if learnt else "info",
        code="identifier_as_input",
        column=column.name,
        rows=facts.rows,
        what=f"'{column.name}' has a different value in {percent(min(unique, 1.0))} of the rows"
        + ("" if learnt else "; it is shown beside the answers and not learnt from"),
        why="it names a row rather than describing it, and new rows will have names never seen",
        fix=f"leave it out: known.ignore: ['{column.name}'], or cut the telling part (type, line) into its own column",
        figures={"unique": unique},
    )
