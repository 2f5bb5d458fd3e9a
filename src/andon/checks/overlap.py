"""What stands on both sides of a split: units, groups, identical rows; classes that a part lacks."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from andon.checks.drift import CODES, Parts
from andon.checks.facts import percent
from andon.checks.finding import Finding, Level
from andon.checks.target import FEW
from andon.checks.walk import FIRST, Hashed, Hashes

PURGED = 255
GOOD_SHOWN = "to learn from good parts alone take the job 'surface_anomaly'; to learn all classes: split.by=random"
OTHER_SPLIT = "split by another rule or seed, take larger parts, or collect more rows of this class"


class Sides:
    """Hashes of some columns with the part of each row, over a pass."""

    def __init__(self, names: list[str], parts: Parts) -> None:
        self.parts = parts
        self.hashed = Hashed(names, [], len(parts.codes))

    def columns(self) -> set[str]:
        """Columns that are hashed."""
        return self.hashed.columns()

    def see(self, row: int, block: pl.DataFrame) -> None:
        """Take one block into account."""
        codes = self.parts.codes[row : row + block.height].astype(np.uint64)
        self.hashed.see(row, block, codes)

    def finish(self) -> Hashes:
        """Hashes, parts and rows; purged rows are left out."""
        all_rows = self.hashed.finish()
        kept = all_rows.other != PURGED
        return Hashes(all_rows.hashes[kept], all_rows.other[kept], all_rows.rows[kept], all_rows.share)


def _twins(sides: Hashes) -> tuple[NDArray[np.int64], int]:
    """Rows outside training whose hash also stands in training, ascending, and how many different hashes they have."""
    by_hash, starts = sides.runs()
    if not len(starts):
        return np.empty(0, np.int64), 0
    part = sides.other[by_hash]
    trained = np.minimum.reduceat(part, starts) == 0
    judged = trained & (np.maximum.reduceat(part, starts) > 0)
    sizes = np.diff(np.r_[starts, len(by_hash)])
    inside = np.repeat(judged, sizes) & (part > 0)
    return np.sort(sides.rows[by_hash[inside]]), int(judged.sum())


def identical_rows(sides: Hashes, parts: Parts) -> list[Finding]:
    """Rows with the same inputs in training and in a part that judges."""
    rows, _ = _twins(sides)
    judged = int(((parts.codes > 0) & (parts.codes != PURGED)).sum())
    if not len(rows):
        return []
    count = round(len(rows) / sides.share)
    share = count / max(judged, 1)
    return [
        Finding(
            level="warning" if share >= 0.005 else "info",
            code="identical_rows_across_parts",
            rows=count,
            first_rows=rows[:FIRST].tolist(),
            what=f"{count:,} rows outside training ({percent(share)}) have inputs that training has seen exactly so",
            why="the network can answer them by heart, so the scores look better than new rows will fare",
            fix="clean: [duplicates], or split by what these rows have in common (unit, lot, mix)",
            figures={"share": share},
        )
    ]


def same_name(sides: Hashes, parts: Parts, role: str, name: str) -> list[Finding]:
    """Units or groups that stand in training and in a part that judges.

    A split that was to keep them apart and doesn't is an error; a random one is a warning; one by time an info, since
    the same machines run on tomorrow, and so is one by their lives.
    """
    rows, num_names = _twins(sides)
    if not num_names:
        return []
    level: Level = "error" if parts.by == role else "info" if parts.by in ("time", "life") else "warning"
    count = round(num_names / sides.share)
    why = (
        "the scores hold for these machines tomorrow, not for a new one"
        if parts.by in ("time", "life")
        else f"rows of one {role} resemble each other, so the network is asked what it has already seen"
    )
    return [
        Finding(
            level=level,
            code=f"{role}_across_parts",
            column=name,
            rows=round(len(rows) / sides.share),
            first_rows=rows[:FIRST].tolist(),
            what=f"{count:,} {role}s ('{name}') have rows in training and in another part",
            why=why,
            fix="nothing needs to be done" if parts.by == "life" else f"split: {{by: {role}}}",
            figures={"names": float(count)},
        )
    ]


class ClassesPerPart:
    """Counts target values per part over a pass."""

    def __init__(self, target: str, parts: Parts, *, pictures: bool = False) -> None:
        self.target, self.parts, self.pictures = target, parts, pictures
        self.counts: dict[tuple[str, int], int] = {}

    def columns(self) -> set[str]:
        """Columns that are read."""
        return {self.target}

    def see(self, row: int, block: pl.DataFrame) -> None:
        """Take one block into account."""
        codes = pl.Series(self.parts.codes[row : row + block.height].astype(np.int64))
        here = block.select(value=pl.col(self.target).cast(pl.String), part=codes).drop_nulls()
        for value, part, count in here.group_by("value", "part").len().iter_rows():
            self.counts[value, part] = self.counts.get((value, part), 0) + count

    def findings(self) -> list[Finding]:
        """Classes that training lacks, or a judging part though there are enough of them (`few_rows_per_class`)."""
        values = sorted({value for value, part in self.counts if part != PURGED})
        rows = {value: sum(n for (one, _), n in self.counts.items() if one == value) for value in values}
        found = []
        for word, code in CODES.items():
            if not any(part == code for _, part in self.counts):
                continue
            expected = values if code == 0 else [value for value in values if rows[value] >= FEW]
            gone = [value for value in expected if not self.counts.get((value, code))]
            if gone and (code == 0 or len(values) <= 50):
                shown = ", ".join(f"'{value}'" for value in gone[:6]) + (" …" if len(gone) > 6 else "")
                found.append(self._lacks(word, code, shown))
        return found

    def _shown(self) -> set[str]:
        """Classes that training has rows of."""
        return {value for value, part in self.counts if part == 0}

    def _lacks(self, word: str, code: int, shown: str) -> Finding:
        """The finding for one part."""
        return Finding(
            level="error" if code == 0 else "warning",
            code="class_missing_in_part",
            column=self.target,
            what=f"the {word} part has no row of class {shown}",
            why="a class that is never shown cannot be learnt"
            if code == 0
            else "nothing can be said there about how well this class is answered",
            fix=GOOD_SHOWN if self.pictures and len(self._shown()) == 1 else OTHER_SPLIT,
        )


def nothing_apart(part: str) -> Finding:
    """What must be kept together is too little for a part to get any of it."""
    return Finding(
        level="error",
        code="too_few_to_split",
        what=f"there are too few units or lives to hold any apart: the {part} part would be empty",
        why="whoever chooses and judges a network must be new to it, or the scores are those of learning by heart",
        fix="record more of them, list the failures and repairs that end lives, or give up parts (split.validation=0)",
    )


def no_ends(parts: Parts, going: NDArray[np.bool_] | None) -> list[Finding]:
    """Parts in which no life is seen to its end; `going`: the rows whose life is not."""
    found = []
    for word, code in CODES.items():
        own = parts.codes == code
        if going is None or not own.any() or not going[own].all():
            continue
        found.append(Finding(
            level="warning", code="no_end_in_part", rows=int(own.sum()),
            what=f"no life of the {word} part is seen to its end",
            why="nothing can be learnt, chosen or judged by lives that go on",
            fix="list more failures, give more units, or take another split.seed",
        ))  # fmt: skip
    return found


def sizes(parts: Parts) -> list[Finding]:
    """Parts that are empty where they must not be."""
    counts = {word: int((parts.codes == code).sum()) for word, code in CODES.items()}
    if counts["training"]:
        return []
    return [
        Finding(
            level="error",
            code="empty_part",
            rows=0,
            what="the training part has no rows",
            why="there is nothing to learn from",
            fix="lower split.test and split.validation, or check the split column",
            figures={word: float(count) for word, count in counts.items()},
        )
    ]
