"""Members at once against one after the other: a step (forward, backward, fused AdamW) of five networks as one batched
network, and of the same five in turn, called alternately in one process.

    python benchmarks/members.py [--threads 1] [--rounds 200]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.remove(str(Path(__file__).parent))  # its `queue` would stand in for Python's own

import torch
from torch import Tensor
from torch.nn import functional as F

from andon.encode.block import InputSpec
from andon.feed.feed import keep_memory
from andon.nets import build
from andon.nets.members import seed_of
from andon.plan.settings import Network
from benchmarks.record import row

MEMBERS, CLASSES = 5, 3
NUMBERS = InputSpec(name="numbers", kind="numbers", shape=(20,), dtype="float64")
PICTURE = InputSpec(name="picture", kind="image", shape=(28, 28), dtype="uint8")
CASES: dict[str, tuple[InputSpec, Callable[[int], Network]]] = {
    "dense:64 x 2": (NUMBERS, lambda m: Network(layers=["dense:64:relu", "dense:64:relu", "dense:3"], members=m)),
    "dense:128 x 2": (NUMBERS, lambda m: Network(layers=["dense:128:relu", "dense:128:relu", "dense:3"], members=m)),
    "family dense tiny": (NUMBERS, lambda m: Network(family="dense", size="tiny", members=m)),
    "family dense small": (NUMBERS, lambda m: Network(family="dense", size="small", members=m)),
    "picture, dense:128": (PICTURE, lambda m: Network(layers=["flatten", "dense:128:relu", "dense:3"], members=m)),
}


def step_of(network: Network, spec: InputSpec, seeds: list[int], batch: int) -> Callable[[], None]:
    """A training step of one network per seed."""
    scaling = {"picture": {"method": "pixels", "factor": 1 / 255}}
    nets = [build(network, [spec], scaling, width=CLASSES, task="classification", seed=seed).train() for seed in seeds]
    optims = [torch.optim.AdamW(net.parameters(), lr=1e-3, fused=True) for net in nets]
    inputs, target = _rows(spec, batch), torch.arange(batch) % CLASSES

    def step() -> None:
        for net, optim in zip(nets, optims, strict=True):
            raw = net(inputs)
            each = F.cross_entropy(raw.flatten(0, 1), target.repeat_interleave(raw.shape[1]), reduction="sum")
            (each / batch).backward()
            optim.step()
            optim.zero_grad()

    return step


def _rows(spec: InputSpec, batch: int) -> dict[str, Tensor]:
    """Random rows of an input."""
    draw = torch.Generator().manual_seed(0)
    if spec.dtype == "uint8":
        return {spec.name: torch.randint(0, 256, (batch, *spec.shape), generator=draw).to(torch.uint8)}
    return {spec.name: torch.randn(batch, *spec.shape, generator=draw, dtype=torch.float64)}


def main() -> None:
    """One line per case and batch."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=200)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    keep_memory()
    seeds = [seed_of(0, member) for member in range(MEMBERS)]
    for name, (spec, network) in CASES.items():
        for batch in (32, 256):
            calls = {"once": step_of(network(MEMBERS), spec, [0], batch)}
            calls["turn"] = step_of(network(1), spec, seeds, batch)
            laps: dict[str, list[float]] = {key: [] for key in calls}
            for lap in range(asked.rounds + 10):
                for key, call in calls.items():
                    began = time.perf_counter()
                    call()
                    if lap >= 10:
                        laps[key].append(time.perf_counter() - began)
            once, turn = statistics.median(laps["once"]), statistics.median(laps["turn"])
            row(
                "members", set=f"{name}, batch {batch}", value=round(once * 1e3, 3), n=asked.rounds,
                peer="five networks in turn", ratio=round(once / turn, 3), unit="ms a step", threads=asked.threads,
            )  # fmt: skip


if __name__ == "__main__":
    main()
