"""What a stream remembers, in one file: there whole or not at all, checked when it is read, and of one run alone.

A line that says what it is, the SHA-256 of all that follows, a line of JSON (run, arrays, notes), the arrays' bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
from msgspec import Struct

from andon.errors import RunProblem
from andon.run.files import write_by
from andon.run.folder import Run

MAGIC = b"andon stream 1\n"
FILES = ("schema.json", "state/cleaning.json", "state/encoding.json", "model.onnx")
"""What a memory is made with and answers come from. Decisions may change, and a stream goes on."""


class Memory(Struct, frozen=True):
    """Named arrays, and whatever the one who kept them wants to know again."""

    arrays: dict[str, np.ndarray]
    notes: dict[str, Any]


class _Head(Struct, frozen=True, kw_only=True):
    """The line of JSON."""

    run: str
    arrays: list[tuple[str, str, list[int]]]
    "Name, type (as NumPy writes it, little-endian) and shape."
    notes: dict[str, Any]


def identity(run: Run) -> str:
    """What tells a run from others, whatever its folder is called."""
    import hashlib  # here: OpenSSL takes 5 ms of a cold start

    files = run.manifest.get("files", {})
    return hashlib.sha256("".join(str(files.get(name)) for name in FILES).encode()).hexdigest()


def write_memory(path: Path, run: Run, memory: Memory) -> None:
    """Replace the file in one step."""
    import hashlib

    plain = {name: np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for name, array in memory.arrays.items()}
    head = _Head(
        run=identity(run), arrays=[(name, a.dtype.str, list(a.shape)) for name, a in plain.items()], notes=memory.notes
    )
    pieces = [msgspec.json.encode(head) + b"\n", *(array.tobytes() for array in plain.values())]
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)

    def write(place: Path) -> None:
        with place.open("wb") as file:
            file.writelines([MAGIC, digest.hexdigest().encode() + b"\n", *pieces])

    write_by(path, write)


def read_memory(path: Path, run: Run) -> Memory:
    """Raises `RunProblem` for a file that is none, is damaged, or was kept by a stream of another run."""
    try:
        with path.open("rb") as file:
            return _read(file, path, run)
    except OSError as error:
        raise RunProblem.of(
            "what the stream remembered cannot be read", where=str(path), why=error.strerror or str(error),
            fix="restore the file, or begin a new stream",
        ) from None  # fmt: skip


def _read(file: BinaryIO, path: Path, run: Run) -> Memory:
    """The same of an open file."""
    import hashlib

    if file.readline(64) != MAGIC:
        raise RunProblem.of(
            "this is not what a stream remembered", where=str(path), fix="name the file that the stream was kept in"
        )
    wanted, rest = file.readline(80).strip(), file.read()
    if hashlib.sha256(rest).hexdigest().encode() != wanted:
        raise RunProblem.of(
            "what the stream remembered is damaged", where=str(path), why="its checksum is another",
            fix="restore the file, or begin a new stream",
        )  # fmt: skip
    line, _, content = rest.partition(b"\n")
    head = msgspec.json.decode(line, type=_Head)
    if head.run != identity(run):
        raise RunProblem.of(
            "another run's stream was kept here", where=str(path), why=f"it does not fit {run.folder}",
            fix="name the run that it was kept with, or begin a new stream",
        )  # fmt: skip
    arrays, place = {}, 0
    for name, kind, shape in head.arrays:
        count = int(np.prod(shape))
        array = np.frombuffer(content, kind, count, place).reshape(shape)
        arrays[name] = array.astype(array.dtype.newbyteorder("="))  # a copy: the stream writes to it
        place += array.nbytes
    return Memory(arrays, head.notes)
