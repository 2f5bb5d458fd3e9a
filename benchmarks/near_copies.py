"""Pairs of pictures that `check` calls the same spot, beside what the sets say: magnetic tile's `tile_group`, DeepPCB's
template and test of one board; NEU and X-SDD have hardly any.

    python benchmarks/near_copies.py
"""

from __future__ import annotations

import io
import sys
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import polars as pl

from benchmarks.record import DATA, row


def main() -> None:
    """A row per set: share of the pairs found that are true, and how many of the true ones are found."""
    from andon.checks.pictures.twins import grouped
    from andon.pictures import read_bytes
    from andon.records.pictures import open_pictures
    from andon.records.pictures.looked import look_at

    for name in ("neu_steel", "xsdd_steel", "magnetic_tile", "deeppcb_subset"):
        archive = DATA / "images" / name / f"{name}.tar"
        frame = open_pictures(archive).sample
        groups = grouped(look_at(frame["picture"].to_list()))
        pairs = [pair for group in np.unique(groups) for pair in combinations(np.flatnonzero(groups == group), 2)]
        truth = None
        if name == "magnetic_tile":
            known = pl.read_csv(io.BytesIO(read_bytes(f"{archive}/groups.csv")))
            of = dict(zip(known["file"], known["tile_group"], strict=True))
            truth = np.array([of[file] for file in frame["file"]])
        elif name == "deeppcb_subset":
            truth = np.array([serial.rpartition("_")[0] for serial in frame["serial"]])
        right = None if truth is None else sum(truth[a] == truth[b] for a, b in pairs)
        there = None if truth is None else sum(n * (n - 1) // 2 for n in np.unique(truth, return_counts=True)[1])
        row("near_copies", set=name, value=len(pairs), n=frame.height, right=None if right is None else int(right),
            there=None if there is None else int(there))  # fmt: skip


if __name__ == "__main__":
    main()
