"""Wear of a tool: a gamma process per life, failure at 1, repairs, preventive changes, and what is to be expected.

The wear of a running step is gamma-distributed with shape r g / (n β) and scale β: r the life's own rate, g the load of
the step over its mean, n the mean life in steps (Abdel-Hameed 1975, "A gamma wear process"; van Noortwijk 2009, "A
survey of the application of gamma processes in maintenance"). Rates of lives are gamma-distributed with mean 1 (random
effects as in Lawless & Crowder 2004, "Covariates and random effects in a gamma process model"). A repair takes away a
random share ρ of the wear, x' = (1 - ρ) x, beta-distributed (arithmetic reduction of age: Kijima 1989; Doyen & Gaudoin
2004); a preventive change at a set age takes all of it (age replacement: Barlow & Hunter 1960).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from andon.simulate.press.line import MODELS, Asked
from andon.simulate.press.options import PressOptions

REPAIR_H, CHANGE_H = 6.0, 2.0
"""Mean hours that a repair and a preventive change take."""
RUNNING_SHARE = 160 / 168


@dataclass(frozen=True)
class Lives:
    """Per row (U, N): `life` its number within the unit, `wear` 0 to 1, `rate` of the life, `left` running steps until
    wear reaches 1 if nobody changes the tool (NaN while it is being changed), `seen`: the record shows that failure,
    `down`: being changed. `events`: (unit, row, kind). `starts`: (unit, first row) of each life."""

    life: np.ndarray
    wear: np.ndarray
    rate: np.ndarray
    left: np.ndarray
    seen: np.ndarray
    down: np.ndarray
    events: list[tuple[int, int, str]] = field(default_factory=list)
    starts: list[tuple[int, int]] = field(default_factory=list)


def lives(asked: Asked, options: PressOptions, generator: np.random.Generator) -> Lives:
    """Walk through every unit's lives. The record begins somewhere in the first half of a life."""
    units, rows = asked.load.shape
    made = Lives(
        life=np.zeros((units, rows), np.int64), wear=np.zeros((units, rows)), rate=np.ones((units, rows)),
        left=np.full((units, rows), np.nan), seen=np.zeros((units, rows), bool), down=np.zeros((units, rows), bool),
    )  # fmt: skip
    interval = change_age(options, generator)
    for unit, stream in enumerate(generator.spawn(units)):
        _walk(made, unit, asked, options=options, interval=interval, generator=stream)
    return made


def _walk(
    made: Lives, unit: int, asked: Asked, *, options: PressOptions, interval: float, generator: np.random.Generator
) -> None:
    """One unit, life by life."""
    rows, load = options.rows, asked.load[unit]
    start, number, worn, model = 0, 0, generator.uniform(0, 0.5), MODELS[str(asked.model[unit])]
    while start < rows:
        rate = model * _rates(options, generator, 1)[0]
        path, fails, latent = _path(load[start:], rate, worn, options, generator)
        aged = np.cumsum(load[start:] > 0) + worn * options.life_steps
        due = interval * generator.uniform(0.9, 1.1)
        changed = int(np.searchsorted(aged, due)) if aged[-1] >= due else rows
        end = min(start + min(fails, changed), rows)
        span = slice(start, end)
        made.life[unit, start:], made.rate[unit, start:] = number, rate
        made.wear[unit, span] = path[: end - start]
        made.left[unit, span] = latent - np.cumsum(load[span] > 0) + (load[span] > 0)
        made.starts.append((unit, start))
        if end == rows:
            return
        failed = fails <= changed
        made.seen[unit, start:] = failed
        hours = (REPAIR_H if failed else CHANGE_H) * generator.gamma(4, 0.25)
        back = min(end + max(int(hours * 60 / options.step_min), 1), rows)
        made.wear[unit, end:back] = 1.0 if failed else path[end - start]
        made.down[unit, end:back] = True
        made.events.append((unit, end, "failure" if failed else "preventive"))
        if failed and back < rows:
            made.events.append((unit, back, "repair"))
        worn = _repaired(options, generator) if failed else 0.0
        made.seen[unit, back:] = False
        start, number = back, number + 1


def _path(
    load: np.ndarray, rate: float, worn: float, options: PressOptions, generator: np.random.Generator
) -> tuple[np.ndarray, int, int]:
    """Wear from here to the end of the record; the row in which it reaches 1 (far away if it does not); and how many
    running steps that takes, at the mean load beyond the record."""
    scale, per_step = options.unit_of_wear, rate / (options.life_steps * options.unit_of_wear)
    path = worn + scale * np.cumsum(generator.standard_gamma(load * per_step))
    running = int((load > 0).sum())
    if path[-1] >= 1:
        fails = int(np.argmax(path >= 1))
        return path, fails, int((load[:fails] > 0).sum())
    reached, steps = path[-1], running
    block = max(int(options.life_steps), 16)
    while True:
        beyond = reached + scale * np.cumsum(generator.standard_gamma(per_step, block))
        if beyond[-1] >= 1:
            return path, len(load) + 1, steps + int(np.argmax(beyond >= 1))
        reached, steps = beyond[-1], steps + block


def _rates(options: PressOptions, generator: np.random.Generator, count: int) -> np.ndarray:
    """Rates of lives, mean 1."""
    shape = options.rate_spread**-2
    drawn: np.ndarray = np.maximum(generator.gamma(shape, 1 / shape, count), 0.05)
    return drawn


def _repaired(options: PressOptions, generator: np.random.Generator) -> float:
    """Wear that a repair leaves."""
    share = options.repair
    return 0.0 if share == 1 else 1 - float(generator.beta(20 * share, 20 * (1 - share)))


def change_age(options: PressOptions, generator: np.random.Generator, draws: int = 4000) -> float:
    """Age in running steps at which tools are changed, so that the share of lives asked for is censored: those that
    would outlive it, and the last of each record. Infinite where the last ones alone are as many."""
    drawn = options.life_steps / _rates(options, generator, draws)
    drawn = np.maximum(drawn * (1 + options.scatter * generator.normal(size=draws)), 1.0)

    def share(age: float) -> float:
        lost = np.where(drawn > age, CHANGE_H, REPAIR_H).mean() * 60 / options.step_min
        over = max(options.rows / (np.minimum(drawn, age).mean() / RUNNING_SHARE + lost) - 0.25, 0.0)
        return float(((drawn > age).mean() * over + 1) / (over + 1))

    low, high = 2.0, 20 * options.life_steps
    if share(high) >= options.censored:
        return float("inf")
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if share(middle) < options.censored else (middle, high)
    return high


def survival(wear: np.ndarray, rate: np.ndarray, steps: np.ndarray, options: PressOptions) -> np.ndarray:
    """Chance that a tool of this wear and rate runs more than so many steps (all broadcast): with a = r / (n β),

    P(T > k) = P(x + Gamma(a k) β < 1) = P(a k, (1 - x) / β), the regularised lower incomplete gamma function

    (van Noortwijk 2009, equation 7). Loads to come enter at their mean (ours): a campaign is short against a life.
    """
    from scipy.special import gammainc  # here, since the base install has no SciPy and records need none

    room = np.maximum(1 - wear, 0.0) / options.unit_of_wear
    shape = rate / (options.life_steps * options.unit_of_wear) * np.asarray(steps, float)
    chance: np.ndarray = np.where(shape <= 0, room > 0, gammainc(np.maximum(shape, 1e-12), room))
    return chance
