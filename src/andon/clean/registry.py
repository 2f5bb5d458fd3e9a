"""The cleaning steps there are."""

from __future__ import annotations

from msgspec import Struct

from andon.clean.options import Clip, DropDuplicates, FillMissing, LessNoise

STEPS: dict[str, tuple[type[Struct], str]] = {
    "duplicates": (DropDuplicates, "andon.clean.duplicates:Duplicates"),
    "missing": (FillMissing, "andon.clean.missing:Missing"),
    "noise": (LessNoise, "andon.clean.noise:Noise"),
    "clip": (Clip, "andon.clean.clip:Clipped"),
}
"""Name in a plan -> options and the class that does the work. A new step is one file here and one line."""
