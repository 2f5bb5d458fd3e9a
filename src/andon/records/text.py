"""Text files as UTF-8, whatever they were: gzip, byte order marks, UTF-16, GB18030 (which holds GBK), Windows-1252.

A small file is decoded in memory. A large one is used where it lies if it is plain UTF-8, else it streams once into a
temporary file that is removed at exit. What cannot be decoded is named by its byte.
"""

from __future__ import annotations

import atexit
import codecs
import gzip
import io
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from andon.errors import DataProblem
from andon.records.records import Note

SMALL = 32 << 20
"""Bytes of unpacked text up to which a file is read whole: then every row is looked at, not a sample."""
CHUNK = 4 << 20
WESTERN = frozenset("°µ²³±§´äöüÄÖÜßéèêàâçñôóíáúÉ€–’‘“”·×Ø½¼ ".encode("cp1252"))
"""Bytes by which a file of Windows-1252 is known; anything else outside UTF-8 is a fault, not an encoding."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text file. `content` is all of it, UTF-8 without mark, if it is small; else `plain` is a UTF-8 file."""

    path: Path
    plain: Path
    content: bytes | None
    notes: tuple[Note, ...] = ()
    skipped: int = 0
    "Lines of the file that stand before this text."


@cache
def scratch() -> Path:
    """The folder for temporary files of this process, removed when it ends."""
    folder = tempfile.mkdtemp(prefix="andon-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def temporary(path: Path, suffix: str) -> Path:
    """A new name in the temporary folder that still tells which file it stands for."""
    handle, name = tempfile.mkstemp(dir=scratch(), prefix=path.name.split(".")[0] + "-", suffix=suffix)
    open(handle, "wb").close()
    return Path(name)


def open_text(path: Path, *, bare: bool = False) -> Text:
    """Find out how the file is packed and encoded, and make it UTF-8. Raises `DataProblem` naming the byte.

    `bare` asks for text without byte order mark even where a large file could be used as it lies.
    """
    blocks = unpacked(path)
    head = b"".join(_take(blocks, SMALL + 1))
    if not head:
        raise DataProblem.of("the file is empty", where=str(path), fix="write it again, or leave it out")
    small = len(head) <= SMALL
    encoding, notes = detect(head, path, complete=small)
    if small:
        text = "".join(decoded(iter([head]), encoding, path))
        return Text(path, path, text.encode("utf-8"), notes)
    marked = head.startswith(codecs.BOM_UTF8)
    if encoding == "utf-8" and not is_gzip(path) and not (bare and marked):
        return Text(path, path, None, notes)
    plain = temporary(path, ".utf8")
    with plain.open("wb") as out:
        for piece in decoded(_chain(head, blocks), encoding, path):
            out.write(piece.encode("utf-8"))
    return Text(path, plain, None, notes)


def is_gzip(path: Path) -> bool:
    """Does the file begin with gzip's magic bytes?"""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def unpacked(path: Path) -> Iterator[bytes]:
    """Pieces of the file, gunzipped if it is packed. A cut or damaged archive is named with its byte."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream = gzip.GzipFile(fileobj=raw) if packed else raw
        while True:
            try:
                piece = stream.read(CHUNK)
            except EOFError:
                raise DataProblem.of(
                    f"the packed data end too early, at byte {path.stat().st_size}",
                    where=str(path),
                    why="the file was cut off",
                    fix="copy it again",
                ) from None
            except (gzip.BadGzipFile, zlib.error) as error:
                raise DataProblem.of(
                    f"the packed data are damaged near byte {raw.tell()}",
                    where=str(path),
                    why=str(error),
                    fix="copy the file again",
                ) from None
            if not piece:
                return
            yield piece


def decoded(blocks: Iterator[bytes], encoding: str, path: Path) -> Iterator[str]:
    """Pieces of text, without a byte order mark. The first byte that is not text in this encoding is named."""
    decoder = codecs.getincrementaldecoder(encoding)()
    place, first = 0, True
    for block, last in _with_end(blocks):
        waiting = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, final=last)
        except UnicodeDecodeError as error:
            raise DataProblem.of(
                f"invalid {encoding.upper()} at byte {place - waiting + error.start}",
                where=str(path),
                why=error.reason,
                fix="save it as UTF-8",
            ) from None
        place += len(block)
        if first and text:
            text, first = text.removeprefix("\ufeff"), False
        yield text


def detect(head: bytes, path: Path, *, complete: bool) -> tuple[str, tuple[Note, ...]]:
    """Encoding of a text from its first bytes, and a note where it was guessed."""
    for mark, name in ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"),
                       (codecs.BOM_UTF16_BE, "utf-16")):  # fmt: skip
        if head.startswith(mark):
            return name, ()
    zeros = head[:4096].count(0)
    if zeros > len(head[:4096]) // 4:  # every other byte of western UTF-16 is zero
        name = "utf-16-le" if head[1:4096:2].count(0) >= head[0:4096:2].count(0) else "utf-16-be"
        return name, (_guessed(name.upper(), path),)
    if _decodes(head, "utf-8", complete):
        return "utf-8", ()
    text = head.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(1 for c in text if ord(c) > 127) - bad
    if good > 3 * bad:  # UTF-8 with a fault in it, which decoding will name
        return "utf-8", ()
    if _decodes(head, "gb18030", complete) and _chinese(head):
        return "gb18030", (_guessed("GB18030", path),)
    if all(byte in WESTERN for byte in set(head) if byte > 127):
        return "cp1252", (_guessed("Windows-1252", path),)
    return "utf-8", ()


def _guessed(name: str, path: Path) -> Note:
    """The note about an encoding that no mark told."""
    return Note(
        "info", "encoding_guessed", str(path), f"The file has no byte order mark and is not UTF-8; read as {name}.",
        "save it as UTF-8 if words look wrong",
    )  # fmt: skip


def _decodes(head: bytes, encoding: str, complete: bool) -> bool:
    """Is this text in the encoding (a last character may be cut unless the head is all)?"""
    try:
        codecs.getincrementaldecoder(encoding)().decode(head, final=complete)
    except UnicodeDecodeError:
        return False
    return True


def _chinese(head: bytes) -> bool:
    """Are the characters outside ASCII those of everyday Chinese (GB 2312), as no other encoding would give?"""
    text = head[: 1 << 20].decode("gb18030", errors="ignore")
    wide = [c for c in text if ord(c) > 127]
    plain = sum(1 for c in wide if len(b := c.encode("gb18030")) == 2 and b[0] >= 0xA1 and b[1] >= 0xA1)
    return plain >= 0.8 * len(wide) > 0


def _take(blocks: Iterator[bytes], least: int) -> Iterator[bytes]:
    """Pieces until `least` bytes are there."""
    size = 0
    while size < least and (block := next(blocks, b"")):
        size += len(block)
        yield block


def _chain(head: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The head, then the rest."""
    yield head
    yield from blocks


def _with_end(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and an empty last one that says so."""
    for block in blocks:
        yield block, False
    yield b"", True


def text_lines(text: Text) -> io.TextIOWrapper:
    """All of the text as a stream for `csv` or line by line, line ends untouched."""
    if text.content is not None:
        return io.TextIOWrapper(io.BytesIO(text.content), encoding="utf-8-sig", newline="")
    return text.plain.open(encoding="utf-8-sig", newline="")
