"""Drift between parts: columns that look different where the model is judged from where it learns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from andon.checks import measure
from andon.checks.facts import Codes, Facts, Floats, floats, labels
from andon.checks.finding import Finding

CODES = {"training": 0, "validation": 1, "calibration": 2, "test": 3}
MOST = 8192
"""Rows looked at per part."""
DECILES = 10
TOP = 40
"""Categories told apart; the others count as one."""


class Parts(Protocol):
    """What a split gives (see `andon.split.parts.Parts`): one part code per row, why, and what was kept together."""

    @property
    def codes(self) -> NDArray[np.uint8]:
        """0 train, 1 validation, 2 calibration, 3 test, 255 purged; one per row."""
        ...

    @property
    def by(self) -> str:
        """What the rows were split by."""
        ...

    @property
    def groups(self) -> NDArray[np.int64] | None:
        """Number of the group that each row was kept together with."""
        ...


class Looked:
    """Keeps up to `MOST` random rows of each part over a pass."""

    def __init__(self, names: list[str], parts: Parts, seed: int = 0) -> None:
        self.names, self.parts = names, parts
        rng = np.random.default_rng(seed)
        self.chosen = np.zeros(len(parts.codes), bool)
        for code in CODES.values():
            rows = np.flatnonzero(parts.codes == code)
            self.chosen[rows if len(rows) <= MOST else rng.choice(rows, MOST, replace=False)] = True
        self.kept: list[pl.DataFrame] = []

    def columns(self) -> set[str]:
        """Columns that are read."""
        return set(self.names)

    def see(self, row: int, block: pl.DataFrame) -> None:
        """Take one block into account."""
        here = self.chosen[row : row + block.height]
        if self.names and here.any():
            self.kept.append(block.select(self.names).filter(pl.Series(here)))

    def finish(self) -> tuple[pl.DataFrame, Codes]:
        """The rows kept, and the part code of each."""
        frame = pl.concat(self.kept) if self.kept else pl.DataFrame()
        return frame, self.parts.codes[self.chosen].astype(np.int64)


@dataclass(frozen=True, slots=True)
class Apart:
    """How far a column's distributions in two parts lie apart, and how far chance may bring them."""

    stability: float
    "Population stability index over deciles of training (or categories), missing cells as one more."
    distance: float
    "Kolmogorov-Smirnov for numbers, total variation for categories."
    stability_noise: float
    distance_noise: float

    def level(self) -> int:
        """0: nothing, 1: worth knowing, 2: a warning. Both measures must rise above what chance brings."""
        if self.stability <= self.stability_noise or self.distance <= self.distance_noise:
            return 0
        if self.stability > max(0.25, 1.5 * self.stability_noise) and self.distance > 0.2:
            return 2
        return 1 if self.stability > 0.1 and self.distance > 0.1 else 0


def drift(facts: Facts, parts: Parts, rows: pl.DataFrame, part: Codes) -> list[Finding]:
    """Compare training with each other part, column by column, and all columns together; `rows` of part `part`."""
    found = []
    names = [column for column in [*facts.inputs("number", "category", "date")] if column.name in rows.columns]
    sizes = {word: _size(parts, code, int((part == code).sum())) for word, code in CODES.items()}
    others = [word for word in ("validation", "calibration", "test") if sizes[word] >= 30]
    if sizes["training"] < 30 or not others:
        return []
    tests = max(len(names) * len(others), 1)
    coded: dict[str, Codes] = {}
    for column in names:
        is_number = column.kind != "category"
        values = floats(rows[column.name]) if is_number else None
        codes = _deciles(values, part == 0) if values is not None else _common(rows[column.name])
        coded[column.name] = codes
        worst: tuple[int, float, str, Apart] | None = None
        for word in others:
            pair = (part == 0, part == CODES[word])
            gap = apart(codes, values, pair, sizes=(sizes["training"], sizes[word]), tests=tests)
            rank = (gap.level(), gap.stability, word, gap)
            worst = rank if worst is None or rank[:2] > worst[:2] else worst
        if worst and worst[0]:
            found.append(_drifted(column.name, worst[2], worst[3], parts.by))
    if "test" in others and coded:
        found += _together(coded, part, parts.by, min(sizes["training"], sizes["test"]))
    return found


def _size(parts: Parts, code: int, seen: int) -> int:
    """Independent draws in a part: its groups where rows were kept together, else the rows looked at."""
    if parts.groups is None:
        return seen
    return min(seen, len(np.unique(parts.groups[parts.codes == code])))


