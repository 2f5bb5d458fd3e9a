"""Windows of histories: reading an epoch beside a `DataLoader` over a window dataset; training beside a bare loop over
windows that lie ready; a hundred million windows of a table of 10 M rows × 20 columns without growth of memory.

    python benchmarks/window_speed.py --millions 10
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import polars as pl
import torch

from benchmarks.record import WORK, laps, row

STEPS, COLUMNS, BATCH, ROUNDS = 50, 20, 256, 5


class WindowDataset(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """What a tutorial does: a window is a slice of its unit's rows, padded on the left."""

    def __init__(self, units: list[np.ndarray], target: list[np.ndarray]) -> None:
        self.units = [torch.from_numpy(u) for u in units]
        self.target = [torch.from_numpy(t) for t in target]
        self.index = [(u, i) for u, rows in enumerate(units) for i in range(len(rows))]

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, place: int) -> tuple[torch.Tensor, torch.Tensor]:
        unit, last = self.index[place]
        rows = self.units[unit][max(0, last - STEPS + 1) : last + 1]
        if len(rows) < STEPS:
            rows = torch.nn.functional.pad(rows, (0, 0, STEPS - len(rows), 0), value=float("nan"))
        return rows, self.target[unit][last]


def reading() -> None:
    """An epoch of 40,000 windows, one thread each (and the workers of the loader)."""
    from andon.encode.windows import Windows
    from andon.feed import Feed

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    units = [rng.normal(size=(200, COLUMNS)).astype(np.float32) for _ in range(200)]
    target = [rng.normal(size=200).astype(np.float32) for _ in range(200)]
    flat = np.concatenate([np.full((STEPS, COLUMNS), np.nan, np.float32), *units])
    age = np.tile(np.arange(200), 200)
    windows = Windows(flat, np.arange(40_000) + STEPS, age, STEPS)
    feed = Feed({"series": windows}, np.concatenate(target), batch=BATCH, seed=0)
    data = WindowDataset(units, target)
    loaders = {
        f"loader {workers}": torch.utils.data.DataLoader(
            data, batch_size=BATCH, shuffle=True, num_workers=workers, persistent_workers=workers > 0
        )
        for workers in (0, 2)
    }
    epoch = iter(range(10**6))

    def ours() -> float:
        number, began = next(epoch), time.perf_counter()
        for step in range(feed.steps):
            feed.batch(number, step)
        return time.perf_counter() - began

    def theirs(loader: Any) -> Callable[[], float]:
        def call() -> float:
            began = time.perf_counter()
            for _ in loader:
                pass
            return time.perf_counter() - began

        return call

    ours()
    found = laps({"ours": ours, **{name: theirs(loader) for name, loader in loaders.items()}}, ROUNDS)
    best = min(found[name] for name in loaders)
    row("window_epoch", set="40,000 windows of 50 x 20", value=found["ours"], n=ROUNDS, peer="DataLoader, best of 0 and 2 workers",
        ratio=found["ours"] / best, unit="s an epoch", **{name.replace(" ", "_"): found[name] for name in loaders})  # fmt: skip


def training(folder: Path) -> None:
    """Updates of one network by the house's loop, and by a bare loop over windows gathered beforehand."""
    from msgspec import structs

    from andon.api.fit import ready, scaling_of
    from andon.api.learning.learn import base_settings, feeds, loss_of, network
    from andon.api.plans import resolve
    from andon.train.device import pinned
    from andon.train.update import Updates

    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {"unit": np.repeat(np.arange(60), 200), "cycle": np.tile(np.arange(200), 60)}
        | {f"s{i}": rng.normal(size=12_000).cumsum() for i in range(14)}
    )
    prepared = ready(resolve("remaining_life", [], {"accept": ["*"], "series": {"cap": 125}}), frame, folder / "cache")
    feed, _ = feeds(prepared)
    scaling, loss = scaling_of(prepared), loss_of(prepared)
    settings = structs.replace(base_settings(prepared), learning_rate=3e-3, threads=1)
    ours = Updates(network(prepared, scaling), feed, loss=loss, settings=settings)
    net = network(prepared, scaling).train()
    bare = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.01, fused=True)
    ready_batches = [feed.batch(0, step) for step in range(20)]
    count = iter(range(10**6))

    def house() -> float:
        with pinned(settings):
            began = time.perf_counter()
            for _ in range(20):
                ours.update(next(count))
            return (time.perf_counter() - began) / 20

    def loop() -> float:
        with pinned(settings):
            began = time.perf_counter()
            for batch in ready_batches:
                bare.zero_grad()
                loss(net(batch.inputs), batch.target, None).mean().backward()
                bare.step()
            return (time.perf_counter() - began) / 20

    house(), loop()
    found = laps({"house": house, "loop": loop}, ROUNDS)
    row("window_training", set="history family, 14 sensors", value=found["house"], n=ROUNDS,
        peer="bare loop over gathered windows", ratio=found["house"] / found["loop"], unit="s per update")  # fmt: skip


def anonymous() -> float:
    """Anonymous memory of this process, MiB."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1024


def many(folder: Path, millions: int) -> None:
    """A hundred million windows, each gathered once, out of a memory-mapped table."""
    from andon.encode.windows import Windows
    from andon.feed import Feed

    count = millions * 1_000_000
    flat = np.lib.format.open_memmap(folder / "flat.npy", mode="w+", dtype=np.float32, shape=(STEPS + count, COLUMNS))
    rng = np.random.default_rng(0)
    for start in range(0, STEPS + count, 1_000_000):
        part = flat[start : start + 1_000_000]
        part[:] = rng.random(part.shape, np.float32)
    flat.flush()
    age = np.arange(count) % 10_000
    windows = Windows(flat, np.arange(count) + STEPS, age, STEPS)
    feed = Feed({"series": windows}, np.zeros(count, np.float32), batch=1024, seed=0)
    for step in range(20):
        feed.batch(0, step)
    before, peak, seen, began = anonymous(), 0.0, 0, time.perf_counter()
    epoch = 0
    while seen < 100_000_000:
        for step in range(feed.steps):
            seen += len(feed.batch(epoch, step).rows)
            if step % 500 == 0:
                peak = max(peak, anonymous())
            if seen >= 100_000_000:
                break
        epoch += 1
    spent = time.perf_counter() - began
    row("window_memory", set=f"{millions} M rows x {COLUMNS}", value=peak - before, n=seen, peer="", ratio=None,
        unit="MiB of anonymous memory more", before=before, windows_per_second=seen / spent)  # fmt: skip


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=int, default=10)
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    torch.set_num_threads(os.cpu_count() or 1)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        reading()
        training(Path(folder))
        many(Path(folder), asked.millions)


if __name__ == "__main__":
    main()
