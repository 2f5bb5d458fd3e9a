"""Claim: the gap between training and validation, judged in words, is right in at least 57 of 60 planted cases.

Prints one JSON line per case and a last one with the count. Networks are plain PyTorch, so nothing of the judge's own
house trains them. Rules were set on seeds 100–119, the claim is made on 0–19.

    python benchmarks/gap_words.py --seeds 20
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import torch
from torch import nn

from andon.score.gap import judge
from andon.simulate.planted import VERDICTS, Planted, planted
from benchmarks.record import row


def curves(case: Planted, seed: int) -> tuple[list[float], list[float], float]:
    """Loss per epoch on training and validation rows, and the loss of the simplest answer."""
    torch.manual_seed(seed)
    (x, y), (u, v) = [tuple(torch.from_numpy(a) for a in part) for part in (case.train, case.valid)]
    classes = case.task == "classification"
    net = nn.Sequential(
        nn.Linear(x.shape[1], case.width), nn.ReLU(), nn.Linear(case.width, case.width), nn.ReLU(),
        nn.Linear(case.width, 2 if classes else 1),
    )  # fmt: skip
    optimizer = torch.optim.AdamW(net.parameters(), lr=case.learning_rate, weight_decay=case.decay)

    def loss(rows: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        raw = net(rows)
        return nn.functional.cross_entropy(raw, truth) if classes else ((raw[:, 0] - truth) ** 2).mean()

    train, valid = [], []
    for _ in range(case.epochs):
        total = 0.0
        for batch in torch.randperm(len(x)).split(case.batch):
            optimizer.zero_grad()
            value = loss(x[batch], y[batch])
            value.backward()
            optimizer.step()
            total += value.item() * len(batch)
        train.append(total / len(x))
        with torch.no_grad():
            valid.append(loss(u, v).item())
    share = float(y.float().mean())
    simple = -np.mean(np.where(v, np.log(share), np.log(1 - share))) if classes else float(((v - y.mean()) ** 2).mean())
    return train, valid, float(simple)


def main() -> None:
    """Run the cases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    right = 0
    for seed in range(asked.first, asked.first + asked.seeds):
        for verdict in VERDICTS:
            case = planted(verdict, seed=seed)
            train, valid, simple = curves(case, seed)
            found = judge(train, valid, simple)
            right += found.verdict == verdict
            row("gap_words_case", set=verdict, seed=seed, value=float(found.verdict == verdict), judged=found.verdict,
                task=case.task, train=found.train, valid=found.valid, end=valid[-1] / simple)  # fmt: skip
    row("gap_words", set="planted", value=right, n=asked.seeds * len(VERDICTS))


if __name__ == "__main__":
    main()
