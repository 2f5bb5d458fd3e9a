"""Answers at the line: a thousand rows a call beside bare ONNX Runtime plus a bare Polars cast, one row a call, and
start-up times, each measured in turn with its peer.

    python benchmarks/predict_speed.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["OMP_NUM_THREADS"] = "1"
# Installed packages come with their bytecode; a checkout whose bytecode is never kept would be compiled at each start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import numpy as np
import polars as pl

from benchmarks.record import WORK, row


def alternating(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each call, called in turn."""
    laps: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            laps[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in laps.items()}


def trained(base: Path, *, network: object, columns: int) -> Path:
    """A run on a table of numbers."""
    import andon

    rng = np.random.default_rng(0)
    x = rng.normal(size=(3000, columns))
    frame = pl.DataFrame({f"x{i}": x[:, i] for i in range(columns)}).with_columns(
        y=pl.Series(np.where(x[:, 0] + x[:, 1] > 0, "ok", "ng"))
    )
    run = andon.fit(
        "classify", frame, runs=base, quiet=True, target="y", network=network, train={"epochs": 3, "trees": "off"}
    )
    return run.folder


def cold(code: str) -> float:
    """Seconds of a fresh interpreter running some code."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Print the rows."""
    import onnxruntime

    import andon

    WORK.mkdir(exist_ok=True)
    base = Path(tempfile.mkdtemp(dir=WORK))
    for name, network, columns in (
        ("tiny dense, 10 columns", {"layers": [{"dense": 16, "activation": "relu"}, {"dense": 2}]}, 10),
        ("default family, 20 columns", {"family": "dense", "members": 1}, 20),
    ):
        folder = trained(base, network=network, columns=columns)
        model = andon.load(folder, threads=1)
        rng = np.random.default_rng(1)
        frame = pl.DataFrame({f"x{i}": rng.normal(size=1000) for i in range(columns)})
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)

        def bare(frame: pl.DataFrame = frame, session: object = session) -> object:
            return session.run(None, {"numbers": frame.cast(pl.Float64).to_numpy()})  # type: ignore[attr-defined]

        found = alternating({"andon": lambda m=model, f=frame: m.predict(f), "bare": bare}, 60)
        row("predict_thousand", set=name, value=found["andon"] * 1e3, n=1000, peer="bare ONNX Runtime + Polars cast",
            ratio=found["andon"] / found["bare"], unit="ms")  # fmt: skip
        one = frame.row(0, named=True)
        array = frame[:1].to_numpy()
        found = alternating(
            {
                "andon": lambda m=model, r=one: m.predict(r),
                "bare": lambda s=session, a=array: s.run(None, {"numbers": a}),
            },
            400,
        )
        row(
            "predict_row",
            set=name,
            value=found["andon"] * 1e3,
            n=1,
            peer="bare ONNX Runtime",
            ratio=found["andon"] / found["bare"],
            unit="ms",
        )
    codes = {
        "import andon": "import andon",
        "bare python": "pass",
        "numpy + onnxruntime": "import numpy, onnxruntime",
        "a row from a cold start": f"import andon; andon.load({str(folder)!r}).predict({one!r})",
    }
    laps: dict[str, list[float]] = {name: [] for name in [*codes, "andon --help"]}
    for _ in range(41):
        for name, code in codes.items():
            laps[name].append(cold(code))
        began = time.perf_counter()
        subprocess.run([Path(sys.executable).parent / "andon", "--help"], check=True, capture_output=True)
        laps["andon --help"].append(time.perf_counter() - began)
    median = {name: statistics.median(values) for name, values in laps.items()}
    row(
        "start_import",
        value=median["import andon"],
        n=41,
        peer="bare python",
        ratio=median["import andon"] / median["bare python"],
        unit="s",
    )
    row("start_help", value=median["andon --help"], n=41, unit="s")
    row("start_answer", value=median["a row from a cold start"], n=41, peer="import numpy, onnxruntime",
        ratio=median["a row from a cold start"] / median["numpy + onnxruntime"], unit="s")  # fmt: skip


if __name__ == "__main__":
    main()
