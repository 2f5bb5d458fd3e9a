"""Columns of a history that are made of what the records hold: an angle by its sine and cosine, a waveform by figures
of it, a counter by its steps.

A waveform's figures are what people look at: mean, spread, peak, kurtosis, and how strong it is in each octave of its
spectrum (periodogram under a Hann window; Welch 1967, IEEE Trans. Audio Electroacoust. 15). Sizes are logarithms, since
faults grow by factors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from andon.encode.block import Block

STEP = ".step"
"""What follows the name of a counter where its steps stand."""
FIGURES = ("mean", "spread", "peak", "kurtosis")


def around(name: str) -> list[str]:
    """Columns of an angle."""
    return [f"{name}.sin", f"{name}.cos"]


def heard(name: str, shape: Sequence[int]) -> list[str]:
    """Columns of a waveform (L,) or (L, channels)."""
    octaves = [f"octave{number}" for number in range(1, _octaves(shape[0]) + 1)]
    channels = [name] if len(shape) == 1 else [f"{name}.{channel}" for channel in range(shape[1])]
    return [f"{channel}.{figure}" for channel in channels for figure in (*FIGURES, *octaves)]


def _octaves(length: int) -> int:
    """Octaves of a spectrum between one cycle and the half of the rate."""
    return max(int(math.log2(max(length, 2))) - 1, 0)


def derived(block: Block, turns: Mapping[str, float], waves: Sequence[str]) -> Block:
    """The block with the columns of its angles and waveforms."""
    found: Block = {}
    for name, turn in turns.items():
        angle = 2 * math.pi * block[name] / turn
        found |= dict(zip(around(name), (np.sin(angle), np.cos(angle)), strict=True))
    for name in waves:
        wave = block[name]
        for column, figures in zip(heard(name, wave.shape[1:]), _figures(wave), strict=True):
            found[column] = figures
    return {**block, **found}


def _figures(wave: np.ndarray) -> list[np.ndarray]:
    """Figures (N,) of waveforms (N, L) or (N, L, channels), channel by channel; NaN where nothing moves."""
    if wave.ndim == 3:
        return [figures for channel in range(wave.shape[2]) for figures in _figures(wave[:, :, channel])]
    x = np.ascontiguousarray(wave, np.float64)
    mean = x.mean(axis=1)
    x -= mean[:, None]
    power = np.square(x)
    variance = power.mean(axis=1)
    window = np.hanning(x.shape[1] + 2)[1:-1]
    spectrum = np.square(np.abs(np.fft.rfft(x * window, axis=1))) / (len(window) * np.square(window).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        kurtosis = np.log(np.square(power).mean(axis=1) / np.square(variance))
        sizes = [np.sqrt(variance), np.abs(x).max(axis=1)]
        for octave in range(_octaves(x.shape[1])):
            sizes.append(np.sqrt(spectrum[:, 2**octave : 2 ** (octave + 1)].sum(axis=1)))
        logs = [np.where(size > 0, np.log(size), np.nan) for size in sizes]
    silent = (variance == 0) & (mean == 0)  # no reading, or one that could not be read
    return [np.where(silent, np.nan, mean), *logs[:2], np.where(variance > 0, kurtosis, np.nan), *logs[2:]]
