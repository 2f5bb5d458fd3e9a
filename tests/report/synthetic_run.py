"""Run folders, made up: three classes, two classes with costs, a number with intervals."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from PIL import Image

from andon.evaluation.judge import judge
from andon.plan.settings import Decide
from andon.tasks import TASKS

CLASSES = ["good", "scratch <deep>", "划痕"]
HOSTILE = "</style><script>alert(1)</script>"


def write(folder: Path, name: str, value: object) -> None:
    """Write JSON."""
    (folder / name).write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")


def common(folder: Path, *, job: str, task: str, target: str, plan: str, seed: int = 0) -> None:
    """The files that every run has."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    (folder / "plan.yaml").write_text(plan, "utf-8")
    steps = np.arange(0, 4000, 20)
    train = 0.9 * np.exp(-steps / 700) + 0.08 + rng.normal(0, 0.02, len(steps))
    valid = [
        float(0.85 * np.exp(-s / 800) + 0.14 + 3e-6 * max(0, s - 2600)) if i % 10 == 9 else None
        for i, s in enumerate(steps)
    ]
    rate = 1e-3 * 0.5 * (1 + np.cos(np.pi * steps / 4000))
    history = {"step": steps, "epoch": steps / 400, "train_loss": train, "valid_loss": valid, "learning_rate": rate}
    pl.DataFrame({**history, "seconds": steps * 0.01}).write_ipc(folder / "history.arrow")
    trials = [("adamw", 1e-3, 0.28), ("adamw", 1e-2, 0.45), ("muon", 2e-3, 0.24), ("sgd", 1e-1, 0.5)]
    curves = [
        {"name": n, "learning_rate": r, "steps": list(range(0, 300, 10)), "chosen": n == "muon",
         "losses": [float(1.1 * np.exp(-s / 90) + e + rng.normal(0, 0.01)) for s in range(0, 300, 10)]}
        for n, r, e in trials
    ]  # fmt: skip
    write(folder, "optim.json", {"choice": {"optimizer": "muon", "learning_rate": 2e-3}, "curves": curves})
    write(folder, "findings.json", findings())
    fields = [{"name": n, "kind": "number"} for n in ("torque_nm", "speed_rpm", "air_temperature_k", "tool_wear_min")]
    write(
        folder,
        "schema.json",
        {"fields": [*fields, {"name": "machine", "kind": "category"}, {"name": HOSTILE, "kind": "number"}]},
    )
    digest = hashlib.sha256(job.encode()).hexdigest()
    files = ("plan.yaml", "model.onnx", "weights.safetensors", "metrics.json", "schema.json")
    sources = {"lots.parquet": 1_482_133, "历史数据/historian.csv": 88_120_331}
    why = "By unit: all rows of one 'lot' are in one part, so that the scores hold for new ones."
    manifest = {
        "format": 1, "andon": "0.1.0", "name": f"bearings-{job}", "job": job, "task": task, "target": target,
        "created": "2026-09-24T10:11:12", "finished": True,
        "files": dict.fromkeys(files, digest),
        "data": [{"path": path, "bytes": size, "sha256": digest} for path, size in sources.items()],
        "packages": {"torch": "2.13.0", "polars": "2.1.0", "onnxruntime": "1.32.0", "numpy": "2.4.1"},
        "machine": {"system": "Linux", "cores": 16, "device": "cpu"}, "seed": 0,
        "choices": {"precision": "float32", "threads": 2, "batch": 256, "optimizer": "muon"},
        "parts": {"train": 5500, "validation": 1500, "calibration": 1000, "test": 2000},
        "split": {"by": "unit", "why": why},
        "size": {"weights": 41_234, "onnx_bytes": 188_000, "members": 4},
        "seconds": {"read": 0.8, "check": 1.2, "train": 75.3, "export": 6.1, "evaluate": 2.4},
        "reproduce": "andon fit runs/bearings/plan.yaml",
    }  # fmt: skip
    write(folder, "manifest.json", manifest)


