"""Compressed .tar files. Nobody can jump about in such a stream: it is unrolled once into a file without a name, which
the system takes away with the process, however that ends."""

from __future__ import annotations

import tempfile
import threading
import weakref
from functools import lru_cache
from importlib import import_module
from typing import IO

from andon.errors import DataProblem

STREAMS = {
    ".tar.gz": "gzip", ".tgz": "gzip", ".tar.bz2": "bz2", ".tbz2": "bz2", ".tar.xz": "lzma", ".txz": "lzma",
}  # fmt: skip
"""Ending -> module of the standard library that unrolls it."""
FEW_BYTES, MOST_GROWTH, MOST_UNROLLED = 1 << 30, 100, 64 << 30
"""An archive may become so many bytes, and so many times its own size in addition; and never more than the last."""
BLOCK = 1 << 20


class Unrolled:
    """The .tar inside, in a file that has no name and is gone when nobody holds it any more."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self._lock = threading.Lock()
        weakref.finalize(self, file.close)

    def read(self, begin: int, size: int) -> bytes:
        """So many bytes from a place."""
        with self._lock:
            self.file.seek(begin)
            return self.file.read(size)


@lru_cache(maxsize=4)
def unrolled(path: str, size: int, modified: int) -> Unrolled:
    """Unroll an archive, once per process. Raises `DataProblem` where it is broken, or grows beyond reason."""
    most = min(MOST_UNROLLED, most_of(size))
    ending = next(ending for ending in STREAMS if path.lower().endswith(ending))
    whole, written = Unrolled(tempfile.TemporaryFile()), 0  # noqa: SIM115  it lives as long as what reads from it
    try:
        with import_module(STREAMS[ending]).open(path, "rb") as stream:
            while block := stream.read(BLOCK):
                written += len(block)
                if written > most:
                    raise grown(path, size, most)
                whole.file.write(block)
        whole.file.seek(0)
    except DataProblem:
        raise
    except Exception as error:  # noqa: BLE001  unpackers raise anything at all, a full disk among it
        why = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DataProblem.of("the archive cannot be unrolled", where=path, why=why,
                             fix="copy it again, or unpack it to .tar") from None  # fmt: skip
    return whole


def most_of(size: int) -> int:
    """Bytes that an archive of `size` bytes may become."""
    return FEW_BYTES + MOST_GROWTH * size


def grown(path: str, size: int, most: int) -> DataProblem:
    """The sentence about an archive that becomes more than `most` bytes."""
    return DataProblem.of(
        "the archive grows beyond reason", where=path, why=f"{size:,} bytes became more than {most:,}",
        fix="unpack it yourself if you trust it",
    )  # fmt: skip
