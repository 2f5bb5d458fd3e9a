"""Faults of sensors and clocks, planted into clean readings; where each one is, is kept.

Of sensors: a value that stays, a range that ends too soon, another unit of measurement, two sensors changed over, a
zero point that wanders. Of clocks: set to another time, summer time, messages lost, late or at odd times.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from andon.errors import Problem
from andon.simulate.press.line import MINUTE
from andon.simulate.press.options import CLOCK_FAULTS, SENSOR_FAULTS, PressOptions
from andon.simulate.press.sensors import SENSORS

SUMMER = int(np.datetime64("2024-03-31T02:00:00", "us").astype(np.int64))
"""When clocks in Europe jump an hour ahead, µs since 1970."""
CONVERSIONS = {
    "motor_current_a": (1000.0, 0.0), "vibration_mm_s": (1 / 25.4, 0.0), "bearing_temp_c": (1.8, 32.0),
    "oil_temp_c": (1.8, 32.0), "oil_pressure_bar": (14.5038, 0.0), "peak_force_kn": (1 / 9.80665, 0.0),
    "air_pressure_bar": (100.0, 0.0), "hall_temp_c": (1.8, 32.0),
}  # fmt: skip
"""Factor and offset: A to mA, mm to inch, °C to °F, bar to psi, kN to tonnes, bar to kPa."""
PAIRS = (("strain_left_ue", "strain_right_ue"), ("bearing_temp_c", "oil_temp_c"))
"""Sensors of one quantity, whose plugs fit each other."""
LEAST, WALK = 36, 1.5
"""Rows of the shortest stuck stretch (6 h at ten minutes); a drift's size by the end, in standard deviations of the
sensor's own readings."""


@dataclass
class Planting:
    """Time (U, N), readings (U, N) each, `order`: rows (flat) as the file has them, and what was planted where."""

    time: np.ndarray
    readings: dict[str, np.ndarray]
    order: np.ndarray
    found: list[tuple[str, str, str, int, int, int]] = field(default_factory=list)


def planted(
    time: np.ndarray, readings: dict[str, np.ndarray], options: PressOptions, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, pl.DataFrame]:
    """Spoil readings in place. Gives times, the order of rows and the faults: `kind`, `column` (empty for a clock),
    `other` (the sensor it was changed over with), `unit` number, `first` and `last` row of the final table."""
    units, rows = time.shape
    work = Planting(time.copy(), readings, np.arange(units * rows))
    free = _Free(units, generator)
    streams = dict(zip((*SENSOR_FAULTS, *CLOCK_FAULTS), generator.spawn(10), strict=True))
    for kind, count in options.faults.items():
        for _ in range(count):
            if kind in SENSOR_FAULTS:
                _sensor(work, kind, free, streams[kind])
            else:
                _clock(work, kind, free, streams[kind])
    place = np.full(units * rows, -1)
    place[work.order] = np.arange(len(work.order))
    names = {"kind": pl.String, "column": pl.String, "other": pl.String, "unit": pl.Int64}
    faults = pl.DataFrame(
        [(*what, int(place[first]), int(place[last])) for *what, first, last in work.found],
        schema={**names, "first": pl.Int64, "last": pl.Int64}, orient="row",
    )  # fmt: skip
    return work.time, work.order, faults


class _Free:
    """Units and columns without a fault yet."""

    def __init__(self, units: int, generator: np.random.Generator) -> None:
        self.generator = generator
        self.clocks = generator.permutation(units).tolist()
        self.sensors: set[tuple[int, str]] = set()
        self.units = units

    def clock(self) -> int:
        """A unit whose clock is right."""
        if not self.clocks:
            raise Problem.of("more faults of clocks than units", fix="ask for more units or fewer faults")
        return int(self.clocks.pop())

    def sensor(self, names: list[tuple[str, ...]]) -> tuple[int, tuple[str, ...]]:
        """A unit and sensors of it that are right."""
        for _ in range(1000):
            unit, names_of = int(self.generator.integers(self.units)), names[int(self.generator.integers(len(names)))]
            if not any((unit, name) in self.sensors for name in names_of):
                self.sensors |= {(unit, name) for name in names_of}
                return unit, names_of
        raise Problem.of("more faults of sensors than there are sensors", fix="ask for more units or fewer faults")


def _sensor(work: Planting, kind: str, free: _Free, generator: np.random.Generator) -> None:
    """One fault of a sensor."""
    names: dict[str, list[tuple[str, ...]]] = {
        "unit_jump": [(name,) for name in CONVERSIONS], "swapped": list(PAIRS),
    }  # fmt: skip
    unit, columns = free.sensor(names.get(kind, [(name,) for name in SENSORS]))
    rows = work.time.shape[1]
    values = work.readings[columns[0]][unit]
    start = int(generator.integers(rows // 8, rows - rows // 4))
    stop, other = rows, ""
    if kind == "stuck":
        stop = min(start + int(generator.integers(LEAST, max(rows // 6, LEAST + 1))), rows)
        values[start:stop] = values[start]
    elif kind == "saturated":
        stop = min(start + max(rows // 4, 40), rows)
        limit = np.sort(values[start:stop])[int(generator.uniform(0.6, 0.85) * (stop - start))]
        values[start:stop] = np.minimum(values[start:stop], limit)
    elif kind == "unit_jump":
        factor, offset = CONVERSIONS[columns[0]]
        values[start:] = (values[start:] * factor + offset).round(5 if factor < 1 else 3)
    elif kind == "swapped":
        other = columns[1]
        both = work.readings[other][unit]
        values[start:], both[start:] = both[start:].copy(), values[start:].copy()
    else:
        start = 0
        size = WALK * generator.choice([-1, 1]) * values.std()
        values[:] = (values + size * np.linspace(0, 1, rows)).round(SENSORS[columns[0]][1])
    work.found.append((kind, columns[0], other, unit, unit * rows + start, unit * rows + stop - 1))


def _clock(work: Planting, kind: str, free: _Free, generator: np.random.Generator) -> None:
    """One fault of a clock or of the record."""
    unit, rows = free.clock(), work.time.shape[1]
    time = work.time[unit]
    step = int(time[1] - time[0])
    start = int(generator.integers(rows // 8, rows - rows // 4))
    stop = rows
    if kind == "clock_jump":
        steps = int(generator.integers(1, 18)) + generator.uniform(0.2, 0.8)  # no whole ones: those would be a gap
        time[start:] += int(generator.choice([-1, 1]) * steps * step)
    elif kind == "dst":
        start = int(np.searchsorted(time, SUMMER))
        if not 0 < start < rows:
            raise Problem.of("the clocks change outside the records", fix="ask for records of twelve days or more")
        time[start:] += 60 * MINUTE
    elif kind == "irregular":
        stop = min(start + max(rows // 8, 50), rows)
        time[start:stop] += (step * generator.uniform(-0.4, 0.4, stop - start)).astype(np.int64)
    elif kind == "gap":
        stop = min(start + int(generator.integers(12, max(rows // 10, 13))), rows - 2) + 1
        lost = unit * rows + np.arange(start + 1, stop - 1)
        work.order = work.order[~np.isin(work.order, lost)]
    else:  # a message that comes a few rows too late
        late, rest = unit * rows + start, int(generator.integers(2, 8))
        order = work.order[work.order != late]
        work.order = np.insert(order, int(np.flatnonzero(order == late + rest)[0]) + 1, late)
        stop = start + 1
    work.found.append((kind, "", "", unit, unit * rows + start, unit * rows + stop - 1))
