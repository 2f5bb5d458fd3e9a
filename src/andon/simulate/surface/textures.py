"""Good surfaces: reflectance before any light falls on it. N parts, S pixels a side of the canvas, C channels (1 or 3).

Metal is Gaussian noise of a given spectrum (spectral synthesis; Saupe 1988, "Algorithms for random fractals", here with
Gaussians in place of a power law): a sum of patches, each so long along the grain and so wide across it. Cloth is a
plain weave of cylinders. A board is drawn once per product and laid a little differently under each camera. The sizes
are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from andon.simulate.surface.options import SurfaceOptions

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R 601."""
FIELD = 128
"""Pixels a side at which sizes are stated."""
FINE = 3
"""Pixels of the drawing of a board per pixel of the picture."""
THREADS = 64
BOARD, TRACK, PAD, PRINT = ((0.11, 0.30, 0.18), (0.17, 0.46, 0.27), (0.80, 0.72, 0.50), (0.84, 0.85, 0.83))
"""Reflectance of lacquer, copper under lacquer, gilded pads, white print."""


@dataclass(frozen=True)
class Scenes:
    """`reflectance` (N, S, S, C) float32; `grain` (N,): direction along brush, rolling or warp, radians from the
    horizontal."""

    reflectance: np.ndarray
    grain: np.ndarray


def scenes(count: int, side: int, asked: SurfaceOptions, *, product: int, generator: np.random.Generator) -> Scenes:
    """Canvases of `side` pixels. `product` is the seed of the board's layout, which all its parts share."""
    scale, vary = asked.side / FIELD, asked.variation
    grain = np.radians(2.0 * vary * generator.normal(size=count)).astype(np.float32)
    if asked.surface == "printed":
        colours = _printed(side, grain * 0.4, asked, product=product, generator=generator)
    else:
        make = {"brushed": _brushed, "rolled": _rolled, "woven": _woven}[asked.surface]
        grey, tint = make(grain, side, scale, vary=vary, generator=generator)
        colours = grey[..., None] * (tint if asked.colour else np.ones((count, 1), np.float32))[:, None, None, :]
    tone = np.exp(0.06 * vary * generator.normal(size=count)).astype(np.float32)
    colours = colours * tone[:, None, None, None]
    specks = generator.poisson(1.5 * vary, count)  # dust, on good parts as on others
    where = np.repeat(np.arange(count), specks)
    y, x = generator.integers(0, side, (2, len(where)))
    colours[where, y, x] *= generator.uniform(0.55, 1.3, (len(where), 1)).astype(np.float32)
    return Scenes(colours, grain)


def noise(
    grain: np.ndarray, side: int, patches: Sequence[tuple[float, float, float]], generator: np.random.Generator
) -> np.ndarray:
    """(N, S, S): a sum of Gaussian patches, each (standard deviation, length along the grain, width across it), in
    pixels."""
    wide = _even(side)
    ky = 2 * np.pi * np.fft.fftfreq(wide)[:, None].astype(np.float32)
    kx = 2 * np.pi * np.fft.rfftfreq(wide).astype(np.float32)
    cos, sin = np.cos(grain)[:, None, None], np.sin(grain)[:, None, None]
    along, across = (kx * cos + ky * sin) ** 2, (ky * cos - kx * sin) ** 2
    power = np.zeros_like(along)
    for deviation, length, width in patches:
        patch = np.exp(-np.float32(length**2) * along - np.float32(width**2) * across)
        patch[:, 0, 0] = 0
        power += np.float32(deviation**2) * patch / patch.mean(axis=(1, 2), keepdims=True)
    drawn = generator.standard_normal((*power.shape, 2), np.float32).view(np.complex64)[..., 0]
    drawn *= np.sqrt(power / 2)
    field: np.ndarray = np.fft.irfft2(drawn, s=(wide, wide), norm="ortho")
    return field[:, :side, :side]


def _even(side: int) -> int:
    """The next size without large prime factors, for which Fourier's transform is fast."""
    rest = side
    for prime in (2, 3, 5):
        while rest % prime == 0:
            rest //= prime
    return side if rest == 1 and side % 2 == 0 else _even(side + 1)


def _spread(count: int, size: float, generator: np.random.Generator) -> np.ndarray:
    """(N, 1, 1) factors around 1."""
    return np.exp(size * generator.normal(size=(count, 1, 1))).astype(np.float32)


