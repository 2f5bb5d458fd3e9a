"""What the presses are asked to do: recipes in campaigns, speed and tonnage, Sundays off. Arrays are (U units, N rows).

Each recipe has a speed and a tonnage. What a stroke wears off follows Archard (1953, "Contact and rubbing of flat
surfaces"): V = K F s / H, volume by force and sliding distance; so a step's load is tonnage times speed, over the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from andon.simulate.press.options import PressOptions

START = np.datetime64("2024-03-20T06:00:00", "us")
MINUTE = 60_000_000
"""µs."""
START_DAYS = 9
"""Units begin within so many days; the change to summer time (31 March) is in every record of twelve days or more."""
RECIPES = (("R1", 40.0, 620.0), ("R2", 28.0, 900.0), ("R3", 34.0, 760.0), ("R4", 46.0, 540.0), ("R5", 24.0, 980.0),
           ("R6", 31.0, 680.0))  # fmt: skip
"""Name, strokes per minute, kN."""
SPEED, TONNAGE = 34.0, 700.0
"""What the sensors' equations are scaled to."""
CAMPAIGN = 40
"""Mean rows of a campaign of one recipe."""
MODELS = {"P-160": 0.9, "P-200": 1.0, "P-250": 1.12}
"""Model of press -> factor on its rate of wear (and, squared, on how it shakes)."""


@dataclass(frozen=True)
class Asked:
    """The schedule: `time` (U, N) µs since 1970, `recipe` (U, N) number, `speed` strokes/min, `tonnage` kN, `stop`:
    a planned one, `load` (U, N) wear per running step over its mean (0 in a stop), `model`, `year` of units (U,)."""

    time: np.ndarray
    recipe: np.ndarray
    speed: np.ndarray
    tonnage: np.ndarray
    stop: np.ndarray
    load: np.ndarray
    model: np.ndarray
    year: np.ndarray


def asked_of(units: int, options: PressOptions, generator: np.random.Generator) -> Asked:
    """Draw the schedule. Campaigns last as long as gamma-distributed lots do (ours), setpoints vary by 2 % between
    them."""
    rows = options.rows
    step = int(options.step_min * MINUTE)
    begin = generator.integers(0, max(int(START_DAYS * 1440 / options.step_min), 1), units)
    time = START.astype(np.int64) + (begin[:, None] + np.arange(rows)) * step
    starts = np.cumsum(np.maximum(generator.gamma(4, CAMPAIGN / 4, (units, rows // 6 + 2)), 6).astype(np.int64), axis=1)
    new = np.zeros((units, rows), np.int64)
    inside = starts < rows
    new[np.nonzero(inside)[0], starts[inside]] = 1
    campaign = np.cumsum(new, axis=1)
    shape = starts.shape
    recipes = generator.integers(0, options.regimes, shape)
    table = np.array([recipe[1:] for recipe in RECIPES])
    speeds = table[recipes, 0] * generator.normal(1, 0.02, shape)
    tonnages = table[recipes, 1] * generator.normal(1, 0.02, shape)
    recipe, speed, tonnage = (np.take_along_axis(a, campaign, axis=1) for a in (recipes, speeds, tonnages))
    stop = sunday(time) if options.stops else np.zeros((units, rows), bool)
    used = table[: options.regimes]
    mean = ((used[:, 0] * used[:, 1] / (SPEED * TONNAGE)) ** options.severity).mean()
    load = (speed * tonnage / (SPEED * TONNAGE)) ** options.severity / mean
    return Asked(
        time=time, recipe=recipe, speed=speed.round(1), tonnage=tonnage.round(0), stop=stop,
        load=np.where(stop, 0.0, load), model=generator.choice(list(MODELS), units),
        year=generator.integers(2008, 2023, units),
    )  # fmt: skip


def sunday(time: np.ndarray) -> np.ndarray:
    """Is it Sunday between 06:00 and 14:00? Times in µs since 1970, which was a Thursday."""
    hours = time // (60 * MINUTE)
    inside: np.ndarray = ((hours // 24 + 3) % 7 == 6) & (hours % 24 >= 6) & (hours % 24 < 14)
    return inside
