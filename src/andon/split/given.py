"""Parts that the records bring along: a column of words, or the files they were shipped in."""

from __future__ import annotations

import numpy as np
import polars as pl

from andon.errors import SettingProblem, nearest
from andon.records.words import TRAIN_WORDS
from andon.split.parts import PARTS, PURGED

WORDS = {
    **dict.fromkeys(sorted(TRAIN_WORDS), 0),
    "validation": 1, "val": 1, "valid": 1, "dev": 1, "验证": 1, "验证集": 1,
    "calibration": 2, "cal": 2, "calib": 2, "calibrate": 2, "校准": 2, "校准集": 2, "标定": 2,
    "test": 3, "testing": 3, "tst": 3, "holdout": 3, "测试": 3, "测试集": 3,
}  # fmt: skip
"""What people call a part, in lower case -> its number."""


def read_parts(values: pl.Series, name: str) -> np.ndarray:
    """Part number per row; 255 where nothing is given. Raises `SettingProblem` for a word that names no part."""
    words = values.str.strip_chars().str.to_lowercase()
    known = words.replace_strict(WORDS, default=None, return_dtype=pl.UInt8)
    strange = words.filter(known.is_null() & words.is_not_null() & (words != ""))
    if len(strange):
        word = str(values.filter(words == strange[0])[0]).strip()
        fix = nearest(word, WORDS)
        raise SettingProblem.at(
            "data.rows.part", f"'{word}' in column '{name}' is no part",
            why=f"{len(strange):,} rows say so; the parts are {', '.join(PARTS)}",
            fix=fix if fix.startswith("Did") else "rename it, or name another column as 'data.rows.part'",
        )  # fmt: skip
    codes = known.fill_null(PURGED).to_numpy().copy()
    if not (codes == 0).any():
        raise SettingProblem.at(
            "data.rows.part", f"column '{name}' gives no row to the training part", fix="call some rows 'train'"
        )
    return codes


def read_fold(values: pl.Series, name: str, *, folds: int, number: int) -> np.ndarray:
    """Mask of the rows of fold `number` (of a column that numbers the folds from 0); rows without a number are
    purged by the caller. Raises `SettingProblem` where the column holds anything else."""
    given = values.str.strip_chars().cast(pl.Float64, strict=False)
    wrong = given.is_null() & values.is_not_null() | (given < 0) | (given >= folds) | (given != given.floor())
    if wrong.any():
        raise SettingProblem.at(
            "split.folds", f"'split.folds' is {folds}, but column '{name}' does not number them from 0 to {folds - 1}",
            why=f"it holds '{values.filter(wrong)[0]}'", fix="set 'split.by', or 'split.folds' to 0",
        )  # fmt: skip
    found: np.ndarray = given.fill_null(-1).to_numpy() == number
    return found
