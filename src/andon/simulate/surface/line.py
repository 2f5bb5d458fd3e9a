"""The coating line that the surfaces run through, and why a part fails: by what is seen and by what is not.

A web (strip, cloth or laminate) is coated in a bath and cured in an oven 20 m long. Five mechanisms, each the logarithm
of a load over its limit, in units of its own scatter; chances and noisy-or as in `quality`. A defect of its kind can
strike only where it is; `undercure` strikes anywhere, with nothing to see. Limits are set so that the shares asked for
come out. Defects do not depend on process values (ours: so neither tells of the other, and both are needed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from andon.simulate.physics import CELSIUS, GAS_CONSTANT
from andon.simulate.plant import START, Columns, drift
from andon.simulate.quality import blurred, failing
from andon.simulate.surface.options import GOOD, KINDS, SurfaceOptions
from andon.simulate.surface.textures import FIELD

OVEN_M = 20.0
COIL = 40
"""Parts of one coil."""
VALUES = ("line_speed_m_min", "oven_temp_c", "bath_temp_c", "web_tension_mpa", "coolant_temp_c", "humidity_pct")
IRRELEVANT = ("coolant_temp_c", "humidity_pct")
"""Values without any effect on the verdict."""
UNDERCURE = "undercure"
RELATIONS: Mapping[str, str] = {
    "scratch": "K = 1.12 σ √(π a), web tension σ, depth a (Irwin 1957): a deep one tears under tension",
    "pit": "depth over the coating's thickness h = 0.94 (η U)^(2/3) / (γ^(1/6) (ρ g)^(1/2)) (Landau & Levich 1942), "
    "η falling with the bath's temperature (Andrade 1930): a thick coat levels it",
    "inclusion": "√area (ours, the rule of a drawing): judged by its size alone",
    "stain": "thickness times vapour pressure in the oven, exp(-ΔH / (R T)), a heavy oil's 90 kJ/mol (Clausius and "
    "Clapeyron): it blisters when hot and is harmless when cold",
    UNDERCURE: "k t, k = A exp(-E / (R T)), 80 kJ/mol (Arrhenius 1889), t = 20 m / speed: too cold or too fast, and "
    "the coat peels; nothing is seen",
}
"""Why a part fails: equation and source, or `ours`."""
MOST_PAIRS = 1500
"""Parts on which expectations over everything unseen are taken."""


def values(parts: int, generator: np.random.Generator) -> Columns:
    """Settings of each part, two minutes apart: coils, slow drift, and the controllers' own scatter."""
    hours = np.cumsum(generator.gamma(4.0, 1 / 120, parts))
    coil = np.arange(parts) // COIL
    each = generator.normal(size=(2, int(coil.max()) + 1))

    def around(middle: float, wander: float, scatter: float) -> np.ndarray:
        value: np.ndarray = (
            middle + drift(hours, generator, days=1.5, size=wander) + generator.normal(0, scatter, parts)
        )
        return value

    return {
        "finished": START + (hours * 3.6e9).astype("timedelta64[us]"),
        "coil": np.array([f"C{number:04d}" for number in range(1, int(coil.max()) + 2)])[coil],
        "line_speed_m_min": np.maximum(around(6.0, 0.8, 0.7) + 0.4 * each[0][coil], 2.5),
        "oven_temp_c": around(165.0, 8.0, 7.0),
        "bath_temp_c": around(24.0, 3.0, 2.0),
        "web_tension_mpa": np.maximum(around(30.0, 4.0, 5.0) + 3.0 * each[1][coil], 8.0),
        "coolant_temp_c": around(18.0, 2.0, 0.8),
        "humidity_pct": np.clip(around(50.0, 10.0, 3.0), 10, 95),
    }


def coat_um(speed_m_min: np.ndarray, bath_c: np.ndarray) -> np.ndarray:
    """Wet thickness of the coat, µm: Landau and Levich's film on a plate drawn out of a bath of 2 mPa s at 20 °C, 30
    mN/m, 1,000 kg/m³; viscosity falls as exp(2000 K / T) (Andrade)."""
    viscosity = 2e-3 * np.exp(2000.0 * (1 / (bath_c + CELSIUS) - 1 / (20 + CELSIUS)))
    film: np.ndarray = 1e6 * 0.94 * (viscosity * speed_m_min / 60) ** (2 / 3) / (0.03 ** (1 / 6) * (1000 * 9.81) ** 0.5)
    return film


def cure(speed_m_min: np.ndarray, oven_c: np.ndarray) -> np.ndarray:
    """Degree of cure, 0 to 1, of a reaction of first order: 1 - exp(-k t)."""
    degree: np.ndarray = -np.expm1(-np.exp(_log_kt(speed_m_min, oven_c)))
    return degree


def _log_kt(speed_m_min: np.ndarray, oven_c: np.ndarray) -> np.ndarray:
    rate = 17.8 - 80e3 / (GAS_CONSTANT * (oven_c + CELSIUS))
    logarithm: np.ndarray = rate + np.log(OVEN_M / speed_m_min * 60)
    return logarithm