def _tint(count: int, colour: Sequence[float], vary: float, generator: np.random.Generator) -> np.ndarray:
    """(N, 3): a colour of luma 1, a little different on each part."""
    tint = np.array(colour, np.float32) * np.exp(0.006 * vary * generator.normal(size=(count, 3))).astype(np.float32)
    even: np.ndarray = tint / (tint @ LUMA)[:, None]
    return even


def _brushed(
    grain: np.ndarray, side: int, scale: float, *, vary: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Fine lines of several lengths, all one way."""
    lines = noise(
        grain, side, [(0.8, 22 * scale, 0.4), (0.6, 80 * scale, 0.7), (0.2, 60 * scale, 5 * scale)], generator
    )
    strength = 0.085 * _spread(len(grain), 0.2 * vary, generator)
    return 0.52 * np.exp(strength * lines), _tint(len(grain), (1.0, 0.99, 0.97), vary, generator)


def _rolled(
    grain: np.ndarray, side: int, scale: float, *, vary: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Scale in patches, a short grain, lines of the roll and weak chatter marks across them."""
    count = len(grain)
    patches = [(0.55, 3.5 * scale, 0.9), (0.35, 0.6, 0.6), (0.45, 50 * scale, 0.7), (0.4, 16 * scale, 9 * scale)]
    field = noise(grain, side, patches, generator)
    y, x = (axis.astype(np.float32) for axis in np.ogrid[:side, :side])
    way = np.cos(grain)[:, None, None] * x + np.sin(grain)[:, None, None] * y
    period = 22 * scale * _spread(count, 0.25, generator)
    chatter = np.cos(2 * np.pi * (way / period + generator.random((count, 1, 1), np.float32)))
    mark = 0.2 * vary * generator.random((count, 1, 1)).astype(np.float32)
    strength = 0.10 * _spread(count, 0.25 * vary, generator)
    return 0.42 * np.exp(strength * (field + mark * chatter)), _tint(count, (0.98, 1.0, 1.03), vary, generator)


def _woven(
    grain: np.ndarray, side: int, scale: float, *, vary: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A plain weave: warp over weft and under the next. Threads wander, each of its own tone, and are never closer than
    4 pixels, or they would alias."""
    count = len(grain)
    pitch = max(7 * scale, 4.0) * _spread(count, 0.03 * vary, generator)
    y, x = (axis.astype(np.float32) for axis in np.ogrid[:side, :side])
    cos, sin = np.cos(grain)[:, None, None], np.sin(grain)[:, None, None]
    bent = [0.15 * vary * np.sin(2 * np.pi * (axis / (side * wave) + generator.random((count, 1, 1), np.float32)))
            for axis, wave in ((y, 0.7), (x, 0.9))]  # fmt: skip
    start = generator.random((2, count, 1, 1), np.float32) * 8
    u = (x * cos + y * sin) / pitch + bent[0] + start[0] + THREADS
    v = (y * cos - x * sin) / pitch + bent[1] + start[1] + THREADS
    warp, weft = u.astype(np.int32), v.astype(np.int32)
    tones = np.exp(0.05 * (0.4 + vary) * generator.normal(size=(count, 2, THREADS))).astype(np.float32)
    tones *= np.array([[1.06], [0.94]], np.float32)
    fu, fv = 2 * (u - warp) - 1, 2 * (v - weft) - 1
    over = ((warp + weft) & 1).astype(bool)
    across, lengthwise = np.where(over, fu, fv), np.where(over, fv, fu)
    first = 2 * THREADS * np.arange(count)[:, None, None]
    tone = tones.ravel().take(np.where(over, warp % THREADS, weft % THREADS + THREADS) + first)
    round_ = (1 - 0.62 * across**2) * (1 - 0.38 * lengthwise**2)
    fibres = noise(grain, side, [(0.05, 0.7, 0.7), (0.05, 12 * scale, 12 * scale)], generator)
    return 0.58 * tone * round_ * (1 + fibres), _tint(count, (0.80, 0.98, 1.30), vary, generator)


def _printed(
    side: int, turn: np.ndarray, asked: SurfaceOptions, *, product: int, generator: np.random.Generator
) -> np.ndarray:
    """(N, S, S, C): the product's layout; copper and print each lie a little off (registration)."""
    count, scale, vary = len(turn), asked.side / FIELD, asked.variation
    copper, pads, letters = layout(side, scale, product)
    y, x = np.ogrid[:side, :side]
    y, x = (y - side / 2).astype(np.float32), (x - side / 2).astype(np.float32)
    cos, sin = np.cos(turn)[:, None, None], np.sin(turn)[:, None, None]
    flat_x, flat_y = x * cos + y * sin, y * cos - x * sin

    def places(off: np.ndarray) -> np.ndarray:
        """Numbers in the flat drawing, (N, S, S)."""
        wide, middle = copper.shape[1], copper.shape[1] / 2
        row = (FINE * (flat_y + off[0]) + middle).clip(0, wide - 1).astype(np.intp)
        place: np.ndarray = row * wide + (FINE * (flat_x + off[1]) + middle).clip(0, wide - 1).astype(np.intp)
        return place

    off = 1.6 * scale * vary * generator.normal(size=(2, count, 1, 1)).astype(np.float32)
    under = places(off)
    above = places(off + 0.7 * scale * vary * generator.normal(size=(2, count, 1, 1)).astype(np.float32))
    field = noise(turn, side, [(0.6, 0.8, 0.8), (0.8, 10 * scale, 10 * scale)], generator)
    metal = pads.ravel().take(under)
    board, track, pad, white = (np.array(c, np.float32) if asked.colour else np.array(c, np.float32)[None] @ LUMA
                                for c in (BOARD, TRACK, PAD, PRINT))  # fmt: skip
    flat = board + copper[..., None] * (track - board)
    flat += pads[..., None] * (pad - flat)
    colours: np.ndarray = flat.reshape(-1, len(board)).take(under, axis=0)
    ink = (letters.ravel().take(above) * (1 - metal))[..., None]
    colours += ink * (white - colours)
    colours *= (1 + 0.03 * (1 + metal) * field)[..., None]
    colours *= np.exp(0.03 * vary * generator.normal(size=(count, 1, 1, colours.shape[-1])))
    return colours


@lru_cache(maxsize=2)  # one product is drawn once, however many blocks are made of it
def layout(side: int, scale: float, product: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A drawing of copper, pads and print, each (W, W) from 0 to 1, `FINE` times as fine and a border wider: two rows
    of pads, tracks leaving them with bends of 45°, vias at their ends, and the outline of a part."""
    draw, unit = np.random.default_rng([product, 99]), FINE * scale
    wide = round(FINE * (side + 40 * scale))
    sheets = [Image.new("1", (wide, wide)) for _ in range(3)]
    copper, pads, letters = (ImageDraw.Draw(sheet) for sheet in sheets)
    middle, pins = wide / 2, int(draw.integers(4, 7))
    step = 88 / pins * unit

    def dot(canvas: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
        canvas.ellipse([x - radius, y - radius, x + radius, y + radius], fill=1)

    for row in (-1, 1):
        for pin in range(pins):
            x, y = middle + (pin - (pins - 1) / 2) * step, middle + row * 24 * unit
            half = 0.28 * step
            pads.rounded_rectangle([x - half, y - 10 * unit, x + half, y + 10 * unit], 2 * unit, fill=1)
            bend, run = int(draw.integers(-1, 2)), float(draw.uniform(6, 16)) * unit
            end = y + row * float(draw.uniform(24, 60)) * unit
            turn = (x + bend * run, y + row * (14 * unit + run))
            path = [(x, y), (x, y + row * 14 * unit), turn, (turn[0], end)]
            copper.line(path, fill=1, width=round(3 * unit), joint="curve")
            if draw.random() < 0.5:
                dot(pads, turn[0], end, 4 * unit)
    outline = [middle - 50 * unit, middle - 9 * unit, middle + 50 * unit, middle + 9 * unit]
    letters.rectangle(outline, outline=1, width=round(1.4 * unit))
    dot(letters, middle - 43 * unit, middle + 3 * unit, 2.2 * unit)
    for turn_at in (0.2, 0.9):  # holes between the rows
        dot(pads, middle + turn_at * 40 * unit, middle, 4 * unit)
    first, second, third = (_smooth(np.asarray(sheet).astype(np.float32)) for sheet in sheets)
    return first, second, third


def _smooth(sheet: np.ndarray) -> np.ndarray:
    """Mean over the `FINE` x `FINE` places of a pixel, so that edges have no steps."""
    for axis in (0, 1):
        sheet = np.mean([np.roll(sheet, off - FINE // 2, axis) for off in range(FINE)], axis=0)
    return sheet
