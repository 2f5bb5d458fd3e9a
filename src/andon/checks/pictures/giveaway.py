"""Properties of the *file* that tell the class: format, bytes, name, size, brightness. A network may learn them from
the traces they leave in the pixels, and they will not be there at the line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np
import polars as pl

from andon.checks.facts import Facts
from andon.checks.finding import Finding
from andon.checks.measure import auroc

NUMBERS = {"bytes": "size in bytes", "brightness": "brightness", "width": "width", "height": "height",
           "number": "number in the name"}  # fmt: skip
WORDS = {"format": "format", "mode": "kind of pixels", "size": "width and height", "stem": "name without its digits"}
TOLD = 0.85
"""AUROC of one class against the rest, whichever way round, from which a property tells it."""
PURE, FEW = 0.98, 20
"""A word that occurs this often with hardly another class tells it, however small its share of the class."""


def giveaway(facts: Facts) -> list[Finding]:
    """One warning per property, with the AUROC of the class it tells best."""
    if facts.task != "classification" or facts.target is None:
        return []
    target = facts.records.frame.select(facts.target).collect()[facts.target].cast(pl.String)
    found = []
    for name, looked in facts.records.pictures.items():
        known = target.is_not_null() & looked.facts["problem"].is_null()
        if not known.any():
            continue
        seen = _properties(looked.facts.filter(known))
        labels = target.filter(known)
        for code, what, told in _told(seen, labels):
            best, value, more = max(told, key=lambda each: each[1])
            others = f"; also {', '.join(sorted(each[0] for each in told if each[0] != best))}" if len(told) > 1 else ""
            found.append(Finding(
                level="warning", code=f"picture_{code}_tells", column=name, rows=len(labels),
                what=f"the {what} of the file tells '{best}' from the rest (AUROC {value:.2f}{more}){others}",
                why="it is a matter of how pictures were stored or taken; a network can read it off their pixels and "
                    "will miss it at the line",
                fix="store and take all pictures alike; at least compare the classes' scores with this one",
                figures={"auroc": value} | {f"auroc {label}": figure for label, figure, _ in told},
            ))  # fmt: skip
    return found


def _properties(facts: pl.DataFrame) -> pl.DataFrame:
    """What a file says of itself before anybody looks at its pixels, and its brightness."""
    stems = [PurePosixPath(place.replace("\\", "/")).stem for place in facts["place"].to_list()]
    numbers = [re.findall(r"\d+", stem) for stem in stems]
    return facts.with_columns(
        size=pl.format("{} × {}", "width", "height"),
        stem=pl.Series([re.sub(r"\d+", "#", stem) for stem in stems], dtype=pl.String),
        number=pl.Series([float(found[-1][:15]) if found else None for found in numbers], dtype=pl.Float64),
    )


def _told(seen: pl.DataFrame, labels: pl.Series) -> Iterator[tuple[str, str, list[tuple[str, float, str]]]]:
    """Per property that tells something: code, words, and (class, AUROC, remark)."""
    classes = [label for label, count in labels.value_counts(sort=True).rows() if count >= FEW]
    truths = {label: (labels == label).to_numpy() for label in classes}
    truths = {label: truth for label, truth in truths.items() if 0 < truth.sum() < len(truth)}
    for column, what in NUMBERS.items():
        values = seen[column].cast(pl.Float64).fill_null(-1.0).to_numpy()
        if np.ptp(values) == 0:
            continue
        scores = {label: auroc(values, truth) for label, truth in truths.items()}
        told = [(label, max(score, 1 - score), "") for label, score in scores.items() if abs(score - 0.5) >= TOLD - 0.5]
        if told:
            yield column, what, told
    for column, what in WORDS.items():
        told = _by_words(seen[column], truths)
        if told:
            yield column, what, told


def _by_words(words: pl.Series, truths: dict[str, np.ndarray]) -> list[tuple[str, float, str]]:
    """Classes that a word tells: by the share of the class among its files as a score, or by a pure word."""
    if words.n_unique() < 2 or words.n_unique() > 0.5 * len(words):
        return []
    codes = words.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    sizes = np.bincount(codes)
    told = []
    for label, truth in truths.items():
        hits = np.bincount(codes, weights=truth)
        share = hits / np.maximum(sizes, 1)
        score = auroc(share[codes], truth)
        pure = (share >= PURE) & (sizes >= FEW)
        if pure.any() and truth.mean() < PURE:
            word = words[int(np.flatnonzero(codes == int(np.argmax(np.where(pure, sizes, 0))))[0])]
            told.append((label, score, f"; all {int(sizes[pure].max())} files with '{word}' are of it"))
        elif score >= TOLD:
            told.append((label, score, ""))
    return told
