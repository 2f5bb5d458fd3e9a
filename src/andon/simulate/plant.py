"""Four injection moulding machines over weeks: who makes what when, at which settings.

Rows are parts in order of time, one from any machine about every ten minutes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from andon.simulate import physics

START = np.datetime64("2024-03-04T06:00:00", "us")
MACHINES = ("IM-01", "IM-02", "IM-03", "IM-04")
TOOLS = ("T-100", "T-200", "T-300")
LOT_ROWS = 150
"""Parts made of one lot of material."""
SERVICE_STROKES = 6000

Columns = dict[str, Any]
"""Name -> array (N,)."""

CAUSES = (
    "melt_temp_c", "mould_temp_c", "speed_mm_s", "holding_pressure_bar", "holding_time_s", "cooling_time_s",
    "moisture_ppm", "clamp_force_kn", "strokes_since_service", "tool",
)  # fmt: skip
"""Columns that quality is a function of. Machine, lot, shift and the hall act through them alone."""
BEHIND = ("machine", "material_lot", "shift", "finished", "hall_temp_c", "humidity_pct")
"""Causes of those causes: a lot makes the moisture, a machine and the hour its drift. A model may lean on
them."""
FOLLOWERS = ("injection_pressure_bar", "cushion_mm", "cycle_s")


def made(rows: int, generator: np.random.Generator) -> Columns:
    """Settings and surroundings of every part.

    Parts come as a renewal process with gamma-distributed gaps (Cox 1962, "Renewal Theory"), mean ten minutes. The
    hall's temperature is a daily sine with a drift; relative humidity falls 1.5 points per kelvin (ours); moisture of
    the dried material grows with the water in the air (Magnus' formula in `physics.vapour_pressure`), by lot and by
    chance.
    """
    hours = np.cumsum(generator.gamma(4.0, 1 / 24, rows))  # mean: ten minutes
    machine, tool = generator.integers(0, 4, rows), np.empty(rows, np.int64)
    for number in range(4):  # a tool stays on its machine for some days
        own = machine == number
        days = (hours[own] / 60).astype(int)
        tool[own] = generator.integers(0, 3, int(days.max(initial=0)) + 1)[days]
    lot = np.arange(rows) // LOT_ROWS
    hall = 22 + 5 * np.sin(2 * np.pi * (hours - 3) / 24) + drift(hours, generator, days=20, size=3.0)
    humidity = np.clip(55 - 1.5 * (hall - 22) + drift(hours, generator, days=6, size=12.0), 15, 95)
    water = physics.vapour_pressure(hall, humidity)
    return {
        "serial": np.array([f"P{number:07d}" for number in range(1, rows + 1)]),
        "finished": START + (hours * 3.6e9).astype("timedelta64[us]"),
        "machine": np.array(MACHINES)[machine],
        "tool": np.array(TOOLS)[tool],
        "material_lot": np.array([f"L{number:04d}" for number in range(1, int(lot.max()) + 2)])[lot],
        "shift": np.array(["day", "late", "night"])[((hours % 24) // 8).astype(int)],
        "melt_temp_c": np.array([232.0, 235, 238, 234])[machine] + drift(hours, generator, days=3, size=4.0)
        + generator.normal(0, 4.0, rows),
        "mould_temp_c": 60 + 0.4 * (hall - 22) + generator.normal(0, 3.0, rows),
        "speed_mm_s": np.array([70.0, 90, 80])[tool] + generator.normal(0, 8.0, rows),
        "holding_pressure_bar": np.array([420.0, 450, 435])[tool] + drift(hours, generator, days=5, size=15.0)
        + generator.normal(0, 25.0, rows),
        "holding_time_s": generator.normal(6.0, 0.8, rows).clip(2.5),
        "cooling_time_s": generator.normal(14.0, 1.2, rows).clip(8),
        # drying works against the hall's water and the lot's own
        "moisture_ppm": (120 + 18 * water * generator.gamma(9, 1 / 9, int(lot.max()) + 1)[lot]
                         * generator.lognormal(0, 0.15, rows)),
        "clamp_force_kn": generator.normal(1000, 30, rows),
        "strokes_since_service": (generator.integers(0, SERVICE_STROKES, 4)[machine] + hours * 60 * 60 / 45 / 4)
        .astype(np.int64) % SERVICE_STROKES,
        "hall_temp_c": hall,
        "humidity_pct": humidity,
    }  # fmt: skip


def followed(columns: Columns, generator: np.random.Generator) -> Columns:
    """What the machine measures of itself: functions of its settings, with a sensor's noise.

    Injection pressure: Cross-WLF viscosity in Hagen–Poiseuille's slit. Cushion: what Tait's volume at holding pressure
    leaves in the barrel, a straight line in it. Cycle: filling and handling 12 s, plus holding, plus cooling.
    """
    rows, shear = len(columns["serial"]), shear_rate(columns)
    melt = columns["melt_temp_c"] + physics.CELSIUS
    filling = physics.filling_pressure(physics.viscosity(melt, shear), shear) / 1e5
    held = columns["holding_pressure_bar"] * 1e5
    volume = physics.specific_volume(held, melt)
    return {
        "injection_pressure_bar": filling + generator.normal(0, 4.0, rows),
        "cushion_mm": 6 + 4e5 * (volume - 1.0e-3) / 4 + generator.normal(0, 0.2, rows),
        "cycle_s": 12 + columns["holding_time_s"] + columns["cooling_time_s"] + generator.normal(0, 0.2, rows),
    }


def shear_rate(columns: Columns) -> np.ndarray:
    """1/s in the gate: proportional to the screw's speed, as γ̇ = 6 Q / (w h²) of a slit is (Q the flow)."""
    rate: np.ndarray = 60.0 * columns["speed_mm_s"]
    return rate


def frame_of(columns: Columns) -> pl.DataFrame:
    """A frame with figures rounded as a sensor gives them."""
    places = {"speed_mm_s": 1, "clamp_force_kn": 1, "moisture_ppm": 0, "holding_pressure_bar": 1}
    return pl.DataFrame(columns).with_columns(
        pl.col(name).round(places.get(name, 2)) for name, values in columns.items() if values.dtype.kind == "f"
    )


def drift(hours: np.ndarray, generator: np.random.Generator, *, days: float, size: float) -> np.ndarray:
    """A slow, smooth wandering: three waves around this many days, of random phase."""
    period = 24 * days * np.array([0.6, 1.0, 1.7])
    waves = np.sin(2 * np.pi * hours[:, None] / period + generator.uniform(0, 2 * np.pi, 3))
    wander: np.ndarray = size * waves.mean(axis=1)
    return wander
