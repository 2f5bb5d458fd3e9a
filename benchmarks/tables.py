"""Process tables with the default plans, beside LightGBM with early stopping and a linear model, on the same folds.

    python benchmarks/tables.py --sets concrete power_plant --seeds 0 1 2 --folds 5 --jobs 2

The test part of each fold is asked once. Both peers get every row outside the test fold, by time those before it; LightGBM
stops early on 15 % of them. Differences over folds and seeds are judged by the corrected resampled t-test (Nadeau & Bengio 2003), since folds
share training rows.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import polars as pl

from benchmarks.record import DATA, WORK, row


@dataclass(frozen=True)
class Table:
    """A set, its job and how it is judged. `lower`: smaller is better."""

    path: str
    job: str
    target: str
    metric: str
    lower: bool
    settings: dict[str, Any] = field(default_factory=dict)
    prepare: str = ""


AFTER = ["TWF", "HDF", "PWF", "OSF", "RNF"]
TABLES = {
    "ai4i": Table("ai4i2020/ai4i2020.csv.gz", "process_quality", "Machine_failure", "average_precision", False,
                  {"known": {"after": AFTER}}),
    "plates": Table("steel_plates_faults/steel_plates_faults.csv.gz", "process_quality", "fault", "log_loss", True, prepare="plates"),
    "secom": Table("secom/secom.csv.gz", "process_quality", "label", "roc_auc", False, {"split": {"by": "random"}}),
    "secom_time": Table("secom/secom.csv.gz", "process_quality", "label", "roc_auc", False,
                        {"split": {"by": "time"}, "data.rows.time": "timestamp"}),
    "secom_blocks": Table("secom/secom.csv.gz", "process_quality", "label", "roc_auc", False,
                          {"split": {"by": "time"}, "data.rows.time": "timestamp"}),
    "concrete": Table("concrete_strength/Concrete_Data.csv.gz", "regress", "", "rmse", True, prepare="concrete"),
    "power_plant": Table("power_plant_ccpp/Folds5x2_pp.csv.gz", "regress", "PE", "rmse", True),
    "steel_energy": Table("steel_energy/Steel_industry_data.csv.gz", "regress", "Usage_kWh", "rmse", True,
                          {"known": {"after": ["CO2(tCO2)"]}, "split": {"by": "time"}}),
}  # fmt: skip
DRAWS = 1000
ONE_SPLIT = ("secom_time", "steel_energy")
"""Sets judged by time whose last part alone is the test part. With folds by time each block but the first is one, and
what comes before it is learnt."""


def frame_of(name: str) -> tuple[Path, str]:
    """Path of the set as a plain file, and its target. One-hot faults become one column; the mix names its group."""
    table = TABLES[name]
    source = DATA / "tables" / table.path
    if not table.prepare:
        return source, table.target
    WORK.mkdir(exist_ok=True)
    out = WORK / f"{name}.parquet"
    frame = pl.read_csv(source)
    if table.prepare == "plates":
        faults = frame.columns[-7:]
        word = pl.concat_list(pl.col(faults)).list.arg_max().replace_strict(range(7), faults).alias("fault")
        frame, target = frame.with_columns(word).drop(faults), "fault"
    else:
        target = frame.columns[-1].strip()  # reading strips headings too
        frame = frame.rename(str.strip)
        mix = frame.columns[:7]
        frame = frame.with_columns(mix=pl.concat_str([pl.col(c).cast(pl.String) for c in mix], separator="/"))
    partial = out.with_suffix(f".{os.getpid()}.tmp")
    frame.write_parquet(partial)
    partial.replace(out)
    return out, target


def one(name: str, fold: int, folds: int, seed: int) -> dict[str, Any]:
    """One fit and its peers on one fold."""
    import torch

    torch.set_num_threads(1)
    import andon
    from andon.score import METRICS, class_arrays

    table = TABLES[name]
    path, target = frame_of(name)
    settings = {k: (dict(v) if isinstance(v, dict) else v) for k, v in table.settings.items()}
    split = {**settings.pop("split", {}), "seed": seed}
    if folds:
        split |= {"folds": folds, "fold": fold}
    if name == "concrete":
        settings["data.rows.group"] = "mix"
    base = Path(tempfile.mkdtemp(dir=WORK))
    began = time.perf_counter()
    run = andon.fit(table.job, str(path), name=f"{name}-{fold}-{seed}", runs=base, quiet=True, target=target,
                    train={"seed": seed, "threads": 1}, split=split, accept=["*"], **settings)  # fmt: skip
    seconds = time.perf_counter() - began
    metrics = run.metrics[table.metric]
    answers = pl.read_parquet(run / "answers.parquet")
    peers = rivals(run, answers["row"].to_numpy(), table, seed)
    own = own_arrays(answers, table)
    values = {"andon": metrics["value"], "trees_inside": metrics.get("trees"),
              "linear_inside": metrics.get("linear"), **andon_blend(run)}  # fmt: skip
    for peer, (scores, truth, took) in peers.items():
        arrays = (
            {"answer": scores, "truth": truth}
            if table.job == "regress"
            else class_arrays(scores, truth, positive=1 if scores.shape[1] == 2 else None)
        )
        values[peer] = METRICS[table.metric].value(arrays)
        values[f"{peer}_seconds"] = took
        if name in ONE_SPLIT:
            values[f"{peer}_apart"] = apart(own, arrays, table)
    import shutil

    shutil.rmtree(base, ignore_errors=True)
    return {"name": name, "fold": fold, "seed": seed, "seconds": seconds, "rows": len(answers), **values}


def own_arrays(answers: pl.DataFrame, table: Table) -> dict[str, Any]:
    """What the run said of its test part, as metrics take it."""
    from andon.score import class_arrays

    if table.job == "regress":
        return {"answer": answers["answer"].to_numpy(), "truth": answers["truth"].to_numpy()}
    classes = [c.removeprefix("p_") for c in answers.columns if c.startswith("p_")]
    scores = np.stack([answers[f"p_{c}"].to_numpy() for c in classes], axis=1)
    truth = np.array([classes.index(v) for v in answers["truth"].cast(pl.String)])
    return class_arrays(scores, truth)  # of two classes the rarer one is to be caught


def apart(ours: dict[str, Any], theirs: dict[str, Any], table: Table) -> list[float]:
    """Bounds of a 95 % interval of our metric less theirs, resampling the rows of one test part for both alike."""
    from andon.score import METRICS

    metric, rng, found = METRICS[table.metric], np.random.default_rng(0), []
    rows = len(ours["truth"])
    for _ in range(DRAWS):
        some = rng.integers(rows, size=rows)
        ours_now, theirs_now = (
            {k: v[some] if isinstance(v, np.ndarray) else v for k, v in each.items()} for each in (ours, theirs)
        )
        found.append(metric.value(ours_now) - metric.value(theirs_now))
    return [float(v) for v in np.nanquantile(found, [0.025, 0.975])]


def andon_blend(run: Any) -> dict[str, float]:
    """Shares of the answer."""
    from andon.run.files import read_json

    blend = read_json(run / "metrics.json").get("blend") or {"network": 1.0}
    return {f"{name}_share": blend.get(name, 0.0) for name in ("network", "trees", "linear")}


def rivals(run: Any, test: np.ndarray, table: Table, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray, float]]:
    """LightGBM and a linear model on the run's own input columns, all rows outside its test part."""
    import lightgbm
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    from andon.api.plans import resolve
    from andon.api.prepare import raw_target
    from andon.encode.schema import Schema
    from andon.records import read
    from andon.run.files import read_json
    from andon.tasks import TASKS

    resolved = resolve(str(run / "plan.yaml"), [])
    records = read(resolved.plan, None, target_names=())
    schema = read_json(run / "schema.json", Schema)
    frame = records.frame.select(schema.names()).collect()
    raw = raw_target(records, records.the("target"), TASKS[resolved.job.task])
    kinds = {f.name: f.kind for f in schema.fields}
    parts = []
    for column in frame.columns:
        series = frame[column]
        if kinds[column] == "category":
            series = series.cast(pl.String).rank("dense")
        elif kinds[column] == "date":
            series = series.cast(pl.Datetime("us")).cast(pl.Int64)
        parts.append(series.cast(pl.Float64).fill_null(float("nan")).to_numpy())
    x = np.stack(parts, axis=1)
    codes = [i for i, c in enumerate(frame.columns) if kinds[c] == "category"]
    classes = sorted(set(raw)) if table.job != "regress" else []
    y = np.array([classes.index(v) for v in raw]) if classes else raw
    if len(classes) == 2:  # class 1 is the rarer: the one to catch
        if (y == 1).sum() > (y == 0).sum():
            y = 1 - y
    usable = np.ones(len(y), bool) if classes else np.isfinite(y)
    usable[test] = False
    rest = np.flatnonzero(usable)
    if resolved.plan.split.by == "time":
        moment = records.frame.select(pl.col(records.the("time"))).collect().to_series().to_physical().to_numpy()
        rest = rest[moment[rest] < moment[test].min()]
        rest = rest[np.argsort(moment[rest], kind="stable")]
        cut = int(0.85 * len(rest))
        train, valid = rest[:cut], rest[cut:]
    else:
        train, valid = train_test_split(rest, test_size=0.15, random_state=seed, stratify=y[rest] if classes else None)
    began = time.perf_counter()
    kind = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
    model = kind(n_estimators=3000, learning_rate=0.05, num_leaves=31, random_state=seed, n_jobs=1, verbose=-1)
    metric = "auc" if len(classes) == 2 and table.metric == "roc_auc" else None
    model.fit(x[train], y[train], eval_set=[(x[valid], y[valid])], eval_metric=metric, categorical_feature=codes,
              callbacks=[lightgbm.early_stopping(100, verbose=False)])  # fmt: skip
    took = time.perf_counter() - began
    ask = model.predict_proba if classes else model.predict
    found = {"lightgbm": (ask(x[test]), y[test], took)}
    began = time.perf_counter()
    numbers = [i for i in range(x.shape[1]) if i not in codes]
    prepare = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore"), codes),
    )
    linear = make_pipeline(prepare, LogisticRegression(max_iter=2000) if classes else RidgeCV(np.logspace(-3, 3, 13)))
    linear.fit(x[rest], y[rest])
    found["linear"] = (
        (linear.predict_proba if classes else linear.predict)(x[test]),
        y[test],
        time.perf_counter() - began,
    )
    return found


