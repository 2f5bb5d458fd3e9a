"""Default plans on tables that none of our choices was made on, beside LightGBM and linear models on the same splits.

    python benchmarks/foreign_tables.py --sets wine late rare --seeds 0 1

One split a seed. The paired difference has a bootstrap interval over rows of the test part (`apart`: below nought where
we are better); a set is lost beyond noise where it lies above nought. Findings are printed as they stand.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import polars as pl

from benchmarks.foreign_made import SETS
from benchmarks.record import WORK, row
from benchmarks.tables import andon_blend, apart, own_arrays, rivals


def one(name: str, seed: int) -> dict[str, Any]:
    """One fit and its peers."""
    import torch

    torch.set_num_threads(1)
    import andon
    from andon.errors import Refused
    from andon.score import METRICS, class_arrays

    made, table = SETS[name], SETS[name].table()
    base = Path(tempfile.mkdtemp(dir=WORK))
    made.make(seed).write_csv(base / "rows.csv")
    settings = {k: dict(v) if isinstance(v, dict) else v for k, v in made.settings.items()}
    split = {**settings.pop("split", {}), "seed": seed}
    asked = {"target": made.target, "train": {"seed": seed, "threads": 1}, "split": split, **settings}
    refused, accept = "", []
    began = time.perf_counter()
    try:
        run = andon.fit(made.job, str(base / "rows.csv"), runs=base, quiet=True, **asked)
    except Refused as problem:
        refused, accept, began = str(problem), ["*"], time.perf_counter()
        run = andon.fit(made.job, str(base / "rows.csv"), runs=base, quiet=True, accept=accept, **asked)
    seconds = time.perf_counter() - began
    answers = pl.read_parquet(run / "answers.parquet")
    metrics, own = run.metrics[table.metric], own_arrays(answers, table)
    values = {"value": metrics["value"], "n": len(answers), "seconds": seconds,
              "trees_inside": metrics.get("trees"), "linear_inside": metrics.get("linear"),
              "baseline": metrics.get("baseline"), **andon_blend(run)}  # fmt: skip
    for peer, (scores, truth, took) in rivals(run, answers["row"].to_numpy(), table, seed).items():
        theirs = (
            {"answer": scores, "truth": truth}
            if table.job == "regress"
            else class_arrays(scores, truth, positive=1 if scores.shape[1] == 2 else None)
        )
        low, high = apart(own, theirs, table)
        sides = (low, high) if table.lower else (-high, -low)
        values |= {peer: METRICS[table.metric].value(theirs), f"{peer}_seconds": took, f"{peer}_apart": sides,
                   f"{peer}_lost": sides[0] > 0}  # fmt: skip
    if refused:
        values["refused"] = refused
    values["findings"] = [f"{f['level']} {f['code']} {f['what']}" for f in findings(run)]
    keep = os.environ.get("ANDON_KEEP")
    if keep:
        shutil.move(base, Path(keep) / f"{name}-{seed}")
    shutil.rmtree(base, ignore_errors=True)
    return values


def findings(run: Any) -> list[dict[str, Any]]:
    """What the checks said, but for what is information alone."""
    found: list[dict[str, Any]] = json.loads((run / "findings.json").read_text("utf-8"))
    return [f for f in found if f["level"] != "info"]


def main() -> None:
    """Print one row per set and seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    for name in asked.sets:
        for seed in asked.seeds:
            found = one(name, seed)
            row("foreign_table", set=name, seed=seed, peer="lightgbm", metric=SETS[name].metric,
                ratio=found["seconds"] / found["lightgbm_seconds"], **found)  # fmt: skip


if __name__ == "__main__":
    main()
