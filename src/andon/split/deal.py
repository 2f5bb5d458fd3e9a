"""Deals groups of rows out to parts: sizes right within a group, strata alike in every part as far as groups allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_WORK = 2_000_000
MOST_TRIES = 100
"""Deals are tried until so many (group, stratum) pairs were looked at; the most even one is taken."""
MOST_LACKING = 0.05
"""Strata without a row to learn from, as a share of the groups, beyond which they are no classes."""


@dataclass(frozen=True)
class Groups:
    """Groups 0…G-1: `of_row` (int64 per row), `size` in rows, `stratum` (the one it is richest in, by share of the
    stratum), and the pairs (group, stratum, rows) that occur."""

    of_row: np.ndarray
    size: np.ndarray
    stratum: np.ndarray
    pair_group: np.ndarray
    pair_stratum: np.ndarray
    pair_rows: np.ndarray

    @classmethod
    def of(cls, groups: np.ndarray | None, stratum: np.ndarray) -> Groups:
        """From the group (None: each row its own) and stratum of every row."""
        stratum = np.unique(stratum, return_inverse=True)[1].astype(np.int64)
        if groups is None:
            rows = np.arange(len(stratum))
            ones = np.ones(len(stratum), np.int64)
            return cls(rows, ones, stratum, rows, stratum, ones)
        of_row = np.unique(groups, return_inverse=True)[1].astype(np.int64)
        size = np.bincount(of_row)
        num_strata = int(stratum.max(initial=0)) + 1
        pairs = np.sort(of_row * num_strata + stratum)
        starts = np.flatnonzero(np.diff(pairs, prepend=-1))
        counts = np.diff(np.append(starts, len(pairs)))
        pair_group, pair_stratum = np.divmod(pairs[starts], num_strata)
        lift = counts / np.bincount(stratum, minlength=num_strata)[pair_stratum]
        order = np.lexsort((lift, pair_group))  # the last of a group is the stratum it is richest in
        last = np.append(np.flatnonzero(np.diff(pair_group[order])), len(order) - 1)
        return cls(of_row, size, pair_stratum[order][last], pair_group, pair_stratum, counts)


def deal(groups: Groups, shares: list[float], rng: np.random.Generator) -> np.ndarray:
    """Part number (index into `shares`, which add up to 1) of every row.

    Groups are laid in a row in which every stratum is spread evenly, and the row is cut at the shares; a group belongs
    where its middle lies. Of several random rows the most even one is taken. Every part gets a group while there are
    enough.
    """
    pairs = len(groups.pair_group)
    mixed = bool(groups.size.max(initial=1) > 1)
    tries = int(np.clip(MOST_WORK // max(pairs, 1), 1, MOST_TRIES)) if mixed else 1
    best, best_miss = np.zeros(len(groups.size), np.int64), np.inf
    for _ in range(tries):
        parts = _fill_empty(_cut(groups, shares, rng), groups.size, shares)
        miss = _unevenness(groups, parts, shares) if tries > 1 else 0.0
        if miss < best_miss:
            best, best_miss = parts, miss
    return np.take(best, groups.of_row)


def shown_first(groups: Groups, parts: np.ndarray) -> np.ndarray:
    """The deal (part per row) with one group moved to part 0 for each stratum that part has nothing of: a class that is
    never shown cannot be learnt. As it was dealt where strata are nearly as many as groups."""
    of_group = np.zeros(len(groups.size), np.int64)
    of_group[groups.of_row] = parts
    shown = groups.pair_stratum[of_group[groups.pair_group] == 0]
    lacking = np.setdiff1d(groups.pair_stratum, shown)
    if len(lacking) > MOST_LACKING * len(groups.size):
        return parts
    for stratum in lacking:
        holders = groups.pair_group[groups.pair_stratum == stratum]
        smallest = holders[groups.size[holders].argmin()]
        if (of_group == of_group[smallest]).sum() > 1:
            of_group[smallest] = 0
    return np.take(of_group, groups.of_row)


def _cut(groups: Groups, shares: list[float], rng: np.random.Generator) -> np.ndarray:
    """One deal."""
    shuffled = rng.permutation(len(groups.size))
    narrow = groups.stratum.astype(np.int16) if groups.stratum.max(initial=0) < 2**15 else groups.stratum
    order = shuffled[np.argsort(narrow[shuffled], kind="stable")]  # a radix sort, where the numbers are small
    counts = np.bincount(groups.stratum)
    starts = np.cumsum(counts) - counts
    sorted_stratum = groups.stratum[order]
    rank = np.arange(len(order)) - starts[sorted_stratum]
    place = (rank + rng.random(len(counts))[sorted_stratum]) / counts[sorted_stratum]
    row = order[np.argsort(place)]  # two strata meet in one place with chance nought
    middle = np.cumsum(groups.size[row]) - groups.size[row] / 2
    edges = np.cumsum(shares[:-1]) * groups.size.sum()
    parts = np.empty(len(row), np.int64)
    parts[row] = np.searchsorted(edges, middle, side="right")
    return parts


def _fill_empty(parts: np.ndarray, size: np.ndarray, shares: list[float]) -> np.ndarray:
    """Give each empty part that has a share the smallest group of the part with most groups."""
    counts = np.bincount(parts, minlength=len(shares))
    for empty in (part for part, share in enumerate(shares) if share > 0 and counts[part] == 0):
        richest = int(counts.argmax())
        if counts[richest] < 2:
            break
        candidates = np.flatnonzero(parts == richest)
        parts[candidates[size[candidates].argmin()]] = empty
        counts = np.bincount(parts, minlength=len(shares))
    return parts


def _unevenness(groups: Groups, parts: np.ndarray, shares: list[float]) -> float:
    """How far the rows per part and stratum are from their shares, each stratum counting alike."""
    num_strata = int(groups.pair_stratum.max(initial=0)) + 1
    cells = parts[groups.pair_group] * num_strata + groups.pair_stratum
    rows = np.bincount(cells, groups.pair_rows, minlength=len(shares) * num_strata).reshape(len(shares), num_strata)
    in_stratum = rows.sum(axis=0)
    wanted = np.asarray(shares)[:, None]
    per_stratum = np.abs(rows / np.maximum(in_stratum, 1) - wanted).sum(axis=0).mean()
    sizes = np.abs(rows.sum(axis=1) / max(in_stratum.sum(), 1) - wanted[:, 0]).sum()
    return float(per_stratum + sizes)
