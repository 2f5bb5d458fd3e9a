"""What training makes small. The registry needs no torch; the losses themselves are in the files it names.

A loss is called as `loss(raw, target, weight)`. `raw` is what a network gives: (N, M, W), N rows, M members, W outputs.
The answer is (N, M): one loss per row and member, already multiplied by the row's weight, never averaged over members
before (the mean of the members' losses trains each of them; the loss of their mean would not).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from andon.losses.options import AtLeast, Binary, CrossEntropy, Huber, Pinball, Pixels, RobustCrossEntropy, Squared

LOSSES: dict[str, tuple[type[Struct], str]] = {
    "cross_entropy": (CrossEntropy, "andon.losses.classes:CrossEntropyLoss"),
    "robust_cross_entropy": (RobustCrossEntropy, "andon.losses.classes:RobustCrossEntropyLoss"),
    "squared": (Squared, "andon.losses.values:SquaredLoss"),
    "at_least": (AtLeast, "andon.losses.values:AtLeastLoss"),
    "huber": (Huber, "andon.losses.values:HuberLoss"),
    "pinball": (Pinball, "andon.losses.values:PinballLoss"),
    "binary": (Binary, "andon.losses.labels:BinaryLoss"),
    "pixels": (Pixels, "andon.losses.pixels:PixelsLoss"),
}
"""Name -> options and the class that is built from them. A new loss is one file and one line here."""


def balanced_weights(counts: Sequence[int], *, strength: float = 1.0) -> tuple[float, ...]:
    """Class weights against imbalance: proportional to 1 / count ** strength, a row counting 1 on average.

    `strength` 1 makes every class count the same in all, 0 leaves rows as they are; the square root (0.5) is the
    milder habit. A class without rows gets weight 1.
    """
    present = [max(count, 0) for count in counts]
    rarity = [count**-strength if count else 0.0 for count in present]
    total = sum(count * weight for count, weight in zip(present, rarity, strict=True))
    scale = sum(present) / total if total else 1.0
    return tuple(scale * weight if weight else 1.0 for weight in rarity)


__all__ = [
    "LOSSES",
    "AtLeast",
    "Binary",
    "CrossEntropy",
    "Huber",
    "Pinball",
    "Pixels",
    "RobustCrossEntropy",
    "Squared",
    "balanced_weights",
]
