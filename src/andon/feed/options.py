"""Options of the augmentations, free of torch. Each works on a whole batch while training, never afterwards."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from andon.errors import SettingProblem, at_least, within


class Shift(Struct, frozen=True, forbid_unknown_fields=True):
    """Move pictures by up to this share of their height and width, either way; what comes in is the mirror image."""

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


class Flip(Struct, frozen=True, forbid_unknown_fields=True):
    """Mirror half of the pictures: left and right (`horizontal`), up and down (`vertical`), or `both` on their own."""

    how: Literal["horizontal", "vertical", "both"] = "both"


class Turn(Struct, frozen=True, forbid_unknown_fields=True):
    """Turn pictures by quarters of a circle; by halves where they are not square."""


class Light(Struct, frozen=True, forbid_unknown_fields=True):
    """Change contrast by a factor between e^-c and e^c, and brightness by a share of the range, either way."""

    contrast: float = 0.2
    brightness: float = 0.05

    def __post_init__(self) -> None:
        within("light.contrast", self.contrast, 0.0, 2.0)
        within("light.brightness", self.brightness, 0.0, 1.0)


class Blur(Struct, frozen=True, forbid_unknown_fields=True):
    """Soften this share of the pictures, each by its own amount up to a mean of 3 x 3 pixels."""

    share: float = 0.3

    def __post_init__(self) -> None:
        within("blur.share", self.share, 0.0, 1.0)


class CutOut(Struct, frozen=True, forbid_unknown_fields=True):
    """Replace a square of each picture, whose side is this share of the shorter one, by the picture's mean."""

    side: float = 0.25

    def __post_init__(self) -> None:
        within("cutout.side", self.side, 0.0, 0.9)


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


class Jitter(Struct, frozen=True, forbid_unknown_fields=True):
    """Add Gaussian noise to the readings of a history, in units of each column's spread in the reading's regime."""

    level: float = 0.05

    def __post_init__(self) -> None:
        at_least("jitter.level", self.level, 0.0)


class Gain(Struct, frozen=True, forbid_unknown_fields=True):
    """Multiply how far each sensor of a history is from its centre by a factor between 1 / (1 + by) and 1 + by."""

    by: float = 0.1

    def __post_init__(self) -> None:
        within("gain.by", self.by, 0.0, 1.0)


class TimeMask(Struct, frozen=True, forbid_unknown_fields=True):
    """Hide up to this share of a window's rows, one after another, never the newest."""

    share: float = 0.2

    def __post_init__(self) -> None:
        within("time_mask.share", self.share, 0.0, 0.9)


class Stretch(Struct, frozen=True, forbid_unknown_fields=True):
    """Let histories go by at a speed between 1 / (1 + by) and 1 + by; a life left, and the age, are those of that
    speed."""

    by: float = 0.1

    def __post_init__(self) -> None:
        within("stretch.by", self.by, 0.0, 1.0)


class Planted(Struct, frozen=True, forbid_unknown_fields=True):
    """Plant defects on good pictures and let the map of them be the truth; windows are cut out of large pictures."""

    side: int = 96
    "Largest side of a window, pixels."
    share: float = 0.8
    "Share of the windows that get a defect; some get a second one."
    kinds: tuple[str, ...] = ("blob", "speck", "line", "patch", "shade")
    "Kinds of defect."

    def __post_init__(self) -> None:
        within("side", self.side, 32, 4096)
        within("share", self.share, 0.01, 1.0)
        for kind in self.kinds:
            if kind not in ("blob", "speck", "line", "patch", "shade"):
                raise SettingProblem.at(
                    "train.augment", f"'{kind}' is no kind of defect", fix="take blob, speck, line, patch or shade"
                )
        if not self.kinds:
            raise SettingProblem.at("train.augment", "'defects' plants nothing", fix="name a kind")
