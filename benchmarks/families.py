"""Kinds of network over histories, one beside the other: engines of C-MAPSS (FD001, FD003), the network alone, with the
usual lookback. Judged by engines held out as validation part, every row of them, lives capped at 125 cycles; the test
engines are not asked.

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
SHARES = (("validation", 0.15), ("calibration", 0.15))


def parted(name: str, seed: int) -> pl.DataFrame:
    """The training engines, each in one part, in a column `part`."""
    frame = table(name, "train")
    engines = frame["unit"].unique(maintain_order=True).to_numpy()
    order = np.random.default_rng(seed).permutation(engines)
    part = dict.fromkeys(engines.tolist(), "train")
    for number, (word, share) in enumerate(SHARES):
        count = round(share * len(engines))
        part |= dict.fromkeys(order[number * count : (number + 1) * count].tolist(), word)
    return frame.with_columns(part=pl.col("unit").replace_strict(part, return_dtype=pl.String))


def one(name: str, family: str, seed: int) -> None:
    """One fit and its row."""
    import andon

    frame = parted(name, seed)
    began = time.perf_counter()
    run = andon.fit(
        "remaining_life", frame, runs=Path(tempfile.mkdtemp(dir=WORK)), quiet=True, accept=["*"], trees="off",
        **{"series": {"cap": CAP, "lookback": 160, "align": "none"}, "network.family": family, "train.seed": seed,
           "train.threads": 1, "train.device": "cpu", "data.rows.part": "part"},
    )  # fmt: skip
    spent = time.perf_counter() - began
    held = frame.filter(part="validation")
    left = held.select((pl.col("cycle").max().over("unit") - pl.col("cycle")).clip(upper_bound=CAP)).to_series()
    answer = andon.predict(run, held.drop("part"))["answer"].to_numpy()
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
