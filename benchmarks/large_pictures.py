"""Defects of some pixels on pictures of 4,000 x 3,000, by the default plan: cut into tiles unasked, fitted and judged.

    python benchmarks/large_pictures.py                # forty pictures, half of them with one small scratch or pit
    python benchmarks/large_pictures.py --size tiny --epochs 40

Surfaces are the simulator's rolled metal, continued by its mirror image, in other light and with noise of their own;
defects are what the simulator draws on a part of 128 pixels, at a place by chance.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from PIL import Image

from benchmarks.record import parity, row

HEIGHT, WIDTH, PATCH = 3000, 4000, 128


def make(folder: Path, count: int, contrast: float) -> list[int]:
    """Write the pictures; gives how many pixels of each defect differ by more than eight grey values."""
    from andon.simulate import surfaces

    whole = surfaces(10, seed=0, side=1024, defective=0.0, surface="rolled").frame["picture"].to_numpy()
    small = surfaces(
        max(count, 10), seed=1, side=PATCH, defective=1.0, contrast=contrast, surface="rolled",
        shares={"scratch": 1.0, "pit": 1.0}, twins=True,
    )  # fmt: skip
    assert small.truth.twins is not None
    marks = small.frame["picture"].to_numpy().astype(np.float32) - small.truth.twins
    draw, sizes = np.random.default_rng(2), []
    for number in range(count):
        ground = whole[number % 10][:: 1 - 2 * (number // 10 % 2), :: 1 - 2 * (number // 20 % 2)]
        picture = np.pad(ground, ((0, HEIGHT - 1024), (0, WIDTH - 1024)), mode="symmetric").astype(np.float32)
        picture = picture * draw.uniform(0.9, 1.1) + draw.normal(0, 3, picture.shape).astype(np.float32)
        label = "defect" if number % 2 else "good"
        if number % 2:
            top, left = draw.integers(0, HEIGHT - PATCH), draw.integers(0, WIDTH - PATCH)
            picture[top : top + PATCH, left : left + PATCH] += marks[number]
            sizes.append(int((np.abs(marks[number]) > 8).sum()))
        place = folder / label / f"{number:03d}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(place, quality=92)
    return sizes


def main() -> None:
    """One row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--contrast", type=float, default=2.5)
    parser.add_argument("--size", default="small")
    parser.add_argument("--epochs", default="auto")
    asked = parser.parse_args()
    import andon

    with tempfile.TemporaryDirectory() as base:
        sizes = make(Path(base) / "parts", asked.count, asked.contrast)
        began = time.perf_counter()
        epochs = asked.epochs if asked.epochs == "auto" else int(asked.epochs)
        run = andon.fit(
            "defect_class", f"{base}/parts", runs=f"{base}/runs", quiet=True, accept=["*"], epochs=epochs,
            network={"size": asked.size},
        )  # fmt: skip
        seconds = time.perf_counter() - began
        found = json.loads((run / "metrics.json").read_text("utf-8"))
        cut = json.loads((run / "schema.json").read_text("utf-8"))["fields"][0]
        auc = found["metrics"]["roc_auc"]
        row(
            "large_pictures", set=f"{WIDTH} x {HEIGHT}", value=auc["value"], n=asked.count, low=auc["low"],
            high=auc["high"], size=asked.size, epochs=asked.epochs, tiles=cut["shape"][0], why=cut["why"],
            defect_pixels=sorted(sizes)[len(sizes) // 2], fit_seconds=round(seconds),
            row_ms=round(found["speed"]["row_ms"]),
            peak_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), **parity(Path(run.folder)),
        )  # fmt: skip


if __name__ == "__main__":
    main()
