"""Where a picture lies: in a file, or in an archive that is read in place (`parts.tar/good/001.png`). Nothing is
unpacked into a folder; members that climb out, links and sizes beyond reason are refused by name."""

from __future__ import annotations

import os
import re
import stat
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from andon.errors import DataProblem
from andon.pictures.stream import STREAMS, Unrolled, grown, most_of, unrolled

ENDINGS = ("jpg", "jpeg", "png", "bmp", "tif", "tiff", "webp", "pgm", "ppm")
ARCHIVES = (".tar", ".zip", *STREAMS)
INSIDE = re.compile(rf"({'|'.join(map(re.escape, ARCHIVES))})/")
MOST_BYTES = 256 << 20
"""Largest file taken for a picture."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its name there, bytes, and why it is refused (empty: it is not)."""

    name: str
    size: int
    refused: str = ""


@dataclass(frozen=True)
class _Index:
    """What an archive holds, in its own order; where in a .tar, compressed ones unrolled, each file begins, or which
    entry of a .zip it is: names there may occur twice."""

    members: tuple[Member, ...]
    begins: dict[str, tuple[int, int]]
    unrolled: Unrolled | None


def is_picture(name: str) -> bool:
    """Does the name end as a picture's does?"""
    return name.rpartition(".")[2].lower() in ENDINGS


def is_archive(name: str) -> bool:
    """Does the name end as an archive's does?"""
    return name.lower().endswith(ARCHIVES)


def member_of(place: str) -> tuple[Path, str] | None:
    """Archive and name inside it, or None for a place that is a file of its own, be it in a folder called .zip."""
    for found in INSIDE.finditer(place.replace("\\", "/").lower()):
        archive = Path(place[: found.end() - 1])
        if not archive.is_dir():
            return archive, place[found.end() :].replace("\\", "/")
    return None


