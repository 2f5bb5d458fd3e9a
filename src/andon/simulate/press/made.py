"""`histories`: the records of presses from one tool change to the next, with everything about them known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import polars as pl

from andon.errors import Problem, at_least
from andon.simulate.press import line, sensors, wear
from andon.simulate.press.faults import planted
from andon.simulate.press.options import PressOptions

GRID, BLOCK = 160, 4096
"""Points and rows of the integral of `expected_life`."""


@dataclass(frozen=True)
class HistoryTruth:
    """What is true of the records.

    `rows`: for each row of the frame `life` (number within the unit, from 0), `regime` (number of the recipe), `wear`
    (0: new, 1: failure), `rate` (of this life; 1: the mean), `left_h` (hours of running until wear reaches 1 if nobody
    changes the tool, also where the record does not show it; null while it is changed), `clock_left_h` (hours on the
    clock until the failure; null where the record does not show it), `seen` (whether it does). `faults`: what was
    planted: `kind`, `column` (empty: the clock), `other`, `unit`, `first` and `last` row. `censored`: share of the
    lives whose failure is not seen. `relations`: equation and source of each reading; `irrelevant`: sensors without
    any relation to wear.
    """

    rows: pl.DataFrame
    faults: pl.DataFrame
    censored: float
    relations: Mapping[str, str]
    irrelevant: tuple[str, ...]
    options: PressOptions

    def survival(self, rows: Sequence[int] | np.ndarray, hours: Sequence[float] | np.ndarray) -> np.ndarray:
        """Chance (M, H) that each row's tool runs more than so many more hours, given its true wear and rate: the
        best forecast anybody can make who knows what is to be known today. Equation: `press.wear.survival`."""
        worn, rate = self._state(rows)
        steps = np.asarray(hours, float) * 60 / self.options.step_min
        return wear.survival(worn[:, None], rate[:, None], steps[None, :], self.options)

    def expected_life(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """Expected hours of running left (M,), E T = ∫ P(T > t) dt by the trapezium rule."""
        worn, rate = self._state(rows)
        out = np.empty(len(worn))
        for start in range(0, len(worn), BLOCK):
            span = slice(start, start + BLOCK)
            reach = self._longest(worn[span], rate[span])
            steps = reach[:, None] * np.linspace(0, 1, GRID)
            chance = wear.survival(worn[span, None], rate[span, None], steps, self.options)
            out[span] = np.trapezoid(chance, steps, axis=1)
        return out * self.options.step_min / 60

    def safe_hours(self, rows: Sequence[int] | np.ndarray, chance: float) -> np.ndarray:
        """Hours (M,) that each row's tool outlives with this chance, by bisection. Where an hour given away costs a
        and an hour too late costs b, the least expected cost is at chance b / (a + b) (Koenker & Bassett 1978)."""
        worn, rate = self._state(rows)
        low, high = np.zeros(len(worn)), self._longest(worn, rate)
        for _ in range(40):
            middle = (low + high) / 2
            lives = wear.survival(worn, rate, middle, self.options) >= chance
            low, high = np.where(lives, middle, low), np.where(lives, high, middle)
        return low * self.options.step_min / 60

    def _state(self, rows: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Wear and rate of these rows."""
        picked = self.rows[np.asarray(rows, np.int64)]
        return picked["wear"].to_numpy(), picked["rate"].to_numpy()

    def _longest(self, worn: np.ndarray, rate: np.ndarray) -> np.ndarray:
        """Steps that none outlives: seven standard deviations of the wear done in a whole mean life."""
        share = 1 - worn + 7 * self.options.scatter * np.sqrt(1 - worn) + 12 * self.options.unit_of_wear
        steps: np.ndarray = self.options.life_steps / rate * share * (1 + 3 * self.options.scatter)
        return steps


@dataclass(frozen=True)
class Histories:
    """`frame`: a row per unit and step: `unit`, `time`, `model`, `year`, `recipe`, `speed_spm`, `tonnage_kn`, and
    `running`, `strokes`, `peak_deg` and the sensors of `press.sensors`. `events`: `unit`, `time`, `kind` (failure,
    repair: done; preventive; planned stop), in order of unit and time."""

    frame: pl.DataFrame
    events: pl.DataFrame
    truth: HistoryTruth


