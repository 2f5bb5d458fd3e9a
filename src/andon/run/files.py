"""Writes that are there whole or not at all: a temporary name, fsync, rename."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from andon.errors import RunProblem

T = TypeVar("T")
UMASK = os.umask(0)
os.umask(UMASK)  # the only way to read it is to set it


def write_bytes(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one step; a crash leaves the old file or the new one, never half of one."""
    write_by(path, lambda place: place.write_bytes(content))


def write_by(path: Path, writer: Callable[[Path], object]) -> None:
    """The same for content that `writer` puts into the place it is given, for what is too large to be held."""
    import tempfile  # here, since a box at the line that only answers starts sooner without it

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    os.close(handle)
    try:
        writer(Path(name))
        with open(name, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~UMASK)  # mkstemp makes files for one user only; a run is for colleagues too
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_text(path: Path, content: str) -> None:
    """Write UTF-8 with line feeds, whatever the machine's habits."""
    write_bytes(path, content.encode("utf-8"))


def write_json(path: Path, value: object) -> None:
    """Write JSON a person can read: two spaces, keys in the order given, NaN as null."""
    write_bytes(path, msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def read_json(path: Path, kind: type[T] = dict[str, Any]) -> T:  # type: ignore[assignment]
    """Read JSON of a run; a missing or broken file is a broken run."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        raise RunProblem.of(
            f"{path.name} is missing",
            where=str(path.parent),
            why="the run is half done or not a run",
            fix="finish it with the command that began it, or name another folder",
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise RunProblem.of(
            f"{path.name} cannot be read",
            where=str(path.parent),
            why=str(error),
            fix="restore the file, or train again",
        ) from None


def sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
