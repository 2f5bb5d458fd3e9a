"""Kill -9 at random moments, start the same command again until it ends, and compare the weights' SHA-256.

    python benchmarks/kills.py --kills 200 --precision float32 bfloat16

A run is a real training in a process of its own: dropout, batch norm, averaging, noise on rows, early stopping and
checkpoints several times a second. It is killed at moments spread uniformly over the seconds that an undisturbed run
takes, start-up included; a life that ends before its kill counts as a finished run, and the next run begins.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])  # this folder has a `queue` of its own

from benchmarks.record import row

EPOCHS = 60
ENOUGH = 60
"""Lives in a row without an end after which a run is called stuck."""


def live(folder: Path, precision: str) -> None:
    """Train, or go on; write the SHA-256 of the final weights when done."""
    import numpy as np
    import torch
    from torch import nn

    from andon.encode.block import InputSpec
    from andon.feed import Feed, augmentation
    from andon.feed.options import RowNoise, Swap
    from andon.losses.classes import CrossEntropyLoss
    from andon.run.files import write_text
    from andon.train import Settings, train

    class Net(nn.Module):
        """A small dense net with all that makes resuming hard."""

        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.layers = nn.Sequential(
                nn.Linear(20, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 64), nn.ReLU(),
                nn.Linear(64, 5),
            )  # fmt: skip

        def forward(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
            """(N, 20) -> (N, 1, 5)."""
            return self.layers(inputs["numbers"].float()).unsqueeze(1)

    draw = np.random.default_rng(0)
    numbers = draw.normal(size=(4000, 20))
    target = (np.sin(numbers) @ draw.normal(size=(20, 5))).argmax(1)
    arrays, net = {"numbers": numbers}, Net()
    spec = InputSpec(name="numbers", kind="numbers", shape=(20,), dtype="float64")
    augment = augmentation([RowNoise(0.05), Swap(0.05)], [spec])
    feed = Feed(arrays, target, batch=64, seed=0, rows=np.arange(3000), augment=augment)
    valid = Feed(arrays, target, batch=64, seed=0, rows=np.arange(3000, 4000))
    settings = Settings(
        epochs=EPOCHS, optimizer="adamw", learning_rate=3e-3, weight_decay=0.01, schedule="cosine", clip=1.0,
        average=0.99, patience=30, precision=precision, threads=1, checkpoint_seconds=0.2,
    )  # fmt: skip
    for _ in train(net, feed, valid, loss=CrossEntropyLoss(), settings=settings, folder=folder / "checkpoint"):
        pass
    digest = hashlib.sha256(b"".join(t.numpy().tobytes() for t in net.state_dict().values())).hexdigest()
    write_text(folder / "weights.sha256", digest)


def start(folder: Path, precision: str) -> subprocess.Popen[bytes]:
    """One life of the run in a folder."""
    return subprocess.Popen([sys.executable, __file__, "--live", str(folder), "--precision", precision])


def tortured(precision: str, kills: int, seed: int) -> tuple[int, int, int, float]:
    """Kills done, finished runs, mismatches, and seconds of the undisturbed run."""
    chance, done, runs, mismatches = random.Random(seed), 0, 0, 0
    with tempfile.TemporaryDirectory() as name:
        whole = Path(name) / "whole"
        begun = time.perf_counter()
        assert start(whole, precision).wait() == 0
        span = time.perf_counter() - begun
        wanted = (whole / "weights.sha256").read_text()
        while done < kills:
            folder, lives, dead = Path(name) / f"run{runs}", 0, True
            while dead:
                lives += 1
                assert lives < ENOUGH, "a run never ends"
                child = start(folder, precision)
                try:
                    code = child.wait(timeout=chance.uniform(0, span) if done < kills else None)
                    assert code == 0, f"a life ended with {code}"
                    dead = False
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
                    done += 1
            runs += 1
            mismatches += (folder / "weights.sha256").read_text() != wanted
    return done, runs, mismatches, span


def main() -> None:
    """A row per precision; exit code 1 where weights differed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--precision", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--live", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.live:
        live(asked.live, asked.precision[0])
        return
    wrong = 0
    for precision in asked.precision:
        kills, runs, mismatches, seconds = tortured(precision, asked.kills, asked.seed)
        wrong += mismatches
        row("kill -9, then the same command", set=precision, seed=asked.seed, value=mismatches, n=kills,
            kills=kills, runs=runs, mismatches=mismatches, seconds=round(seconds, 1))  # fmt: skip
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
