"""Remaining life of turbofan engines (C-MAPSS), one default plan: trained on the training engines, asked once about the
last row of each test engine. Errors with lives capped at 125 cycles and as given, PHM08 score, how often intervals hold
by life left; beside LightGBM on rolling figures of regime-normalised sensors (`NUMBERS.md` §1, recipe R3).

    python benchmarks/remaining_life.py --sets FD001 FD002 FD003 --seeds 0 1 2 3 4
"""

from __future__ import annotations

import argparse
import gzip
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import lightgbm
import numpy as np
import polars as pl

from benchmarks.record import DATA, WORK, parity, row

CAP, WINDOW = 125.0, 30
NAMES = ["unit", "cycle", "setting1", "setting2", "setting3", *(f"s{i}" for i in range(1, 22))]
BINS = ((0.0, 40.0), (40.0, 80.0), (80.0, CAP))


def table(name: str, part: str) -> pl.DataFrame:
    """The rows of a part as they were published."""
    with gzip.open(DATA / f"series/cmapss_{name}/{part}_{name}.txt.gz", "rt") as file:
        rows = np.loadtxt(file)
    return pl.DataFrame(rows, schema=NAMES).with_columns(pl.col("unit", "cycle").cast(pl.Int64))


def lives(name: str) -> np.ndarray:
    """Cycles left after the last row of each test engine."""
    with gzip.open(DATA / f"series/cmapss_{name}/RUL_{name}.txt.gz", "rt") as file:
        return np.loadtxt(file)


def last_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """The last row of each engine, engines in order."""
    return frame.group_by("unit", maintain_order=True).last()


def rmse(answer: np.ndarray, truth: np.ndarray) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(np.mean((answer - truth) ** 2)))


def phm08(answer: np.ndarray, truth: np.ndarray) -> float:
    """Sum over engines: late answers cost more."""
    miss = answer - truth
    return float(np.where(miss < 0, np.exp(-miss / 13) - 1, np.exp(miss / 10) - 1).sum())


def rolled(frame: pl.DataFrame, centers: pl.DataFrame) -> np.ndarray:
    """Raw value, mean, deviation, difference and slope over `WINDOW` rows of each regime-normalised sensor, and the
    cycle."""
    sensors = NAMES[5:]
    keyed = frame.with_columns(regime=pl.col("setting1").round(0)).join(centers, on="regime", how="left",
                                                                        maintain_order="left")  # fmt: skip
    z = keyed.with_columns([(pl.col(s) - pl.col(f"{s}_mean")) / pl.col(f"{s}_sd") for s in sensors])
    place = pl.int_range(pl.len()).over("unit").cast(pl.Float64)
    z = z.with_columns(t=place)
    made = []
    for s in sensors:
        mean = pl.col(s).rolling_mean(WINDOW, min_samples=1)
        both = (pl.col(s) * pl.col("t")).rolling_mean(WINDOW, min_samples=1)
        when = pl.col("t").rolling_mean(WINDOW, min_samples=1)
        spread = (pl.col("t") ** 2).rolling_mean(WINDOW, min_samples=1) - when**2
        made += [
            mean.over("unit").alias(f"{s}_m"), pl.col(s).rolling_std(WINDOW, min_samples=2).over("unit").alias(f"{s}_d"),
            (pl.col(s) - pl.col(s).shift(WINDOW - 1)).over("unit").alias(f"{s}_c"),
            ((both - mean * when) / spread).over("unit").alias(f"{s}_k"),
        ]  # fmt: skip
    found = z.with_columns(made)
    names = [*sensors, *(f"{s}_{f}" for s in sensors for f in "mdck"), "cycle"]
    return found.select(names).to_numpy().astype(float)


def rival(train: pl.DataFrame, test: pl.DataFrame, seed: int) -> np.ndarray:
    """LightGBM's answers for all rows of `test`."""
    keyed = train.with_columns(regime=pl.col("setting1").round(0))
    centers = keyed.group_by("regime").agg(
        *[pl.col(s).mean().alias(f"{s}_mean") for s in NAMES[5:]],
        *[pl.col(s).std().fill_null(1.0).replace(0.0, 1.0).alias(f"{s}_sd") for s in NAMES[5:]],
    )
    left = train.select((pl.col("cycle").max().over("unit") - pl.col("cycle")).clip(upper_bound=CAP)).to_series()
    model = lightgbm.LGBMRegressor(
        n_estimators=500, max_depth=5, learning_rate=0.05, subsample=0.8, subsample_freq=1, colsample_bytree=0.7,
        min_child_samples=5, random_state=seed, verbose=-1, n_jobs=1,
    )  # fmt: skip
    model.fit(rolled(train, centers), left.to_numpy())
    return np.clip(model.predict(rolled(test, centers)), 0, CAP)


def one(name: str, seed: int, settings: dict[str, Any]) -> None:
    """One fit, its rival, and their row."""
    import andon
    from andon.run.files import read_json

    train, test, truth = table(name, "train"), table(name, "test"), lives(name)
    capped = np.minimum(truth, CAP)
    began = time.perf_counter()
    run = andon.fit(
        "remaining_life", train, runs=Path(tempfile.mkdtemp(dir=WORK)), quiet=True, accept=["*"],
        **{"series": {"cap": CAP}, "split.test": 0, "train.seed": seed, "split.seed": seed, "train.threads": 1,
           "train.device": "cpu", **settings},
    )  # fmt: skip
    spent = time.perf_counter() - began
    answers = last_rows(test.with_columns(andon.predict(run, test)))
    answer = answers["answer"].to_numpy()
    other = last_rows(test.with_columns(answer=pl.Series(rival(train, test, seed))))["answer"].to_numpy()
    held = (answers["low"].to_numpy() <= capped) & (capped <= answers["high"].to_numpy())
    row("remaining_life", set=name, seed=seed, value=rmse(answer, capped), n=len(truth), peer="LightGBM, rolling figures",
        ratio=rmse(answer, capped) / rmse(other, capped), as_given=rmse(answer, truth), phm08=phm08(answer, capped),
        phm08_as_given=phm08(answer, truth), peer_capped=rmse(other, capped), peer_as_given=rmse(other, truth),
        peer_phm08=phm08(other, capped), covered=float(held.mean()),
        covered_by_life={f"{low:g}-{high:g}": round(float(held[(capped >= low) & (capped <= high)].mean()), 3)
                         for low, high in BINS},
        width=float((answers["high"] - answers["low"]).mean()), blend=read_json(run / "metrics.json").get("blend"),
        seconds=spent, settings=settings, **parity(run))  # fmt: skip


def main() -> None:
    """Print a row per set and seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=["FD001", "FD002", "FD003"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--set", nargs="*", default=[], metavar="PATH=VALUE", help="settings, to try something")
    asked = parser.parse_args()
    from ruamel.yaml import YAML

    settings = {k: YAML(typ="safe").load(v) for k, v in (s.split("=", 1) for s in asked.set)}
    WORK.mkdir(exist_ok=True)
    for seed in asked.seeds:
        for name in asked.sets:
            one(name, seed, settings)


if __name__ == "__main__":
    main()