def findings() -> list[dict[str, Any]]:
    """A warning told of several columns, a note, and one that tries to break out of the page."""
    missing = [
        {"level": "warning", "code": "missing", "column": column, "rows": 320, "first_rows": [3, 17, 40],
         "what": f"'{column}' is missing in 320 rows (3.2 %)", "why": "most of what is learnt from it would be made up",
         "fix": f"check the sensor or export of '{column}'; if it stays so, leave it out with known.ignore"}
        for column in ("torque_nm", "speed_rpm", "air_temperature_k")
    ]  # fmt: skip
    hostile = {
        "level": "info", "code": "constant", "column": HOSTILE, "rows": 10_000,
        "what": f"'{HOSTILE}' is 3.0 in every row",
        "why": "what never changes explains nothing; a sensor that never moves may be stuck or not connected",
        "fix": f"check the sensor; leave it out with known.ignore: ['{HOSTILE}'] if this is how it should be",
    }  # fmt: skip
    return [hostile, *missing]


def classification(folder: Path, *, num_classes: int = 3, rows: int = 2000) -> Path:
    """Three classes (or many), one of them with a Chinese name and one with markup in it."""
    classes = CLASSES if num_classes == 3 else [f"fault type {i:02d}" for i in range(num_classes)]
    common(folder, job="defect_class", task="classification", target="defect",
           plan="job: defect_class\ndata: {rows: {path: lots.parquet, unit: lot}}\ntarget: defect\n")  # fmt: skip
    rng = np.random.default_rng(1)
    truth = rng.choice(num_classes, rows, p=np.array([0.7, 0.2, 0.1]) if num_classes == 3 else None)
    logit = rng.normal(0, 1, (rows, num_classes))
    logit[np.arange(rows), truth] += 3.2
    p = np.exp(logit) / np.exp(logit).sum(1, keepdims=True)
    answer = p.argmax(1)
    counts = np.zeros((num_classes, num_classes), int)
    np.add.at(counts, (truth, answer), 1)
    names = np.array(classes, dtype=object)
    answers = {"row": np.arange(rows) + 8000, "truth": names[truth], "answer": names[answer]}
    pl.DataFrame({**answers, **{f"p_{c}": p[:, i] for i, c in enumerate(classes)}}).write_parquet(
        folder / "answers.parquet"
    )
    hit = float((truth == answer).mean())
    recall, precision = counts.diagonal() / counts.sum(1), counts.diagonal() / np.maximum(counts.sum(0), 1)
    per_class = [
        {"class": c, "rows": int(counts[i].sum()), "precision": float(precision[i]), "recall": float(recall[i]),
         "f1": float(2 * precision[i] * recall[i] / (precision[i] + recall[i]))}
        for i, c in enumerate(classes)
    ]  # fmt: skip
    metrics = {
        "accuracy": metric(hit, 0.016, baseline=0.7, trees=hit - 0.004, linear=hit - 0.03, unit="%"),
        "macro_f1": metric(0.861, 0.02, baseline=0.275, trees=0.859, linear=0.80),
        "log_loss": {**metric(0.214, 0.014, baseline=0.80, trees=0.235), "better": "lower"},
        "roc_auc": metric(0.981, 0.004, baseline=0.5, trees=0.979),
        "ece": {"value": 0.012, "low": None, "high": None, "better": "lower", "baseline": None},
    }
    write(folder, "metrics.json", {
        "task": "classification", "main": "accuracy", "rows": rows, "groups": 120, "metrics": metrics,
        "per_class": per_class, "confusion": {"classes": classes, "counts": counts.tolist()},
        "per_group": per_group(hit), "reliability": reliability(p.max(1), truth == answer),
        "gap": {"verdict": "fits", "sentence": "Training and validation loss stay together."},
        "drivers": drivers(), "speed": {"row_ms": 0.21, "thousand_ms": 4.3, "fit_seconds": 75.3},
        "parity": {"rows": 512, "flips": 0, "largest": 3.1e-7}, "baseline_name": "always the commonest class",
        "decision": {},
    })  # fmt: skip
    return folder


