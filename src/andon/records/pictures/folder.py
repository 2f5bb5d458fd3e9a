"""A folder or archive of pictures as a table: one row per picture, its class by the folder it lies in.

`picture` is the place of the file, `file` its path inside the folder (by which tables of boxes or groups are joined),
`serial` its name without ending. The folders above it say more: `train`, `test` … is the part, `ground_truth` or
`masks` the truth beside it, the last of the others the class (`label`), those before it the `product`. So a folder per
class and the layout of MVTec (Bergmann et al. 2019) are read by one rule.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import polars as pl

from andon.errors import DataProblem
from andon.pictures import as_text, is_picture, member_of, members
from andon.records.pictures.coco import NAME, read_coco, told
from andon.records.pictures.column import PICTURE, is_mask
from andon.records.records import SHOWN, Kind, Note, passed_over
from andon.records.source import Source, of_frame, source_file
from andon.records.words import PART_WORDS

ANNOTATIONS = ("annotations", "annotation", "labels")
"""Folders that hold nothing but annotations."""


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


def open_pictures(root: Path, *, apart: str = "") -> Source:
    """The table of a folder or archive. Files in it that are not read are named in a note, but for one that the caller
    reads `apart`. Raises `DataProblem` where it holds no picture."""
    notes: list[Note] = []
    found = _files(root, lambda name: True) if root.is_dir() else _packed(root, notes)
    pictures = [file for file in found if is_picture(file.path.name)]
    annotations = [file for file in found if NAME.fullmatch(file.path.name)]
    read = {file.place for file in (*pictures, *annotations)}
    others = [file.path.name for file in found if file.place not in read and file.path.name != apart]
    return _opened(root, pictures, annotations, [*notes, *passed_over(str(root), others, "Not read")])


def open_files(paths: list[Path]) -> Source:
    """The table of some picture files, in their order; the folders below what they share tell their classes."""
    shared = Path(os.path.commonpath([path.parent for path in paths]))
    inside = member_of(str(paths[0]))
    return _opened(inside[0] if inside else shared, [_file(path, shared) for path in paths], [], [])


def open_annotations(path: Path) -> Source:
    """The table of a COCO file; its pictures lie beside it, or beside its folder where that is called `annotations`.
    Raises `DataProblem` where it is none, or where none of its pictures is found."""
    read_coco(str(path), sure=True)  # before a folder is searched for nothing
    apart = path.parent.name.lower() in ANNOTATIONS and not has_pictures(path.parent)
    root = path.parent.parent if apart else path.parent
    file = _File(path.as_posix(), PurePosixPath(path.relative_to(root).as_posix()))
    return _opened(root, _files(root, is_picture), [file], [], sure=True)


def _opened(
    root: Path, found: list[_File], annotations: list[_File], notes: list[Note], *, sure: bool = False
) -> Source:
    """The table of some pictures, as annotations tell of them, else as their folders do."""
    if not found:
        why = "; ".join(note.text.rstrip(".") for note in notes)
        fix = (
            "pack it again without links, passwords and archives"
            if notes and root.is_file()
            else "give JPEG, PNG, BMP, TIFF or WebP"
        )
        raise DataProblem.of("it holds no picture", where=str(root), why=why, fix=fix)
    frame = _annotated(found, annotations, notes, sure)
    known: dict[str, Kind] = {"file": "text", "serial": "text", "mask": "text"}
    if "categories" in frame.columns:  # of the two one may be the target; the other gives it away
        known |= {"label": "category", "categories": "category"}
    read = [root]
    if root.is_dir():  # a link that leads nowhere is a picture that cannot be read, and no end of the others
        read = [path for file in (*found, *annotations) if (path := Path(file.place)).exists()]
    return of_frame(frame, tuple(map(source_file, read)), tuple(notes),
                    told={name: known[name] for name in known if name in frame.columns})  # fmt: skip


def _annotated(found: list[_File], annotations: list[_File], notes: list[Note], sure: bool) -> pl.DataFrame:
    """Rows for the pictures that annotations tell of; without annotations for all, by their folders."""
    said = told([(file.place, str(file.path)) for file in annotations], {str(file.path): file.place for file in found})
    notes += said.notes
    notes += [Note("warning", "annotations_unreadable", "", str(problem)) for problem in said.broken]
    if not said.categories:
        frame = _table(found)
        if sure or ((said.broken or said.notes) and "label" not in frame.columns):
            raise next(iter(said.broken), None) or DataProblem.of(
                "none of its pictures is found", where=annotations[0].place,
                why=said.notes[0].text.rstrip(".") if said.notes else "it lists none",
                fix="put them beside it, under the names it gives",
            )  # fmt: skip
        return frame
    told_of = [file for file in found if file.place in said.categories]
    left = [str(file.path) for file in found if file.place not in said.categories and not _masked(file.path)]
    if left:
        text = f"Left out, without an entry in the annotations ({len(left):,}): {', '.join(left[:SHOWN])}."
        notes.append(Note("info", "picture_without_entry", "", text, "add them if they were looked at"))
    return _frame({**_names(told_of), **said.columns([file.place for file in told_of])})


def _files(root: Path, wanted: Callable[[str], bool]) -> list[_File]:
    """Files of a folder by their names."""
    return [_file(path, root) for path in _walk(root, wanted)]


def _file(path: Path, root: Path) -> _File:
    """A file by its name, and what of it lies below the root."""
    return _File(as_text(path.as_posix()), PurePosixPath(as_text(path.relative_to(root).as_posix())))


def _walk(folder: Path, wanted: Callable[[str], bool] = is_picture) -> Iterator[Path]:
    """Files under a folder in the order of their paths; hidden folders and links out of it are passed over."""
    for each in sorted(folder.iterdir()):
        if each.name.startswith((".", "__MACOSX")):
            continue
        if each.is_dir():
            if not each.is_symlink():
                yield from _walk(each, wanted)
        elif wanted(each.name):
            yield each


def _packed(archive: Path, notes: list[Note]) -> list[_File]:
    """The files of an archive; what is refused is named."""
    found, refused = [], []
    for member in members(archive):
        path = PurePosixPath(member.name.replace("\\", "/"))
        if any(part.startswith((".", "__MACOSX")) for part in path.parts if part not in (".", "..")):
            continue
        if member.refused:
            refused.append(f"'{as_text(member.name)[:80]}' ({member.refused})")
        else:
            found.append(_File(f"{archive.as_posix()}/{member.name}", path))
    if refused:
        more = f" and {len(refused) - SHOWN} more" if len(refused) > SHOWN else ""
        notes.append(Note("warning", "file_refused", str(archive), f"Refused: {', '.join(refused[:SHOWN]) + more}.",
                          "pack the archive again without them"))  # fmt: skip
    return found


def _names(files: list[_File]) -> dict[str, list[str | None]]:
    """The columns that every picture has."""
    return {
        PICTURE: [file.place for file in files],
        "file": [str(file.path) for file in files],
        "serial": [file.path.stem for file in files],
    }


def _frame(columns: dict[str, list[str | None]]) -> pl.DataFrame:
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _table(found: list[_File]) -> pl.DataFrame:
    """Columns from the folders that pictures lie in."""
    found = _without_common(found)
    masks = {_key(file.path): file for file in found if _masked(file.path)}
    pictures = [file for file in found if not _masked(file.path)]
    folders = [file.path.parts[:-1] for file in pictures]
    level = _part_level(folders)
    columns = _names(pictures)
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
    return _frame(columns)


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
