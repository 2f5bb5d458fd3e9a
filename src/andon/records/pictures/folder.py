"""A folder or archive of pictures as a table: one row per picture, its class by the folder it lies in.

`picture` is the place of the file, `file` its path inside the folder (by which tables of boxes or groups are joined),
`serial` its name without ending. The folders above it say more: `train`, `test` … is the part, `ground_truth` or
`masks` the truth beside it, the last of the others the class (`label`), those before it the `product`. So a folder per
class and the layout of MVTec (Bergmann et al. 2019) are read by one rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import polars as pl

from andon.errors import DataProblem
from andon.pictures import is_picture, members
from andon.records.pictures.column import is_mask
from andon.records.records import Kind, Note, SourceFile
from andon.records.source import Source, of_frame, source_file
from andon.records.words import PART_WORDS

SHOWN = 5


@dataclass(frozen=True)
class _File:
    """One picture: where it lies, and its path inside the root."""

    place: str
    path: PurePosixPath


def has_pictures(folder: Path) -> bool:
    """Is there a picture in the folder, or in those inside it?"""
    return any(True for _ in _walk(folder))


def classed(folder: Path) -> bool:
    """Do folders inside say what their pictures are? Then tables beside them (boxes, groups) are about those."""
    inside = [each for each in folder.iterdir() if each.is_dir() and not each.name.startswith((".", "_"))]
    return any(has_pictures(each) for each in inside)


def open_pictures(root: Path) -> Source:
    """The table of a folder or archive. Raises `DataProblem` where it holds no picture."""
    notes: list[Note] = []
    if root.is_dir():
        found = [_File(path.as_posix(), PurePosixPath(path.relative_to(root).as_posix())) for path in _walk(root)]
        files: tuple[SourceFile, ...] = tuple(source_file(Path(file.place)) for file in found)
    else:
        found = _packed(root, notes)
        files = (source_file(root),)
    if not found:
        raise DataProblem.of("it holds no picture", where=str(root), fix="give JPEG, PNG, BMP, TIFF or WebP")
    frame = _table(found)
    told: dict[str, Kind] = {"file": "text", "serial": "text", "mask": "text"}
    return of_frame(frame, files, tuple(notes), told={name: told[name] for name in told if name in frame.columns})


def _walk(folder: Path) -> Iterator[Path]:
    """Pictures under a folder in the order of their paths; hidden folders and links out of it are passed over."""
    for each in sorted(folder.iterdir()):
        if each.name.startswith((".", "__MACOSX")):
            continue
        if each.is_dir():
            if not each.is_symlink():
                yield from _walk(each)
        elif is_picture(each.name):
            yield each


def _packed(archive: Path, notes: list[Note]) -> list[_File]:
    """Pictures of an archive; what is refused is named."""
    found, refused, others = [], [], []
    for member in members(archive):
        path = PurePosixPath(member.name.replace("\\", "/"))
        if any(part.startswith((".", "__MACOSX")) for part in path.parts if part not in (".", "..")):
            continue
        if member.refused:
            refused.append(f"'{member.name[:80]}' ({member.refused})")
        elif is_picture(member.name):
            found.append(_File(f"{archive.as_posix()}/{member.name}", path))
        else:
            others.append(path.name)
    if refused:
        more = f" and {len(refused) - SHOWN} more" if len(refused) > SHOWN else ""
        notes.append(Note("warning", "file_refused", str(archive), f"Refused: {', '.join(refused[:SHOWN])}{more}.",
                          "pack the archive again without them"))  # fmt: skip
    if others:
        text = f"Not read: {', '.join(others[:SHOWN])}{' …' if len(others) > SHOWN else ''}."
        notes.append(Note("info", "files_passed_over", str(archive), text))
    return found


def _table(found: list[_File]) -> pl.DataFrame:
    """Columns from the folders that pictures lie in."""
    found = _without_common(found)
    masks = {_key(file.path): file for file in found if _masked(file.path)}
    pictures = [file for file in found if not _masked(file.path)]
    folders = [file.path.parts[:-1] for file in pictures]
    level = _part_level(folders)
    columns: dict[str, list[str | None]] = {
        "picture": [file.place for file in pictures],
        "file": [str(file.path) for file in pictures],
        "serial": [file.path.stem for file in pictures],
    }
    if level is not None:
        columns["part"] = [folder[level].lower() for folder in folders]
        folders = [(*folder[:level], *folder[level + 1 :]) for folder in folders]
    if any(folders):
        columns["label"] = [folder[-1] if folder else None for folder in folders]
    before = ["/".join(folder[:-1]) for folder in folders]
    if len(set(before)) > 1:
        columns["product"] = list(before)
    if masks:
        beside = [masks.get(_key(file.path)) for file in pictures]
        columns["mask"] = [None if mask is None else mask.place for mask in beside]
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _without_common(found: list[_File]) -> list[_File]:
    """Paths without the folders that all of them lie in, unless that is the only one, which then is the class."""
    parts = [file.path.parts[:-1] for file in found]
    common = 0
    while all(len(folder) > common + 1 for folder in parts) and len({folder[common] for folder in parts}) == 1:
        common += 1
    return [_File(file.place, PurePosixPath(*file.path.parts[common:])) for file in found]


def _masked(path: PurePosixPath) -> bool:
    return any(is_mask(folder) for folder in path.parts[:-1])


def _key(path: PurePosixPath) -> tuple[str, ...]:
    """What a picture and its mask have in common: folders but for parts and masks, and the bare name."""
    folders = [f for f in path.parts[:-1] if not is_mask(f) and f.lower() not in PART_WORDS]
    stem = path.stem
    for word in ("_mask", "-mask", "_gt", "_label"):
        stem = stem.removesuffix(word)
    return (*folders, stem)


def _part_level(folders: list[tuple[str, ...]]) -> int | None:
    """Which folder of the way, counted from the root, says the part: at least two different words of parts."""
    for level in range(min((len(folder) for folder in folders), default=0)):
        words = {folder[level].lower() for folder in folders}
        if len(words) > 1 and words <= PART_WORDS:
            return level
    return None
