"""Histories of sensors inside the graph: every row against its regime, then smoothed over several times.

Wear is slow and noise is fast: what tells them apart is a long memory. Exponentially weighted means with several time
constants, corrected for the beginning as in Adam (Kingma & Ba 2015, arXiv:1412.6980, section 3), are a fixed kernel
over the window, so that no answer depends on what a stream carried along.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from andon.encode.block import InputSpec
from andon.encode.series import STEPS
from andon.nets.encoders.signal import window_layers
from andon.nets.layers.layer import Shape, keep
from andon.nets.layers.listed import of_options
from andon.nets.scaling import NumberScaling

MOST = 8.0
"""Spreads beyond which a reading counts as this far."""
RATES = (0.3, 0.1, 0.03)
"""Weights of the newest reading: memories of about 3, 10 and 30 rows, longer in windows that look back further than
usual."""
MIDDLE = 1
"""Place of the memory that differences are taken of."""
GRID = 2.0**20
"""Figures for trees are multiples of one over this."""
LAST = 50
"""Newest rows that convolutions go over; older ones count through the smoothing."""
SHORT, BACK = 30, 20
"""Rows of the rolling spread, and of the step back that a slope is taken over, likewise."""
STILL, FEW = 0.1, 1.0
"""Least spread of a unit or window, in spreads of the regime, and as many rows as that of the regime counts for
beside those of a unit that has just begun."""


def longer(steps: int) -> float:
    """By what memories are longer in a window of so many rows."""
    return max(1.0, steps / STEPS)


class HistoryScaling(nn.Module):
    """(N, T, C) as recorded, NaN where missing or before the beginning -> (N, T, kept) float64 in spreads of the row's
    regime, nought where missing, and what is known: (N, T, 1) float64, one where there is a row at all; (N, T, kept)
    where training had gaps, so that a sensor that is seldom read counts by its own readings."""

    def __init__(self, spec: InputSpec, scaling: dict[str, Any]) -> None:
        super().__init__()
        columns = spec.shape[-1]
        self.kept = [int(c) for c in scaling.get("kept", range(columns))]
        self.settings = [int(c) for c in scaling.get("settings", [])]
        self.center: Tensor
        self.spread: Tensor
        self.centers: Tensor
        self.at: Tensor
        self.by: Tensor
        self.places: Tensor
        self.set_places: Tensor
        self.run_places: Tensor
        kind = torch.float64
        center = torch.tensor(scaling.get("center", [[0.0] * columns]), dtype=torch.float64)
        spread = torch.tensor(scaling.get("spread", [[1.0] * columns]), dtype=torch.float64)
        keep(self, "center", center[:, self.kept].to(kind))
        keep(self, "spread", spread[:, self.kept].to(kind))
        keep(self, "centers", torch.tensor(scaling.get("centers", [[]]), dtype=torch.float32))
        keep(self, "at", torch.tensor(scaling.get("at", []), dtype=kind))
        keep(self, "by", torch.tensor(scaling.get("by", []), dtype=kind))
        keep(self, "places", torch.tensor(self.kept, dtype=torch.int64))
        keep(self, "set_places", torch.tensor(self.settings, dtype=torch.int64))
        self.stands = bool(scaling.get("runs"))
        keep(self, "run_places", torch.tensor(scaling.get("runs", []), dtype=torch.int64))
        self.channels, self.against = len(self.kept), str(scaling.get("against", "regime"))
        # an empty cell is no reading at the regime's centre where readings count against something else
        self.gaps = bool(scaling.get("gaps", False)) or self.against != "regime"
        align = scaling.get("align", ["none"] * columns)
        self.align = [align[c] for c in self.kept] if self.gaps else ["none"] * self.channels
        self.last: Tensor
        self.mean: Tensor
        for how in ("last", "mean"):
            keep(self, how, torch.tensor([one == how for one in self.align], dtype=torch.bool))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, T, C) -> (N, T, kept), (N, T, 1 or kept)."""
        x = x.double()
        own = x.index_select(2, self.places)
        known = ~torch.isnan(own) if self.gaps else (~torch.isnan(x)).any(dim=-1, keepdim=True)
        if len(self.centers) > 1:
            regime = self.regime(x)
            z = (own - self.center[regime]) / self.spread[regime]
        else:
            z = (own - self.center[0]) / self.spread[0]
        unknown = torch.isnan(z)
        if self.stands:
            stands = (x.index_select(2, self.run_places) == 0).any(dim=-1, keepdim=True)
            known, unknown = known & ~stands, unknown | stands
        z = torch.where(unknown, torch.zeros((), dtype=z.dtype, device=z.device), z).clamp(-MOST, MOST)
        z, there = self.aligned(z, known)
        return (own_units(z, there, z, there), there) if self.against == "window" else (z, there)

    def aligned(self, z: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Readings and what is known of them, with what stands between two readings: a slow sensor says something of
        every row since it was read, against the regime of then."""
        there = known
        if "last" in self.align:
            place = last_known(known)
            filled = z.gather(1, place.clamp_min(0))
            some = ~known & self.last & (place >= 0)
            z, there = torch.where(some, filled, z), there | some
        if "mean" in self.align:
            count = known.double().cumsum(dim=1)
            some = ~known & self.mean & (count > 0)
            told = torch.where(known, z, 0.0).cumsum(dim=1) / count.clamp_min(1.0)
            z, there = torch.where(some, told, z), there | some
        return z, there.double()

    def regime(self, x: Tensor) -> Tensor:
        """(N, T, C) -> (N, T) int64: the nearest regime of each row."""
        settings = ((x.index_select(2, self.set_places) - self.at) / self.by).float()
        settings = torch.where(torch.isnan(settings), torch.zeros((), device=x.device), settings)
        apart = (settings.unsqueeze(2) - self.centers).square().sum(dim=-1)
        return apart.argmin(dim=-1)


def last_known(known: Tensor) -> Tensor:
    """(N, T, C) bool -> the place of the newest known row up to each, int64; -1 where there is none. In doublings,
    since a running maximum does not leave for ONNX."""
    steps = known.shape[1]
    rows = torch.arange(steps, device=known.device)[None, :, None]
    place, reach = torch.where(known, rows, -1), 1
    while reach < steps:
        before = torch.cat([torch.full_like(place[:, :reach], -1), place[:, :-reach]], dim=1)
        place, reach = torch.maximum(place, before), 2 * reach
    return place


def own_units(z: Tensor, known: Tensor, some: Tensor, there: Tensor) -> Tensor:
    """Rows (N, T, C) less the mean and over the spread of `some` rows (N, F, C) of the same unit; nought where
    not known. The spread is that of the rows there are with, as if it were one more, the regime's: one row has none."""
    count = there.sum(dim=1, keepdim=True)
    mean = (some * there).sum(dim=1, keepdim=True) / count.clamp_min(1.0)
    squares = ((some - mean).square() * there).sum(dim=1, keepdim=True)
    spread = ((squares + FEW) / (count + FEW)).sqrt().clamp_min(STILL)
    return ((z - mean) / spread * known).clamp(-MOST, MOST)


class Smoothing(nn.Module):
    """(N, T, C) and what is known of it -> (N, C, rates, L): weighted means at each of the last L rows, newer
    ones counting more."""

    def __init__(
        self, steps: int, last: int, rates: Sequence[float] | None = None, *, kind: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        self.rates, self.last = [rate / longer(steps) for rate in RATES] if rates is None else list(rates), last
        kernel = torch.zeros(steps, len(self.rates), last, dtype=torch.float64)
        for place, rate in enumerate(self.rates):
            for column in range(last):
                end = steps - last + column
                back = torch.arange(end, -1, -1, dtype=torch.float64)
                kernel[: end + 1, place, column] = rate * (1 - rate) ** back
        self.kernel: Tensor
        keep(self, "kernel", kernel.flatten(1).to(kind))

    def forward(self, z: Tensor, known: Tensor) -> Tensor:
        """Means over the rows that there are."""
        weight = (known.transpose(1, 2) @ self.kernel).clamp_min(1e-6)
        sums = z.transpose(1, 2) @ self.kernel
        return (sums / weight).view(z.shape[0], z.shape[2], len(self.rates), self.last)


class HistoryFeatures(nn.Module):
    """(N, T, C), what is known of it, and the mean of the history's first rows (N, C) -> (N, width): per column its
    smoothed values, its distance from the unit's own beginning, its slope, its spread and its mean over the window."""

    def __init__(self, steps: int, channels: int, first: int) -> None:
        super().__init__()
        self.steps, self.first = steps, first
        self.smooth = Smoothing(steps, 1, kind=torch.float64)
        self.back = min(round(BACK * longer(steps)), steps - 1)
        self.earlier = Smoothing(steps - self.back, 1, self.smooth.rates[MIDDLE : MIDDLE + 1], kind=torch.float64)
        self.short = min(round(SHORT * longer(steps)), steps)
        self.width = channels * (len(RATES) + 3 + (1 if first else 0))

    def forward(self, z: Tensor, known: Tensor, begun: Tensor | None) -> Tensor:
        """`begun` (N, C): mean of the first rows."""
        smooth = self.smooth(z, known).squeeze(-1)
        middle = smooth[:, :, MIDDLE]
        parts = [smooth.flatten(1)]
        if begun is not None:
            parts.append(middle - begun)
        count = self.steps - self.back
        seen = known[:, :count]
        earlier = self.earlier(z[:, :count], seen).flatten(1)
        there = seen.amax(dim=2)[:, -1:]
        parts.append((middle - earlier) * there)
        some, rows = z[:, -self.short :], known[:, -self.short :]
        number = rows.sum(dim=1).clamp_min(1.0)
        mean = (some * rows).sum(dim=1) / number
        spread = (((some - mean.unsqueeze(1)).square() * rows).sum(dim=1) / number + 1e-6).sqrt()
        total = known.sum(dim=1).clamp_min(1.0)
        parts += [spread, z.sum(dim=1) / total]
        return torch.cat(parts, dim=1)


class Seen(NamedTuple):
    """A history inside the graph: scaled rows (N, T, C) and what is known of them (N, T, 1 or C), mean of its first
    rows (N, C), and the numbers beside it (N, B); all float64."""

    rows: Tensor
    known: Tensor
    begun: Tensor | None
    beside: Tensor


class HistoryFigures(nn.Module):
    """Arrays by name -> (N, width) float64: all that a table can say of a history. What trees stand on, exact enough
    that the graph takes the same branches."""

    def __init__(self, inputs: Sequence[InputSpec], scaling: dict[str, dict[str, Any]]) -> None:
        super().__init__()
        named = {spec.name: spec for spec in inputs}
        spec = named["series"]
        self.scaling = HistoryScaling(spec, scaling[spec.name])
        self.start = HistoryScaling(named["first"], scaling[spec.name]) if "first" in named else None
        self.numbers = NumberScaling(named["numbers"], scaling["numbers"]) if "numbers" in named else None
        self.codes = len(named["codes"].columns) if "codes" in named else 0
        self.steps, self.channels = spec.shape[0], self.scaling.channels
        self.own = self.scaling.against == "unit" and self.start is not None
        first = named["first"].shape[0] if self.start and not self.own else 0
        self.features = HistoryFeatures(self.steps, self.channels, first)
        self.num_beside = self.numbers.shape[0] if self.numbers else 0
        self.width = self.features.width + self.num_beside + self.codes

    def seen(self, inputs: dict[str, Tensor]) -> Seen:
        """The history, scaled."""
        rows, known = self.scaling(inputs["series"])
        begun = None
        if self.start is not None:
            some, there = self.start(inputs["first"])
            if self.own:  # then readings say by themselves how far they are from the beginning
                rows = own_units(rows, known, some, there)
            else:
                begun = begun_of(some, there)
        beside = rows.new_zeros(rows.shape[0], 0) if self.numbers is None else self.numbers(inputs["numbers"]).double()
        return Seen(rows, known, begun, beside)

    def of(self, seen: Seen) -> Tensor:
        """Figures of a history, without codes."""
        return torch.cat([self.features(seen.rows, seen.known, seen.begun), seen.beside], dim=1)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> (N, width)."""
        # sums of equal rows differ in their last bit from one library to the next, and trees would cut there
        found = torch.round(self.of(self.seen(inputs)) * GRID) / GRID
        return torch.cat([found, inputs["codes"].double()], dim=1) if self.codes else found


def begun_of(z: Tensor, known: Tensor) -> Tensor:
    """Mean of a history's first rows: (N, F, C) and what is known of them -> (N, C)."""
    return z.sum(dim=1) / known.sum(dim=1).clamp_min(1.0)


class HistoryPlanes(nn.Module):
    """(N, T, C) as recorded -> (N, planes, L): the newest rows scaled, their smoothed values, and which rows there are.
    What convolutions and patches go over."""

    members = 1

    def __init__(self, spec: InputSpec, scaling: dict[str, Any]) -> None:
        super().__init__()
        self.scaling = HistoryScaling(spec, scaling)
        self.last = min(LAST, spec.shape[0])
        self.smooth = Smoothing(spec.shape[0], self.last)
        self.shape: Shape = (self.scaling.channels * (1 + len(RATES)) + 1, self.last)

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, C) -> (N, planes, L) float32."""
        rows, known = self.scaling(x)
        return planes_of(self.smooth, rows.float(), known.float())


def planes_of(smooth: Smoothing, rows: Tensor, known: Tensor) -> Tensor:
    """Scaled rows (N, T, C) and what is known of them -> (N, C · (1 + rates) + 1, L)."""
    smoothed = smooth(rows, known).flatten(1, 2)
    newest = rows[:, -smooth.last :].transpose(1, 2)
    return torch.cat([newest, smoothed, known[:, -smooth.last :].amax(dim=2).unsqueeze(1)], dim=1)


class HistoryVector(nn.Module):
    """(N, T, C) as recorded -> (N, width): figures of each sensor's past, for dense layers."""

    members = 1

    def __init__(self, spec: InputSpec, scaling: dict[str, Any]) -> None:
        super().__init__()
        self.scaling = HistoryScaling(spec, scaling)
        self.features = HistoryFeatures(spec.shape[0], self.scaling.channels, 0)
        self.width = self.features.width

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, C) -> (N, width)."""
        out: Tensor = self.features(*self.scaling(x), None)
        return out.float()


class HistoryEncoder(nn.Module):
    """(N, T, C) as recorded -> (N, width), by the convolutions that windows go through."""

    members = 1

    def __init__(self, spec: InputSpec, scaling: dict[str, Any], size: str) -> None:
        super().__init__()
        self.planes = HistoryPlanes(spec, scaling)
        self.layers = of_options(window_layers(self.planes.shape, size), self.planes.shape)
        self.width = self.layers.shape[0]

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, C) -> (N, width)."""
        out: Tensor = self.layers(self.planes(x))
        return out
