"""Turns what a reading library throws into one sentence that names the file. Nothing is half read: it raises or not."""

from __future__ import annotations

import os
import struct
import tempfile
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from andon.errors import DataProblem, Problem

BROKEN = (
    pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, EOFError, ValueError, TypeError, LookupError,
    ArithmeticError, MemoryError, RuntimeError, zlib.error, struct.error, SyntaxError, tokenize.TokenError,
    zipfile.BadZipFile,
)  # fmt: skip
"""What readers raise at a broken file. A panic of Polars derives from BaseException, so it is named itself."""


@contextmanager
def naming(where: str | Path, what: str = "the file cannot be read", fix: str = "") -> Iterator[None]:
    """Everything a reader may throw inside becomes a `DataProblem` about `where`; a `Problem` passes as it is."""
    try:
        yield
    except Problem:
        raise
    except BROKEN as error:
        raise DataProblem.of(
            what, where=str(where), why=reason(error), fix=fix or "write the file again, or leave it out"
        ) from error


@contextmanager
def hushed() -> Iterator[None]:
    """Rust writes a panic to file descriptor 2 before Python hears of it. Here it stays unsaid, for the sentence says
    it; whatever else was written meanwhile is passed on."""
    try:
        saved = os.dup(2)
    except OSError:  # no standard error to write to
        yield
        return
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        panicked = False
        try:
            yield
        except pl.exceptions.PanicException:
            panicked = True
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            kept.seek(0)
            if not panicked and (said := kept.read()):
                os.write(2, said)


def reason(error: BaseException) -> str:
    """First line of what a library says, short enough for a sentence."""
    if isinstance(error, pl.exceptions.PanicException):
        return "its bytes cannot be decoded"
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= 160 else text[:157] + "…"
