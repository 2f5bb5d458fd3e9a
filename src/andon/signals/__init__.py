"""Waveform files: what a cell that names one means. `.npy` (numbers; values first, channels second) and `.wav` (PCM).

A place is `FOLDER/./NAME`: the folder of the table, and the name as the cell has it, which may not lead out of there.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
from msgspec import Struct

from andon.errors import DataProblem

ENDINGS = (".npy", ".wav")
HERE = "/./"
MOST_CHANNELS = 64
"""Of an array with more columns than rows, up to so many rows are channels."""


class Head(Struct, frozen=True):
    """Shape as cells have it, (values,) or (values, channels), and values a second (0: the file does not say)."""

    shape: tuple[int, ...]
    rate: int = 0


def is_signal(name: str) -> bool:
    """Does this name end as a waveform file's does?"""
    return name.strip().lower().endswith(ENDINGS)


def head(place: str) -> Head:
    """What a file holds, without reading it all. Raises `DataProblem`."""
    return _opened(place)[0]


def samples(place: str) -> tuple[np.ndarray, int]:
    """Values (L[, channels]), float32, and their rate; those of PCM are shares of full scale. Raises `DataProblem`."""
    found, values = _opened(place)
    if isinstance(values, np.ndarray):
        return np.ascontiguousarray(values, np.float32), found.rate
    return _pcm(values, place, found), found.rate


def _opened(place: str) -> tuple[Head, np.ndarray | Path]:
    """Head of a file and its mapped values, or the path of a recording that is read in one go."""
    path = inside(place)
    if not path.is_file():
        raise DataProblem.of("there is no such file", where=name_of(place), fix="copy it there, or correct the cell")
    if path.suffix.lower() == ".wav":
        return _recording(path, place), path
    if path.suffix.lower() != ".npy":
        raise DataProblem.of("this is no waveform file", where=name_of(place), fix="give .npy or .wav")
    try:
        values: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise _broken(place, str(error)) from None
    if values.dtype.kind not in "iuf" or values.ndim not in (1, 2) or 0 in values.shape:
        raise DataProblem.of(
            f"an array of {values.dtype} of shape {values.shape} is no waveform", where=name_of(place),
            fix="give numbers of shape (values,) or (values, channels)",
        )  # fmt: skip
    if values.ndim == 2 and values.shape[0] <= min(MOST_CHANNELS, values.shape[1] - 1):
        values = values.T
    values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    return Head(values.shape), values


def inside(place: str) -> Path:
    """The path of a place. Raises `DataProblem` where its name leads out of the folder of its table."""
    base, mark, name = place.partition(HERE)
    base, name = (base, name) if mark else (".", place)
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or ".." in parts or "\0" in name:
        raise _out(name)
    path = Path(base) / name
    if not path.resolve().is_relative_to(Path(base).resolve()):
        raise _out(name)
    return path


def name_of(place: str) -> str:
    """A place as the cell has it."""
    _, mark, name = place.partition(HERE)
    return name if mark else place


def _out(name: str) -> DataProblem:
    return DataProblem.of(
        "the name leads out of the folder of its table", where=name, why="waveforms lie beside or below their table",
        fix="copy the file there and write its name from there",
    )  # fmt: skip


def _broken(place: str, why: str) -> DataProblem:
    return DataProblem.of("the file is broken", where=name_of(place), why=why, fix="record or copy it again")


def _recording(path: Path, place: str) -> Head:
    """Head of a recording."""
    import wave

    try:
        with wave.open(str(path), "rb") as file:
            frames, channels, rate = file.getnframes(), file.getnchannels(), file.getframerate()
    except (wave.Error, EOFError, ValueError, ZeroDivisionError, OSError) as error:
        text = str(error)
        if text.startswith("unknown format"):
            raise DataProblem.of(
                "this recording is not plain PCM", where=name_of(place), why=text, fix="save it as PCM, or as .npy"
            ) from None
        raise _broken(place, text or "it ends too soon") from None
    if not frames:
        raise _broken(place, "it holds no values")
    return Head((frames,) if channels == 1 else (frames, channels), rate)


def _pcm(path: Path, place: str, found: Head) -> np.ndarray:
    """The values of a recording."""
    import wave

    with wave.open(str(path), "rb") as file:
        width, content = file.getsampwidth(), file.readframes(found.shape[0])
    count = int(np.prod(found.shape))
    if len(content) != count * width:
        raise _broken(place, f"it ends after {len(content) // max(width, 1):,} of {count:,} values")
    if width == 1:  # which is unsigned
        values = np.frombuffer(content, np.uint8).astype(np.int16) - 128
    elif width == 3:
        wide = np.zeros((count, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(content, np.uint8).reshape(-1, 3)
        values = wide.view("<i4")[:, 0] >> 8
    else:
        values = np.frombuffer(content, f"<i{width}")
    return (values / float(1 << (8 * width - 1))).astype(np.float32).reshape(found.shape)
