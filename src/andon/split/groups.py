"""Which rows must stay together: units, groups, identical rows and pictures of one spot, joined where they overlap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

import numpy as np

from andon.split.looked import Looked

LARGEST = 0.1
"""Joining may not make one group of more than this share of the rows, unless one was as large before."""
REPEATS = 100
"""With fewer distinct rows than this, each occurring often, identical rows are repeats of a setting, not copies."""


@dataclass(frozen=True)
class Together:
    """`groups`: int64 number per row, equal where rows stay together, or None if each stands alone; `notes`: half
    sentences about what was joined or could not be; `copies`: whether identical rows stay together too, may be parted,
    or are repeats that mean nothing."""

    groups: np.ndarray | None
    notes: tuple[str, ...]
    copies: Literal["kept", "parted", "repeats"]


def together(looked: Looked, by: str) -> Together:
    """What a split by `by` must not cut. One by time cuts between moments alone, a given one where it is told to."""
    groups = {"unit": looked.unit, "group": looked.group}.get(by)
    notes: list[str] = []
    if by == "unit" and looked.group is not None and groups is not None:
        joined = join(groups, looked.group)
        if _harmless(joined, groups):
            groups = joined
            notes.append(f"values of '{looked.names['group']}' are kept together too")
        else:
            notes.append(f"'{looked.names['group']}' spans too many units to be kept together as well")
    copied = looked.num_copied
    if not copied:
        return Together(groups, tuple(notes), "kept")
    if by == "given":
        return Together(None, (), "parted")
    distinct = looked.rows - copied
    if distinct < REPEATS and distinct * 10 < looked.rows:
        notes.append(f"there are only {distinct} distinct rows, so identical ones count as repeats and may be parted")
        return Together(groups, tuple(notes), "repeats")
    if by == "time":
        return Together(None, (), "parted")
    joined = looked.copies if groups is None else join(groups, looked.copies)
    if groups is not None and not _harmless(joined, groups):
        return Together(groups, tuple(notes), "parted")
    notes.append(f"{copied:,} rows identical to another are kept with it")
    return Together(joined, tuple(notes), "kept")


def with_spots(kept: Together, looked: Looked) -> Together:
    """The same, with pictures of one spot kept together as well where enough groups are left to deal out."""
    if not looked.spots or kept.copies != "kept":
        return kept
    spots = reduce(join, looked.spots)
    groups = np.arange(looked.rows) if kept.groups is None else kept.groups
    joined = join(groups, spots)
    if len(np.unique(joined)) == len(np.unique(groups)):
        return kept
    if not _harmless(joined, groups):
        return replace(kept, notes=(*kept.notes, "pictures of one spot are too many to be kept together"))
    alike = int((np.bincount(_numbered(spots))[_numbered(spots)] > 1).sum())
    note = f"{alike:,} pictures of a spot that another shows too are kept with it"
    return replace(kept, groups=joined, notes=(*kept.notes, note))


def _harmless(joined: np.ndarray, before: np.ndarray) -> bool:
    """Whether joining leaves enough groups to deal out."""
    largest = np.bincount(_numbered(joined)).max()
    return bool(largest <= max(np.bincount(_numbered(before)).max(), LARGEST * len(joined)))


def _numbered(codes: np.ndarray) -> np.ndarray:
    """The same groups, numbered from 0 without holes."""
    return np.unique(codes, return_inverse=True)[1]


def join(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Groups that are whole under both numberings: connected components, by hooking and pointer jumping.

    Shiloach & Vishkin 1982, with arrays for processors: a logarithmic number of passes, no loop over rows. A component
    takes the smallest number of `first` in it.
    """
    values, left = np.unique(first, return_inverse=True)
    right = _numbered(second)
    links = np.bincount(right)[right] > 1  # a row alone in its group ties nothing together
    left_of, right_of = left[links], right[links] + len(values)
    parent = np.arange(len(values) + right.max(initial=-1) + 1)
    while True:
        one, other = parent[left_of], parent[right_of]
        apart = one != other
        if not apart.any():
            return values[parent[left]]
        one, other = one[apart], other[apart]
        np.minimum.at(parent, np.maximum(one, other), np.minimum(one, other))
        while True:
            jumped = parent[parent]
            if np.array_equal(jumped, parent):
                break
            parent = jumped


def part_copies(codes: np.ndarray, copies: np.ndarray) -> np.ndarray:
    """Mask of the rows whose inputs also stand in a part that judges later (test over calibration over validation over
    train): leaving them out keeps the later part honest."""
    used = np.flatnonzero(codes < 4)
    order = used[np.argsort(copies[used], kind="stable")]
    starts = np.flatnonzero(np.diff(copies[order], prepend=-1))
    mask = np.zeros(len(codes), bool)
    if len(order):
        latest = np.maximum.reduceat(codes[order], starts)
        mask[order] = codes[order] < np.repeat(latest, np.diff(np.append(starts, len(order))))
    return mask
