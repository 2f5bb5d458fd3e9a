"""The loops behind `norm.py`, in machine code by Numba. Pictures lie channels last; bfloat16 comes as 16 bits.

Each loop takes the address of a job: whole numbers, most of them addresses of arrays. Parts of a job are taken one by
one from a counter, by as many threads as call it; what a part sums up lies in a place of its own, so that the number of
threads changes no bit. P pixels of C channels, read as R rows of W = several pixels' channels, so that the inner loop
is long.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, cfunc, njit, types
from numba.extending import intrinsic

PARTS = 16
"""Parts of a job; a constant, since sums follow it."""
OFTEN = 63
"""Rows (a power of two, less one) after which float32 sums go into float64 ones."""
_FAST = {"contract", "nsz"}
_SIGNATURE = types.void(types.voidptr)


@intrinsic  # type: ignore[untyped-decorator]
def _at(context: Any, address: Any) -> Any:
    """An address as a pointer."""
    return types.voidptr(address), lambda c, b, s, a: b.inttoptr(a[0], ir.IntType(8).as_pointer())


@intrinsic  # type: ignore[untyped-decorator]
def _next(context: Any, job: Any) -> Any:
    """The next part of a job."""

    def made(c: Any, b: Any, s: Any, a: Any) -> Any:
        place = b.bitcast(a[0], ir.IntType(64).as_pointer())
        return b.atomic_rmw("add", place, ir.Constant(ir.IntType(64), 1), "monotonic")

    return types.int64(job), made


@intrinsic  # type: ignore[untyped-decorator]
def _as_float(context: Any, bits: Any) -> Any:
    """32 bits as a number."""
    return types.float32(types.uint32), lambda c, b, s, a: b.bitcast(a[0], ir.FloatType())


@intrinsic  # type: ignore[untyped-decorator]
def _as_bits(context: Any, number: Any) -> Any:
    """A number as 32 bits."""
    return types.uint32(types.float32), lambda c, b, s, a: b.bitcast(a[0], ir.IntType(32))


@njit(inline="always")  # type: ignore[untyped-decorator]
def _wide(half: Any) -> Any:
    """bfloat16 to float32."""
    return _as_float(np.uint32(half) << np.uint32(16))


@njit(inline="always")  # type: ignore[untyped-decorator]
def _half(number: Any) -> Any:
    """float32 to bfloat16, to the nearest, ties to even."""
    bits = _as_bits(number)
    return np.uint16((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16))


def _line(loop: Any) -> Any:
    """A loop over one line."""
    return njit(fastmath=_FAST, error_model="numpy")(loop)


def _compiled(loop: Any) -> Any:
    """A loop that C can call."""
    return cfunc(_SIGNATURE, cache=True, nopython=True, fastmath=_FAST, error_model="numpy")(loop)


@_line
def _sum(x: Any, one: Any, two: Any) -> None:
    """Add x and its square to two sums."""
    for c in range(len(x)):
        v = _wide(x[c])
        one[c] += v
        two[c] += v * v


@_line
def _scale(x: Any, y: Any, factor: Any, shift: Any, least: Any) -> None:
    """y = the larger of x · factor + shift and `least`."""
    for c in range(len(x)):
        v = _wide(x[c]) * factor[c] + shift[c]
        y[c] = _half(least if v < least else v)


@_line
def _sum_back(x: Any, g: Any, factor: Any, least: Any, one: Any, two: Any) -> None:
    """Add the rectified gradient, and that times x, to two sums."""
    for c in range(len(x)):
        v = _wide(x[c])
        d = _wide(g[c])
        d = d if v * factor[0, c] + factor[1, c] > least else np.float32(0.0)
        one[c] += d
        two[c] += d * v


@_line
def _back(x: Any, g: Any, out: Any, factor: Any, least: Any) -> None:
    """Gradient of x from the rectified one."""
    for c in range(len(x)):
        v = _wide(x[c])
        d = _wide(g[c])
        d = d if v * factor[0, c] + factor[1, c] > least else np.float32(0.0)
        out[c] = _half(d * factor[2, c] + v * factor[3, c] + factor[4, c])


@_line
def _pool(upper: Any, lower: Any, y: Any, factor: Any) -> None:
    """The largest of four pixels in two lines, rectified."""
    channels = factor.shape[1]
    for w in range(len(y) // channels):
        a, b = 2 * w * channels, (2 * w + 1) * channels
        for c in range(channels):
            f = factor[0, c]
            v = max(_wide(upper[a + c]) * f, _wide(upper[b + c]) * f)
            u = max(_wide(lower[a + c]) * f, _wide(lower[b + c]) * f)
            v = max(u, v) + factor[1, c]
            y[w * channels + c] = _half(np.float32(0.0) if v < np.float32(0.0) else v)


@_line
def _pool_sums(upper: Any, lower: Any, g: Any, factor: Any, one: Any, two: Any) -> None:
    """Add the rectified gradient, and that times the x that was the largest, to two sums."""
    channels = factor.shape[1]
    for w in range(len(g) // channels):
        a, b = 2 * w * channels, (2 * w + 1) * channels
        for c in range(channels):
            f = factor[0, c]
            p, q, r, t = _wide(upper[a + c]), _wide(upper[b + c]), _wide(lower[a + c]), _wide(lower[b + c])
            v = max(max(p * f, q * f), max(r * f, t * f))
            d = _wide(g[w * channels + c])
            d = d if v + factor[1, c] > np.float32(0.0) else np.float32(0.0)
            one[c] += d
            two[c] += d * (p if p * f == v else q if q * f == v else r if r * f == v else t)


@_line
def _pool_back(upper: Any, lower: Any, g: Any, out_upper: Any, out_lower: Any, factor: Any) -> None:
    """Gradient of the pixels of two lines; of equals the first was the largest."""
    channels, nought = factor.shape[1], np.float32(0.0)
    for w in range(len(g) // channels):
        a, b = 2 * w * channels, (2 * w + 1) * channels
        for c in range(channels):
            f, k, m = factor[0, c], factor[3, c], factor[4, c]
            p, q, r, t = _wide(upper[a + c]), _wide(upper[b + c]), _wide(lower[a + c]), _wide(lower[b + c])
            v = max(max(p * f, q * f), max(r * f, t * f))
            d = _wide(g[w * channels + c]) * factor[2, c]
            d = d if v + factor[1, c] > nought else nought
            i, o, u = p * f == v, q * f == v, r * f == v
            out_upper[a + c] = _half((d if i else nought) + p * k + m)
            out_upper[b + c] = _half((d if o and not i else nought) + q * k + m)
            out_lower[a + c] = _half((d if u and not (i or o) else nought) + r * k + m)
            out_lower[b + c] = _half((nought if i or o or u else d) + t * k + m)


# job: 0 next part, 1 parts, 2 rows, 3 width, 4 width of the last row, 5 x, 6 sums, 7 y or dx, 8 factors, 9 gradient,
#      10 rectified, 11 pictures, 12 height, 13 width of a picture, 14 channels


@_compiled
def sums(job: Any) -> None:
    """Sum and sum of squares of each column, (parts, 2, W) float64."""
    j = carray(job, 16, np.int64)
    rows, width = j[2], j[3]
    x = carray(_at(j[5]), (rows, width), np.uint16)
    found = carray(_at(j[6]), (PARTS, 2, width), np.float64)
    one, two = np.zeros(width, np.float32), np.zeros(width, np.float32)
    step = (rows + PARTS - 1) // PARTS
    part = _next(job)
    while part < PARTS:
        into = found[part]
        into[:] = 0.0
        for r in range(part * step, min(rows, part * step + step)):
            _sum(x[r, : j[4] if r == rows - 1 else width], one, two)
            if (r & OFTEN) == OFTEN:
                for c in range(width):
                    into[0, c] += one[c]
                    into[1, c] += two[c]
                    one[c] = two[c] = np.float32(0.0)
        for c in range(width):
            into[0, c] += one[c]
            into[1, c] += two[c]
            one[c] = two[c] = np.float32(0.0)
        part = _next(job)


@_compiled
def scaled(job: Any) -> None:
    """x · factor + shift, rectified where asked."""
    j = carray(job, 16, np.int64)
    rows, width = j[2], j[3]
    x = carray(_at(j[5]), (rows, width), np.uint16)
    y = carray(_at(j[7]), (rows, width), np.uint16)
    factor = carray(_at(j[8]), (5, width), np.float32)
    least = np.float32(0.0 if j[10] else -np.inf)
    step = (rows + PARTS - 1) // PARTS
    part = _next(job)
    while part < PARTS:
        for r in range(part * step, min(rows, part * step + step)):
            _scale(x[r, : j[4] if r == rows - 1 else width], y[r], factor[0], factor[1], least)
        part = _next(job)


@_compiled
def back_sums(job: Any) -> None:
    """Sum of the gradient, and of its product with x, (parts, 2, W) float64."""
    j = carray(job, 16, np.int64)
    rows, width = j[2], j[3]
    x = carray(_at(j[5]), (rows, width), np.uint16)
    g = carray(_at(j[9]), (rows, width), np.uint16)
    found = carray(_at(j[6]), (PARTS, 2, width), np.float64)
    factor = carray(_at(j[8]), (5, width), np.float32)
    one, two = np.zeros(width, np.float32), np.zeros(width, np.float32)
    least = np.float32(0.0 if j[10] else -np.inf)
    step = (rows + PARTS - 1) // PARTS
    part = _next(job)
    while part < PARTS:
        into = found[part]
        into[:] = 0.0
        for r in range(part * step, min(rows, part * step + step)):
            _sum_back(x[r, : j[4] if r == rows - 1 else width], g[r], factor[:2], least, one, two)
            if (r & OFTEN) == OFTEN:
                for c in range(width):
                    into[0, c] += one[c]
                    into[1, c] += two[c]
                    one[c] = two[c] = np.float32(0.0)
        for c in range(width):
            into[0, c] += one[c]
            into[1, c] += two[c]
            one[c] = two[c] = np.float32(0.0)
        part = _next(job)


@_compiled
def back(job: Any) -> None:
    """Gradient of x: rectified gradient · factor + x · factor + shift."""
    j = carray(job, 16, np.int64)
    rows, width = j[2], j[3]
    x = carray(_at(j[5]), (rows, width), np.uint16)
    g = carray(_at(j[9]), (rows, width), np.uint16)
    out = carray(_at(j[7]), (rows, width), np.uint16)
    factor = carray(_at(j[8]), (5, width), np.float32)
    least = np.float32(0.0 if j[10] else -np.inf)
    step = (rows + PARTS - 1) // PARTS
    part = _next(job)
    while part < PARTS:
        for r in range(part * step, min(rows, part * step + step)):
            _back(x[r, : j[4] if r == rows - 1 else width], g[r], out[r], factor, least)
        part = _next(job)


@_compiled
def pooled(job: Any) -> None:
    """The largest of 2 x 2 neighbours of x · factor + shift, rectified."""
    j = carray(job, 16, np.int64)
    pictures, height, across, channels = j[11], j[12], j[13], j[14]
    x = carray(_at(j[5]), (pictures, height, across * channels), np.uint16)
    y = carray(_at(j[7]), (pictures, height // 2, (across // 2) * channels), np.uint16)
    factor = carray(_at(j[8]), (5, channels), np.float32)
    step = (pictures + PARTS - 1) // PARTS
    part = _next(job)
    while part < PARTS:
        for n in range(part * step, min(pictures, part * step + step)):
            for h in range(height // 2):
                _pool(x[n, 2 * h], x[n, 2 * h + 1], y[n, h], factor[:2])
        part = _next(job)


@njit(inline="always")  # type: ignore[untyped-decorator]
def _alone(x: Any, out: Any, factor: Any, n: int, h: int, first: int) -> None:
    """Pixels of a line that no pool has seen, from place `first` on."""
    channels = factor.shape[1]
    for start in range(first, x.shape[2], channels):
        for c in range(channels):
            out[n, h, start + c] = _half(_wide(x[n, h, start + c]) * factor[3, c] + factor[4, c])


@_compiled
def pooled_back_sums(job: Any) -> None:
    """Sum of the gradient, and of its product with the x that was the largest, (parts, 2, C) float64."""
    j = carray(job, 16, np.int64)
    pictures, height, across, channels = j[11], j[12], j[13], j[14]
    x = carray(_at(j[5]), (pictures, height, across * channels), np.uint16)
    g = carray(_at(j[9]), (pictures, height // 2, (across // 2) * channels), np.uint16)
    found = carray(_at(j[6]), (PARTS, 2, channels), np.float64)
    factor = carray(_at(j[8]), (5, channels), np.float32)
    one, two = np.zeros(channels, np.float32), np.zeros(channels, np.float32)
    step = (pictures + PARTS - 1) // PARTS
    part = _next(job)
    while part < PARTS:
        into = found[part]
        into[:] = 0.0
        for n in range(part * step, min(pictures, part * step + step)):
            for h in range(height // 2):
                _pool_sums(x[n, 2 * h], x[n, 2 * h + 1], g[n, h], factor[:2], one, two)
                for c in range(channels):
                    into[0, c] += one[c]
                    into[1, c] += two[c]
                    one[c] = two[c] = np.float32(0.0)
        part = _next(job)


@_compiled
def pooled_back(job: Any) -> None:
    """Gradient of x: that of the answer where x was the largest, the first of equals · factor + x · factor + shift."""
    j = carray(job, 16, np.int64)
    pictures, height, across, channels = j[11], j[12], j[13], j[14]
    x = carray(_at(j[5]), (pictures, height, across * channels), np.uint16)
    g = carray(_at(j[9]), (pictures, height // 2, (across // 2) * channels), np.uint16)
    out = carray(_at(j[7]), (pictures, height, across * channels), np.uint16)
    factor = carray(_at(j[8]), (5, channels), np.float32)
    step = (pictures + PARTS - 1) // PARTS
    part = _next(job)
    while part < PARTS:
        for n in range(part * step, min(pictures, part * step + step)):
            for h in range(height // 2):
                _pool_back(x[n, 2 * h], x[n, 2 * h + 1], g[n, h], out[n, 2 * h], out[n, 2 * h + 1], factor)
                _alone(x, out, factor, n, 2 * h, across // 2 * 2 * channels)
                _alone(x, out, factor, n, 2 * h + 1, across // 2 * 2 * channels)
            if height % 2:
                _alone(x, out, factor, n, height - 1, 0)
        part = _next(job)
