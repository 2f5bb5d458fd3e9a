"""Where on a picture the answer comes from, by two ways that share nothing: the slope of the answer's score by pixel,
averaged over noisy copies (SmoothGrad: Smilkov et al. 2017, arXiv:1706.03825), and what covering a place does to it
(occlusion: Zeiler & Fergus 2014, arXiv:1311.2901). Their rank correlation says how far to believe either.

Differs from the papers: both are means over the cells of a coarse grid, and covered means the picture's own mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from andon.encode.block import Arrays

GRID, COPIES, NOISE = 8, 8, 0.1
CHUNK = 64
"""Pictures per pass."""


@dataclass(frozen=True)
class Heat:
    """Maps (N, 8, 8), each 0 … 1 within its picture, and how well they agree (N,), -1 … 1."""

    gradient: np.ndarray
    occlusion: np.ndarray
    agreement: np.ndarray


def heat(
    net: nn.Module, finish: nn.Module, arrays: Arrays, name: str, *, of: np.ndarray | None = None, seed: int = 0
) -> Heat:
    """Maps of the answer given, or of the classes `of` (N,), for the picture input `name`; the other inputs stay as
    they are."""
    device = next(net.parameters()).device
    net.eval()
    batch = {n: torch.from_numpy(np.ascontiguousarray(a)).to(device) for n, a in arrays.items()}
    with torch.no_grad():
        answer = torch.cat([finish(net(part)).argmax(dim=1) for part in _parts(batch)])
    if of is not None:
        answer = torch.from_numpy(np.asarray(of, np.int64)).to(device)
    slopes, drops = [], []
    for part, chosen in zip(_parts(batch), torch.split(answer, CHUNK), strict=True):
        slopes.append(_slope(net, finish, part, name, chosen, seed))
        drops.append(_drop(net, finish, part, name, chosen))
    gradient, occlusion = (_ranged(torch.cat(maps)).cpu().numpy() for maps in (slopes, drops))
    agreement = [_alike(a.ravel(), b.ravel()) for a, b in zip(gradient, occlusion, strict=True)]
    return Heat(gradient, occlusion, np.array(agreement))


def _parts(batch: dict[str, Tensor]) -> list[dict[str, Tensor]]:
    """The batch in pieces."""
    rows = len(next(iter(batch.values())))
    return [{n: t[start : start + CHUNK] for n, t in batch.items()} for start in range(0, rows, CHUNK)]


def _slope(net: nn.Module, finish: nn.Module, batch: dict[str, Tensor], name: str, chosen: Tensor, seed: int) -> Tensor:
    """Mean size of the slope of the logarithm of the answer's score, (N, 8, 8)."""
    draw = torch.Generator(chosen.device).manual_seed(seed)
    picture = batch[name].float()
    spread = picture.flatten(1).std(dim=1).view(-1, *(1,) * (picture.dim() - 1))
    total = torch.zeros(picture.shape[:3], device=picture.device)
    for _ in range(COPIES):
        noise = torch.randn(picture.shape, generator=draw, device=picture.device)
        copy = (picture + NOISE * spread * noise).requires_grad_(True)
        score = finish(net({**batch, name: copy})).gather(1, chosen[:, None]).clamp_min(1e-12).log()
        (slope,) = torch.autograd.grad(score.sum(), copy)
        total += slope.abs() if slope.dim() == 3 else slope.abs().sum(dim=3)
    return F.adaptive_avg_pool2d(total.unsqueeze(1), GRID).squeeze(1)


@torch.no_grad()
def _drop(net: nn.Module, finish: nn.Module, batch: dict[str, Tensor], name: str, chosen: Tensor) -> Tensor:
    """How far the logarithm of the answer's score falls when a cell and half its neighbours are covered, (N, 8, 8)."""
    picture = batch[name].float()
    height, width = picture.shape[1:3]
    mean = picture.mean(dim=(1, 2), keepdim=True)
    before = finish(net({**batch, name: picture})).gather(1, chosen[:, None]).clamp_min(1e-12).log()
    falls = picture.new_zeros((len(picture), GRID, GRID))
    for row in range(GRID):
        for column in range(GRID):
            top, bottom = max(0, (2 * row - 1) * height // (2 * GRID)), (2 * row + 3) * height // (2 * GRID)
            left, right = max(0, (2 * column - 1) * width // (2 * GRID)), (2 * column + 3) * width // (2 * GRID)
            covered = picture.clone()
            covered[:, top:bottom, left:right] = mean
            after = finish(net({**batch, name: covered})).gather(1, chosen[:, None]).clamp_min(1e-12).log()
            falls[:, row, column] = (before - after)[:, 0]
    return falls


def _ranged(maps: Tensor) -> Tensor:
    """Each map from 0 to 1; what speaks against the answer is 0."""
    maps = maps.clamp_min(0)
    return maps / maps.amax(dim=(1, 2), keepdim=True).clamp_min(1e-12)


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's rank correlation; 0 where a map is flat."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    first, second = (np.argsort(np.argsort(values, kind="stable"), kind="stable") for values in (one, other))
    return float(np.corrcoef(first, second)[0, 1])
