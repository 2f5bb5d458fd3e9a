"""The equations behind the simulated line, in SI units unless a name says otherwise. Constants are of a generic ABS.

Each is a plain function of arrays, so that a test can check it by hand and a reader can follow why a part fails.
"""

from __future__ import annotations

import numpy as np

GAS_CONSTANT = 8.314
"""J / (mol K)."""
CELSIUS = 273.15
MELT, SOLID = (9.90e-4, 6.5e-7), (9.90e-4, 2.8e-7)
"""Tait: specific volume at the transition (m³/kg) and its slope (m³/(kg K)), above and below it."""
TRANSITION, STIFFNESS, SOFTENING = 373.0, 1.6e8, 4.2e-3
"""Tait: transition temperature (K), B at it (Pa), its decay (1/K)."""


def viscosity(temperature: np.ndarray, shear_rate: np.ndarray) -> np.ndarray:
    """Viscosity of a melt, Pa s; Cross-WLF.

    η = η0 / (1 + (η0 γ̇ / τ*)^(1-n)) (Cross 1965, "Rheology of non-Newtonian fluids") with
    η0 = D1 exp(-A1 (T - T*) / (A2 + T - T*)) (Williams, Landel & Ferry 1955). Kelvin, 1/s.
    """
    above = temperature - TRANSITION
    at_rest = 1e13 * np.exp(-30.0 * above / (51.6 + above))
    thinned: np.ndarray = at_rest / (1 + (at_rest * shear_rate / 3e4) ** 0.7)
    return thinned


def filling_pressure(viscosity: np.ndarray, shear_rate: np.ndarray) -> np.ndarray:
    """Pressure to fill a slit 150 mm long and 2 mm high, Pa: Δp = 2 L η γ̇ / H (Hagen–Poiseuille between plates)."""
    pressure: np.ndarray = 2 * 0.150 * viscosity * shear_rate / 0.002
    return pressure


def specific_volume(pressure: np.ndarray, temperature: np.ndarray) -> np.ndarray:
    """m³/kg; the Tait equation: V = V0(T) (1 - C ln(1 + p / B(T))), B = b3 exp(-b4 (T - b5)), C = 0.0894 (Tait 1888; as
    in Zoller & Walsh 1995, "Standard pressure-volume-temperature data for polymers"). Pa, Kelvin."""
    above = temperature - TRANSITION
    at_rest = np.where(above > 0, MELT[0] + MELT[1] * above, SOLID[0] + SOLID[1] * above)
    volume: np.ndarray = at_rest * (1 - 0.0894 * np.log1p(pressure / (STIFFNESS * np.exp(-SOFTENING * above))))
    return volume


def shrinkage(cavity_pressure: np.ndarray, frozen_at: np.ndarray) -> np.ndarray:
    """Linear shrinkage of a part, a share: a third of the volume lost between freezing under pressure and lying at
    23 °C without it, S = (1 - V(p0, T0) / V(p, T)) / 3. Pa, Kelvin."""
    at_rest = specific_volume(np.array(1e5), np.array(CELSIUS + 23))
    lost: np.ndarray = (1 - at_rest / specific_volume(cavity_pressure, frozen_at)) / 3
    return lost


def middle_temperature(melt: np.ndarray, mould: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Temperature in the middle of a 2 mm plate after cooling, K: T = Tw + (Tm - Tw) (8/π²) exp(-π² a t / s²), the
    first term of Fourier's series (Ballman & Shusman 1959, "Easy way to calculate injection molding setup time")."""
    left: np.ndarray = mould + (melt - mould) * 8 / np.pi**2 * np.exp(-(np.pi**2) * 8e-8 * seconds / 0.002**2)
    return left


def degraded(temperature: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Share of chains broken while the melt waits: 1 - exp(-k t), k = A exp(-E / (R T)) (Arrhenius 1889), E =
    160 kJ/mol. Kelvin."""
    rate = 5e12 * np.exp(-160e3 / (GAS_CONSTANT * temperature))
    broken: np.ndarray = -np.expm1(-rate * seconds)
    return broken


def vapour_pressure(celsius: np.ndarray, humidity_pct: np.ndarray) -> np.ndarray:
    """Water in the hall's air, hPa: Magnus' formula with the constants of Sonntag (1990)."""
    water: np.ndarray = humidity_pct / 100 * 6.112 * np.exp(17.62 * celsius / (243.12 + celsius))
    return water


def wear(load: np.ndarray, strokes: np.ndarray) -> np.ndarray:
    """Depth worn off a parting line, µm: proportional to load times distance slid (Archard 1953, "Contact and rubbing
    of flat surfaces"). `load` as a share of the full clamping force."""
    depth: np.ndarray = 2e-3 * load * strokes
    return depth