def _deciles(values: Floats, training: NDArray[np.bool_]) -> Codes:
    """Numbers as codes by the deciles of training; missing cells get a code of their own."""
    known = values[training & ~np.isnan(values)]
    cuts = np.unique(np.quantile(known, np.arange(1, DECILES) / DECILES)) if len(known) else np.empty(0)
    codes = np.searchsorted(cuts, values, side="right").astype(np.int64)
    codes[np.isnan(values)] = len(cuts) + 1
    return codes


def _common(series: pl.Series) -> Codes:
    """Categories as codes, rare ones joined; missing cells get a code of their own."""
    codes, _ = labels(series)
    return np.where(codes < 0, TOP + 1, np.minimum(codes, TOP))


def apart(
    codes: Codes,
    values: Floats | None,
    pair: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    *,
    sizes: tuple[int, int],
    tests: int,
) -> Apart:
    """Distances of a column between two parts, and what chance brings at these sizes over so many tests.

    Under no drift PSI is about chi-square over the harmonic size (Yurdakul 2018), so its noise is mean plus six
    standard deviations; KS and total variation by the bound of Dvoretzky, Kiefer & Wolfowitz and by McDiarmid.
    """
    one, two = pair
    width = int(codes.max(initial=0)) + 1
    left, right = (np.bincount(codes[side], minlength=width) for side in pair)
    used = (left + right) > 0
    p, q = ((side[used] + 0.5) / (side[used] + 0.5).sum() for side in (left, right))
    stability = float(((p - q) * np.log(p / q)).sum())
    unsure = 1 / sizes[0] + 1 / sizes[1]
    free = max(int(used.sum()) - 1, 1)
    chance = math.log(2e4 * tests)
    stability_noise = (free + 6 * math.sqrt(2 * free)) * unsure
    variation = measure.total_variation(codes[one], codes[two])
    if values is None:
        noise = 0.5 * math.sqrt(free * unsure) + math.sqrt(chance * unsure / 2)
        return Apart(stability, variation, stability_noise, noise)
    distance = measure.kolmogorov(values[one], values[two])
    gaps = abs(float(np.isnan(values[one]).mean() - np.isnan(values[two]).mean()))
    return Apart(stability, max(distance, gaps), stability_noise, math.sqrt(chance * unsure / 2))


def _drifted(name: str, word: str, gap: Apart, by: str) -> Finding:
    """The finding for one column."""
    later = " (the parts follow each other in time, so the process itself has moved)" if by == "time" else ""
    return Finding(
        level="warning" if gap.level() == 2 else "info",
        code="drift",
        column=name,
        what=f"'{name}' looks different in the {word} part: {100 * gap.distance:.0f} of 100 rows would have to move to "
        f"match training{later}",
        why="a model judged where its inputs look different is judged on what it has not learnt",
        fix="find out what changed (recipe, sensor, supplier); train on newer rows, or expect more errors than "
        "training shows",
        figures={"psi": gap.stability, "distance": gap.distance, "noise": gap.distance_noise},
    )


def _together(coded: dict[str, Codes], part: Codes, by: str, size: int) -> list[Finding]:
    """How well all columns together tell a test row from a training row: a naive Bayes over the coded columns,
    fitted on one half of the rows and measured on the other, both ways."""
    train, test = np.flatnonzero(part == 0), np.flatnonzero(part == 3)
    most = min(len(train), len(test), 2048)
    rng = np.random.default_rng(0)
    rows = np.r_[rng.permutation(train)[:most], rng.permutation(test)[:most]]
    is_test = np.r_[np.zeros(most, bool), np.ones(most, bool)]
    half = rng.permutation(2 * most) < most
    score = np.zeros(2 * most)
    for codes in coded.values():
        here, width = codes[rows], int(codes.max(initial=0)) + 1
        for fit in (half, ~half):
            p, q = (np.bincount(here[fit & side], minlength=width) + 1.0 for side in (is_test, ~is_test))
            score[~fit] += np.log(p / p.sum() / (q / q.sum()))[here[~fit]]
    area = float(np.mean([measure.auroc(score[side], is_test[side]) for side in (half, ~half)]))
    if area - 0.5 < max(0.1, 6 * math.sqrt(1 / (6 * max(size, 1)))):
        return []
    return [
        Finding(
            level="warning" if area >= 0.8 else "info",
            code="parts_differ",
            what=f"a row's part can be guessed from its inputs: training and test are told apart with AUROC {area:.2f} "
            "(0.5: not at all, 1: always)",
            why="the test part asks about a process that training has not seen like this"
            + ("; with a split by time that is the truth of tomorrow" if by == "time" else ""),
            fix="read the drift findings; if a counter or date causes it, leave that column out with known.ignore",
            figures={"auroc": area},
        )
    ]
