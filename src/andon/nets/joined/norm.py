"""Batch normalisation with what follows it, in two passes over memory instead of five, for bfloat16 pictures that lie
channels last. Sums are float32 within 64 rows and float64 beyond.

Differs from the layers one by one: nothing is rounded to bfloat16 between them, the rectifier's mask and the largest of
a pool are found again from the convolution's answer and not kept, and the pool comes first, which a rectifier cannot
tell.
"""

from __future__ import annotations

import ctypes
import math
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

LEAST = 256
"""Numbers in a row of the flat loops, at least; a multiple of 16, which is what one instruction takes."""


@cache
def kernels() -> Any:
    """The loops, compiled once per machine (some seconds); None without Numba or where it may not write."""
    try:
        return import_module("andon.nets.joined.kernels")
    except (ImportError, RuntimeError):
        return None


@cache
def _crew() -> Any:
    """`GOMP_parallel` of the very library whose threads PyTorch's own kernels use, and which wait for work; None where
    there is none, and one thread does everything."""
    places = Path("/proc/self/maps")
    lines = places.read_text().splitlines() if places.exists() else []
    found = sorted({p for line in lines if "/torch/lib/libgomp" in (p := line.split(maxsplit=5)[-1])})
    if not found:
        return None
    call = ctypes.CDLL(found[0]).GOMP_parallel
    call.argtypes, call.restype = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint], None
    return call


class Joined(torch.autograd.Function):
    """(N, C, H, W) bfloat16, channels last -> the same, or half the sides. Moves the running statistics."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        """`given`: x, weight and bias (C), running mean and variance (C), share of the new in those, epsilon, whether
        rectified, whether pooled as well."""
        x, weight, bias, running, moved, epsilon, rectified, pooled = given
        job, loops = _Job(x, rectified), kernels()
        first, second = job.totals(loops.sums) / job.pixels
        spread = np.maximum(second - first * first, 0.0)
        for old, new in zip(running, (first, spread * job.pixels / (job.pixels - 1)), strict=True):
            values = old.numpy()
            values += moved * (new - values)
        inverse = 1 / np.sqrt(spread + epsilon)
        scale = weight.detach().numpy() * inverse
        job.factors[0] = scale
        job.factors[1] = bias.detach().numpy() - first * scale
        sides = [side // 2 for side in x.shape[2:]] if pooled else x.shape[2:]
        y = torch.empty((*x.shape[:2], *sides), dtype=x.dtype, memory_format=torch.channels_last)
        job.run(loops.pooled if pooled else loops.scaled, out=y, pooled=pooled)
        ctx.save_for_backward(x)
        ctx.kept = job, (first, inverse, scale), pooled
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of x, weight and bias."""
        (x,), (job, (mean, inverse, scale), pooled), loops = ctx.saved_tensors, ctx.kept, kernels()
        gradient, out = gradients[0].contiguous(memory_format=torch.channels_last), torch.empty_like(x)
        job.numbers[9] = gradient.data_ptr()
        bias, product = job.totals(loops.pooled_back_sums if pooled else loops.back_sums, pooled=pooled)
        weight = inverse * (product - mean * bias)
        job.factors[2], job.factors[3] = scale, -scale * inverse * weight / job.pixels
        job.factors[4] = -scale * bias / job.pixels - job.factors[3, 0] * mean
        job.run(loops.pooled_back if pooled else loops.back, out=out, pooled=pooled)
        own = (torch.from_numpy(values.astype(np.float32)) for values in (weight, bias))
        return (out, *own, *[None] * 6)


class _Job:
    """What the loops read (see `kernels.py`); x must live as long. `repeat` pixels are read as one row."""

    def __init__(self, x: Tensor, rectified: bool) -> None:
        pictures, channels, height, width = x.shape
        repeat = math.lcm(channels, 16) // channels
        repeat *= -(-LEAST // (repeat * channels))
        self.pixels = pictures * height * width
        rows = -(-self.pixels // repeat)
        last = (self.pixels - (rows - 1) * repeat) * channels
        self.factors = np.zeros((5, repeat, channels), np.float32)
        self.numbers = np.zeros(16, np.int64)
        self.numbers[2:6] = rows, repeat * channels, last, x.data_ptr()
        self.numbers[10:15] = rectified, pictures, height, width, channels

    def totals(self, loop: Any, *, pooled: bool = False) -> np.ndarray:
        """The two sums of each channel, (2, C) float64."""
        parts = np.empty((kernels().PARTS, 2, *([1] if pooled else []), *self.factors.shape[1 + pooled :]))
        self.numbers[6] = parts.ctypes.data
        self.run(loop, pooled=pooled)
        found: np.ndarray = parts.sum(axis=0).sum(axis=1)
        return found

    def run(self, loop: Any, *, out: Tensor | None = None, pooled: bool = False) -> None:
        """All parts, by PyTorch's threads."""
        factors = np.ascontiguousarray(self.factors[:, 0]) if pooled else self.factors
        self.numbers[0], self.numbers[8] = 0, factors.ctypes.data
        if out is not None:
            self.numbers[7] = out.data_ptr()
        threads, crew = torch.get_num_threads(), _crew()
        if threads > 1 and crew is not None:
            crew(loop.address, self.numbers.ctypes.data, threads, 0)
        else:
            loop.ctypes(self.numbers.ctypes.data)
