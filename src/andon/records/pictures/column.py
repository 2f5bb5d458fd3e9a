"""A column of texts that name picture files."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from andon.pictures import is_picture, is_there
from andon.records.words import MISSING

LOOKED, FOLDERS = 200, 20
MOST = 0.8
"""Share of the names that must end as a picture's does."""
PICTURE = "picture"
"""Name of the column that a folder of pictures gives."""
MASKS = ("mask", "masks", "ground_truth", "groundtruth", "gt", "annotation", "segmentation", "掩膜", "掩码", "标注")
"""Last words of columns and folders whose pictures say where the fault is: truth, never an input."""


def names_pictures(texts: pl.Series) -> bool:
    """Do these texts name pictures?"""
    some = texts.drop_nulls().unique(maintain_order=True)
    some = some.gather_every(max(1, len(some) // LOOKED))
    return bool(len(some)) and sum(is_picture(text.strip()) for text in some) >= MOST * len(some)


def names_files(name: str, values: pl.Series) -> bool:
    """Does a column of any kind name pictures to look at?"""
    return values.dtype == pl.String and not is_mask(name) and names_pictures(values)


def is_mask(name: str) -> bool:
    """Does a column or folder of this name hold masks?"""
    word = name.strip().lower().replace("-", "_").replace(" ", "_")
    return word in MASKS or word.rpartition("_")[2] in MASKS


def placed(name: str, texts: pl.Series, source: str) -> pl.Expr:
    """Places of the pictures that a column of a table names, as they were found, else from the working directory."""
    before, turned = found_at(texts, source) or ("", False)
    names = pl.col(name).str.strip_chars()
    place = pl.lit(before) + (names.str.replace_all("\\", "/", literal=True) if turned else names)
    return pl.when(~names.str.to_lowercase().is_in(MISSING)).then(place).alias(name)


def found_at(texts: pl.Series, source: str) -> tuple[str, bool] | None:
    """Where the pictures are that a table names: what stands in front of the names, with a slash at its end, and
    whether folders are told apart as on Windows. None where none is found.

    Looked for beside the table, in the working directory, and in the folders beside the table.
    """
    base = Path(source).expanduser()
    base = base if base.is_dir() else base.parent
    folders = [base, Path(), *(_folders(base) if base.is_dir() else ())]
    some = [text.strip() for text in texts.drop_nulls().head(LOOKED)]
    for names, turned in (some, False), ([name.replace("\\", "/") for name in some if "\\" in name], True):
        for folder in folders if names else ():
            before = "" if folder == Path() else f"{folder.as_posix()}/"
            if any(is_there(before + name) for name in names):
                return before, turned
    return None


def _folders(base: Path) -> list[Path]:
    """The folders in a folder."""
    return sorted(each for each in base.iterdir() if each.is_dir() and not each.name.startswith("."))[:FOLDERS]
