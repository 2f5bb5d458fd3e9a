"""What leaves a part what it is, without training: whether its mirrored and turned copies spoil a closed-form learner.

For runs too short to compare trainings. Random convolutions, of each its largest answer and how often it answers
(Dempster et al. 2020, arXiv:1910.13051, for pictures), know directions and not places; a ridge regression on them
learns the training part in folds, once with the copies of each symmetry and once without. A mirrored arrow is another
arrow: where its copies carry its label, the classes that they mix up cannot be told any more. Everything else that
speaks for one symmetry or another is left to the job's guess.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from andon.api.prepare import Prepared

KERNELS, KERNEL, SIDE, CHUNK = 256, 7, 32, 64
"""Random kernels, their side, the longer side of the pictures that they look at, and pictures at once."""
ANSWERS = 0.5
"""A kernel answers above so many spreads of the pixels."""
MOST, FEWEST, FOLDS = 300, 24, 5
"""Rows that are looked at, rows without which nothing is said, and folds."""
RIDGES = (0.01, 0.1, 1.0, 10.0)
"""Strengths, in shares of the rows; the best of them counts for each symmetry."""
FEW, TIMES, FURTHER, SURE = 6, 3.0, 0.25, 3.0
"""A symmetry is refuted where the squared error of a class of so many rows is so many times that of the best one, by
so much more of what guessing would cost, and by so many standard errors."""
COPIES: dict[str, list[tuple[int, bool]]] = {
    "none": [(0, False)], "horizontal": [(0, False), (0, True)], "vertical": [(0, False), (2, True)],
    "both": [(0, False), (2, False), (0, True), (2, True)], "turn": [(turns, False) for turns in range(4)],
    "all": [(turns, mirrored) for turns in range(4) for mirrored in (False, True)],
}  # fmt: skip
"""Quarter turns and mirroring of the copies that go with a symmetry, the picture itself first."""


def looked(prepared: Prepared, names: list[str]) -> tuple[str, dict[str, float]]:
    """The guess, which is the first of `names`, or the best of them where it is refuted; and the mean squared error of
    each. Without a word (no errors) where rows are too few or the target is no class."""
    spec = next(spec for spec in prepared.specs if spec.kind == "image")
    rows = prepared.learn
    if prepared.task.name not in ("classification", "labels") or spec.tiles or len(rows) < FEWEST:
        return names[0], {}
    if len(rows) > MOST:
        rows = np.sort(np.random.default_rng([prepared.plan.split.seed, 31]).choice(rows, MOST, replace=False))
    target = prepared.target_of(rows)
    truth = target if target.ndim == 2 else np.eye(prepared.task.width(prepared.state))[target]
    wanted = {copy for name in names for copy in COPIES[name]}
    seen = figures(prepared.stored.arrays[spec.name][rows], wanted)
    fold = np.random.default_rng([prepared.plan.split.seed, 37]).permutation(len(rows)) % FOLDS
    missed = {name: squared_errors([seen[copy] for copy in COPIES[name]], truth, fold) for name in names}
    best = min(names[1:], key=lambda name: missed[name].mean())
    spoilt = any(_spoilt(missed[names[0]][has], missed[best][has]) for has in truth.T > 0.5)
    return best if spoilt else names[0], {name: float(errors.mean()) for name, errors in missed.items()}


def figures(pictures: np.ndarray, wanted: set[tuple[int, bool]]) -> dict[tuple[int, bool], np.ndarray]:
    """Figures (N, 2 x kernels) of copies of pictures (N, h, w[, 3]), in spreads of those of the pictures themselves."""
    planes = torch.from_numpy(np.array(pictures, np.float32))
    planes = planes.unsqueeze(1) if planes.dim() == 3 else planes.movedim(3, 1).mean(dim=1, keepdim=True)
    planes = (planes - planes.mean()) / planes.std().clamp_min(1e-6)
    draw = torch.Generator().manual_seed(0)
    kernels = torch.randn(KERNELS, 1, KERNEL, KERNEL, generator=draw)
    kernels = kernels - kernels.mean(dim=(2, 3), keepdim=True)
    kernels = kernels / kernels.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    longer = max(planes.shape[2:])
    if longer > SIDE:
        tall, wide = (max(KERNEL, round(side * SIDE / longer)) for side in planes.shape[2:])
        planes = F.adaptive_avg_pool2d(planes, (tall, wide))
    found = {}
    for turns, mirrored in sorted(wanted):
        copy = torch.rot90(planes.flip(3) if mirrored else planes, turns, (2, 3))
        found[turns, mirrored] = torch.cat([_answers(some, kernels) for some in torch.split(copy, CHUNK)]).double()
    plain = found[0, False]
    middle, spread = plain.mean(dim=0), plain.std(dim=0).clamp_min(1e-6)
    return {copy: ((figure - middle) / spread).numpy() for copy, figure in found.items()}


def _answers(planes: Tensor, kernels: Tensor) -> Tensor:
    """(N, 1, h, w) -> (N, 2 x kernels)."""
    answers = F.conv2d(planes, kernels)
    return torch.cat([answers.amax(dim=(2, 3)), (answers > ANSWERS).float().mean(dim=(2, 3))], dim=1)


def squared_errors(copies: list[np.ndarray], truth: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Squared error (N,) of each picture, learnt from all copies of the pictures of other folds, at the best ridge."""
    answers = np.zeros((len(RIDGES), *truth.shape))
    for held in range(FOLDS):
        learnt, asked = fold != held, fold == held
        usual = truth[learnt].mean(axis=0)
        gram = sum(copy[learnt].T @ copy[learnt] for copy in copies) / len(copies)
        cross = sum(copy[learnt].T @ (truth[learnt] - usual) for copy in copies) / len(copies)
        values, vectors = np.linalg.eigh(gram)
        for place, strength in enumerate(RIDGES):
            shrunk = np.maximum(values, 0) + strength * learnt.sum()
            answers[place, asked] = usual + copies[0][asked] @ (vectors @ ((vectors.T @ cross) / shrunk[:, None]))
    errors = ((answers - truth) ** 2).sum(axis=2)
    best: np.ndarray = errors[errors.mean(axis=1).argmin()]
    return best


def _spoilt(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Whether rows of a class are missed under the guess that are told under another symmetry."""
    if len(ours) < FEW:
        return False
    apart = ours - theirs
    noise = apart.std(ddof=1) / np.sqrt(len(apart))
    return bool(ours.mean() > TIMES * theirs.mean() and apart.mean() > max(FURTHER, SURE * noise))