def inspected(folder: Path, *, rows: int = 2000, cost: dict[str, float] | None = None) -> Path:
    """Pictures of three classes, decided by cost with a band that a person looks at; noise, as large as pictures get."""
    classification(folder, rows=rows)
    cost = {"escape": 50.0, "overkill": 1.0, "review": 0.3} if cost is None else cost
    (folder / "plan.yaml").write_text(f"job: defect_class\ntarget: defect\ntrain: {{augment: [flip, {{shift: 0.07}}]}}\n"
                                      f"decide: {{cost: {json.dumps(cost)}}}\n", "utf-8")  # fmt: skip
    answers = pl.read_parquet(folder / "answers.parquet")
    scores, truth = answers.select("^p_.*$").to_numpy(), np.array(answers["truth"].to_list(), object)
    task, state = TASKS["classification"], {"classes": CLASSES, "shares": [0.7, 0.2, 0.1], "temperature": 1.0}
    state = task.calibrate(scores[:200], truth[:200], Decide(cost=cost), state)
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    metrics |= {name: judge(task, state, scores, truth)[name] for name in ("decision", "confusion", "per_class")}
    write(folder, "metrics.json", metrics)
    rng = np.random.default_rng(5)
    wrong = [(t, a) for t in CLASSES for a in CLASSES if t != a] * 4
    pl.DataFrame(
        {"row": range(24), "place": [f"parts/{HOSTILE}/{i}.png" for i in range(24)], "truth": [t for t, _ in wrong],
         "answer": [a for _, a in wrong], "p_answer": [0.9] * 24, "p_truth": [0.1] * 24, "agreement": [0.5] * 24,
         **{kind: [noise(rng, 160) for _ in wrong] for kind in ("picture", "heat", "slope")}}
    ).write_ipc(folder / "worst.arrow")  # fmt: skip
    pl.DataFrame(
        {"class": np.repeat(CLASSES, 9), "row": np.repeat([3, 1, 4], 9), "epoch": [*range(-1, 8)] * 3,
         "picture": [noise(rng, 96) for _ in range(27)]}
    ).write_ipc(folder / "augmented.arrow")  # fmt: skip
    return folder


def noise(rng: np.random.Generator, side: int) -> bytes:
    """A JPEG as large as its side allows."""
    buffer = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8)).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def binary(folder: Path, *, rows: int = 3000) -> Path:
    """Good and bad parts, an escape costing fifty times an overkill."""
    common(folder, job="process_quality", task="classification", target="scrap",
           plan="job: process_quality\ntarget: scrap\ndecide: {cost: {escape: 50, overkill: 1}, positive: bad}\n"
           "report: {language: zh}\n")  # fmt: skip
    rng = np.random.default_rng(2)
    bad = rng.random(rows) < 0.04
    score = 1 / (1 + np.exp(-rng.normal(-4.2 + 4.6 * bad, 1.3)))
    answer = np.where(score >= 0.03, "bad", "good")
    truth = np.where(bad, "bad", "good")
    pl.DataFrame(
        {"row": np.arange(rows), "truth": truth, "answer": answer, "p_good": 1 - score, "p_bad": score}
    ).write_parquet(folder / "answers.parquet")
    counts = [[int(((truth == t) & (answer == a)).sum()) for a in ("bad", "good")] for t in ("bad", "good")]
    metrics = {
        "average_precision": metric(0.71, 0.07, baseline=0.04, trees=0.74, linear=0.52),
        "roc_auc": metric(0.962, 0.018, baseline=0.5, trees=0.968, linear=0.93),
        "recall": metric(0.93, 0.05, baseline=0.0, trees=0.94, unit="%"),
        "precision": metric(0.21, 0.03, baseline=None, trees=0.24, unit="%"),
        "cost": {**metric(0.27, 0.06, baseline=0.96, trees=0.29), "better": "lower"},
    }
    write(folder, "metrics.json", {
        "task": "classification", "main": "average_precision", "rows": rows, "metrics": metrics,
        "confusion": {"classes": ["bad", "good"], "counts": counts}, "reliability": reliability(score, bad),
        "decision": {"threshold": 0.03, "positive": "bad", "cost": 0.27, "baseline_cost": 0.96},
        "gap": {"verdict": "overfits", "sentence": ""}, "drivers": drivers(),
        "speed": {"row_ms": 0.08}, "blend": {"network": 0.6, "trees": 0.4},
        "parity": {"rows": 512, "flips": 0, "largest": 1e-7},
        "baseline_name": "always the commonest class",
    })  # fmt: skip
    return folder


