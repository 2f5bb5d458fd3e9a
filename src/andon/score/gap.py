"""Does the network fit, overfit or underfit? Judged from its loss curves, in words.

Losses are read as shares of what the simplest answer loses (the class shares, the mean), so that the same rules hold for
any task. Wrong in at most 3 of 60 planted cases (`benchmarks/gap_words.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from msgspec import Struct

Verdict = Literal["fits", "overfits", "underfits"]
RISE = 0.10
"""Validation loss that climbs by more than this share of its lowest value while training loss falls: learnt by heart."""
LOST = 0.35
"""Share of what was gained on the training rows that may be missing on validation rows."""
FALLING = 0.06
"""Share of the best validation loss that the last fifth of the epochs still took off: it was stopped too early."""
HARDLY = 0.75
"""A best validation loss above this share of the simple answer's is hardly better than that."""
BEHIND = 0.15
"""Share of its loss by which a rival must be ahead before it counts as evidence that more can be learnt."""


class Gap(Struct, frozen=True, kw_only=True):
    """The verdict and a sentence that says why and what to do, in English and Chinese. `best` counts from 1."""

    verdict: Verdict
    sentence: str
    sentence_zh: str
    best: int
    train: float
    "Training loss at the best epoch, as a share of the simple answer's."
    valid: float
    "Validation loss there, likewise."


def judge(
    train: Sequence[float], valid: Sequence[float], baseline: float, *, rival: float | None = None, noise: float = 0.0
) -> Gap:
    """Judge curves of one value per epoch. `baseline`: loss of the simplest answer on the validation rows; `rival`: loss of
    another kind of model on them, where there is one; `noise`: standard error of a validation loss (all of them as given).

    Training loss may be the running mean over an epoch, with dropout on: it may lie above the validation loss.
    """
    assert len(train) == len(valid) > 0, "one value of each per epoch"
    scale = baseline if baseline > 0 else max(float(valid[0]), 1e-12)
    seen, held = _smooth(np.asarray(train, float) / scale), _smooth(np.asarray(valid, float) / scale)
    noise /= scale
    best = int(np.nanargmin(held))
    low, own = float(held[best]), float(seen[best])
    figures = {"best": best + 1, "train": own, "valid": low}
    rise = float(held[-1]) - low
    climbed = rise > max(RISE * low, 3 * noise) and float(seen[-1]) < own
    missing = (low - own) / max(1 - own, 1e-12)
    if climbed or (missing > LOST and low - own > 3 * noise and own < 1):
        return _overfits(figures, epochs=len(held), rise=rise / max(low, 1e-12), missing=missing)
    fell = float(held[-1 - max(len(held) // 5, 1)]) - low if len(held) > 1 else 0.0
    if fell > max(FALLING * low, 3 * noise) and best >= len(held) - max(len(held) // 10, 1) - 1:
        return Gap(
            verdict="underfits", **figures,
            sentence=f"Underfits: the validation loss was still falling when training ended ({fell / low:.0%} in the last "
            "fifth). Train for more epochs or at a higher learning rate.",
            sentence_zh=f"欠拟合：训练结束时验证损失仍在下降（最后五分之一轮次下降 {fell / low:.0%}）。请增加轮数或提高学习率。",
        )  # fmt: skip
    behind = rival is not None and rival / scale < low * (1 - BEHIND) - 3 * noise
    if behind or (low > HARDLY and rival is None):
        return _hardly(figures, rival=rival / scale if behind and rival is not None else None)
    return Gap(
        verdict="fits", **figures,
        sentence=f"Fits: validation loss is {low:.0%} of the simplest answer's, training loss {own:.0%}; neither is still "
        "moving.",
        sentence_zh=f"拟合良好：验证损失为最简单答案的 {low:.0%}，训练损失为 {own:.0%}，二者均已稳定。",
    )  # fmt: skip


def _overfits(figures: dict[str, float], *, epochs: int, rise: float, missing: float) -> Gap:
    """Learnt by heart: either the curve turned or too little of the gain carries over."""
    best, own, low = int(figures["best"]), figures["train"], figures["valid"]
    if best < epochs and rise > RISE:
        why = f"after epoch {best} of {epochs} the validation loss rose by {rise:.0%} while the training loss fell"
        zh = f"第 {best}/{epochs} 轮之后验证损失上升 {rise:.0%}，而训练损失继续下降"
    else:
        why = f"training loss is {own:.0%} of the simplest answer's, validation loss {low:.0%}"
        zh = f"训练损失为最简单答案的 {own:.0%}，验证损失为 {low:.0%}"
    return Gap(
        verdict="overfits", best=best, train=own, valid=low,
        sentence=f"Overfits: {why}. The weights of epoch {best} were kept; more records, a smaller network, dropout, decay or "
        "members help.",
        sentence_zh=f"过拟合：{zh}。已保留第 {best} 轮的权重；可增加数据、减小网络，或使用 dropout、权重衰减、多成员。",
    )  # fmt: skip


def _hardly(figures: dict[str, float], *, rival: float | None) -> Gap:
    """Learnt too little: another model finds more, or next to nothing was found."""
    best, own, low = int(figures["best"]), figures["train"], figures["valid"]
    if rival is not None:
        why, zh = f"another model's loss is {rival / low:.0%} of its own", f"另一模型的损失仅为其 {rival / low:.0%}"
    else:
        why, zh = f"its loss is {low:.0%} of the simplest answer's", f"其损失为最简单答案的 {low:.0%}"
    return Gap(
        verdict="underfits", best=best, train=own, valid=low,
        sentence=f"Underfits: {why}, on training rows too ({own:.0%}). A larger network, less decay or a higher learning rate "
        "may help; if not, the columns say no more.",
        sentence_zh=f"欠拟合：{zh}，训练数据上也是如此（{own:.0%}）。可增大网络、减小衰减或提高学习率；若仍无改善，则数据本身信息有限。",
    )  # fmt: skip


def _smooth(curve: np.ndarray) -> np.ndarray:
    """Running median of three, ends kept: one unlucky epoch is no turn."""
    curve = np.where(np.isfinite(curve), curve, np.inf)
    if len(curve) < 5:
        return curve
    smooth = curve.copy()
    smooth[1:-1] = np.median(np.stack([curve[:-2], curve[1:-1], curve[2:]]), axis=0)
    smooth[-1] = np.median(curve[-3:])
    return smooth
