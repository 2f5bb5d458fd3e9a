"""Defects: what is drawn of each, and how it changes a surface's reflectance. Lengths in pixels of the canvas.

`strength` is physical (depth of a scratch or pit, thickness of a stain, each as a multiple of a usual one); how
strongly it shows is `contrast`, proportional to it: a slope's shade is proportional to the slope (Lambert 1760; for
small slopes Pentland 1984, "Local shading analysis"), a film's absorbance to its thickness (Beer 1852). Sizes and
shapes are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from andon.simulate.surface.options import GOOD, KINDS, SurfaceOptions
from andon.simulate.surface.textures import FIELD

EDGE = 0.16
"""Share of a picture's side that middles of defects keep away from its edge."""
WAVES = 4
LIGHT = np.radians(235.0)
"""Direction that the light comes from, for the shade in a pit."""


@dataclass(frozen=True)
class _Look:
    """Ranges of one kind: how many, size in a picture of 128 pixels, aspect (length over width), contrast at strength
    1."""

    most: int
    size: tuple[float, float]
    aspect: tuple[float, float]
    contrast: float


LOOKS = {
    "scratch": _Look(2, (13.0, 38.0), (22.0, 45.0), 0.34),
    "pit": _Look(4, (2.0, 5.0), (1.0, 1.5), 0.50),
    "inclusion": _Look(3, (4.0, 12.0), (1.8, 6.0), 0.55),
    "stain": _Look(1, (9.0, 23.0), (1.0, 1.8), 0.17),
}
BRIGHT = {"scratch": 0.75, "pit": 0.0, "inclusion": 0.25, "stain": 0.3}
"""Share of each kind that is brighter than what it lies on."""
SHOWS = {"woven": 1.7, "printed": 1.3}
"""Factor on the contrast where the pattern itself has much."""
STRENGTH = (0.5, 2.0)
"""Range of the strength, even in its logarithm."""


def drawn(parts: np.ndarray, asked: SurfaceOptions, *, margin: int, generator: np.random.Generator) -> pl.DataFrame:
    """One row per defect of `parts` (N,) kinds: `row` (number of the part), `kind`, `x`, `y`, `size` (half of its
    length), `aspect`, `angle` against the grain, `strength`, `contrast` (signed: above 0 is brighter), `waves` (8
    numbers: its outline)."""
    scale, rows = asked.side / FIELD, []
    for number in np.flatnonzero(parts != GOOD):
        kind = str(parts[number])
        look = LOOKS[kind]
        strength = float(np.exp(generator.uniform(*np.log(STRENGTH))))  # one cause, one strength
        shown = look.contrast * strength * asked.contrast * SHOWS.get(asked.surface, 1.0)
        bright = generator.random() < BRIGHT[kind]
        for _ in range(int(generator.integers(1, look.most + 1))):
            x, y = margin + asked.side * generator.uniform(EDGE, 1 - EDGE, 2)
            size = float(np.exp(generator.uniform(*np.log(look.size))))
            angle = generator.normal(0, 0.12) if kind == "inclusion" else generator.uniform(0, np.pi)
            if asked.surface == "woven" and kind == "scratch":  # a pulled thread, warp or weft
                angle = generator.integers(0, 2) * np.pi / 2 + generator.normal(0, 0.03)
            rows.append(
                (int(number), kind, float(x), float(y), size * asked.size * scale, generator.uniform(*look.aspect),
                 float(angle), strength, shown if bright else -shown, generator.random(2 * WAVES))
            )  # fmt: skip
    schema: dict[str, Any] = {
        "row": pl.Int64, "kind": pl.String, "x": pl.Float64, "y": pl.Float64, "size": pl.Float64, "aspect": pl.Float64,
        "angle": pl.Float64, "strength": pl.Float64, "contrast": pl.Float64, "waves": pl.Array(pl.Float64, 2 * WAVES),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True)
class _Patch:
    """Where a defect lies: distances along and across it (h, w) in half lengths and half widths, and what was drawn."""

    along: np.ndarray
    across: np.ndarray
    turn: float
    width: float
    contrast: float
    waves: np.ndarray

    def radius(self) -> np.ndarray:
        """Distance from the middle as a share of that to the outline, which a few waves make uneven."""
        angle = np.arctan2(self.across, self.along)
        outline = np.ones_like(angle)
        for wave in range(WAVES):
            size = 0.34 / (wave + 1.5) * (self.waves[wave] - 0.2)
            outline += size * np.cos((wave + 2) * angle + 2 * np.pi * self.waves[WAVES + wave]).astype(np.float32)
        share: np.ndarray = np.hypot(self.along, self.across) / outline
        return share


