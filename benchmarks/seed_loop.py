"""The seed case (784-128-10, Adam, 60,000 pictures of bytes): an epoch of `andon.train` beside a bare PyTorch loop.

    python benchmarks/seed_loop.py --epochs 9 --threads 1 2 --batches 32 512

Each side lives in a process of its own, and they take turns epoch by epoch, so that a slow minute of the machine meets
both. The bare loop holds float32 pictures in memory, indexes one permutation per epoch and uses fused Adam; it checks,
counts and clips nothing. Ours is the network of the nets room on bytes, with its check of every loss. The ratio is of
medians over the epochs after the first; `cpu_ratio` is the same of processor time, which a busy machine bends less.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = str(Path(__file__).parents[1])
sys.path[0] = ROOT  # this folder has a `queue` of its own

from benchmarks.record import row

ROWS = 60_000


def data() -> tuple[object, object]:
    """Random pictures and classes: speed does not depend on what they show."""
    import numpy as np

    draw = np.random.default_rng(0)
    return draw.integers(0, 256, (ROWS, 28, 28), dtype=np.uint8), draw.integers(0, 10, ROWS)


def bare(batch: int) -> Iterator[None]:
    """An epoch per `next` of the shortest honest loop."""
    import torch
    from torch import nn

    pictures, target = (torch.from_numpy(part) for part in data())
    pictures = pictures.flatten(1).float().div_(255)
    net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    while True:
        order = torch.randperm(ROWS)
        for start in range(0, ROWS, batch):
            rows = order[start : start + batch]
            adam.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(net(pictures[rows]), target[rows]).backward()
            adam.step()
        yield


def ours(batch: int, threads: int, clip: float) -> Iterator[None]:
    """An epoch per `next` of the generator, as a run trains."""
    from andon.encode.block import InputSpec
    from andon.feed import Feed
    from andon.losses.classes import CrossEntropyLoss
    from andon.nets import build
    from andon.plan.settings import Network
    from andon.train import Settings, train
    from andon.train.events import Validated

    pictures, target = data()
    net = build(
        Network(layers=["flatten", "dense:128:relu", "dense:10"], members=1),
        [InputSpec(name="image", kind="image", shape=(28, 28), dtype="uint8")],
        {"image": {"method": "pixels", "factor": 1 / 255}}, width=10, task="classification", seed=0,
    )  # fmt: skip
    feed = Feed({"image": pictures}, target, batch=batch, seed=0)
    settings = Settings(epochs=1000, optimizer="adam", clip=clip, threads=threads)
    for event in train(net, feed, None, loss=CrossEntropyLoss(), settings=settings):
        if isinstance(event, Validated):
            yield


def serve(side: str, batch: int, threads: int, clip: float) -> None:
    """Do an epoch for every line that comes in, and say how long it took: seconds on the wall and of the processor."""
    import torch

    torch.set_num_threads(threads)
    epochs = bare(batch) if side == "bare" else ours(batch, threads, clip)
    for _ in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        next(epochs)
        print(time.perf_counter() - wall, time.process_time() - processor, flush=True)


def compare(batch: int, threads: int, *, epochs: int, clip: float) -> None:
    """Alternate both sides and print their ratio."""
    sides = ("bare", "andon")
    laps: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    given = [str(value) for value in ("--threads", threads, "--batches", batch, "--clip", clip)]
    workers = {
        side: subprocess.Popen(
            [sys.executable, __file__, "--side", side, *given], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for side in sides
    }
    for _ in range(epochs + 1):
        for side, worker in workers.items():
            worker.stdin.write("epoch\n")
            worker.stdin.flush()
            wall, processor = worker.stdout.readline().split()
            laps[side].append((float(wall), float(processor)))
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    wall, processor = ({s: statistics.median(lap[k] for lap in laps[s][1:]) for s in sides} for k in (0, 1))
    row(
        "seed case, an epoch", set=f"batch {batch}", value=round(wall["andon"], 4), n=epochs, peer="bare PyTorch loop",
        ratio=round(wall["andon"] / wall["bare"], 4), cpu_ratio=round(processor["andon"] / processor["bare"], 4),
        bare=round(wall["bare"], 4), threads=threads, clip=clip,
    )  # fmt: skip


def main() -> None:
    """One line per batch size and number of threads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 512])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--clip", type=float, default=0.0)
    parser.add_argument("--side", choices=["bare", "andon"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        serve(asked.side, asked.batches[0], asked.threads[0], asked.clip)
        return
    for threads in asked.threads:
        for batch in asked.batches:
            compare(batch, threads, epochs=asked.epochs, clip=asked.clip)


if __name__ == "__main__":
    main()
