"""`andon compare`: runs side by side; where two judged the same rows, the difference is paired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from andon.errors import Problem, RunProblem
from andon.run.files import read_json
from andon.run.folder import Run, open_run

DRAWS = 2000


def compare(folders: list[Path]) -> list[dict[str, Any]]:
    """One row per run: its main metric, and its mean loss against the first run's on the rows both answered.

    The interval is a paired bootstrap over rows (over groups where the split kept groups together); a run on other
    records, of another target or without shared rows is only listed.
    """
    if len(folders) < 2:
        raise Problem.of("one run is nothing to compare", fix="name two or more run folders")
    runs = [open_run(folder) for folder in folders]
    tasks = {run.manifest["task"] for run in runs}
    if len(tasks) > 1:
        raise Problem.of("the runs have different tasks", why=", ".join(sorted(tasks)), fix="compare runs of one task")
    first = _losses(runs[0])
    rows = []
    for number, run in enumerate(runs):
        metrics: dict[str, Any] = read_json(run / "metrics.json")
        main = metrics["main"]
        row: dict[str, Any] = {
            "run": run.folder.name, "metric": main, "value": metrics["metrics"][main]["value"],
            "difference": None, "low": None, "high": None, "verdict": "reference" if number == 0 else "no shared rows",
        }  # fmt: skip
        if number and first is not None and _same_rows(runs[0], run):
            row |= _difference(first, _losses(run))
        rows.append(row)
    return rows


def _same_rows(one: Run, other: Run) -> bool:
    """Whether row numbers mean the same rows: same records, same target."""
    facts = [(m["target"], [f.get("sha256") for f in m["data"]]) for m in (one.manifest, other.manifest)]
    return bool(facts[0] == facts[1])


def _losses(run: Run) -> pl.DataFrame | None:
    """Row, loss and group of each answer of the test part; None where the run may not keep them."""
    path = run / "answers.parquet"
    if not path.exists():
        return None
    try:
        answers = pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise RunProblem.of("answers.parquet cannot be read", where=str(run.folder), why=str(error).splitlines()[0],
                            fix="restore the file, or train again") from None  # fmt: skip
    return answers.select("row", "loss", *(["group"] if "group" in answers.columns else [])).drop_nulls().drop_nans()


def _difference(first: pl.DataFrame, other: pl.DataFrame | None) -> dict[str, Any]:
    """Mean of (other - first) loss over shared rows, its interval, and what that means."""
    if other is None:
        return {}
    both = first.join(other, on="row", suffix="_other")
    if len(both) < 10:
        return {}
    apart = (both["loss_other"] - both["loss"]).to_numpy()
    together = both["group"].to_numpy() if "group" in both.columns else np.arange(len(apart))
    place = np.unique(together, return_inverse=True)[1]
    sums, counts = np.bincount(place, apart), np.bincount(place)
    rng = np.random.default_rng(0)
    drawn = (rng.integers(0, len(sums), len(sums)) for _ in range(DRAWS))
    means = np.array([sums[d].sum() / counts[d].sum() for d in drawn])
    low, high = (float(v) for v in np.quantile(means, [0.025, 0.975]))
    verdict = "better" if high < 0 else "worse" if low > 0 else "no difference beyond noise"
    return {"difference": float(apart.mean()), "low": low, "high": high, "verdict": verdict}
