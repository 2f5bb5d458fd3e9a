"""Walks the messages of an Arrow file or stream before Polars reads it, so that a damaged one is named and not trusted.

Polars 2.1 takes the lengths that an Arrow file tells at their word: one that points behind the end makes its threads
panic or wait for ever, one that asks for a petabyte ends the process. Only the frame is looked at (Arrow columnar
format, "Serialization and Interprocess Communication", and its `Message.fbs`), a few bytes per batch and column.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from andon.errors import DataProblem

MARK = b"ARROW1"
CONTINUE = 0xFFFFFFFF
LARGEST_HEAD = 256 << 20
"""Bytes that the description of one message may take."""
LARGEST_RATIO = 50_000
"""What compression may gain: a constant column packs 32,000 to one."""


class _Table(NamedTuple):
    """A flatbuffer table: its bytes and where it begins."""

    content: bytes
    place: int

    def at(self, form: str, place: int) -> int:
        """One little-endian number; a place outside raises `struct.error`."""
        if place < 0:
            raise struct.error("a place before the beginning")
        return int(struct.unpack_from("<" + form, self.content, place)[0])

    def field(self, number: int) -> int:
        """Where a field's value is, 0 if it is left out."""
        vtable = self.place - self.at("i", self.place)
        if 4 + 2 * number >= self.at("H", vtable):
            return 0
        offset = self.at("H", vtable + 4 + 2 * number)
        return self.place + offset if offset else 0

    def number(self, number: int, form: str) -> int:
        """A field that is a number, 0 if it is left out."""
        place = self.field(number)
        return self.at(form, place) if place else 0

    def table(self, number: int) -> _Table | None:
        """A field that is a table."""
        place = self.field(number)
        return _Table(self.content, place + self.at("I", place)) if place else None

    def structs(self, number: int, size: int) -> Iterator[int]:
        """Places of the entries of a field that is a list of structs of `size` bytes."""
        place = self.field(number)
        if not place:
            return
        begin = place + self.at("I", place)
        count = self.at("I", begin)
        if begin + 4 + count * size > len(self.content):
            raise struct.error("a list that ends behind the end")
        yield from range(begin + 4, begin + 4 + count * size, size)


def check_frames(path: Path, size: int) -> None:
    """Raise `DataProblem` naming the byte of the first message that cannot be as it says."""
    place = 0
    with path.open("rb") as file:
        try:
            for place, limit in _file(file, size) if file.read(6) == MARK else _stream(file, size):
                _message(file, place, limit)
        except (struct.error, ValueError) as error:
            raise DataProblem.of(
                f"the message at byte {place} is damaged", where=str(path), why=str(error), fix="write the file again"
            ) from None


def _file(file: IO[bytes], size: int) -> Iterator[tuple[int, int]]:
    """Where each message of a file begins and where it must end by the footer."""
    file.seek(max(0, size - 10))
    foot = file.read(10)
    length = int.from_bytes(foot[:4], "little")
    begin = size - 10 - length
    if foot[4:] != MARK or begin < 8:
        raise struct.error(f"the footer at byte {size - 10} is broken")
    file.seek(begin)
    content = file.read(length)
    footer = _Table(content, int.from_bytes(content[:4], "little"))
    for number in (2, 3):  # dictionaries, record batches
        for place in footer.structs(number, 24):
            offset, head, body = footer.at("q", place), footer.at("i", place + 8), footer.at("q", place + 16)
            if offset < 8 or head < 8 or body < 0 or offset + head + body > begin:
                raise struct.error(f"the footer puts a batch at byte {offset}, {head + body} bytes long")
            yield offset, offset + head + body


def _stream(file: IO[bytes], size: int) -> Iterator[tuple[int, int]]:
    """Where each message of a stream begins; it may end where the stream ends."""
    place = 0
    while place + 8 <= size:
        file.seek(place)
        first, second = struct.unpack("<II", file.read(8))
        head = second if first == CONTINUE else first
        if head == 0:
            return
        yield place, size
        begin = place + (8 if first == CONTINUE else 4)
        file.seek(begin)
        content = file.read(head)
        place = begin + head + _Table(content, int.from_bytes(content[:4], "little")).number(3, "q")


def _message(file: IO[bytes], place: int, limit: int) -> None:
    """One message: its description, its body and the body's buffers lie where they can."""
    file.seek(place)
    first, second = struct.unpack("<II", file.read(8))
    begin, head = (place + 8, second) if first == CONTINUE else (place + 4, first)
    if head > LARGEST_HEAD or begin + head > limit:
        raise struct.error(f"its description of {head} bytes ends behind its end")
    file.seek(begin)
    content = file.read(head)
    message = _Table(content, int.from_bytes(content[:4], "little"))
    kind, body = message.number(1, "B"), message.number(3, "q")
    if body < 0 or begin + head + body > limit:
        raise struct.error(f"its body of {body} bytes ends behind its end")
    batch = message.table(2)
    if kind == 2 and batch is not None:  # a dictionary holds a batch
        batch = batch.table(1)
    if kind in (2, 3) and batch is not None:
        _batch(file, batch, begin + head, body)


def _batch(file: IO[bytes], batch: _Table, begin: int, body: int) -> None:
    """Counts and buffers of a batch. A packed buffer begins with its unpacked length."""
    rows = batch.number(0, "q")
    if rows < 0:
        raise struct.error(f"a batch of {rows} rows")
    for place in batch.structs(1, 16):
        length, nulls = batch.at("q", place), batch.at("q", place + 8)
        if not 0 <= nulls <= length:
            raise struct.error(f"{nulls} missing cells of {length}")
    packed = batch.field(3) != 0
    for place in batch.structs(2, 16):
        offset, length = batch.at("q", place), batch.at("q", place + 8)
        if offset < 0 or length < 0 or offset + length > body:
            raise struct.error(f"a buffer of {length} bytes at {offset} in a body of {body}")
        if packed and length:
            file.seek(begin + offset)
            (unpacked,) = struct.unpack("<q", file.read(8))
            if not -1 <= unpacked <= LARGEST_RATIO * length + 65_536:
                raise struct.error(f"a buffer of {length} bytes that unpacks to {unpacked}")
