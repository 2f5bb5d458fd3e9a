"""Defects on pictures, from random weights, with the default plan: NEU and X-SDD, five folds each, and NEU with twenty
pictures per class. The test part of each fold is asked once.

    python benchmarks/defect_classes.py --sets neu xsdd --folds 0 1 2 3 4 --jobs 2
    python benchmarks/defect_classes.py --sets neu_20 --folds 0 1 2
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import polars as pl

from benchmarks.record import DATA, WORK, parity, row

SETS = {"neu": "neu_steel", "xsdd": "xsdd_steel", "neu_20": "neu_steel"}
PER_CLASS = 20


def one(name: str, fold: int, settings: dict[str, Any]) -> dict[str, float]:
    """One fit: what the run says of its test part, and its gate of the shipped file."""
    import andon
    from andon.run.files import read_json

    data: Any = DATA / "images" / SETS[name] / f"{SETS[name]}.tar"
    more: dict[str, Any] = {"split": {"folds": 5, "fold": fold}}
    if name == "neu_20":
        data, more = few(data, fold), {"data.rows.part": "given_part"}
    began = time.perf_counter()
    run = andon.fit("defect_class", data, runs=Path(tempfile.mkdtemp(dir=WORK)), quiet=True, accept=["*"],
                    **{"train.seed": fold, "train.threads": 1, **more, **settings})  # fmt: skip
    found = read_json(run / "metrics.json")
    print(run.folder, file=sys.stderr)
    return {**{name: m["value"] for name, m in found["metrics"].items()}, "seconds": time.perf_counter() - began,
            **parity(run)}  # fmt: skip


def few(data: Path, seed: int) -> pl.DataFrame:
    """Twenty pictures of each class to learn from (three of them to choose by), all others to be asked."""
    from andon.records.pictures import open_pictures

    frame = open_pictures(data).sample.select("picture", "label")
    part = np.full(frame.height, "test", dtype=object)
    rng = np.random.default_rng(seed)
    for label in frame["label"].unique(maintain_order=True):
        rows = rng.permutation(np.flatnonzero(frame["label"].to_numpy() == label))[:PER_CLASS]
        part[rows], part[rows[:3]] = "train", "validation"
    return frame.with_columns(given_part=pl.Series(part, dtype=pl.String))


def main() -> None:
    """Print a row per fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=["neu", "xsdd"], choices=SETS)
    parser.add_argument("--folds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--set", nargs="*", default=[], metavar="PATH=VALUE", help="settings, to try something")
    asked = parser.parse_args()
    from ruamel.yaml import YAML

    settings = {k: YAML(typ="safe").load(v) for k, v in (s.split("=", 1) for s in asked.set)}
    WORK.mkdir(exist_ok=True)
    with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as pool:
        wanted = [(name, fold) for name in asked.sets for fold in asked.folds]
        done = pool.map(one, *zip(*wanted, strict=True), [settings] * len(wanted))
        for (name, fold), found in zip(wanted, done, strict=True):
            main_metric = "macro_f1" if name == "xsdd" else "accuracy"
            row(f"defects_{main_metric}", set=name, seed=fold, value=found[main_metric], settings=settings, **found)


if __name__ == "__main__":
    main()
