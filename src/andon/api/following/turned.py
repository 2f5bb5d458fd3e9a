"""Where a file is that a logger has turned over: renamed, or copied away and emptied, and begun anew under its name.

Files of one log differ in nothing but figures and marks: `line.csv`, `line.csv.1`, `line-20240131.csv`. One is known
again by its number in the file system or by its beginning.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

HEAD = 64 << 10
"""Bytes by which a file is known again, at most."""


class Place(Struct, kw_only=True):
    """How far a file was read, and what it looked like."""

    offset: int = 0
    "Bytes whose lines have been given."
    rows: int = 0
    "Rows in them, and in the files that stood under this name before."
    names: list[str] = []
    "Columns: those of the heading, or all keys met so far."
    separator: str = ""
    "Empty: JSON lines, or not known yet."
    head: int = 0
    "Bytes at the beginning by which the file is known again, and their SHA-256."
    sha256: str = ""
    inode: int = 0
    "The file's number in the file system; 0: not known."


def digest(raw: bytes) -> str:
    """What a beginning is compared by."""
    return hashlib.sha256(raw).hexdigest()


def found_again(path: Path, place: Place) -> Path | None:
    """The file that was read up to this place: by its number, else under its name, else a copy of it."""
    beside = list(_beside(path))
    numbered = [each for each, inode in beside if inode == place.inode]
    family = [each for each, _ in beside if _bare(each.name) == _bare(path.name)]
    copies = family if place.head else []  # of a file of which nothing is known there is no copy
    for each in (*numbered, path, *copies):
        if _fits(each, place):
            return each
    return None


def next_of(path: Path, file: int) -> Path:
    """The file that was begun after the open one: the oldest of those of the same log that were written to later and
    are no copies, else the one that stands under the name."""
    family = [each for each, _ in _beside(path) if _bare(each.name) == _bare(path.name) and each.name != path.name]
    written = {each: each.stat().st_mtime_ns for each in family}
    heads = {each: _head(each) for each in (*family, path)}
    last = os.fstat(file).st_mtime_ns

    def copied(one: Path) -> bool:
        """Whether it says no more than the new file, or one that is older."""
        older = [each for each in family if written[each] < written[one]]
        return any(heads[each].startswith(heads[one]) for each in (path, *older))

    later = [(written[each], each) for each in family if written[each] > last and not copied(each)]
    return min(later)[1] if later else path


def begins_as(path: Path, file: BinaryIO) -> bool:
    """Whether the file at a path is the open one, written again and perhaps longer."""
    file.seek(0)
    return _head(path).startswith(file.read(HEAD))


def _beside(path: Path) -> Iterator[tuple[Path, int]]:
    """Files of the folder, and their numbers."""
    with os.scandir(path.absolute().parent) as found:
        for each in found:
            if each.is_file():
                yield path.parent / each.name, each.stat().st_ino


def _bare(name: str) -> str:
    """A name without the figures and marks in which files of one log differ."""
    return re.sub(r"[\d\W_]+", "", name)


def _fits(path: Path, place: Place) -> bool:
    """Whether this can be the file: as long at least, and with the same beginning."""
    try:
        raw = _head(path, place.head)
        return path.stat().st_size >= place.offset and (not place.head or digest(raw) == place.sha256)
    except OSError:
        return False


def _head(path: Path, size: int = HEAD) -> bytes:
    """How a file begins."""
    with path.open("rb") as file:
        return file.read(size)
