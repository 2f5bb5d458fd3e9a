"""A run of very many small pictures: seconds of each stage, and the peak of memory, for more and more pictures.

    python benchmarks/many_pictures.py                       # 12,500 to 100,000 pictures of 32 x 32, one short epoch each
    python benchmarks/many_pictures.py --counts 2000 4000

Pictures are parts of the surface simulator, shifted, mirrored, in other light and with noise of their own, as PNG files in
a folder per class; each count is a process of its own. What grows faster than the pictures do shows in `per_picture_ms`.
"""

from __future__ import annotations

import argparse
import functools
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from PIL import Image

from benchmarks.record import row

STAGES = {
    "andon.api.prepare": ("read", "look", "check_records", "split", "check_parts", "fit_cleaning", "store"),
    "andon.api.fit": ("learn", "finish"),
}
"""What is timed: module, and the functions as it knows them."""


def make(folder: Path, count: int, side: int) -> None:
    """Write the pictures."""
    from andon.simulate import surfaces

    made = surfaces(2000, seed=0, side=side, defective=0.5)
    pictures, labels = made.frame["picture"].to_numpy().astype(np.float32), made.frame["label"].to_list()
    for label in set(labels):
        (folder / label).mkdir(parents=True)
    draw = np.random.default_rng(1)
    for number in range(count):
        part = int(draw.integers(len(pictures)))
        picture = np.roll(pictures[part], draw.integers(side, size=2), (0, 1))[:: draw.choice([-1, 1])]
        picture = picture * draw.uniform(0.85, 1.15) + draw.normal(0, 4, picture.shape)
        shown = Image.fromarray(picture.clip(0, 255).astype(np.uint8))
        shown.save(folder / labels[part] / f"{number:06d}.png", compress_level=1)


def timed(module: Any, name: str, seconds: dict[str, float]) -> None:
    """Have a function's seconds written down."""
    inner = getattr(module, name)

    @functools.wraps(inner)
    def outer(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return inner(*given, **named)
        finally:
            seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began

    setattr(module, name, outer)


def one(folder: Path) -> None:
    """Fit one short epoch and print what it took as JSON."""
    import importlib

    import andon

    seconds: dict[str, float] = {}
    for module, names in STAGES.items():
        for name in names:
            timed(importlib.import_module(module), name, seconds)
    began = time.perf_counter()
    andon.fit("defect_class", folder, runs=folder.parent / "runs", quiet=True, accept=["*"], epochs=1,
              network={"size": "tiny"}, learning_rate=0.004)  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "all": time.perf_counter() - began, "peak_mb": peak}))


def main() -> None:
    """A row per count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[12_500, 25_000, 50_000, 100_000])
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--one", type=Path)
    asked = parser.parse_args()
    if asked.one:
        one(asked.one)
        return
    for count in asked.counts:
        with tempfile.TemporaryDirectory() as base:
            make(Path(base) / "parts", count, asked.side)
            done = subprocess.run(
                [sys.executable, __file__, "--one", f"{base}/parts"], check=True, capture_output=True, text=True
            )
        told = json.loads(done.stdout.splitlines()[-1])
        stages = {f"{name}_seconds": round(value, 2) for name, value in told["seconds"].items()}
        row("many_pictures", set=f"{asked.side} x {asked.side}", value=round(told["all"], 1), n=count,
            per_picture_ms=round(1e3 * told["all"] / count, 3), peak_mb=round(told["peak_mb"]), **stages)  # fmt: skip


if __name__ == "__main__":
    main()