def main() -> None:
    """Print one row per fold and seed, then the paired comparison of each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=list(TABLES), choices=list(TABLES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    with ProcessPoolExecutor(asked.jobs, multiprocessing.get_context("spawn")) as pool:  # Polars outlives no fork
        for name in asked.sets:
            frame_of(name)
            folds = 0 if name in ONE_SPLIT else asked.folds
            found = measured_before(name)
            todo = [
                pool.submit(one, name, fold, folds, seed)
                for seed in asked.seeds for fold in range(max(folds, 1)) if seed * 100 + fold not in found
            ]  # fmt: skip
            for future in as_completed(todo):
                result = future.result()
                number = result["seed"] * 100 + result["fold"]
                found[number] = {"value": result["andon"], "n": result["rows"]} | {
                    key: result[key]
                    for key in (
                        *(["lightgbm_apart", "linear_apart"] if name in ONE_SPLIT else []),
                        "lightgbm",
                        "linear",
                        "trees_inside",
                        "linear_inside",
                        "trees_share",
                        "linear_share",
                        "seconds",
                    )
                }
                row("table", set=name, seed=number, peer="lightgbm", metric=TABLES[name].metric,
                    ratio=result["seconds"] / result["lightgbm_seconds"], network_share=result["network_share"],
                    **found[number])  # fmt: skip
            compare(name, list(found.values()), folds)


def measured_before(name: str) -> dict[int, dict[str, Any]]:
    """Rows of this very commit that an earlier, stopped run has kept: they are not measured again."""
    from benchmarks.run_all import _git

    path, commit = Path(__file__).parent / f"results/table_{name}.jsonl", _git("rev-parse", "--short", "HEAD")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    return {line["seed"]: line for line in lines if line["claim"] == "table" and line["commit"] == commit}


def compare(name: str, found: list[dict[str, Any]], folds: int) -> None:
    """Print the paired differences, ours minus theirs, turned so that below zero is better."""
    from andon.score import corrected_t

    sign = 1.0 if TABLES[name].lower else -1.0
    for peer in ("lightgbm", "linear"):
        apart = np.array([sign * (r["value"] - r[peer]) for r in found])
        more = {}
        if len(apart) > 1 and folds:
            judged = corrected_t(apart, (folds - 1) * found[0]["n"], found[0]["n"])
            more = {"p": judged.p, "low": judged.low, "high": judged.high}
        verdict = "won" if apart.mean() < 0 else "lost"
        row("table_paired", set=name, value=float(apart.mean()), n=len(apart), peer=peer, metric=TABLES[name].metric,
            verdict=verdict, wins=int((apart < 0).sum()), **more)  # fmt: skip


if __name__ == "__main__":
    main()