def regression(folder: Path, *, rows: int = 1200) -> Path:
    """Strength of concrete with 90 % intervals that are too narrow for the strongest."""
    common(folder, job="regress", task="regression", target="strength_mpa", plan="job: regress\ntarget: strength_mpa\n")
    rng = np.random.default_rng(3)
    truth = rng.gamma(6, 6, rows)
    answer = truth + rng.normal(0, 3 + 0.06 * truth)
    pl.DataFrame(
        {"row": np.arange(rows), "truth": truth, "answer": answer, "low": answer - 8, "high": answer + 8}
    ).write_parquet(folder / "answers.parquet")
    covered = float((np.abs(truth - answer) <= 8).mean())
    metrics = {
        "rmse": {**metric(5.21, 0.35, baseline=14.6, trees=5.02, linear=9.8, unit="MPa"), "better": "lower"},
        "mae": {**metric(4.05, 0.22, baseline=11.9, trees=3.9, linear=7.7, unit="MPa"), "better": "lower"},
        "r2": metric(0.874, 0.02, baseline=0.0, trees=0.88, linear=0.55),
    }
    groups = [{"column": "plant", "value": v, "rows": 300, "metric": m, "low": m - 0.5, "high": m + 0.5}
              for v, m in (("Wuhan 武汉", 4.6), ("Köln", 5.1), ("Pune", 6.4))]  # fmt: skip
    write(folder, "metrics.json", {
        "task": "regression", "main": "rmse", "rows": rows, "metrics": metrics, "per_group": groups,
        "intervals": {"asked": 0.9, "covered": covered, "width": 16.0}, "drivers": drivers(),
        "gap": {"verdict": "underfits"}, "speed": {"row_ms": 0.1, "thousand_ms": 2.0, "fit_seconds": 30},
        "parity": {"rows": 512, "flips": 2, "largest": 0.02}, "baseline_name": "mean of the training part",
    })  # fmt: skip
    return folder


def metric(value: float, half: float, **more: Any) -> dict[str, Any]:
    """A metric with a symmetric interval."""
    return {"value": value, "low": value - half, "high": value + half, "better": "higher", **more}


def reliability(score: np.ndarray, hit: np.ndarray) -> list[dict[str, Any]]:
    """Ten bins of stated confidence."""
    found = []
    for i in range(10):
        low, high = i / 10, (i + 1) / 10
        inside = (score >= low) & (score < high if i < 9 else score <= high)
        if inside.any():
            found.append(
                {
                    "low": low,
                    "high": high,
                    "mean": float(score[inside].mean()),
                    "share": float(hit[inside].mean()),
                    "rows": int(inside.sum()),
                }
            )
    return found


def per_group(middle: float) -> list[dict[str, Any]]:
    """Machines and shifts."""
    rng = np.random.default_rng(4)
    groups = [("machine", f"M{i:02d}") for i in range(24)] + [("shift", s) for s in ("early", "late", "night 夜班")]
    values = np.clip(middle + rng.normal(0, 0.03, len(groups)), 0, 1)
    return [
        {
            "column": c,
            "value": v,
            "rows": 80,
            "metric": float(m),
            "low": max(0, float(m) - 0.04),
            "high": min(1, float(m) + 0.04),
        }
        for (c, v), m in zip(groups, values, strict=True)
    ]


def drivers() -> list[dict[str, Any]]:
    """Three that matter, noise, and one that tries to break out."""
    named = [
        ("torque_nm", 0.21),
        ("tool_wear_min", 0.14),
        ("air_temperature_k", 0.06),
        ("machine", 0.012),
        (HOSTILE, 0.001),
        ("noise_1", -0.001),
    ]
    return [
        {"column": c, "importance": v, "low": v - 0.012, "high": v + 0.012, "gradient": v * 2, "stable": v > 0.02}
        for c, v in named
    ]


KINDS = {"classification": classification, "binary": binary, "regression": regression, "inspected": inspected}
"""Kind of run -> what makes its folder."""
