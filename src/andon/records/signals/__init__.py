"""A column of texts that name waveform files, and one look at the heads of all of them."""

from __future__ import annotations

import glob
from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars as pl

from andon.errors import DataProblem
from andon.records.records import Note, Records
from andon.records.source import with_named
from andon.signals import HERE, Head, head, inside, is_signal

LOOKED = 200
MOST = 0.8
"""Share of the names that must end as a waveform's does."""
USUAL = 0.9
"""Share of the files that must be of one length, as lists in cells must."""
FIRST = 5
"""Rows that a note names."""


def names_signals(texts: pl.Series) -> bool:
    """Do these texts name waveform files?"""
    some = texts.drop_nulls().unique(maintain_order=True)
    some = some.gather_every(max(1, len(some) // LOOKED))
    return bool(len(some)) and sum(is_signal(text) for text in some) >= MOST * len(some)


def base_of(source: str) -> str:
    """What stands before the names of a table's waveform files: its folder; the working directory of a frame."""
    place = Path(source).expanduser()
    while any(glob.has_magic(part) for part in place.parts):
        place = place.parent
    return f"{(place if place.is_dir() else place.parent).as_posix()}{HERE}"


def usual(heads: list[Head]) -> tuple[Head, float]:
    """The commonest shape and rate, and the share of the files that are of this shape. Of a rate that few files say the
    others may still be."""
    shape, count = Counter(h.shape for h in heads).most_common(1)[0]
    rates = Counter(h.rate for h in heads if h.rate)
    return Head(shape, rates.most_common(1)[0][0] if rates else 0), count / len(heads)


def odd(found: Head, wanted: Head) -> str:
    """Why a file of this head is not like the others; empty where it is."""
    if found.shape != wanted.shape:
        return f"its size is {_size(found.shape)}, not {_size(wanted.shape)}"
    if found.rate and wanted.rate and found.rate != wanted.rate:
        return f"its rate is {found.rate} values a second, not {wanted.rate}"
    return ""


def listen(records: Records) -> Records:
    """The same records with a note about the files that cannot be read or are unlike the others. Columns whose files
    are of many lengths are texts, as lists of many lengths are."""
    types = records.frame.collect_schema()
    names = [c.name for c in records.columns if c.kind == "signal" and c.role == "input" and types[c.name] == pl.String]
    notes, lost, files = list(records.notes), dict[str, str](), records.files
    for name in names:
        places = records.frame.select(name).collect()[name].to_list()
        heads, bad = _heads(places)
        if not heads:
            first = next(iter(bad.values()), "no cell names a file")
            raise DataProblem.of(f"no waveform of '{name}' can be read", why=first.rstrip("."), fix="give the files")
        files = with_named(files, (inside(places[row]) for row in heads))
        wanted, share = usual(list(heads.values()))
        if share < USUAL:
            lost[name] = "waveforms of unequal length"
            lengths = [h.shape[0] for h in heads.values()]
            notes.append(_unequal(name, min(lengths), max(lengths)))
            continue
        bad |= {row: why for row, found in heads.items() if (why := odd(found, wanted))}
        if bad:
            notes.append(_unread(name, dict(sorted(bad.items()))))
    columns = tuple(
        replace(c, kind="text", format="", why=lost[c.name]) if c.name in lost else c for c in records.columns
    )  # fmt: skip
    return replace(records, columns=columns, notes=tuple(notes), files=files) if names else records


def _heads(places: list[str | None]) -> tuple[dict[int, Head], dict[int, str]]:
    """Heads by row, and why some files have none. Rows without a name are neither."""
    heads: dict[int, Head] = {}
    bad: dict[int, str] = {}
    for row, place in enumerate(places):
        if place is None:
            continue
        try:
            heads[row] = head(place)
        except DataProblem as problem:
            bad[row] = str(problem)
    return heads, bad


def _size(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _unequal(name: str, least: int, most: int) -> Note:
    """The note about a column that is left out."""
    return Note(
        "warning", "odd_length", name, f"'{name}' was read as text: its files hold from {least} to {most} values.",
        "cut or fill them to one length, if they are waveforms",
    )  # fmt: skip


def _unread(name: str, bad: dict[int, str]) -> Note:
    """The note about single files."""
    shown = "; ".join(f"row {row}: {why.rstrip('.')}" for row, why in list(bad.items())[:FIRST])
    files = "1 file" if len(bad) == 1 else f"{len(bad)} files"
    return Note(
        "warning", "signal_unreadable", name,
        f"In '{name}' {files} cannot be used and count as missing (rows counted from 0): {shown}.",
        "record or copy them again, or leave these rows out",
    )  # fmt: skip
