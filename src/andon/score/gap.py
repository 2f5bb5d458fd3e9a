"""Does the network fit, overfit or underfit? Judged from its loss curves, in words.

Losses are read as shares of what the simplest answer loses (the class shares, the mean), so that the same rules hold
for any task. Wrong in at most 3 of 60 planted cases (`benchmarks/gap_words.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct, structs

Verdict = Literal["fits", "overfits", "underfits"]
RISE, LEAST_RISE = 0.10, 0.02
"""Share of all that was gained (and of the simple answer's loss) that may be lost again after the best epoch while
training loss falls; beyond, rows are learnt by heart."""
LOST, LEAST_LOST = 0.35, 0.08
"""Share of the gain on training rows that may be missing on validation rows, and the least loss that counts."""
FALLING, LEAST_FALL = 0.04, 0.01
"""Share of the best validation loss (and of the simple answer's) that the last fifth of the epochs took off it: more
means that it was stopped too early."""
FEW_EPOCHS = 10
"""Under these the last fifth is a single epoch."""
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
    caught: bool = False
    "Whether it overfits only after the best epoch, whose weights are kept."


def judge(
    train: Sequence[float], valid: Sequence[float], baseline: float, *, rival: float | None = None, noise: float = 0.0
) -> Gap:
    """Judge curves of one value per epoch. `baseline`: loss of the simplest answer on the validation rows; `rival`:
    loss of another kind of model on them, where there is one; `noise`: standard error of a validation loss, in the
    same unit.

    Training loss may be the running mean over an epoch, with dropout on: it may lie above the validation loss.
    """
    assert len(train) == len(valid) > 0, "one value of each per epoch"
    scale = baseline if baseline > 0 else max(float(valid[0]), 1e-12)
    raw, noise = np.asarray(valid, float) / scale, noise / scale
    seen, held = _smooth(np.asarray(train, float) / scale), _smooth(raw)
    best = len(held) - 1 if raw[-1] <= held.min() else int(held.argmin())
    low, own = float(min(held[best], raw[-1])), float(seen[best])
    rise, lost, gain = float(held[-1]) - low, low - own, max(1 - own, 1e-12)
    fell = float(held[-1 - max(len(held) // 5, 1)]) - low if len(held) > 1 else 0.0
    late = best >= len(held) - max(len(held) // 10, 1) - 1
    figures = _Figures(best + 1, len(held), own, low)
    by_heart = own < HARDLY and lost > max(LOST * gain, LEAST_LOST, 3 * noise)
    if rise > max(RISE * (1 - low), LEAST_RISE, 3 * noise) and float(seen[-1]) < own:
        return structs.replace(_overfits(figures, rise=rise), caught=not by_heart)
    if low < LEAST_FALL:  # that little is all that could still be gained
        return figures.told(
            "fits",
            f"Fits: validation loss is less than {LEAST_FALL:.0%} of the simplest answer's; "
            "there is nothing left to gain.",
            f"拟合良好：验证损失不到最简单答案的 {LEAST_FALL:.0%}，已没有可再改进之处。",
        )
    trend = not 3 <= len(raw) < FEW_EPOCHS or raw[-3] > raw[-2]  # of few epochs one fall after a rise is none
    if late and trend and fell > max(FALLING * low, LEAST_FALL, 3 * noise):
        return _stopped(figures, fell=fell)
    if by_heart:
        return _overfits(figures, rise=None)
    if rival is not None and rival / scale < low * (1 - BEHIND) - 3 * noise:
        return _hardly(figures, rival=rival / scale)
    if rival is None and low > HARDLY:
        return _hardly(figures, rival=None)
    return figures.told(
        "fits",
        f"Fits: validation loss is {low:.0%} of the simplest answer's, training loss {own:.0%}, "
        "and neither moves any more.",
        f"拟合良好：验证损失为最简单答案的 {low:.0%}，训练损失为 {own:.0%}，二者均已稳定。",
    )


class _Figures(NamedTuple):
    """What the sentences speak of: best epoch (from 1), epochs, losses there as shares of the simple answer's."""

    best: int
    epochs: int
    own: float
    low: float

    def told(self, verdict: Verdict, english: str, chinese: str) -> Gap:
        """The verdict in words."""
        return Gap(
            verdict=verdict, sentence=english, sentence_zh=chinese, best=self.best, train=self.own, valid=self.low
        )


def _overfits(f: _Figures, *, rise: float | None) -> Gap:
    """Learnt by heart: the curve turned (`rise`), or too little of the gain carries over."""
    if rise is not None:
        low, high = f"{f.low:.0%}", f"{f.low + rise:.0%}"
        why = (
            f"after epoch {f.best} of {f.epochs} validation loss rose from {low} to {high} of the simplest answer's "
            "while training loss fell"
        )
        zh = f"第 {f.best} 轮（共 {f.epochs} 轮）之后验证损失从最简单答案的 {low} 升至 {high}，而训练损失继续下降"
    else:
        why = f"training loss is {f.own:.0%} of the simplest answer's, validation loss {f.low:.0%}"
        zh = f"训练损失为最简单答案的 {f.own:.0%}，验证损失为 {f.low:.0%}"
    return f.told(
        "overfits",
        f"Overfits: {why}. The weights of epoch {f.best} were kept; more records, a smaller network, dropout, decay or "
        "members help.",
        f"过拟合：{zh}。已保留第 {f.best} 轮的权重；可增加数据、减小网络，或使用 dropout、权重衰减、多成员。",
    )


def _stopped(f: _Figures, *, fell: float) -> Gap:
    """The curve was still falling at the end."""
    share = 1 - f.low / (f.low + fell)
    return f.told(
        "underfits",
        f"Underfits: validation loss was still falling when training ended (by {share:.0%} in the last fifth). "
        "Train for more epochs or at a higher learning rate.",
        f"欠拟合：训练结束时验证损失仍在下降（最后五分之一轮次下降 {share:.0%}）。请增加轮数或提高学习率。",
    )


def _hardly(f: _Figures, *, rival: float | None) -> Gap:
    """Learnt too little: another model finds more, or next to nothing was found."""
    if rival is not None:
        why, zh = f"another model's loss is {rival / f.low:.0%} of its own", f"另一模型的损失仅为其 {rival / f.low:.0%}"
    else:
        why, zh = f"its loss is {f.low:.0%} of the simplest answer's", f"其损失为最简单答案的 {f.low:.0%}"
    return f.told(
        "underfits",
        f"Underfits: {why}, {f.own:.0%} on the training rows. A larger network, less decay or a higher learning rate "
        "may help; if not, the columns say no more.",
        f"欠拟合：{zh}，训练数据上为 {f.own:.0%}。可增大网络、减小衰减或提高学习率；若仍无改善，则数据本身信息有限。",
    )


def _smooth(curve: np.ndarray) -> np.ndarray:
    """Running median of three, ends kept: one unlucky epoch is no turn."""
    curve = np.where(np.isfinite(curve), curve, np.inf)
    if len(curve) < 5:
        return curve
    smooth = curve.copy()
    smooth[1:-1] = np.median(np.stack([curve[:-2], curve[1:-1], curve[2:]]), axis=0)
    smooth[-1] = np.median(curve[-3:])
    return smooth
