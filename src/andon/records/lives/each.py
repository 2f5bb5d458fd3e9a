"""A file for each unit: where no column says whose rows they are, the files' names do."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from andon.records.source import Source

UNIT = "unit"
"""The column that says which file a row is of."""
WHY = "the name of its file"


def by_file(sources: Sequence[Source], paths: Sequence[Path]) -> list[Source]:
    """The same tables, each with its file's name in front."""
    own = [pl.lit(name).alias(UNIT) for name in names_of(paths)]
    return [
        replace(s, frame=s.frame.select(name, pl.all()), sample=s.sample.select(name, pl.all()))
        for s, name in zip(sources, own, strict=True)
    ]


def names_of(paths: Sequence[Path]) -> list[str]:
    """What files are called without their ending; those of several folders by what tells the folders apart."""
    names = [path.name for path in paths]
    if len(set(names)) < len(names):
        common = os.path.commonpath([path.absolute().parent for path in paths])
        names = [path.absolute().relative_to(common).as_posix() for path in paths]
    bare = [re.sub(r"(?i)(?<=.)\.[a-z]+(\.gz)?$", "", name) for name in names]
    return bare if len(set(bare)) == len(bare) else names
