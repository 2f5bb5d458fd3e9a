"""Order, batches, tensors, augmentation.

`import andon.feed` needs no torch: the registry of augmentations can be read while a plan is read. `Feed`, `Batch` and
`augmentation` load it when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from andon.feed.options import (
    Blur,
    CutOut,
    Flip,
    Gain,
    Jitter,
    Light,
    MixUp,
    PixelNoise,
    Planted,
    Rotate,
    RowNoise,
    Scale,
    Shift,
    Stretch,
    Swap,
    TimeMask,
    Turn,
)

if TYPE_CHECKING:
    from andon.feed.augment import augmentation
    from andon.feed.batch import Batch
    from andon.feed.feed import Feed

AUGMENT: dict[str, tuple[type[Struct], str]] = {
    "shift": (Shift, "andon.feed.pictures:Shifted"),
    "rotate": (Rotate, "andon.feed.pictures:Rotated"),
    "scale": (Scale, "andon.feed.pictures:Scaled"),
    "flip": (Flip, "andon.feed.pictures:Flipped"),
    "turn": (Turn, "andon.feed.pictures:Turned"),
    "light": (Light, "andon.feed.light:Lit"),
    "blur": (Blur, "andon.feed.light:Blurred"),
    "cutout": (CutOut, "andon.feed.light:CutPieces"),
    "defects": (Planted, "andon.feed.defects:Defects"),
    "noise": (PixelNoise, "andon.feed.pictures:Noisy"),
    "row_noise": (RowNoise, "andon.feed.tables:Noisy"),
    "swap": (Swap, "andon.feed.tables:Swapped"),
    "mixup": (MixUp, "andon.feed.tables:Mixed"),
    "jitter": (Jitter, "andon.feed.series:Jittered"),
    "gain": (Gain, "andon.feed.series:Gained"),
    "time_mask": (TimeMask, "andon.feed.series:Masked"),
    "stretch": (Stretch, "andon.feed.series:Stretched"),
}
"""Name -> options and `module:Class`. A class is built from its options; see `augment.Augmentation`."""

_LATER = {"Feed": "andon.feed.feed", "Batch": "andon.feed.batch", "augmentation": "andon.feed.augment"}

__all__ = ["AUGMENT", "Batch", "Feed", "augmentation"]


def __getattr__(name: str) -> Any:
    """Load the torch side when it is first asked for."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LATER[name]), name)
