"""A whole `fit` of engine lives (C-MAPSS FD001, the training engines' table to a finished run: checks, scaling, choices,
training, export, parity, evaluation, attributions, report) beside the `fit` of neuralforecast's NHITS, which trains alone:
as many weights, updates, rows a window and windows a batch, the same columns (those that move), in turn.

Seconds are processor time, all threads together, so that other work on the machine counts little. Two rows:

- `dense`: NHITS is dense layers over the flattened window, so ours is the same: the list `flatten, dense, dense, dense`
  over the readings and their smoothings. Equal weights are equal arithmetic then (multiplications per window and update:
  `gflop`), and the ratio says what the two programs make of it.
- `default`: nothing named but the cap and the rows a window. Convolutions use each weight at every place of a window, so
  that equal weights are several times the arithmetic; trials of rate and optimiser, boosted trees, a second training
  and the validation part come on top. The peer gets as many weights and updates as that fit made in all.

    python benchmarks/series_fit.py --rounds 3
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["OMP_NUM_THREADS"] = os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl

from benchmarks.record import WORK, laps, row
from benchmarks.remaining_life import CAP, table

LOOKBACK, BATCH, EPOCHS = 30, 256, 15
SERIES = {"cap": int(CAP), "lookback": LOOKBACK}
PLANS: dict[str, dict[str, Any]] = {
    "dense": {
        "network": {"layers": ["flatten", "dense:180:relu", "dense:180:relu", "dense:1"], "members": 1},
        "series": SERIES | {"age": False},
        "train": {
            "trees": "off", "optimizer": "adam", "learning_rate": 1e-3, "batch": BATCH, "epochs": EPOCHS, "threads": 1
        },
    },
    "default": {"series": SERIES, "train": {"threads": 1}},
}  # fmt: skip
PEER = Path(__file__).parent / ".envs/neuralforecast/bin/python"


@dataclass(frozen=True)
class Fitted:
    """What one whole fit took: processor time and wall clock in seconds, weights, updates, and multiplications and
    additions of one of them in 10^9."""

    seconds: float
    wall: float
    weights: int
    updates: int
    gflop: float
    stages: dict[str, float]


def ours(frame: pl.DataFrame, plan: dict[str, Any], *, counted: bool = False) -> Fitted:
    """A whole fit. `counted`: the arithmetic of its first update is counted, which takes time of its own."""
    from torch.utils.flop_counter import FlopCounterMode

    import andon
    from andon.train import loop

    steps, step, flops = [], loop._step, [0]

    def stepped(state: Any) -> Any:
        steps.append(1)
        if not counted or len(steps) > 1:
            return step(state)
        with FlopCounterMode(display=False) as mode:
            event = step(state)
        flops[0] = mode.get_total_flops()
        return event

    loop._step = stepped
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        began, wall = time.process_time(), time.perf_counter()
        run = andon.fit("remaining_life", frame, runs=folder, quiet=True, accept=["*"], **plan)
        spent, wall, manifest = time.process_time() - began, time.perf_counter() - wall, run.manifest
    loop._step = step
    return Fitted(spent, wall, manifest["size"]["weights"], len(steps), flops[0] / 1e9, manifest["seconds"])


def nhits(path: Path, weights: int, updates: int) -> list[float]:
    """Processor time, wall clock and weights of the peer's fit."""
    asked = [str(value) for value in (path, weights, updates, LOOKBACK, BATCH)]
    script = Path(__file__).parent / "peers/neuralforecast_fit.py"
    done = subprocess.run([PEER, script, *asked], capture_output=True, text=True, check=True, cwd=WORK)
    return [float(word) for word in done.stdout.split()[-3:]]


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plans", nargs="+", default=list(PLANS), choices=list(PLANS))
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    frame = table("FD001", "train")
    frame = frame.select(name for name in frame.columns if frame[name].n_unique() > 1)
    left = (pl.col("cycle").max().over("unit") - pl.col("cycle")).clip(upper_bound=CAP).cast(pl.Float64)
    path = WORK / "lives.parquet"
    frame.with_columns(y=left).rename({"unit": "unique_id", "cycle": "ds"}).write_parquet(path)
    for name in asked.plans:
        beside(frame, name, path, asked.rounds)


def beside(frame: pl.DataFrame, name: str, path: Path, rounds: int) -> None:
    """The row of one plan."""
    first = ours(frame, PLANS[name], counted=True)  # loads what is loaded once
    made: list[Fitted] = []
    theirs: list[list[float]] = []

    def kept(found: list[Any], call: Callable[[], Any]) -> Any:
        found.append(call())
        return found[-1]

    found = laps(
        {
            "ours": lambda: float(kept(made, lambda: ours(frame, PLANS[name])).seconds),
            "peer": lambda: float(kept(theirs, lambda: nhits(path, first.weights, first.updates))[0]),
        },
        rounds,
    )
    last = made[-1]
    row("series_fit", set=f"FD001, {name}", value=found["ours"], n=rounds, peer="neuralforecast NHITS",
        ratio=found["ours"] / found["peer"], unit="s of processor time", wall=last.wall, peer_wall=theirs[-1][1],
        weights=first.weights, peer_weights=int(theirs[-1][2]), updates=first.updates, gflop=first.gflop,
        stages=last.stages)  # fmt: skip


if __name__ == "__main__":
    main()
