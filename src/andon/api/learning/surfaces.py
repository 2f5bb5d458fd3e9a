"""What the training of a surface anomaly has of its own: feeds of planted defects, and what is fitted afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from andon.api.prepare import Prepared
from andon.encode.block import tiled
from andon.errors import DataProblem
from andon.feed import AUGMENT, Feed, augmentation
from andon.feed.defects import HELD_OUT, KINDS, cut, planted
from andon.feed.options import Planted
from andon.feed.pictures import full_range
from andon.nets.families.surface import SurfaceFamily
from andon.nets.grain import Grain
from andon.nets.inspector import STRIDE, USUAL, WAYS, Fitted, Inspector, Memory, Patches, embedded, together, top
from andon.nets.rim import ZONES
from andon.plan import read_entries

CHUNK = 16
"""Pictures per pass."""
MEMORY, CANDIDATES, PLAIN = 2000, 20_000, 12_000
"""Good patches that the network's memory keeps, those they are chosen from, and those that the filters' keeps."""
AXES = 24
"""Directions of what the filters say that are compared."""
CELLS, FEWEST_CELLS = 50_000, 100
"""Good cells of a zone that are looked at, and fewest that tell what is usual there."""
LEAST = 8
"""Fewest good pictures to learn from."""
MOST_TILES = {"validation": 512, "training": 4096}
"""Tiles looked at, where pictures are cut into such, in one pass over a part."""


def surface_feeds(prepared: Prepared) -> tuple[Feed, Feed | None]:
    """Windows of good pictures with planted defects, new ones at every step; and the same windows with the same defects
    again and again out of the validation part."""
    plan, spec = prepared.plan, prepared.specs[0]
    if len(prepared.learn) < LEAST:
        raise DataProblem.of(
            f"{len(prepared.learn)} good pictures are left to learn from", where="the training part",
            why=f"fewer than {LEAST} say nothing about what is usual", fix="give more pictures of good parts",
        )  # fmt: skip
    height, width = spec.shape[:2]
    fewest = WAYS["memory"]
    if min(height, width) < STRIDE or -(-height // STRIDE) * -(-width // STRIDE) < fewest:
        raise DataProblem.of(
            f"pictures of {width} × {height} pixels are too small to be inspected", where="the training part",
            why=f"{fewest} places of {STRIDE} × {STRIDE} pixels are needed", fix="give larger pictures",
        )  # fmt: skip
    entries = read_entries(AUGMENT, plan.train.augment, "train.augment")
    options = next((entry for _, entry in entries if isinstance(entry, Planted)), None)
    if options is None:  # whatever else was asked: without defects there is nothing to learn
        options = Planted()
        entries = [*entries, ("defects", options)]
    array = pieced(prepared)
    feed = Feed(
        {spec.name: array}, np.zeros(len(array), np.float32), batch=int(plan.train.batch), seed=plan.train.seed,
        rows=pieces_of(prepared, prepared.learn), augment=augmentation(entries, prepared.specs),
    )  # fmt: skip
    held = pieces_of(prepared, prepared.known("validation"), MOST_TILES["validation"])
    if not len(held):
        return feed, None
    draw = torch.Generator().manual_seed(plan.split.seed)
    windows, maps = [], []
    for planes in pieces(prepared, held):
        window = cut(planes, options.side, draw)
        changed, mask = planted(
            window, [KINDS[k] for k in options.kinds], draw, share=options.share, full=full_range(spec.dtype)
        )
        windows.append(changed.squeeze(1) if len(spec.shape) == 2 else changed.movedim(1, -1))
        maps.append(mask.flatten(1))
    return feed, Feed(
        {spec.name: torch.cat(windows).numpy()}, torch.cat(maps).numpy(), batch=int(plan.train.batch), seed=0
    )  # fmt: skip


def pieced(prepared: Prepared) -> np.ndarray:
    """All pictures, or all tiles of pictures that are cut into such, rows first."""
    spec = tiled(prepared.specs) or prepared.specs[0]
    array: np.ndarray = prepared.stored.arrays[spec.name]
    return array.reshape(-1, *spec.shape) if spec.tiles else array


def pieces_of(prepared: Prepared, rows: np.ndarray, most: int | None = None) -> np.ndarray:
    """Places in `pieced` of some rows; of more than `most` tiles an even choice by chance, ascending."""
    spec = tiled(prepared.specs)
    if spec is None:
        return rows
    tiles = spec.tiles
    places = (rows[:, None] * tiles + np.arange(tiles)).ravel()
    if most is None or len(places) <= most:
        return places
    drawn = np.random.default_rng([prepared.plan.split.seed, 23]).choice(len(places), most, replace=False)
    return np.asarray(places[np.sort(drawn)])


def pieces(prepared: Prepared, rows: np.ndarray) -> Iterator[Tensor]:
    """What stands at these places of `pieced`, float32 (N, channels, height, width), some at a time."""
    array = pieced(prepared)
    for start in range(0, len(rows), CHUNK):
        some = torch.from_numpy(np.ascontiguousarray(array[rows[start : start + CHUNK]])).float()
        yield some.unsqueeze(1) if some.dim() == 3 else some.movedim(-1, 1)


@torch.no_grad()
def inspector(prepared: Prepared, net: nn.Module) -> tuple[Inspector, dict[str, object]]:
    """The four ways together, fitted on the training part and levelled on good pictures of the validation part; and how
    well each would find planted defects there of kinds that nothing was trained on."""
    core = net.cpu().eval().core  # a `Net`
    assert isinstance(core, SurfaceFamily)
    full = full_range(prepared.specs[0].dtype)
    found = Inspector(core, _fitted(prepared, core, Grain(full)), full=full).eval()
    held = prepared.known("validation")
    unseen = pieces_of(prepared, held if len(held) else prepared.learn[: 10 * CHUNK], MOST_TILES["validation"])
    said, deep = (
        torch.cat(some) for some in zip(*[_looked(found, planes) for planes in pieces(prepared, unseen)], strict=True)
    )
    for place, cells in enumerate(_by_zone(said, deep)):
        middle, high = cells.quantile(torch.tensor(USUAL), dim=0)
        found.level[place], found.scale[place] = middle, (high - middle).clamp_min(1e-6)
    usual = top(found.standard(said, deep), deep)
    middle, high = usual.quantile(0.5, dim=0), usual.quantile(0.9, dim=0)
    found.center.copy_(middle)
    found.spread.copy_((high - middle).clamp_min(1e-6))
    draw = torch.Generator().manual_seed(prepared.plan.split.seed)
    spoilt = []
    for kind in HELD_OUT:
        marked = []
        for planes, own in zip(pieces(prepared, unseen), torch.split(deep, CHUNK), strict=True):
            changed, _ = planted(planes, [KINDS[kind]], draw, share=1.0, full=full)
            marked.append(top(found.standard(found.grids(_inputs(found, changed)), own), own))
        spoilt.append(torch.cat(marked))
    return found, {"ways": list(WAYS), "by": list(HELD_OUT), "auc": _told(found, usual, spoilt)}


def _looked(found: Inspector, planes: Tensor) -> tuple[Tensor, Tensor]:
    """What each way says of the cells of pictures (N, channels, height, width), and the zones of these."""
    inputs = _inputs(found, planes)
    return found.grids(inputs), found.deep(inputs)


def _inputs(found: Inspector, planes: Tensor) -> dict[str, Tensor]:
    """Pictures (N, channels, height, width) as the network takes them."""
    return {found.name: planes.squeeze(1) if found.core.scaling.bare else planes.movedim(1, -1)}


def _by_zone(said: Tensor, deep: Tensor) -> list[Tensor]:
    """Cells (n, ways) of each zone, at most `CELLS` of them, evenly; all the picture's own where a zone has too few."""
    flat, zone = said.movedim(1, -1).flatten(0, 2), deep.flatten()
    some = [flat[zone == place] for place in range(ZONES)]
    some = [cells if len(cells) >= FEWEST_CELLS else flat[zone > 0] for cells in some]
    return [cells[:: -(-len(cells) // CELLS)] for cells in some]


def _told(found: Inspector, usual: Tensor, spoilt: list[Tensor]) -> dict[str, float]:
    """Mean area under the ROC curve over the held-out kinds, of each way and of all together."""
    good, *bad = [found.measured(said) for said in (usual, *spoilt)]
    some = {way: [said[:, i] for said in (good, *bad)] for i, way in enumerate(WAYS)}
    some[" + ".join(WAYS)] = [together(said) for said in (good, *bad)]
    return {
        name: round(float(np.mean([
            roc_auc_score(np.repeat([0, 1], [len(good), len(marked)]), torch.cat([good, marked]).numpy())
            for marked in bad
        ])), 4)
        for name, (good, *bad) in some.items()
    }  # fmt: skip


def _fitted(prepared: Prepared, core: SurfaceFamily, grain: Grain) -> Fitted:
    """One pass over the good pictures of the training part: moments, and patches to remember."""
    rows = pieces_of(prepared, prepared.learn, MOST_TILES["training"])
    draw = torch.Generator().manual_seed(prepared.plan.train.seed)
    ours, fixed = (_Moments(max(1, most // len(rows)), draw) for most in (CANDIDATES, PLAIN))
    for planes in pieces(prepared, rows):
        scaled = core.scaling(planes.squeeze(1) if core.scaling.bare else planes.movedim(1, -1))
        ours.add(embedded(core.maps(scaled)[1]))
        fixed.add(grain(planes))
    values, vectors = torch.linalg.eigh(ours.covariance())
    whiten = (vectors / (values + 0.01 * values.mean()).sqrt()).float()
    return Fitted(taught=ours.remembered(whiten, MEMORY), fixed=fixed.remembered(fixed.axes(AXES), PLAIN))


class _Moments:
    """Mean and covariance of patches that come in pieces, in float64, and so many of each picture."""

    def __init__(self, each: int, draw: torch.Generator) -> None:
        self.count, self.sum, self.square = 0, torch.zeros(()), torch.zeros(())
        self.each, self.draw, self.some = each, draw, list[Tensor]()

    def add(self, grid: Tensor) -> None:
        """Patches (N, D, h, w)."""
        flat = grid.flatten(2).transpose(1, 2)
        place = torch.randint(flat.shape[1], (len(flat), self.each), generator=self.draw)
        self.some.append(flat.gather(1, place.unsqueeze(2).expand(-1, -1, flat.shape[2])).flatten(0, 1))
        rows = flat.flatten(0, 1).double()
        self.count += len(rows)
        self.sum, self.square = self.sum + rows.sum(dim=0), self.square + rows.T @ rows

    def axes(self, count: int) -> Tensor:
        """(D, count): the directions along which patches differ most, every figure in units of its spread."""
        covariance = self.covariance()
        spread = covariance.diagonal().sqrt().clamp_min(1e-6)
        vectors: Tensor = torch.linalg.eigh(covariance / torch.outer(spread, spread))[1].flip(1)
        return (vectors[:, :count] / spread.unsqueeze(1)).float()

    def remembered(self, whiten: Tensor, most: int) -> Patches:
        """The patches that were kept, whitened, and of more than `most` those that leave no other far away."""
        mean = self.mean().float()
        memory = Memory(Patches(mean=mean, whiten=whiten, memory=mean.new_zeros(0, len(mean))))
        points = memory.whitened(torch.cat(self.some)[:CANDIDATES])
        return Patches(mean=mean, whiten=whiten, memory=spread_out(points, most))

    def mean(self) -> Tensor:
        """(D,)."""
        return self.sum / self.count

    def covariance(self) -> Tensor:
        """(D, D)."""
        return self.square / self.count - torch.outer(self.mean(), self.mean())


def spread_out(points: Tensor, count: int) -> Tensor:
    """`count` of the points (N, D) that leave no other far away: greedy k-centre (Gonzalez 1985), which keeps rare
    good patches that a random choice would lose."""
    if len(points) <= count:
        return points
    chosen = [0]
    near = (points - points[0]).square().sum(dim=1)
    for _ in range(count - 1):
        chosen.append(int(near.argmax()))
        near = torch.minimum(near, (points - points[chosen[-1]]).square().sum(dim=1))
    return points[torch.tensor(chosen)]


def simple_map_loss(loss: Any, valid: Feed | None) -> float:
    """What the plan's loss gives for the map that says the same of every pixel."""
    assert valid is not None
    batch = next(valid.all())
    share = batch.target.mean().clamp(1e-4, 1 - 1e-4)
    raw = torch.logit(share).expand_as(batch.target).unsqueeze(1)
    return float(loss(raw, batch.target, None).mean())
