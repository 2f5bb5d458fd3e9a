"""Small nets and data for the tests of training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from andon.feed import Feed
from andon.losses.classes import CrossEntropyLoss
from andon.train import Settings, train
from andon.train.events import Event, Finished, Validated

LOSS = CrossEntropyLoss()


class Small(nn.Module):
    """Four numbers to three classes, with the parts that make resuming hard: dropout and batch normalisation."""

    def __init__(self, seed: int = 0, dropout: float = 0.2) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layers = nn.Sequential(
                nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 3)
            )

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """(N, 4) float64, NaN where missing -> (N, 1, 3)."""
        return self.layers(inputs["numbers"].float().nan_to_num(nan=0.0, posinf=torch.inf)).unsqueeze(1)


class Side(nn.Module):
    """M linear members side by side, as the nets room batches them."""

    members_kind = "batched"

    def __init__(self, members: int) -> None:
        super().__init__()
        self.members = members
        draw = torch.Generator().manual_seed(1)
        self.weight = nn.Parameter(torch.randn(members, 4, 3, generator=draw))
        self.bias = nn.Parameter(torch.zeros(members, 1, 3))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """(N, 4) -> (N, M, 3)."""
        return torch.baddbmm(self.bias, inputs["numbers"].float().expand(self.members, -1, -1), self.weight).transpose(
            0, 1
        )


def table(rows: int = 90, seed: int = 0) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Numbers and classes that follow from them, with some noise."""
    draw = np.random.default_rng(seed)
    numbers = draw.normal(size=(rows, 4))
    return {"numbers": numbers}, (numbers @ draw.normal(size=(4, 3)) + draw.normal(size=(rows, 3))).argmax(1)


def feeds(rows: int = 90, batch: int = 16, **more: object) -> tuple[Feed, Feed]:
    """Two thirds to train on, the rest to validate."""
    arrays, target = table(rows)
    cut = rows * 2 // 3
    learn = Feed(arrays, target, batch=batch, seed=3, rows=np.arange(cut), **more)
    return learn, Feed(arrays, target, batch=batch, seed=0, rows=np.arange(cut, rows))


def run(net: nn.Module, settings: Settings, folder: Path | None = None, **more: object) -> list[Event]:
    """Train to the end."""
    learn, valid = feeds(**more)
    return list(train(net, learn, valid, loss=LOSS, settings=settings, folder=folder))


def ended(events: list[Event]) -> Finished:
    """The last event."""
    assert isinstance(events[-1], Finished)
    return events[-1]


def epochs(events: list[Event]) -> list[Validated]:
    """What came after each epoch."""
    return [event for event in events if isinstance(event, Validated)]


def equal(one: nn.Module, other: nn.Module) -> bool:
    """Whether all weights and statistics are equal to the bit."""
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)