def seen_load(defects: pl.DataFrame, parts: int, side: int) -> np.ndarray:
    """What the picture tells of each part's worst defect (N,): logarithm of its share of the load; 0 without a defect.

    Half the logarithm of a scratch's depth; depth of a pit, its steepness times its radius; √area of an inclusion;
    thickness of a stain.
    """
    size, strength = np.log(defects["size"].to_numpy() * FIELD / side), np.log(defects["strength"].to_numpy())
    kind = defects["kind"].to_numpy()
    load = np.select(
        [kind == "scratch", kind == "pit", kind == "inclusion"],
        [0.5 * strength, strength + size, size - 0.5 * np.log(defects["aspect"].to_numpy())], strength,
    )  # fmt: skip
    worst = np.full(parts, -np.inf)
    np.maximum.at(worst, defects["row"].to_numpy(), load)
    return np.where(np.isfinite(worst), worst, 0.0)


def hidden_load(columns: Columns) -> dict[str, np.ndarray]:
    """What the process values add to it, per mechanism (N,): logarithms, from `RELATIONS`."""
    speed, oven = columns["line_speed_m_min"], columns["oven_temp_c"]
    return {
        "scratch": np.log(columns["web_tension_mpa"]),
        "pit": -np.log(coat_um(speed, columns["bath_temp_c"])),
        "inclusion": np.zeros_like(speed),
        "stain": -90e3 / (GAS_CONSTANT * (oven + CELSIUS)),
        UNDERCURE: -_log_kt(speed, oven),
    }


@dataclass(frozen=True)
class Verdicts:
    """Chance of each part to fail (N,), what struck it (N,; `none`), and the least error (share of wrong verdicts) that
    anyone reaches who sees `picture`, `values` or `both`."""

    chance: np.ndarray
    struck: np.ndarray
    least_errors: dict[str, float]


def verdicts(
    kinds: np.ndarray, defects: pl.DataFrame, columns: Columns, asked: SurfaceOptions, generator: np.random.Generator
) -> Verdicts:
    """Judge parts of these `kinds` (N,) by their defects and process values.

    The least errors are Bayes errors (Devroye, Györfi & Lugosi 1996, chapter 2): E min(p, 1 - p), p the chance given
    what is seen, averaged over what is not; whoever sees the picture is taken to read its defect exactly.
    """
    parts, seen = len(kinds), seen_load(defects, len(kinds), asked.side)
    code = np.array([MECHANISMS.index(kind) for kind in kinds])
    limits = _limits(code, seen, hidden_load(columns), asked)
    rows = np.arange(parts)
    each = limits.chances(code, seen, rows, asked.blur)
    draws = generator.random((parts, 2)) < each
    struck = np.where(draws[:, 0], kinds, np.where(draws[:, 1], UNDERCURE, "none"))
    few = rows if parts <= MOST_PAIRS else np.sort(generator.choice(parts, MOST_PAIRS, replace=False))
    table = failing(limits.chances(code[few][:, None], seen[few][:, None], few, asked.blur))  # by looks, by values
    given = {"picture": table.mean(axis=1), "values": table.mean(axis=0), "both": failing(each)}
    return Verdicts(given["both"], struck, {name: float(np.minimum(p, 1 - p).mean()) for name, p in given.items()})


MECHANISMS = (GOOD, *KINDS, UNDERCURE)
"""By number: 0 is no defect at all."""


@dataclass(frozen=True)
class _Limits:
    """Per mechanism (K,): what the process values add (K, N), the factor to units of its scatter, and the limit."""

    hidden: np.ndarray
    factor: np.ndarray
    limit: np.ndarray

    def chances(self, code: np.ndarray, seen: np.ndarray, rows: np.ndarray, blur: float) -> np.ndarray:
        """Chances (..., 2) of the seen and of the hidden mechanism: parts with defect `code` and `seen` load under the
        process values of `rows`."""
        visible = self.factor[code] * (seen + self.hidden[code, rows] - self.limit[code])
        alone = self.factor[-1] * (self.hidden[-1, rows] - self.limit[-1])
        return np.stack(np.broadcast_arrays(blurred(visible, blur), blurred(alone, blur)), axis=-1)


def _limits(code: np.ndarray, seen: np.ndarray, hidden: dict[str, np.ndarray], asked: SurfaceOptions) -> _Limits:
    """Scatter and limits from the parts at hand; what nobody has, has no limit."""
    shares = np.stack([hidden.get(name, np.zeros(len(code))) for name in MECHANISMS])
    factor, limit = np.ones(len(MECHANISMS)), np.full(len(MECHANISMS), np.inf)
    for place in range(1, len(MECHANISMS)):
        last = place == len(MECHANISMS) - 1
        load = shares[place] if last else (shares[place] + seen)[code == place]
        rate = asked.hidden if last else asked.harmful
        if len(load) and rate > 0:
            factor[place] = 1 / max(float(load.std()), 1e-3)
            limit[place] = _limit(load, factor[place], rate, asked.blur)
    return _Limits(shares, factor, limit)


def _limit(load: np.ndarray, factor: float, rate: float, blur: float) -> float:
    """The limit at which the expected share of failures is `rate`, by bisection."""
    low, high = float(load.min()) - 40 / factor, float(load.max()) + 40 / factor
    for _ in range(60):
        middle = (low + high) / 2
        too_many = float(blurred(factor * (load - middle), blur).mean()) > rate
        low, high = (middle, high) if too_many else (low, middle)
    return high
