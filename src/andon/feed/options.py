"""Options of the augmentations, free of torch. Each works on a whole batch while training, never afterwards."""

from __future__ import annotations

from msgspec import Struct

from andon.errors import at_least, within


class Shift(Struct, frozen=True, forbid_unknown_fields=True):
    """Move pictures by up to this share of their height and width, either way; what comes in is the border's value."""

    share: float = 0.1

    def __post_init__(self) -> None:
        within("shift.share", self.share, 0.0, 0.5)


class Rotate(Struct, frozen=True, forbid_unknown_fields=True):
    """Turn pictures by up to so many degrees, either way."""

    degrees: float = 10.0

    def __post_init__(self) -> None:
        within("rotate.degrees", self.degrees, 0.0, 180.0)


class Scale(Struct, frozen=True, forbid_unknown_fields=True):
    """Zoom pictures by a factor between 1 / (1 + by) and 1 + by."""

    by: float = 0.1

    def __post_init__(self) -> None:
        within("scale.by", self.by, 0.0, 1.0)


class PixelNoise(Struct, frozen=True, forbid_unknown_fields=True):
    """Add Gaussian noise to pictures, in shares of their range (255 for bytes, 65,535 for 16 bits, else 1)."""

    level: float = 0.02

    def __post_init__(self) -> None:
        at_least("noise.level", self.level, 0.0)


class RowNoise(Struct, frozen=True, forbid_unknown_fields=True):
    """Add Gaussian noise to numbers, in units of each column's spread in the training part."""

    level: float = 0.05

    def __post_init__(self) -> None:
        at_least("row_noise.level", self.level, 0.0)


class Swap(Struct, frozen=True, forbid_unknown_fields=True):
    """Take this share of the cells from another row of the batch, column by column: every value stays one that was
    seen."""

    share: float = 0.1

    def __post_init__(self) -> None:
        within("swap.share", self.share, 0.0, 1.0)


class MixUp(Struct, frozen=True, forbid_unknown_fields=True):
    """Blend each row with another of the batch, and the two losses likewise (mix-up)."""

    alpha: float = 0.2
    "Both parameters of the Beta distribution that the share of the blend is drawn from."

    def __post_init__(self) -> None:
        at_least("mixup.alpha", self.alpha, 0.0)
