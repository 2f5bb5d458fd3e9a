"""`process`: the records of a moulding line, with everything about them known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import polars as pl

from andon.errors import Problem
from andon.simulate.faults import Spoilt, spoilt
from andon.simulate.options import Options, check_rows
from andon.simulate.plant import FOLLOWERS, Columns, followed, frame_of, made
from andon.simulate.quality import MECHANISMS, chances, failing, importance, shift_for, shrinkage_mm
from andon.simulate.words import heading, translated

TARGETS = ("quality", "shrinkage_mm")
SCATTER_MM = 0.012
"""What no column explains of the shrinkage: standard deviation."""


@dataclass(frozen=True)
class Truth:
    """What is true of the records. Names are headings of the frame; rows are numbers of its rows, from 0.

    `drivers`: per target, cause -> importance (what shuffling it does to the noise-free truth), largest first; causes
    that move nothing are left out. `followers` say much and cause nothing; `noise` says nothing; `leaks` are known
    after. `chance`: chance of failure of each row; `shrinkage`: noise-free, mm; `spoilt`: which rows and cells are
    wrong, and how; `least_errors`: per target the least error in the mean that any model can reach on clean records
    (share of wrong verdicts; RMSE); `words`: our name of a column -> its heading.
    """

    drivers: dict[str, dict[str, float]]
    followers: tuple[str, ...]
    noise: tuple[str, ...]
    leaks: tuple[str, ...]
    chance: np.ndarray
    shrinkage: np.ndarray
    spoilt: Spoilt
    least_errors: dict[str, float]
    words: dict[str, str]

    @property
    def strongest(self) -> dict[str, list[str]]:
        """Per target, the causes at least half as important as the first: what no report may miss."""
        return {
            target: [name for name, size in causes.items() if 2 * size >= max(causes.values())]
            for target, causes in self.drivers.items()
        }


@dataclass(frozen=True)
class Simulated:
    """Records, and what is true of them."""

    frame: pl.DataFrame
    truth: Truth


def process(rows: int, *, seed: int = 0, **options: Any) -> Simulated:
    """Records of `rows` moulded parts (and copies, if asked), deterministic by seed. Targets: `quality` (ok, ng) and
    `shrinkage_mm`. Options: see `Options`; one that does not exist is a `Problem`."""
    try:
        asked = msgspec.convert(options, Options)
    except msgspec.ValidationError as error:
        raise Problem.of(f"the simulator cannot do that: {error}", fix="see andon.simulate.Options") from error
    check_rows(rows)
    streams = np.random.default_rng(seed).spawn(4)  # one each, so that an option changes nothing but its own matter
    columns = made(rows, streams[0])
    shift = shift_for(columns, rate=asked.failure_rate, blur=asked.blur)
    each = chances(columns, blur=asked.blur, shift=shift)
    targets, code = _targets(columns, each, streams[1])
    if asked.followers:
        columns |= followed(columns, streams[2])
    noise = {f"noise_{number}": streams[2].normal(size=rows) for number in range(1, asked.noise_columns + 1)}
    frame, marks = spoilt(frame_of({**columns, **noise, **targets}), code, asked, generator=streams[3])
    named = {name: heading(name, asked.language) for name in frame.columns}
    drivers = {
        target: {named[cause]: size for cause, size in causes.items() if size > 0}
        for target, causes in importance(columns, blur=asked.blur, shift=shift).items()
    }
    chance = failing(each)[marks.origin]
    truth = Truth(
        drivers={named[target]: causes for target, causes in drivers.items()},
        followers=tuple(named[name] for name in FOLLOWERS if name in frame.columns),
        noise=tuple(named[name] for name in noise), leaks=tuple(named[name] for name in marks.leaks),
        chance=chance, shrinkage=shrinkage_mm(columns)[marks.origin], spoilt=marks,
        least_errors={
            named["quality"]: float(np.minimum(chance, 1 - chance).mean()),
            named["shrinkage_mm"]: SCATTER_MM,
        },
        words=named,
    )  # fmt: skip
    return Simulated(translated(frame, asked.language), truth)


def _targets(columns: Columns, each: np.ndarray, generator: np.random.Generator) -> tuple[Columns, np.ndarray]:
    """Verdict and measured shrinkage, and the code of the mechanism that struck (`none`)."""
    struck = generator.random(each.shape) < each
    bad = np.asarray(struck.any(axis=1))
    code = np.where(bad, np.array(MECHANISMS)[struck.argmax(axis=1)], "none")
    measured = shrinkage_mm(columns) + generator.normal(0, SCATTER_MM, len(bad))
    return {"quality": np.where(bad, "ng", "ok"), "shrinkage_mm": np.round(measured, 4)}, code
