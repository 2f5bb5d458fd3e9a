"""The seed case, seconds an epoch: our loop, a bare PyTorch loop over tensors, PyTorch with `DataLoader`, Keras 3 on
JAX and on TensorFlow, in turn in one run, two threads each.

    python benchmarks/seed_peers.py --rounds 3 --batches 32 512
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.record import DATA, row

ENVS = Path(__file__).parent / ".envs"
MNIST = DATA / "images/mnist"


def keras(backend: str, batch: int) -> float:
    """Best-behaved epoch of three: the first compiles."""
    python = ENVS / f"keras-{backend}" / "bin" / "python"
    script = Path(__file__).parent / "peers" / "keras_seed.py"
    done = subprocess.run(
        [python, script, str(MNIST), "0", backend, str(batch), "3"], capture_output=True, text=True, check=True
    )
    return statistics.median([float(lap) for lap in done.stderr.strip().splitlines()[-1].split()][1:])


def torch_loop(kind: str, batch: int) -> float:
    """Median of two epochs after the first, in a fresh process."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", kind, "--batches", str(batch)], capture_output=True, text=True, check=True
    )
    return float(done.stdout.strip().splitlines()[-1])


def one(kind: str, batch: int) -> float:
    """Seconds an epoch of one kind, in this process."""
    import numpy as np
    import torch

    from andon.encode.block import InputSpec
    from andon.feed import Feed
    from andon.losses.classes import CrossEntropyLoss
    from andon.nets import build
    from andon.plan.settings import Network
    from andon.records import open_source
    from andon.train import Settings, train
    from andon.train.events import Validated

    torch.set_num_threads(2)
    frame = open_source(str(MNIST)).frame.collect()
    frame = frame.filter(frame["part"] == "train")
    x, y = (
        frame["image"].to_numpy().reshape(-1, 28, 28).astype(np.uint8),
        frame["label"].cast(int, strict=False).to_numpy().astype(np.int64),
    )
    if kind == "andon":
        net = build(Network(layers=["flatten", "dense:128:relu", "dense:10"], members=1),
                    [InputSpec(name="image", kind="image", shape=(28, 28), dtype="uint8")],
                    {"image": {"method": "pixels", "factor": 1 / 255}}, width=10, task="classification", seed=0)  # fmt: skip
        settings = Settings(epochs=3, optimizer="adam", learning_rate=1e-3, threads=2)
        seconds = [
            e.seconds
            for e in train(
                net, Feed({"image": x}, y, batch=batch, seed=0), None, loss=CrossEntropyLoss(), settings=settings
            )
            if isinstance(e, Validated)
        ]
        return statistics.median([b - a for a, b in zip(seconds, seconds[1:], strict=False)])
    data, label = torch.from_numpy(x).float() / 255, torch.from_numpy(y)
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    optimizer = torch.optim.Adam(net.parameters(), fused=True)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(data, label), batch_size=batch, shuffle=True)
    laps = []
    for _ in range(3):
        began = time.perf_counter()
        if kind == "loader":
            batches = iter(loader)
        else:
            order = torch.randperm(len(data))
            batches = ((data[i], label[i]) for i in order.split(batch))
        for xb, yb in batches:
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(net(xb), yb).backward()
            optimizer.step()
        laps.append(time.perf_counter() - began)
    return statistics.median(laps[1:])


def main() -> None:
    """Print a row per peer and batch size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", nargs="+", type=int, default=[32, 512])
    parser.add_argument("--one", choices=["andon", "bare", "loader"])
    asked = parser.parse_args()
    if asked.one:
        print(one(asked.one, asked.batches[0]))
        return
    for batch in asked.batches:
        laps: dict[str, list[float]] = {}
        for _ in range(asked.rounds):
            for kind in ("andon", "bare", "loader"):
                laps.setdefault(kind, []).append(torch_loop(kind, batch))
            for backend in ("jax", "tensorflow"):
                laps.setdefault(f"keras-{backend}", []).append(keras(backend, batch))
        ours = statistics.median(laps["andon"])
        for peer, seconds in laps.items():
            if peer != "andon":
                row("seed_epoch", set=f"batch {batch}", value=ours, n=asked.rounds, peer=peer, ratio=ours / statistics.median(seconds),
                    peer_seconds=statistics.median(seconds), unit="s")  # fmt: skip


if __name__ == "__main__":
    main()
