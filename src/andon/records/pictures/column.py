"""A column of texts that name picture files."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from andon.pictures import is_picture, member_of

LOOKED = 200
MOST = 0.8
"""Share of the names that must end as a picture's does."""
MASKS = ("mask", "masks", "ground_truth", "groundtruth", "gt", "annotation", "segmentation", "掩膜", "掩码", "标注")
"""Last words of columns and folders whose pictures say where the fault is: truth, never an input."""


def names_pictures(texts: pl.Series) -> bool:
    """Do these texts name pictures?"""
    some = texts.drop_nulls().unique(maintain_order=True)
    some = some.gather_every(max(1, len(some) // LOOKED))
    return bool(len(some)) and sum(is_picture(text.strip()) for text in some) >= MOST * len(some)


def is_mask(name: str) -> bool:
    """Does a column or folder of this name hold masks?"""
    word = name.strip().lower().replace("-", "_").replace(" ", "_")
    return word in MASKS or word.rpartition("_")[2] in MASKS


def placed(texts: pl.Series, source: str) -> str:
    """The folder that names are relative to, with a slash at its end: that of their table where the first picture is
    found there, else the working directory (empty)."""
    base = Path(source).expanduser()
    base = base if base.is_dir() else base.parent
    for text in texts.drop_nulls().head(LOOKED):
        place = text.strip()
        if Path(place).is_absolute():
            return ""
        inside = member_of(str(base / place))
        if (inside[0] if inside else base / place).exists():
            return f"{base.as_posix()}/" if str(base) != "." else ""
    return ""
