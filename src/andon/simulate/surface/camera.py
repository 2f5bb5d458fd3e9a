"""Light, lens and sensor: from reflectance to grey values. M pictures of side h, canvases of S, C channels.

Grey = 255 L(x, y) R(x, y), R blurred by the lens (a Gaussian; Pentland 1987, "A new sense for depth of field"), plus
noise of variance read² + shot · grey (Foi et al. 2008, "Practical Poissonian-Gaussian noise modeling"), rounded and cut
to 0 … 255.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from andon.simulate.surface.options import SurfaceOptions
from andon.simulate.surface.textures import FIELD

REACH = 3
"""Half width of the lens's kernel, pixels."""
READ, SHOT = 0.8, 0.02
"""Noise: grey values, and grey values² per grey value."""
LEAST_BLUR = 0.45
COVERED = 0.25
"""Share of a pixel that a defect must cover to be in the mask."""


def shift_most(asked: SurfaceOptions) -> int:
    """Pixels by which a part may lie off to either side."""
    return round(4 * asked.side / FIELD)


def margin(asked: SurfaceOptions) -> int:
    """Pixels that a canvas is wider than its picture, on each side."""
    return shift_most(asked) + REACH


@dataclass(frozen=True)
class Shots:
    """`shift` (M, 2) pixels down and right, `blur` (M,) standard deviation in pixels, `light` (M, h, h), `noise`
    (M, h, h, C) of unit variance."""

    shift: np.ndarray
    blur: np.ndarray
    light: np.ndarray
    noise: np.ndarray

    def only(self, which: np.ndarray | slice) -> Shots:
        """Those of some pictures."""
        return Shots(self.shift[which], self.blur[which], self.light[which], self.noise[which])


def shots(count: int, asked: SurfaceOptions, generator: np.random.Generator) -> Shots:
    """Draw what differs from picture to picture: the same ranges whatever is on the part."""
    vary, side, most = asked.variation, asked.side, shift_most(asked)
    level = np.exp(0.10 * vary * generator.normal(size=count))
    slope = 0.10 * vary * generator.normal(size=(2, count))
    middle = generator.uniform(-1, 1, (2, count)) * vary * 0.6
    y, x = np.ogrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    y, x = y.astype(np.float32), x.astype(np.float32)
    wide = [each.astype(np.float32)[:, None, None] for each in (level, *slope, *middle)]
    sheen = np.exp(-((y - wide[3]) ** 2)) * np.exp(-0.5 * (x - wide[4]) ** 2)  # the lamp's reflection, broad
    light = wide[0] * (0.88 + wide[1] * y + wide[2] * x + 0.18 * sheen)
    channels = 3 if asked.colour else 1
    return Shots(
        shift=generator.integers(-most, most + 1, (count, 2)) if asked.variation or asked.exposures > 1
        else np.zeros((count, 2), np.int64),
        blur=LEAST_BLUR + 0.35 * vary * generator.random(count) ** 2,
        light=np.maximum(light, 0.15),
        noise=generator.standard_normal((count, side, side, channels), np.float32),
    )  # fmt: skip


def through_lens(canvas: np.ndarray, taken: Shots) -> np.ndarray:
    """(M, S, S, C) -> (M, h, h, C): cut out where the part lies, blurred."""
    side, edge = taken.light.shape[1], (canvas.shape[1] - taken.light.shape[1]) // 2 - REACH
    wide = side + 2 * REACH
    cut = np.stack([
        each[edge + down : edge + down + wide, edge + right : edge + right + wide]
        for each, (down, right) in zip(canvas, taken.shift.tolist(), strict=True)
    ])  # fmt: skip
    taps = np.exp(-(np.arange(REACH + 1) ** 2) / (2 * taken.blur[:, None] ** 2)).astype(np.float32)
    taps /= taps[:, :1] + 2 * taps[:, 1:].sum(axis=1, keepdims=True)
    weights = taps[:, :, None, None, None]
    rows = weights[:, 0] * cut[:, REACH:-REACH]
    for k in range(1, REACH + 1):
        rows += weights[:, k] * (cut[:, REACH - k : wide - REACH - k] + cut[:, REACH + k : wide - REACH + k])
    seen: np.ndarray = weights[:, 0] * rows[:, :, REACH:-REACH]
    for k in range(1, REACH + 1):
        seen += weights[:, k] * (rows[:, :, REACH - k : wide - REACH - k] + rows[:, :, REACH + k : wide - REACH + k])
    return seen


def pictures(canvas: np.ndarray, taken: Shots) -> np.ndarray:
    """(M, S, S, C) reflectance -> (M, h, h, C) uint8."""
    grey = through_lens(canvas, taken)
    grey *= 255 * taken.light[..., None]
    grey += np.sqrt(READ**2 + SHOT * np.maximum(grey, 0)) * taken.noise + 0.5
    taken_as: np.ndarray = np.clip(grey, 0, 255).astype(np.uint8)
    return taken_as


def masks(cover: np.ndarray, taken: Shots) -> np.ndarray:
    """(M, S, S) how much of each pixel a defect covers -> (M, h, h): where it is in the picture, blurred as that is."""
    touched = np.flatnonzero(cover.any(axis=(1, 2)))
    out = np.zeros((len(cover), *taken.light.shape[1:]), bool)
    if len(touched):
        out[touched] = through_lens(cover[touched][..., None], taken.only(touched))[..., 0] > COVERED
    return out