def as_text(name: str) -> str:
    """A name of the file system as text; bytes of it that are none in UTF-8 become `\ufffd`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def members(archive: Path) -> tuple[Member, ...]:
    """The files of an archive in their order. Raises `DataProblem` where it is none, or broken."""
    return _index(*_facts(archive)).members


def is_there(place: str) -> bool:
    """Is there such a file, or such a file in its archive?"""
    inside = member_of(place)
    if inside is None:
        return os.path.exists(place)  # unlike Path.exists it takes names that no system would
    try:
        return inside[1] in _index(*_facts(inside[0])).begins
    except DataProblem:
        return False


def read_bytes(place: str) -> bytes:
    """The bytes of a picture. Raises `DataProblem` naming the file, or the archive and the file in it."""
    inside = member_of(place)
    if inside is None:
        return _file(place)
    archive, name = inside
    with _LOOKING:  # or many threads would look through it at once
        index = _index(*_facts(archive))
    found = next((m for m in index.members if m.name == name), None) if name not in index.begins else None
    if found is not None and found.refused:
        raise DataProblem.of("the file is refused", where=place, why=found.refused, fix="pack the archive again")
    if name not in index.begins:
        raise DataProblem.of("the archive has no such file", where=place, fix="check the name, or pack it again")
    begin, size = index.begins[name]
    try:
        if archive.suffix.lower() == ".zip":
            packed_zip = _zip(*_facts(archive))
            with _LOCK, packed_zip.open(packed_zip.infolist()[begin]) as file:
                content = file.read(size + 1)
        elif index.unrolled is not None:
            content = index.unrolled.read(begin, size)
        else:
            with archive.open("rb") as packed:
                packed.seek(begin)
                content = packed.read(size)
    except _BROKEN as error:
        raise _unreadable(place, error) from None
    if len(content) != size:
        raise DataProblem.of(
            "the file is cut off", where=place, why=f"it has {len(content)} of {size} bytes", fix="copy it again"
        )
    return content


_LOCK, _LOOKING = threading.Lock(), threading.Lock()
_BROKEN = (OSError, EOFError, ValueError, RuntimeError, zlib.error, tarfile.TarError, zipfile.BadZipFile)


def _file(place: str) -> bytes:
    path = Path(place)
    try:
        size = _plain(place).st_size
        if size > MOST_BYTES:
            raise DataProblem.of("the file is too large for a picture", where=place, why=f"it has {size:,} bytes",
                                 fix="cut it into tiles")  # fmt: skip
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(place, error) from None


def _plain(place: str) -> os.stat_result:
    """Facts of a file. Raises `DataProblem` for what would never end, as a pipe, and `OSError` where there is none."""
    facts = Path(place).stat()
    if not stat.S_ISREG(facts.st_mode):
        raise DataProblem.of("it is no plain file", where=place, fix="give a file, or leave it out")
    return facts


def _unreadable(place: str, error: BaseException) -> DataProblem:
    why = "there is no such file" if isinstance(error, FileNotFoundError) else getattr(error, "strerror", None)
    if "\ufffd" in place:
        why = "its name is no text in UTF-8; rename it"
    lines = str(error).splitlines()
    return DataProblem.of("the file cannot be read", where=place, why=why or (lines[0] if lines else "it is damaged"),
                          fix="copy it again, or leave it out")  # fmt: skip


def _facts(archive: Path) -> tuple[str, int, int]:
    """What an index is remembered by: another file under the same name is another archive."""
    try:
        facts = _plain(str(archive))
    except OSError as error:
        raise _unreadable(str(archive), error) from None
    return str(archive), facts.st_size, facts.st_mtime_ns


@lru_cache(maxsize=8)
def _zip(path: str, size: int, modified: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


@lru_cache(maxsize=8)
def _index(path: str, size: int, modified: int) -> _Index:
    """Look through an archive once."""
    found: list[Member] = []
    begins: dict[str, tuple[int, int]] = {}
    stream = unrolled(path, size, modified) if path.lower().endswith(tuple(STREAMS)) else None
    try:
        for name, begin, length, odd in _listed(path, size, modified, stream):
            refused = odd or _climbs(name) or _too_large(length)
            refused = refused or ("a file of the same name comes before it" if name in begins else "")
            found.append(Member(name, length, refused))
            if not refused:
                begins[name] = (begin, length)
    except DataProblem:
        raise
    except _BROKEN as error:
        raise _unreadable(path, error) from None
    return _Index(tuple(found), begins, stream)


def _listed(path: str, size: int, modified: int, stream: Unrolled | None) -> Iterator[tuple[str, int, int, str]]:
    """Name, place, length and oddity of every entry that is no folder."""
    if path.lower().endswith(".zip"):
        with _LOCK:
            entries = _zip(path, size, modified).infolist()
        if sum(entry.file_size for entry in entries) > most_of(size):
            raise grown(path, size, most_of(size))
        for number, entry in enumerate(entries):
            if not entry.is_dir():
                locked = "it is locked by a password" if entry.flag_bits & 1 else ""
                yield entry.filename, number, entry.file_size, locked
        return
    with tarfile.open(path, "r:", fileobj=None if stream is None else stream.file) as packed:
        for member in packed:
            if not member.isdir():
                yield member.name.removeprefix("./"), member.offset_data, member.size, _odd(member)


def _odd(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return "it is a link"
    return "" if member.isreg() else "it is no plain file"


def _climbs(name: str) -> str:
    """Names that would leave the archive's own folder, on any system, or that are no text."""
    if as_text(name) != name:
        return "its name is no text in UTF-8"
    path = PurePosixPath(name.replace("\\", "/"))
    out = path.is_absolute() or ".." in path.parts or (len(name) > 1 and name[1] == ":") or "\0" in name
    return "its path leads out of the archive" if out else ""


def _too_large(length: int) -> str:
    return f"it would be {length:,} bytes" if length > MOST_BYTES else ""
