"""A whole `fit` of engine lives (C-MAPSS FD001, the training engines' table to a finished run: checks, scaling, training
twice, export, parity, evaluation, attributions, report) beside the `fit` of neuralforecast's NHITS, which trains alone:
as many weights, updates, rows a window and windows a batch, one thread each, in turn.

    python benchmarks/series_fit.py --rounds 3
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["OMP_NUM_THREADS"] = "1"

import polars as pl

from benchmarks.record import WORK, laps, row
from benchmarks.remaining_life import CAP, table

LOOKBACK, BATCH, EPOCHS = 30, 256, 15
NETWORK = {"layers": ["flatten", "dense:512:relu", "dense:512:relu", "dense:1"], "members": 1}
PEER = Path(__file__).parent / ".envs/neuralforecast/bin/python"


def ours(frame: pl.DataFrame) -> tuple[float, int, int]:
    """Seconds, weights and updates of a whole fit."""
    import andon
    from andon.train import loop

    steps, step = [], loop._step
    loop._step = lambda state: steps.append(1) or step(state)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        began = time.perf_counter()
        run = andon.fit(
            "remaining_life", frame, runs=folder, quiet=True, network=NETWORK,
            series={"cap": int(CAP), "lookback": LOOKBACK},
            train={"trees": "off", "optimizer": "adam", "learning_rate": 1e-3, "batch": BATCH, "epochs": EPOCHS, "threads": 1},
        )  # fmt: skip
        seconds, manifest = time.perf_counter() - began, run.manifest
    loop._step = step
    return seconds, manifest["size"]["weights"], len(steps)


def main() -> None:
    """Print the row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    WORK.mkdir(exist_ok=True)
    frame = table("FD001", "train")
    left = (pl.col("cycle").max().over("unit") - pl.col("cycle")).clip(upper_bound=CAP).cast(pl.Float64)
    peers = frame.with_columns(y=left).rename({"unit": "unique_id", "cycle": "ds"})
    path = WORK / "lives.parquet"
    peers.write_parquet(path)
    _, weights, updates = ours(frame)

    def peer() -> float:
        asked = [str(value) for value in (path, weights, updates, LOOKBACK, BATCH)]
        script = Path(__file__).parent / "peers/neuralforecast_fit.py"
        done = subprocess.run([PEER, script, *asked], capture_output=True, text=True, check=True, cwd=WORK)
        return float(done.stdout.split()[-2])

    found = laps({"ours": lambda: ours(frame)[0], "peer": peer}, rounds)
    row("series_fit", set="FD001", value=found["ours"], n=rounds, peer="neuralforecast NHITS",
        ratio=found["ours"] / found["peer"], unit="s", weights=weights, updates=updates)  # fmt: skip


if __name__ == "__main__":
    main()
