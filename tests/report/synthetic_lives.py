"""The run folder of a job that predicts the life left, made up: twelve lives of two units more, one of them unsound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from synthetic_run import HOSTILE, common, drivers, metric, write

from andon.evaluation.lives import Watched, judge_lives, lengths_of, numbered

CAP = 125.0


def answers(lives: int, length: int, seed: int = 6) -> pl.DataFrame:
    """Rows of lives that count down; the farther the end, the rougher the answers; the first life is told late."""
    rng = np.random.default_rng(seed)
    frames = []
    for life in range(lives):
        rows = length + 10 * (life % 7)
        truth = np.arange(rows, 0, -1, dtype=float) - 1
        noise = np.convolve(rng.normal(0, 1, rows + 10), np.ones(11) / 11, "valid") * 2 * (1 + truth / 20)
        answer = np.clip(np.minimum(truth, CAP) + noise + (15 if life == 0 else 0), 0, CAP)
        width = 3 + 0.12 * answer
        frames.append(pl.DataFrame({
            "unit": HOSTILE if life == 1 else f"press {life // 2 + 1}", "time": np.arange(rows, dtype=float) + 500 * (life % 2),
            "truth": truth, "answer": answer, "low": np.clip(answer - width, 0, CAP), "high": np.clip(answer + width, 0, CAP),
            "safe_until": np.clip(answer - 0.7 * width, 0, CAP),
        }))  # fmt: skip
    frame = pl.concat(frames).with_row_index("row")
    return frame.with_columns(life=pl.Series(numbered(frame["unit"].to_numpy(), frame["truth"].to_numpy())))


def lived(folder: Path, *, rows: int = 1900) -> Path:
    """A run of `remaining_life` whose answers are about so many."""
    common(folder, job="remaining_life", task="regression", target="remaining_life",
           plan="job: remaining_life\nseries: {cap: 125, lookback: 160}\n")  # fmt: skip
    frame = answers(12, max(rows // 12 - 30, 8))
    frame.write_parquet(folder / "answers.parquet")
    truth, life = frame["truth"].to_numpy(), frame["life"].to_numpy()
    decided = {name: frame[name].to_numpy() for name in ("answer", "low", "high", "safe_until")}
    told = judge_lives(
        Watched(truth, life, lengths_of(life, truth), truth), decided, {"cap": CAP, "level": 0.9, "miss_chance": 1 / 11}
    )
    metrics = {
        "rmse": {**metric(6.2, 0.9, baseline=41.0, trees=6.6, weibull=33.0, unit="target"), "better": "lower"},
        "rmse_as_given": {**metric(9.9, 1.2, baseline=44.0, trees=10.2, unit="target"), "better": "lower"},
        "phm08": {**metric(0.9, 0.3, baseline=300.0, trees=1.1), "better": "lower"},
    }
    write(folder, "metrics.json", {
        "task": "regression", "main": "rmse", "rows": frame.height, "groups": 6, "metrics": metrics,
        "lives": {**(told or {}), "unit": "h", "law": {"shape": 2.4, "scale": 180.0, "failed": 40, "open": 12}}, "drivers": drivers(), "gap": {"verdict": "fits"},
        "intervals": {"asked": 0.9, "covered": 0.91, "width": 20.0}, "parity": {"rows": 512, "flips": 0, "largest": 1e-9},
        "baseline_name": "mean of the training part",
        "regimes": {"columns": ["speed <rpm>", "配方"], "regimes": [{"rows": 5, "center": [100.25, "soft"]}, {"rows": 4000, "center": [150.0, "硬"]}]},
    })  # fmt: skip
    left = np.arange(120.0, 0.0, -1.0)
    lines = [
        pl.DataFrame({"role": role, "unit": unit, "life": number, "sensor": sensor, "left": left,
                      "value": 60 / (left + 20) + 0.3 * number + 0.1 * np.sin(left / (3 + place))})
        for role, unit, number in (("worst", HOSTILE, 1), ("worst", "press 1", 0), ("best", "press 4", 6))
        for place, sensor in enumerate((HOSTILE, "torque_nm", "油温"))
    ]  # fmt: skip
    usual = pl.DataFrame({"role": "usual", "left": left[::4], "low": 60 / (left[::4] + 20) - 0.4,
                          "value": 60 / (left[::4] + 20), "high": 60 / (left[::4] + 20) + 0.4})  # fmt: skip
    lines += [usual.with_columns(sensor=pl.lit(sensor)) for sensor in (HOSTILE, "torque_nm", "油温")]
    pl.concat(lines, how="diagonal").write_ipc(folder / "lives.arrow")
    return folder
