"""Streams on one core beside bare ONNX Runtime on the ready windows: one row of one unit, and a row of each of a thousand
units at once, as dicts and as a frame; each measured in turn with its peer.

    python benchmarks/stream_speed.py
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import polars as pl

from benchmarks.predict_speed import alternating
from benchmarks.record import WORK, row
from benchmarks.stream_equal import engines, follow_to_end, trained_lives

UNITS, WARM = 1000, 165
"""Units at once, and rows of each before the clock starts, so that every window is whole."""


def main() -> None:
    """Print the rows."""
    import andon

    WORK.mkdir(exist_ok=True)
    model = andon.load(trained_lives(), threads=1)
    test = engines("test")
    life = test.filter(pl.col("unit") == test.group_by("unit").len().sort("len")["unit"][-1]).drop("unit").to_dicts()
    units = pl.DataFrame({"unit": np.arange(UNITS)})

    def together(cycle: int) -> pl.DataFrame:
        return units.join(pl.DataFrame([{**life[cycle % len(life)], "cycle": cycle}]), how="cross")

    one, dicts, frames = model.stream(), model.stream(), model.stream()
    for cycle in range(WARM):
        one.predict({"unit": 1, **life[cycle % len(life)], "cycle": cycle})
        dicts.predict(together(cycle))
        frames.predict(together(cycle))
    block, _ = model.schema.rows([{"unit": 1, **life[cycle % len(life)], "cycle": cycle} for cycle in range(WARM)])
    arrays, _, _ = model.arrays(block)
    ready = {name: np.ascontiguousarray(a[np.array([WARM - 1])]) for name, a in arrays.items()}
    many = {name: np.repeat(a, UNITS, axis=0) for name, a in ready.items()}
    inputs = {
        "one": iter([{"unit": 1, **life[c % len(life)], "cycle": c} for c in range(WARM, WARM + 3000)]).__next__,
        "dicts": iter([together(c).to_dicts() for c in range(WARM, WARM + 25)]).__next__,
        "frames": iter([together(c) for c in range(WARM, WARM + 25)]).__next__,
    }
    bare = model.graph.session
    found = alternating(
        {"andon": lambda: one.predict(inputs["one"]()), "bare": lambda: bare.run(["scores"], ready)}, 2000
    )
    row("stream_row", set="FD001", value=found["andon"] * 1e6, n=2000, peer="bare ONNX Runtime, ready window",
        ratio=found["andon"] / found["bare"], unit="us", rows_per_second=round(1 / found["andon"]))  # fmt: skip
    for name, stream in (("dicts", dicts), ("frames", frames)):
        found = alternating(
            {"andon": lambda s=stream, n=name: s.predict(inputs[n]()), "bare": lambda: bare.run(["scores"], many)}, 20
        )
        row("stream_thousand_units", set=f"FD001, {name}", value=found["andon"] * 1e3, n=20,
            peer="bare ONNX Runtime, ready windows", ratio=found["andon"] / found["bare"], unit="ms",
            rows_per_second=round(UNITS / found["andon"]))  # fmt: skip
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        path, kept = Path(folder) / "line.csv", Path(folder) / "kept"
        began = time.perf_counter()
        frames.keep(kept)
        saved = time.perf_counter() - began
        began = time.perf_counter()
        model.stream(kept)
        row("stream_kept", set="1,000 units", value=saved, n=1, unit="s", read=round(time.perf_counter() - began, 4),
            megabytes=round(kept.stat().st_size / 1e6, 1))  # fmt: skip
        test.sort("cycle", "unit").write_csv(path)
        began = time.perf_counter()
        follow_to_end(model.run.folder, path, Path(folder) / "out.csv")
        seconds = time.perf_counter() - began
        row(
            "stream_follow",
            set="FD001",
            value=len(test) / seconds,
            n=len(test),
            unit="rows per second, start-up included",
        )


if __name__ == "__main__":
    main()
