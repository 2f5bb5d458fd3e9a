"""The random family, of histories: random convolutions over smoothed sensors and random combinations of their figures,
none of them learnt, under a linear head that is solved in closed form. Two passes over the rows and no updates.

After ROCKET (Dempster et al. 2020, arXiv:1910.13051), Hydra (Dempster et al. 2023, arXiv:2203.13652) and random
features (Rahimi & Recht 2007). Differs from the papers: kernels go over smoothed readings and end at the newest row, so
that nothing looks ahead; a bounded curve stands in for counting which kernel wins, since a count jumps where two
run-times round differently; ridge regression's pull is chosen on lives held out in turn, out of the same sums (rows of
neighbouring numbers are of the same lives).

N rows, F features, S smoothed sensors.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from andon.errors import SettingProblem
from andon.feed.feed import Feed
from andon.nets.brief import Brief
from andon.nets.dial import SIZES
from andon.nets.encoders.history import LAST, RATES, HistoryFigures, Seen, Smoothing

TAPS, DILATIONS, SENSORS, FIGURES = 9, (1, 2, 4), 3, 3
"""Rows that a kernel weighs and how far apart they are; most sensors of a kernel, and figures of a combination."""
STEEP, AWAY, MOST = 2.0, 2.0, 5.0
"""Spread of what goes into the bounded curve, largest shift there, and largest figure."""
FOLDS, PULLS = 5, tuple(10.0 ** (power / 2) for power in range(-6, 3))
"""Groups of lives held out in turn, and pulls that are tried, as shares of the rows."""
SEEN = 4096
"""Rows from which centres and spreads are taken."""


class RandomFamily(nn.Module):
    """Inputs -> (N, 1). `fit_summary` solves the head; before that the answer is nought."""

    members = 1

    def __init__(self, brief: Brief) -> None:
        super().__init__()
        if brief.task != "regression" or brief.width > 1 or not any(spec.kind == "series" for spec in brief.inputs):
            raise SettingProblem.at(
                "network.family", "the family 'random' answers one number per history",
                why="classes or quantiles are asked for, or no unit and time are known", fix="take 'auto'",
            )  # fmt: skip
        many = SIZES["random"][brief.size].width
        self.figures = HistoryFigures(brief.inputs, brief.scaling)
        last = min(LAST, self.figures.steps)
        self.smooth = Smoothing(self.figures.steps, last)
        kernels, width = many // 8, self.figures.features.width + self.figures.num_beside
        self.kernels = nn.ParameterList(_fixed(_kernels(kernels, self.figures.channels * len(RATES)))
                                        for _ in DILATIONS)  # fmt: skip
        self.mix = _fixed(_sparse(width, many))
        self.shift = _fixed(AWAY * (2 * torch.rand(many) - 1))
        self.turn = _fixed(AWAY * (2 * torch.rand(len(DILATIONS) * kernels) - 1))
        convolved = len(DILATIONS) * kernels
        self.center, self.spread = _fixed(torch.zeros(width)), _fixed(torch.ones(width))
        self.middle, self.reach = _fixed(torch.zeros(convolved)), _fixed(torch.ones(convolved))
        self.width = width + many + 2 * convolved
        self.weight = _fixed(torch.zeros(self.width, dtype=torch.float64))
        self.start = _fixed(torch.zeros(1, dtype=torch.float64))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> raw outputs."""
        answer: Tensor = self.features(inputs) @ self.weight.unsqueeze(1) + self.start
        return answer.float()

    def features(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> (N, F) float64."""
        seen = self.figures.seen(inputs)
        plain = ((self.figures.of(seen).float() - self.center) / self.spread).clamp(-MOST, MOST)
        mixed = torch.tanh(plain @ self.mix + self.shift)
        apart = (self._convolved(seen) - self.middle[:, None]) / self.reach[:, None]
        curved = torch.tanh(STEEP * apart + self.turn[:, None])
        return torch.cat([plain, mixed, curved[:, :, -1], curved.mean(dim=2)], dim=1).double()

    def _convolved(self, seen: Seen) -> Tensor:
        """A history -> (N, kernels, L): each kernel at every row, from that row and those before it."""
        smooth = self.smooth(seen.rows.float(), seen.known.float()).flatten(1, 2)
        found = []
        for kernel, apart in zip(self.kernels, DILATIONS, strict=True):
            before = nnf.pad(smooth, ((TAPS - 1) * apart, 0), mode="replicate")
            found.append(nnf.conv1d(before, kernel, dilation=apart))
        return torch.cat(found, dim=1)

    @torch.no_grad()
    def fit_summary(self, feed: Feed) -> None:
        """Solve the head from sums over the rows of a feed, which may come in any blocks."""
        self.eval()
        some = self.figures.seen(feed.sample(SEEN).inputs)
        plain, convolved = self.figures.of(some).float(), self._convolved(some)
        self.center.copy_(plain.mean(dim=0))
        self.spread.copy_(plain.std(dim=0).clamp_min(1e-6))
        self.middle.copy_(convolved[:, :, -1].mean(dim=0))
        self.reach.copy_(convolved[:, :, -1].std(dim=0).clamp_min(1e-6))
        edges = torch.linspace(0, feed.num_rows, FOLDS + 1)[1:-1]
        sums = [_Sums(self.width, feed.device) for _ in range(FOLDS)]
        done = 0
        for batch in feed.all(1024):
            target = (batch.target if batch.target.dim() == 1 else batch.target[:, 0]).double()
            fold = int(torch.bucketize(torch.tensor(float(done)), edges))
            done += len(batch)
            known = torch.isfinite(target)
            weight = torch.ones_like(target) if batch.weight is None else batch.weight.double()
            sums[fold].add(self.features(batch.inputs)[known], target[known], weight[known])
        weight, start = _solved(sums)
        self.weight.copy_(weight)
        self.start.copy_(start)


class _Sums:
    """What ridge regression needs of some rows: products of features and a one (F + 1), and theirs with the truth."""

    def __init__(self, width: int, device: torch.device) -> None:
        self.gram = torch.zeros(width + 1, width + 1, dtype=torch.float64, device=device)
        self.told = torch.zeros(width + 1, dtype=torch.float64, device=device)
        self.square = torch.zeros((), dtype=torch.float64, device=device)

    def add(self, x: Tensor, y: Tensor, weight: Tensor) -> None:
        """More rows (n, F), truths (n,) and what each counts (n,)."""
        x = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
        heavy = x * weight[:, None]
        self.gram += heavy.T @ x
        self.told += heavy.T @ y
        self.square += (weight * y * y).sum()


def _solved(sums: list[_Sums]) -> tuple[Tensor, Tensor]:
    """Weights (F,) and start (1,) with the pull that does best where each group is answered by the others."""
    gram, told = torch.stack([s.gram for s in sums]), torch.stack([s.told for s in sums])
    whole, answer = gram.sum(0), told.sum(0)
    missed = torch.zeros(len(PULLS), dtype=torch.float64)
    for fold, own in enumerate(sums):
        if float(own.gram[-1, -1]) == 0:
            continue
        for place, found in enumerate(_ridge(whole - gram[fold], answer - told[fold])):
            missed[place] += float(own.square - 2 * found @ own.told + found @ own.gram @ found)
    best = _ridge(whole, answer)[int(missed.argmin())]
    return best[:-1], best[-1:]


def _ridge(gram: Tensor, told: Tensor) -> list[Tensor]:
    """Weights and start (F + 1,) for each pull; the start is not pulled, and features count by their spread."""
    rows = gram[-1, -1].clamp_min(1.0)
    mean, middle = gram[-1, :-1] / rows, told[-1] / rows
    apart = gram[:-1, :-1] / rows - mean[:, None] * mean[None, :]
    size = apart.diagonal().clamp_min(1e-12).sqrt()
    values, vectors = torch.linalg.eigh(apart / (size[:, None] * size[None, :]))
    along = vectors.T @ ((told[:-1] / rows - mean * middle) / size)
    found = []
    for pull in PULLS:
        weight = vectors @ (along / (values.clamp_min(0.0) + pull)) / size
        found.append(torch.cat([weight, (middle - mean @ weight)[None]]))
    return found


def _fixed(value: Tensor) -> nn.Parameter:
    """A figure that is kept with the weights, and moved by no gradient."""
    return nn.Parameter(value.to(torch.get_default_device()), requires_grad=False)


def _kernels(count: int, sensors: int) -> Tensor:
    """(count, S, TAPS): normal weights on one to three sensors; half of the kernels see changes alone, not levels."""
    weight = torch.randn(count, sensors, TAPS)
    weight[: count // 2] -= weight[: count // 2].mean(dim=2, keepdim=True)
    order = torch.rand(count, sensors).argsort(dim=1).argsort(dim=1)
    return weight * (order < torch.randint(1, SENSORS + 1, (count, 1))).unsqueeze(2)


def _sparse(width: int, count: int) -> Tensor:
    """(width, count): three normal weights in each column."""
    order = torch.rand(count, width).argsort(dim=1).argsort(dim=1)
    weight = torch.randn(count, width) * (order < FIGURES)
    return weight.T.contiguous() * (STEEP / math.sqrt(FIGURES))