def scarred(reflectance: np.ndarray, grain: np.ndarray, defects: pl.DataFrame) -> np.ndarray:
    """Draw `defects` (with `row` the place in `reflectance`, (N, S, S, C), changed in place). Gives (N, S, S): how much
    of each pixel a defect covers, 0 to 1."""
    cover = np.zeros(reflectance.shape[:3], np.float32)
    side = reflectance.shape[1]
    for defect in defects.iter_rows(named=True):
        row, size = defect["row"], defect["size"]
        width = max(size / defect["aspect"], 0.55)
        reach = 1.5 * size + 4
        left, top = max(int(defect["x"] - reach), 0), max(int(defect["y"] - reach), 0)
        right, bottom = min(int(defect["x"] + reach) + 1, side), min(int(defect["y"] + reach) + 1, side)
        x = np.arange(left, right, dtype=np.float32) - np.float32(defect["x"])
        y = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(defect["y"])
        turn = float(grain[row]) + defect["angle"]
        cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        patch = _Patch((x * cos + y * sin) / np.float32(size), (y * cos - x * sin) / np.float32(width), turn, width,
                       defect["contrast"], np.array(defect["waves"], np.float32))  # fmt: skip
        place = (row, slice(top, bottom), slice(left, right))
        reflectance[place], covered = _DRAW[defect["kind"]](patch, reflectance[place])
        cover[place] = np.maximum(cover[place], covered)
    return cover


def _scratch(patch: _Patch, under: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A groove, bowed a little, of uneven depth, with a shaded flank; it runs out at its ends."""
    waves, slim = patch.waves, patch.width
    bow = (waves[0] - 0.5) * 0.35 * patch.along**2 + 0.03 * np.sin(6 * patch.along + 6 * waves[1])
    off = patch.across - bow * (np.float32(20.0) if slim < 1 else 20 / slim)
    ends = np.clip(3 * (1 - np.abs(patch.along)), 0, 1)
    rough = 0.75 + 0.25 * np.sin(9 * patch.along + 6 * waves[2]) * np.sin(17 * patch.along + 6 * waves[3])
    core = np.exp(-(off**2)) * ends
    flank = np.exp(-((off - 2.0) ** 2)) * ends
    return under * np.exp(patch.contrast * rough * (core - 0.45 * flank))[..., None], np.maximum(core, flank)


def _pit(patch: _Patch, under: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A dent: dark towards the light, bright away from it, darker at its bottom."""
    radius = patch.radius()
    inside = np.clip(1 - radius**2, 0, 1)
    way = np.arctan2(patch.across, patch.along) + patch.turn
    slope = 4 * radius * inside * np.cos(way - LIGHT)
    shade = abs(patch.contrast) * (-0.75 * slope - 0.8 * inside**2)
    return under * np.exp(shade)[..., None], _step(1.1 - radius, 0.15)


def _inclusion(patch: _Patch, under: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Foreign matter with a ragged edge, of its own dark or bright tone; what lay below shows through where it is
    thin."""
    waves = patch.waves
    mottled = np.sin(7 * patch.along + 6 * waves[4]) * np.sin(2.5 * patch.across + 6 * waves[5])
    radius = patch.radius() + 0.14 * mottled + 0.08 * np.sin(19 * patch.along + 5 * patch.across + 6 * waves[6])
    covered = _step(1 - radius, 0.22)
    tone = 0.16 if patch.contrast < 0 else 0.92
    opaque = np.minimum(abs(patch.contrast), 0.95) * covered * (0.85 + 0.15 * mottled)
    return under + opaque[..., None] * (tone * (1 + 0.15 * mottled[..., None]) - under), covered


def _stain(patch: _Patch, under: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A dried drop: a thin film, thicker at its rim (Deegan et al. 1997, "Capillary flow as the cause of ring stains");
    the texture stays visible. Brownish in colour."""
    radius = patch.radius()
    edge = 0.05 + 0.13 * patch.waves[7]
    film = _step(1 - radius, edge) * (
        0.45 + 0.35 * np.clip(radius, 0, 1) ** 2 + 0.5 * np.exp(-(((1 - edge - radius) / edge) ** 2))
    )
    film *= 1 + 0.2 * np.sin(3 * patch.along + 6 * patch.waves[5]) * np.sin(4 * patch.across + 6 * patch.waves[6])
    brown = under.shape[-1] == 3 and patch.contrast < 0
    tints = np.array([0.75, 1.0, 1.4] if brown else [1.0], np.float32)
    shade = patch.contrast * (1.0 if patch.contrast < 0 else 0.6)
    return under * np.exp(shade * film[..., None] * tints), _step(1.08 - radius, 0.06)


def _step(value: np.ndarray, width: float) -> np.ndarray:
    """From 0 to 1 around 0, without kinks."""
    t = np.clip(value / width / 2 + 0.5, 0, 1)
    smooth: np.ndarray = t * t * (3 - 2 * t)
    return smooth


_DRAW: dict[str, Callable[[_Patch, np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "scratch": _scratch, "pit": _pit, "inclusion": _inclusion, "stain": _stain,
}  # fmt: skip
assert tuple(_DRAW) == KINDS == tuple(LOOKS)
