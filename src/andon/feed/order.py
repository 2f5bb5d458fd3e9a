"""Who comes when: a permutation of the rows that is a pure function of (seed, epoch), so that resume needs no state.

Up to `STORED` rows it is NumPy's permutation under the counter-based Philox generator (Salmon et al. 2011). Beyond, it
is computed for the positions asked and never stored: an alternating Feistel network over the mixed radix (a, b),
a·b >= rows (FE1 of Bellare, Ristenpart, Rogaway and Stegers, 2009, "Format-preserving encryption"), with cycle walking
for the few values beyond the last row (Black and Rogaway, 2002). Differs from the paper: the round function is a
64-bit mixer (splitmix64), since shuffling needs no secrecy.
"""

from __future__ import annotations

import math

import numpy as np

STORED = 4_000_000
ROUNDS = 8
_WORD = (1 << 64) - 1


def mixed(*words: int) -> int:
    """Hash whole numbers into one of 63 bits (splitmix64 over each in turn): the seed of a step's random numbers."""
    state = 0x9E3779B97F4A7C15
    for word in words:
        state = ((state ^ (word & _WORD)) + 0x9E3779B97F4A7C15) & _WORD
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _WORD
        state ^= state >> 31
    return state >> 1


def order(rows: int, seed: int, epoch: int) -> np.ndarray:
    """The whole permutation, int64 (rows,); for up to `STORED` rows."""
    generator = np.random.Generator(np.random.Philox(key=[seed & _WORD, epoch & _WORD]))
    return generator.permutation(rows).astype(np.int64, copy=False)


def placed(positions: np.ndarray, rows: int, *, seed: int, epoch: int) -> np.ndarray:
    """Rows at these positions (int64, each in [0, rows)) of a permutation that is computed, not stored."""
    high = math.isqrt(rows - 1) + 1
    low = -(-rows // high)
    keys = [np.uint64(mixed(seed, epoch, turn)) for turn in range(ROUNDS)]
    found: np.ndarray = _rounds(positions.astype(np.uint64), (high, low), keys)
    outside = np.flatnonzero(found >= rows)
    while outside.size:  # each walk ends: the cycle it is on came from inside
        again = _rounds(found[outside], (high, low), keys)
        found[outside] = again
        outside = outside[again >= rows]
    signed: np.ndarray = found.view(np.int64)
    return signed


def _rounds(values: np.ndarray, radix: tuple[int, int], keys: list[np.uint64]) -> np.ndarray:
    """One pass of the network over values in [0, a·b): each half in turn is moved by a hash of the other."""
    high, low = np.uint64(radix[0]), np.uint64(radix[1])
    left, right = np.divmod(values, low)
    for turn, key in enumerate(keys):
        if turn % 2 == 0:
            left = (left + _scattered(right ^ key) % high) % high
        else:
            right = (right + _scattered(left ^ key) % low) % low
    joined: np.ndarray = left * low + right
    return joined


def _scattered(words: np.ndarray) -> np.ndarray:
    """splitmix64's finaliser, on whole arrays; products wrap round on purpose."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    last: np.ndarray = words ^ (words >> np.uint64(31))
    return last
