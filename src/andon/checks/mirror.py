"""Inputs that say the same as another input."""

from __future__ import annotations

import numpy as np

from andon.checks import measure
from andon.checks.facts import Facts, labels
from andon.checks.finding import Finding

ROWS = 2048
"""Rows compared; a mirror shows in far fewer."""


def mirror(facts: Facts) -> list[Finding]:
    """Columns whose values follow from an earlier column's: equal order (also turned round), or one name per name."""
    pairs = [*_numbers(facts), *_categories(facts)]
    return [
        Finding(
            level="info",
            code="same_as_another",
            column=two,
            rows=facts.rows,
            columns=[one, two],
            what=f"'{two}' says the same as '{one}'",
            why="the second brings nothing new, and importance is shared out between the two by chance",
            fix=f"nothing, or leave one out with known.ignore: ['{two}']",
        )
        for one, two in pairs
    ]


def _numbers(facts: Facts) -> list[tuple[str, str]]:
    """Pairs of number columns of equal or opposite rank order wherever both are known."""
    rows = facts.sample.head(ROWS)
    names, ranked = [], []
    known = []
    for column in facts.inputs("number"):
        values = facts.numbers(column.name)[: rows.height]
        there = ~np.isnan(values)
        if there.sum() < 30 or len(np.unique(values[there])) < 2:
            continue
        rank = np.zeros(len(values))
        rank[there] = measure.ranks(values[there])
        rank[there] -= rank[there].mean()
        norm = float(np.sqrt((rank**2).sum()))
        names.append(column.name)
        ranked.append(rank / norm)
        known.append(there)
    if len(names) < 2:
        return []
    matrix = np.abs(np.array(ranked) @ np.array(ranked).T)
    # Columns with the same gaps only: else ranks are not comparable.
    hits = np.argwhere(np.triu(matrix, 1) > 0.99999)
    told: set[int] = set()
    pairs = []
    for one, two in hits.tolist():
        if two not in told and (known[one] == known[two]).all():
            told.add(two)
            pairs.append((names[one], names[two]))
    return pairs


def _categories(facts: Facts) -> list[tuple[str, str]]:
    """Pairs of category columns with one value of the second per value of the first, and the other way round."""
    rows = facts.sample.head(ROWS)
    seen: list[tuple[str, np.ndarray]] = []
    pairs = []
    for column in facts.inputs("category")[:100]:
        codes, values = labels(rows[column.name])
        if not 2 <= len(values) <= 0.2 * rows.height:
            continue
        for name, other in seen:
            together = len(np.unique(np.stack([codes, other]), axis=1).T)
            if together == len(np.unique(codes)) == len(np.unique(other)):
                pairs.append((name, column.name))
                break
        seen.append((column.name, codes))
    return pairs
