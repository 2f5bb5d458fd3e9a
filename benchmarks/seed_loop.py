"""The seed case (784-128-10, Adam, 60,000 rows of bytes) by `andon.train` against a bare PyTorch loop, alternating.

`python benchmarks/seed_loop.py [--epochs 5] [--rounds 5] [--threads 1 2] [--batch 32 512]` prints one JSON line per batch size and
number of threads: seconds per epoch of both (medians), and their ratio. The bare loop holds float32 pictures in memory, draws one
permutation per epoch and indexes it, and uses fused Adam; nothing is checked, clipped, averaged or counted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from andon.feed import Feed
from andon.losses.classes import CrossEntropyLoss
from andon.train.loop import train
from andon.train.settings import Settings

ROWS = 60_000


class Pixels(nn.Module):
    """The seed's network as the nets room builds it: bytes in, scaling inside, one member out."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """(N, 28, 28) bytes -> (N, 1, 10)."""
        return self.layers(inputs["picture"].float() * (1 / 255)).unsqueeze(1)


def bare(pictures: Tensor, target: Tensor, *, batch: int, epochs: int) -> Iterator[float]:
    """Seconds of each epoch of the shortest honest loop."""
    net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    for _ in range(epochs):
        begun = time.perf_counter()
        order = torch.randperm(ROWS)
        for start in range(0, ROWS, batch):
            rows = order[start : start + batch]
            adam.zero_grad(set_to_none=True)
            F.cross_entropy(net(pictures[rows]), target[rows]).backward()
            adam.step()
        yield time.perf_counter() - begun


def ours(pictures: np.ndarray, target: np.ndarray, *, batch: int, epochs: int, threads: int, clip: float) -> Iterator[float]:
    """Seconds of each epoch of the generator."""
    feed = Feed({"picture": pictures}, target, batch=batch, seed=0)
    settings = Settings(epochs=epochs, optimizer="adam", clip=clip, threads=threads)
    begun = time.perf_counter()
    for event in train(Pixels(), feed, None, loss=CrossEntropyLoss(), settings=settings):
        if type(event).__name__ == "Validated":
            yield time.perf_counter() - begun
            begun = time.perf_counter()


def main() -> None:
    """Alternate epoch by epoch, so that a slow minute of the machine meets both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 512])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--clip", type=float, default=0.0)
    asked = parser.parse_args()
    draw = np.random.default_rng(0)
    pictures = draw.integers(0, 256, (ROWS, 28, 28), dtype=np.uint8)
    target = draw.integers(0, 10, ROWS)
    floats, classes = torch.from_numpy(pictures).flatten(1).float().div_(255), torch.from_numpy(target)
    for threads in asked.threads:
        for batch in asked.batch:
            torch.set_num_threads(threads)
            pairs = zip(
                bare(floats, classes, batch=batch, epochs=asked.epochs),
                ours(pictures, target, batch=batch, epochs=asked.epochs, threads=threads, clip=asked.clip),
                strict=True,
            )
            theirs, mine = zip(*list(pairs)[1:], strict=True)  # the first epoch warms up
            line = {
                "claim": "seed loop", "batch": batch, "threads": threads, "clip": asked.clip, "n": len(mine),
                "bare": round(statistics.median(theirs), 4), "ours": round(statistics.median(mine), 4),
                "ratio": round(statistics.median(mine) / statistics.median(theirs), 4), "torch": torch.__version__,
            }  # fmt: skip
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
