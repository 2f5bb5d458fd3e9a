"""Kinds of network over histories, one beside the other: engines of C-MAPSS (FD001, FD003), the network alone, with the
usual lookback. Judged by training engines that the fit never sees (its own validation lives are learnt in the end), every
row of them, lives capped at 125 cycles; the test engines are not asked.

    python benchmarks/families.py --sets FD001 FD003 --family history attention convolution dense random
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import polars as pl

from benchmarks.record import WORK, parity, row
from benchmarks.remaining_life import CAP, rmse, table

FAMILIES = ("history", "attention", "convolution", "dense", "random")
HELD = 0.2
"""Share of the training engines that are held out."""


def parted(name: str, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The training engines: those to learn from and those to be judged by."""
    frame = table(name, "train")
    engines = frame["unit"].unique(maintain_order=True).to_numpy()
    held = np.random.default_rng(seed).permutation(engines)[: round(HELD * len(engines))]
    out = pl.col("unit").is_in(held.tolist())
    return frame.filter(~out), frame.filter(out)


def one(name: str, family: str, seed: int) -> None:
    """One fit and its row."""
    import andon

    frame, held = parted(name, seed)
    began = time.perf_counter()
    run = andon.fit(
        "remaining_life", frame, runs=Path(tempfile.mkdtemp(dir=WORK)), quiet=True, accept=["*"], trees="off",
        **{"series": {"cap": CAP, "lookback": 160, "align": "none"}, "network.family": family, "train.seed": seed,
           "train.threads": 1, "train.device": "cpu", "split.test": 0, "split.seed": seed},
    )  # fmt: skip
    spent = time.perf_counter() - began
    left = held.select((pl.col("cycle").max().over("unit") - pl.col("cycle")).clip(upper_bound=CAP)).to_series()
    answer = andon.predict(run, held)["answer"].to_numpy()
    row("history_families", set=name, seed=seed, value=rmse(answer, left.to_numpy()), n=held["unit"].n_unique(),
        family=family, rows=len(held), weights=run.manifest["size"]["weights"], seconds=spent, **parity(run))  # fmt: skip


def main() -> None:
    """Print a row per set and family."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=["FD001", "FD003"])
    parser.add_argument("--family", nargs="+", default=list(FAMILIES))
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    for name in asked.sets:
        for family in asked.family:
            one(name, family, asked.seed)


if __name__ == "__main__":
    main()
