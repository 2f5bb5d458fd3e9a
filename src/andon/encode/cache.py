"""Decoded pictures kept between runs: one memory-mapped file per set of pictures and settings, named by their hash."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from andon.encode.field import Field

VERSION = 1
"""Raised whenever decoding or fitting gives other pixels."""
MOST_KEPT = 12


class PictureCache:
    """Arrays of pictures under a folder. Keyed by content: the same pixels in the same order, at the same shape."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def key(self, f: Field, pixels: Iterable[str | None]) -> str:
        """Name of the array of these pictures, given the hash of each one's pixels."""
        digest = hashlib.blake2b(f"{VERSION}|{f.shape}|{f.dtype}|{f.fit}|{f.whole}".encode(), digest_size=16)
        for each in pixels:
            digest.update((each or "-").encode() + b"\n")
        return digest.hexdigest()

    def found(self, key: str) -> np.ndarray | None:
        """The array, read-only, if it was kept."""
        path = self.folder / f"{key}.npy"
        try:
            array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError):  # not there, or not whole: it is made again
            return None
        os.utime(path)
        return array

    def room(self, key: str, shape: tuple[int, ...], dtype: np.dtype) -> np.memmap:
        """A file to be filled; `keep` gives it its name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return np.lib.format.open_memmap(self._half(key), mode="w+", dtype=dtype, shape=shape)

    def keep(self, filled: Mapping[str, np.memmap]) -> None:
        """Write arrays down under their keys, whole or not at all, and forget those unused for longest."""
        for key, array in filled.items():
            array.flush()
            os.replace(self._half(key), self.folder / f"{key}.npy")
        kept = sorted(self.folder.glob("*.npy"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in kept[MOST_KEPT:]:
            old.unlink(missing_ok=True)

    def _half(self, key: str) -> Path:
        return self.folder / f".{key}.{os.getpid()}.half"
