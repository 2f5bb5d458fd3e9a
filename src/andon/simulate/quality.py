"""Why a part fails: five mechanisms, each a physical quantity against its limit.

`1 - Π (1 - p_k)`, p_k = 1 / (1 + exp(-(excess_k - shift) / (0.3 blur))): whichever limit is passed first decides, so
the columns interact. The shift is set so that the expected share of failures is the one asked for. The chance that
any of independent mechanisms strikes is the noisy-or (Pearl 1988, "Probabilistic Reasoning in Intelligent Systems",
section 4.3.2), each chance a logistic curve (Berkson 1944) of the distance to its limit.

Equations that limits are compared with are those of `physics`; the limits themselves and the few straight lines between
them (how much a warm mould delays freezing, how much moisture shows as splay) are ours, of plausible size.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from andon.simulate import physics
from andon.simulate.plant import CAUSES, Columns, shear_rate

MECHANISMS = ("short_shot", "sink_mark", "splay", "burn", "flash")
LENGTH_MM = 100.0
SHUFFLED = 50_000
"""Rows on which importance is measured, at most."""


def shrinkage_mm(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Shrinkage of a 100 mm edge: Tait's volume at the pressure left in the cavity when the gate freezes.

    The gate passes pressure on until it freezes: p = p_hold (1 - exp(-t_hold / τ)), τ = 2.5 s, a lag of first order;
    less half of what filling took (Hagen–Poiseuille); a mould warmer by 1 K lets the part freeze .35 K warmer (ours).
    """
    passed = columns["holding_pressure_bar"] * 1e5 * -np.expm1(-columns["holding_time_s"] / 2.5)
    shear = shear_rate(dict(columns))
    melt = columns["melt_temp_c"] + physics.CELSIUS
    eaten = 0.5 * physics.filling_pressure(physics.viscosity(melt, shear), shear)
    frozen_at = physics.TRANSITION + 0.35 * (columns["mould_temp_c"] - 60)
    shrunk: np.ndarray = LENGTH_MM * physics.shrinkage(np.maximum(passed - eaten, 1e5), frozen_at)
    return shrunk


def excess(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """How far each mechanism is beyond its limit (N, 5), in units of its own usual scatter. Noise-free.

    Short shot: filling pressure (Cross-WLF in Hagen–Poiseuille) over 400 bar. Sink mark: shrinkage (Tait) over
    .40 mm, and a middle still warm (Fourier). Splay: 4 ln(moisture / 600 ppm) + (melt - 235 °C) / 5 K, ours. Burn:
    broken chains (Arrhenius) over 12 %. Flash: clamping balance, pressure × projected area (here 1 MN at 435 bar)
    less clamping force, the area grown by the gap that wear leaves (Archard).
    """
    melt, mould = columns["melt_temp_c"] + physics.CELSIUS, columns["mould_temp_c"] + physics.CELSIUS
    shear = shear_rate(dict(columns))
    filling = physics.filling_pressure(physics.viscosity(melt, shear), shear) / 1e5
    tight = np.where(columns["tool"] == "T-300", 1.2, 1.0)  # the long, thin part
    hot = physics.middle_temperature(melt, mould, columns["cooling_time_s"]) - physics.CELSIUS
    broken = physics.degraded(melt, 240 + 10 * columns["cooling_time_s"])
    gap = physics.wear(columns["clamp_force_kn"] / 1000, columns["strokes_since_service"])
    pushed = columns["holding_pressure_bar"] / 435 + gap / 40 - columns["clamp_force_kn"] / 1000
    splay = np.log(columns["moisture_ppm"] / 600) * 4 + (columns["melt_temp_c"] - 235) / 5
    shrunk = (shrinkage_mm(columns) - 0.40) / 0.05 + (hot - 85) / 40
    limits = [(filling * tight - 400) / 30, shrunk, splay, (broken - 0.12) / 0.02, (pushed - 0.4) / 0.1]
    return np.stack(np.broadcast_arrays(*limits), axis=1)


def chances(columns: Mapping[str, np.ndarray], *, blur: float, shift: float) -> np.ndarray:
    """Chance of each mechanism (N, 5); 0 or 1 without blur."""
    return blurred(excess(columns) - shift, blur)


def blurred(beyond: np.ndarray, blur: float) -> np.ndarray:
    """From distance beyond a limit to a chance."""
    if blur == 0:
        return (beyond > 0).astype(float)
    chance: np.ndarray = 1 / (1 + np.exp(-np.clip(beyond / (0.3 * blur), -60, 60)))
    return chance


def failing(each: np.ndarray) -> np.ndarray:
    """Chance (...,) that any mechanism (..., K) strikes."""
    any_of: np.ndarray = 1 - np.prod(1 - each, axis=-1)
    return any_of


def shift_for(columns: Columns, *, rate: float, blur: float) -> float:
    """The shift at which the expected share of failures is `rate`, by bisection."""
    beyond, low, high = excess(columns), -40.0, 40.0
    for _ in range(50):
        middle = (low + high) / 2
        too_many = float(failing(blurred(beyond - middle, blur)).mean()) > rate
        low, high = (middle, high) if too_many else (low, middle)
    return (low + high) / 2


def importance(columns: Columns, *, blur: float, shift: float) -> dict[str, dict[str, float]]:
    """Per target, what shuffling each cause does to the noise-free truth (root of the mean squared change), largest
    first: the importance that an ideal model would find."""
    generator, rows = np.random.default_rng(0), min(len(columns["serial"]), SHUFFLED)
    columns = {name: values[:rows] for name, values in columns.items()}
    truths = {
        "quality": lambda c: failing(chances(c, blur=blur, shift=shift)),
        "shrinkage_mm": shrinkage_mm,
    }
    found: dict[str, dict[str, float]] = {}
    for target, truth in truths.items():
        plain = truth(columns)
        moved = {}
        for name in CAUSES:
            shuffled = {**columns, name: columns[name][generator.permutation(rows)]}
            moved[name] = float(np.sqrt(((truth(shuffled) - plain) ** 2).mean()))
        found[target] = dict(sorted(moved.items(), key=lambda pair: -pair[1]))
    return found