def histories(units: int, *, seed: int = 0, **options: Any) -> Histories:
    """Records of `units` presses, deterministic by seed. Options: see `PressOptions`; one that does not exist is a
    `Problem`."""
    try:
        asked = msgspec.convert(options, PressOptions)
    except msgspec.ValidationError as error:
        raise Problem.of(f"the simulator cannot do that: {error}", fix="see andon.simulate.PressOptions") from error
    at_least("units", units, 1)
    streams = np.random.default_rng(seed).spawn(5)  # one each, so that an option changes nothing but its own matter
    plan = line.asked_of(units, asked, streams[0])
    lived = wear.lives(plan, asked, streams[1])
    read = sensors.readings(plan, lived, asked, streams[2])
    time, order, faults = planted(plan.time, read, asked, streams[3])
    shape = plan.time.shape
    for name in sensors.SENSORS:
        read[name] = np.where(streams[4].random(shape) < asked.missing, np.nan, read[name])
    names = np.array([f"P{number:03d}" for number in range(1, units + 1)])
    unit = np.arange(units).repeat(asked.rows)[order]
    frame = pl.DataFrame({
        "unit": names[unit], "time": time.ravel()[order].astype("datetime64[us]"), "model": plan.model[unit],
        "year": plan.year[unit], "recipe": np.array([recipe[0] for recipe in line.RECIPES])[plan.recipe.ravel()[order]],
        "speed_spm": plan.speed.ravel()[order], "tonnage_kn": plan.tonnage.ravel()[order],
        **{name: values.ravel()[order] for name, values in read.items()},
    }).with_columns(pl.col(list(sensors.SENSORS)).fill_nan(None))  # fmt: skip
    named = faults.with_columns(unit=pl.Series(names[faults["unit"].to_numpy()], dtype=pl.String))
    truth = HistoryTruth(
        rows=_true_rows(plan, lived, asked)[order], faults=named,
        censored=1 - sum(kind == "failure" for _, _, kind in lived.events) / len(lived.starts),
        relations=sensors.RELATIONS, irrelevant=sensors.IRRELEVANT, options=asked,
    )  # fmt: skip
    return Histories(frame, _events(plan, lived, time, names), truth)


def _true_rows(plan: line.Asked, lived: wear.Lives, asked: PressOptions) -> pl.DataFrame:
    """What is true of each row, in order of unit and step."""
    rows = np.arange(asked.rows)
    failing = np.full(plan.time.shape, -1)
    for unit, row, kind in lived.events:
        if kind == "failure":
            failing[unit, row] = row
    ahead = np.where(failing >= 0, failing, np.iinfo(np.int64).max)
    ahead = np.minimum.accumulate(ahead[:, ::-1], axis=1)[:, ::-1]
    hours = asked.step_min / 60
    clock = np.where(lived.seen & ~lived.down, (ahead - rows) * hours, np.nan)
    return pl.DataFrame({
        "life": lived.life.ravel(), "regime": plan.recipe.ravel(), "wear": lived.wear.ravel(),
        "rate": lived.rate.ravel(), "left_h": (lived.left * hours).ravel(), "clock_left_h": clock.ravel(),
        "seen": lived.seen.ravel(),
    }).with_columns(pl.col("left_h", "clock_left_h").fill_nan(None))  # fmt: skip


def _events(plan: line.Asked, lived: wear.Lives, time: np.ndarray, names: np.ndarray) -> pl.DataFrame:
    """What happened to the units, by their clocks."""
    stops = plan.stop & ~np.roll(plan.stop, 1, axis=1)
    stops[:, 0] = plan.stop[:, 0]
    happened = [*lived.events, *((int(u), int(r), "planned stop") for u, r in np.argwhere(stops & ~lived.down))]
    happened.sort()
    unit, row = (np.array([one[i] for one in happened], np.int64) for i in (0, 1))
    return pl.DataFrame({
        "unit": pl.Series(names[unit], dtype=pl.String), "time": time[unit, row].astype("datetime64[us]"),
        "kind": pl.Series([one[2] for one in happened], dtype=pl.String),
    })  # fmt: skip
