"""What the presses' sensors read, from recipe, wear and hall. Arrays are (U, N); z is 1 while running; w is wear.

Gains differ by 2 % from unit to unit. Figures are of a generic press of 700 kN at 34 strokes/min; what wear does is
given per sensor in `RELATIONS`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from andon.simulate.press.line import MINUTE, MODELS, SPEED, TONNAGE, Asked
from andon.simulate.press.options import PressOptions
from andon.simulate.press.wear import Lives

SENSORS: Mapping[str, tuple[float, int]] = {
    "motor_current_a": (0.8, 2), "vibration_mm_s": (0.05, 3), "bearing_temp_c": (0.3, 2), "oil_temp_c": (0.2, 2),
    "oil_pressure_bar": (0.8, 2), "peak_force_kn": (6.0, 1), "acoustic_db": (0.7, 2), "strain_left_ue": (4.0, 1),
    "strain_right_ue": (4.0, 1), "air_pressure_bar": (0.03, 3), "hall_temp_c": (0.15, 2),
}  # fmt: skip
"""Sensor -> standard deviation of its noise (`vibration_mm_s`: of its logarithm), digits that the logger writes."""
IRRELEVANT = ("air_pressure_bar", "hall_temp_c")
"""Sensors that say nothing of wear."""
COUNTER, ANGLE, SIGNAL = "strokes", "peak_deg", "running"
ROLLOVER = 65_536
"""The counter is a 16-bit one."""
RELATIONS: Mapping[str, str] = {
    "motor_current_a": "power over voltage, force times speed times friction μ (Coulomb 1785), μ growing by 35 %",
    "vibration_mm_s": "force of an unbalance m e ω² (Rankine 1869), speed squared, times exp(1.1 w) (ours: faults feed "
    "on what they shake)",
    "bearing_temp_c": "Newton's law of cooling (1701) towards hall + friction's heat μ F v, time constant 1 h; + 50 % "
    "with wear",
    "oil_temp_c": "the same, 4 h, without wear",
    "oil_pressure_bar": "leakage through a gap grows with its cube (Hagen–Poiseuille), less viscosity in warm oil",
    "peak_force_kn": "tonnage, + 6 % with a blunt edge (ours)",
    "acoustic_db": "20 log10 of the speed, + 8 dB with wear (ours)",
    "strain_left_ue": "ε = F / (E A) (Hooke 1678); wear tilts the ram: 5 % more on the left",
    "strain_right_ue": "and 5 % less on the right",
    "peak_deg": "angle of the crank at the peak force, from the lower dead centre: 4° later with wear; wraps at 360",
    "strokes": "speed times time since the tool was changed, modulo 65,536",
}
"""Equation and source of each reading, or `ours`."""


def readings(
    asked: Asked, lived: Lives, options: PressOptions, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """Signal, counter, angle and sensors, rounded as the logger writes them."""
    units = len(asked.model)
    z = ~(asked.stop | lived.down)
    gains = generator.normal(1, 0.02, (len(SENSORS), units, 1))
    true = _true(asked, lived.wear, z, options, gains[-1])
    out: dict[str, np.ndarray] = {SIGNAL: z.astype(np.int8), COUNTER: _counter(asked, lived, z, options, generator)}
    angle = 4 * lived.wear + 1.5 * (asked.speed / SPEED - 1) + generator.normal(0, 1, (units, 1))
    angle = angle + 0.8 * options.noise * generator.normal(size=z.shape)
    out[ANGLE] = np.where(z, np.mod(angle, 360), 0.0).round(2) % 360
    for (name, (noise, digits)), gain in zip(SENSORS.items(), gains, strict=True):
        values = true[name] * (1.0 if name == "hall_temp_c" else gain)
        chance = options.noise * noise * generator.normal(size=z.shape)
        values = values * np.exp(chance) if name == "vibration_mm_s" else values + chance
        out[name] = values.round(digits)
    return out


def _true(
    asked: Asked, w: np.ndarray, z: np.ndarray, options: PressOptions, phase: np.ndarray
) -> dict[str, np.ndarray]:
    """Readings without noise and gain; see `RELATIONS`."""
    v, force = asked.speed / SPEED, asked.tonnage / TONNAGE
    hours = asked.time / (60.0 * MINUTE)
    wander = np.sin(2 * np.pi * hours / 90 + 60 * phase)  # the weather, another at each press
    hall = 21 + 4 * np.sin(2 * np.pi * (hours - 9) / 24) + 2 * wander
    shaking = np.array([MODELS[str(model)] ** 2 for model in asked.model])[:, None]
    shaking = shaking * (1 + 0.01 * (2023 - asked.year[:, None]))
    step_h = options.step_min / 60
    bearing = lagged(hall + z * 22 * force * v * (1 + 0.5 * w), step_h / 1.0)
    oil = lagged(hall + z * 15 * v * np.sqrt(force), step_h / 4.0)
    return {
        "motor_current_a": 3 + z * 40 * force * v * (1 + 0.35 * w),
        "vibration_mm_s": 0.05 + z * 1.2 * shaking * v**2 * np.exp(1.1 * w),
        "bearing_temp_c": bearing,
        "oil_temp_c": oil,
        "oil_pressure_bar": np.where(z, 150 - 12 * w**3 - 0.6 * (oil - 40), 20.0),
        "peak_force_kn": z * asked.tonnage * (1 + 0.06 * w),
        "acoustic_db": np.where(z, 70 + 20 * np.log10(v) + 8 * w, 45.0),
        "strain_left_ue": z * asked.tonnage * 0.56 * (1 + 0.05 * w),
        "strain_right_ue": z * asked.tonnage * 0.46 * (1 - 0.05 * w),
        "air_pressure_bar": 6.2 + 0.08 * np.sin(2 * np.pi * hours / 31 + 90 * phase),
        "hall_temp_c": hall,
    }


def lagged(towards: np.ndarray, share: float) -> np.ndarray:
    """First-order lag along rows, (U, N): T += (1 - exp(-share)) (T∞ - T), share = step over time constant."""
    out, gain = np.empty_like(towards), -np.expm1(-share)
    now = towards[:, 0]
    for row in range(towards.shape[1]):
        now = now + gain * (towards[:, row] - now)
        out[:, row] = now
    return out


def _counter(
    asked: Asked, lived: Lives, z: np.ndarray, options: PressOptions, generator: np.random.Generator
) -> np.ndarray:
    """Strokes since the tool was changed, zeroed at each start of a life; the first life's began before."""
    made = np.cumsum(z * (asked.speed * options.step_min), axis=1)
    zero = np.zeros_like(made)
    zero[:, 0] = -generator.integers(0, ROLLOVER, len(made))
    for unit, start in lived.starts:
        if start:
            zero[unit, start] = made[unit, start - 1] + 1e-6  # never the 0 of an empty place
    counted: np.ndarray = (made - _held(zero)).astype(np.int64) % ROLLOVER
    return counted


def _held(marks: np.ndarray) -> np.ndarray:
    """Each row's last mark that is not zero (the first column's where there is none)."""
    where = np.where(marks != 0, np.arange(marks.shape[1]), 0)
    return np.take_along_axis(marks, np.maximum.accumulate(where, axis=1), axis=1)
