"""`open_source`: a file, a glob or a folder becomes one table."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import polars as pl

from andon.errors import DataProblem, nearest
from andon.pictures import is_archive, is_picture, member_of, members, read_bytes
from andon.records.arrays import IDX_NAME, open_idx, open_idx_folder, open_npy, open_npz
from andon.records.delimited import diagnose_delimited, open_delimited
from andon.records.faults import naming
from andon.records.lives.each import UNIT, by_file, names_of
from andon.records.pictures import (
    classed,
    found_at,
    has_pictures,
    names_files,
    open_annotations,
    open_files,
    open_pictures,
)  # fmt: skip
from andon.records.records import Note, passed_over
from andon.records.source import Source, of_frame, source_file
from andon.records.tables import check_lines, open_arrow, open_lines, open_parquet
from andon.records.text import open_text, temporary
from andon.records.words import LABEL_NAMES, PART_WORDS, squeeze

READERS: dict[str, Callable[[Path], Source]] = {
    "parquet": open_parquet, "pq": open_parquet,
    "csv": open_delimited, "tsv": open_delimited, "tab": open_delimited, "txt": open_delimited,
    "jsonl": open_lines, "ndjson": open_lines,
    "arrow": open_arrow, "arrows": open_arrow, "feather": open_arrow, "ipc": open_arrow,
    "npy": open_npy, "npz": open_npz, "idx": open_idx, "tar": open_pictures, "zip": open_pictures,
    "json": open_annotations,
}  # fmt: skip
"""Ending of a name (before `.gz`) -> reader. A new format is one function and one line here."""

TABLES = ("parquet", "pq", "csv", "tsv", "tab", "txt", "jsonl", "ndjson", "arrow", "feather")
"""Formats of tables that may say what the pictures beside them are."""
PACKED = ("csv", "tsv", "tab", "txt", "jsonl", "ndjson", "idx")
MARKS = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\x93NUMPY": "npy"}
FOREIGN = {
    "xlsx": "save the sheet as CSV", "xls": "save the sheet as CSV", "ods": "save the sheet as CSV",
    "pkl": "write it as Parquet", "pickle": "write it as Parquet",
    "h5": "write it as Parquet or .npz", "hdf5": "write it as Parquet or .npz", "mat": "write it as .npz",
    "7z": "pack it as .zip or .tar", "rar": "pack it as .zip or .tar", "db": "export the table as Parquet or CSV",
    "sqlite": "export the table as Parquet or CSV", "rds": "write it as Parquet or CSV",
    "gif": "save it as PNG", "heic": "save it as JPEG", "avif": "save it as PNG", "jp2": "save it as PNG",
}  # fmt: skip
SAMPLED_FILES = 40
"""Of many files, this many are looked at for kinds; all of them are read."""


def open_source(path: str, *, whole: bool = False, each: bool = False, empty: bool = False) -> Source:
    """One table from a path, with the files it came from and what was noticed.

    Files of a folder or glob follow each other in the order of their names, columns matched by name. Raises
    `DataProblem` naming the file that is missing or different. A broken one of several is named in a note of level
    error, and the others are read, unless the `whole` is wanted. With `each` a column `unit` says which file a row is
    of. A table without rows is refused unless it may be `empty`.
    """
    paths, notes = _paths(path)
    if all(format_of(each) == "idx" for each in paths) and len(paths) > 1:
        return replace(open_idx_folder(paths, Path(path)), name=path)
    if all(is_picture(each.name) for each in paths):
        return replace(open_files(paths), name=path)
    opened, broken = _readable(paths, whole=whole or len(paths) == 1)
    paths, sources = list(opened), _parted(list(opened.values()), list(opened))
    sources = by_file(sources, paths) if each else sources
    source = sources[0] if len(sources) == 1 else replace(_stacked(sources, paths), name=path)
    source = replace(source, notes=(*source.notes, *notes, *broken))
    if each:
        told = Note("info", "unit_by_file", UNIT, f"each file is a unit by its name, as '{names_of(paths)[0]}'")
        source = replace(source, notes=(*source.notes, told), told={**source.told, UNIT: "category"})
    if source.whole and not source.sample.height and not empty:
        raise DataProblem.of(
            "there are no rows", where=path, why="below the heading nothing follows", fix="give records"
        )
    return source


def _readable(paths: list[Path], *, whole: bool) -> tuple[dict[Path, Source], list[Note]]:
    """The files that can be read, and a note about each that cannot; the first of these is raised where the `whole` is
    wanted or nothing is left."""
    opened: dict[Path, Source] = {}
    broken: list[Note] = []
    for path in paths:
        try:
            opened[path] = _opened(path)
        except DataProblem as problem:
            if whole:
                raise
            fix = "mend the file, or take it away"
            broken.append(Note("error", "file_broken", str(path), str(problem).rstrip("."), fix))
    if not opened:
        raise DataProblem(f"{broken[0].text}.")
    return opened, broken


def _parted(sources: list[Source], paths: list[Path]) -> list[Source]:
    """Files that are called after parts (train.csv and test.csv, train_FD001.csv and test_FD001.csv) say so in a column
    `part`, so that rows shipped to judge by are never trained on."""
    names = [re.split(r"[\W_]", path.name.split(".")[0].lower(), maxsplit=1) for path in paths]
    words, rests = [name[0] for name in names], {tuple(name[1:]) for name in names}
    if len(words) < 2 or len(rests) > 1 or not set(words) <= PART_WORDS or any("part" in s.columns() for s in sources):
        return sources
    return [
        replace(s, frame=s.frame.with_columns(part=pl.lit(word)), sample=s.sample.with_columns(part=pl.lit(word)))
        for s, word in zip(sources, words, strict=True)
    ]


def format_of(path: Path) -> str:
    """Which reader a file wants by its name, empty if the name does not tell."""
    if IDX_NAME.fullmatch(path.name):
        return "idx"
    if is_archive(path.name):
        return "tar"
    endings = [part.lower() for part in path.name.split(".")[1:]]
    packed = bool(endings) and endings[-1] == "gz"
    ending = endings[-2] if packed and len(endings) > 1 else endings[-1] if endings else ""
    return ending if ending in READERS and (not packed or ending in PACKED) else ""


def diagnose(path: Path) -> None:
    """Read all of a file that broke while its rows were used, to raise the `DataProblem` that names the place."""
    kind = format_of(path)
    with naming(path, "the file is damaged"):
        if READERS.get(kind) is open_delimited:
            diagnose_delimited(path)
        elif READERS.get(kind) is open_lines:
            check_lines(open_text(path))
        elif kind:
            frame = READERS[kind](path).frame
            frame.select(pl.all().count()).collect(engine="streaming")


def _paths(path: str) -> tuple[list[Path], list[Note]]:
    """The files behind a path, and a note about those that were passed over."""
    place = Path(path).expanduser()
    if place.is_dir():
        if classed(place):
            return [place], []
        inside = sorted(
            each for each in place.iterdir() if each.is_file() and not each.name.startswith((".", "_", "~$"))
        )
        return _of_folder(place, inside)
    packed = member_of(str(place))
    if place.exists() or (packed is not None and packed[0].exists()):
        return [place], []
    found = sorted(Path(each) for each in glob.glob(str(place), recursive=True) if Path(each).is_file())
    if found:
        return found, []
    siblings = [each.name for each in place.parent.iterdir()] if place.parent.is_dir() else []
    near = nearest(place.name, siblings) if siblings and not glob.has_magic(place.name) else ""
    raise DataProblem.of(
        "no file matches" if glob.has_magic(str(place)) else "there is no such file or folder", where=path,
        fix=near if near.startswith("Did") else "check the path",
    )  # fmt: skip


def _of_folder(place: Path, inside: list[Path]) -> tuple[list[Path], list[Note]]:
    """The files of one table in a folder. Texts (README, SOURCE) and .json count only where there is nothing else."""
    formats = {each: format_of(each) for each in inside}
    tables = [each for each in inside if formats[each] not in ("", "txt", "json")]
    if not tables and has_pictures(place):
        return [place], []
    tables = tables or [each for each in inside if formats[each]]
    if not tables:
        held = f"{len(inside)} files" if inside else "folders" if any(place.iterdir()) else ""
        why = f"it holds {held}, nothing of a known format" if held else "it is empty"
        raise DataProblem.of("no records in the folder", where=str(place), why=why, fix=f"give files as {_known()}")
    readers = {READERS[formats[each]] for each in tables}
    if len(readers) > 1:
        other = next(each for each in tables if READERS[formats[each]] is not READERS[formats[tables[0]]])
        raise DataProblem.of(
            f"'{tables[0].name}' and '{other.name}' are of different formats", where=str(place),
            why="a folder is one table", fix=f"name those you mean: '{place}/*.{formats[tables[0]]}'",
        )  # fmt: skip
    below = (each for each in place.iterdir() if each.is_dir() and not each.name.startswith((".", "_")))
    folders = sorted(f"{each.name}/" for each in below)
    left = [*(each.name for each in inside if each not in tables), *folders]
    return tables, passed_over(str(place), left, "Not read as rows")


def _opened(path: Path) -> Source:
    """One file, by its name or else by its first bytes; a folder is one of pictures."""
    if member_of(str(path)) is not None:
        return _taken_out(path)
    if path.is_dir() or is_archive(path.name):
        return _of_pictures(path)
    kind = format_of(path)
    if not kind:
        with naming(path), path.open("rb") as file:
            head = file.read(8)
        kind = next((each for mark, each in MARKS.items() if head.startswith(mark)), "")
    if not kind:
        ending = path.suffix.lower().lstrip(".")
        raise DataProblem.of(
            f"files of type '{ending}' are not read" if ending else "the name does not tell the format",
            where=str(path),            fix=FOREIGN.get(ending, f"give it as {_known()}"),
        )  # fmt: skip
    return replace(READERS[kind](path), name=str(path))


def _of_pictures(place: Path) -> Source:
    """A folder or archive of pictures; where their folders do not tell classes, the table in it that does."""
    source = replace(open_pictures(place), name=str(place))
    if "label" in source.columns() and source.sample["label"].n_unique() > 1:
        return source
    for path in _tables_in(place):
        try:
            table = _opened(path)
        except DataProblem:  # it stays among what is not read
            continue
        if _lists_pictures(table):
            return replace(table, notes=(*table.notes, *open_pictures(place, apart=path.name).notes))
    return source


def _tables_in(place: Path) -> list[Path]:
    """Tables at the top of a folder or archive, or in the one folder that an archive was made of."""
    if place.is_dir():
        files = sorted(each for each in place.iterdir() if each.is_file())
    else:
        files = [place / each.name for each in members(place) if not each.refused and each.name.count("/") < 2]
    return [each for each in files if format_of(each) in TABLES and not each.name.startswith((".", "_", "~$"))]


def _lists_pictures(table: Source) -> bool:
    """Does each row name a picture of its own that is there, and say what it is?"""
    named = next((name for name in table.columns() if names_files(name, table.sample[name])), None)
    told = any(squeeze(name) in LABEL_NAMES for name in table.columns() if name != named)
    if named is None or not told or table.sample[named].is_duplicated().any():
        return False
    return found_at(table.sample[named], table.name) is not None


def _taken_out(path: Path) -> Source:
    """A table inside an archive, copied out of it for as long as the process runs."""
    copy = temporary(path, f".{path.name.partition('.')[2]}")
    copy.write_bytes(read_bytes(path.as_posix()))
    try:
        source = _opened(copy)
    except DataProblem as problem:
        raise DataProblem(str(problem).replace(str(copy), str(path))) from None
    notes = tuple(replace(note, where=note.where.replace(str(copy), str(path))) for note in source.notes)
    archive = next(each for each in path.parents if is_archive(each.name) and each.is_file())
    return replace(source, name=str(path), files=(source_file(archive),), notes=notes)


def _known() -> str:
    """The formats, in words."""
    return (
        ".parquet, .csv, .jsonl, .arrow, .npy, .npz, IDX, or pictures (JPEG, PNG, BMP, TIFF, WebP) in folders, .tar, "
        ".tar.gz, .zip or COCO's .json"
    )


def _stacked(sources: list[Source], paths: list[Path]) -> Source:
    """Rows of several files of one table under each other."""
    first = sources[0]
    for source, path in zip(sources[1:], paths[1:], strict=True):
        _same_columns(first, source, paths[0], path)
    names = first.columns()
    notes = tuple(note for source in sources for note in source.notes)
    files = tuple(file for source in sources for file in source.files)
    step = max(1, len(sources) // SAMPLED_FILES)
    share = [s.sample.select(names) for s in sources[::step]]
    whole = all(source.whole for source in sources)
    with naming(paths[0].parent, "its files do not fit together"):
        begins = tuple(accumulate(_rows(source) for source in sources[:-1]))
        if whole:
            frame = pl.concat((s.sample.select(names) for s in sources), how="vertical_relaxed")
            return replace(of_frame(frame, files, notes), separator=first.separator, begins=begins)
        thin = max(1, len(share) // 4)
        sample = pl.concat((s.head(max(1000, s.height // thin)) for s in share), how="vertical_relaxed")
        scanned = pl.concat([s.frame.select(names) for s in sources], how="vertical_relaxed")
        return Source(scanned, files, notes, sample, False, separator=first.separator, begins=begins)


def _rows(source: Source) -> int:
    """How many rows there are."""
    return source.sample.height if source.whole else int(source.frame.select(pl.len()).collect().item())


def _same_columns(first: Source, source: Source, path: Path, other: Path) -> None:
    """Both files have the same columns, of types that go together."""
    ours, theirs = first.sample.schema, source.sample.schema
    for name in ours:
        if name not in theirs:
            raise DataProblem.of(
                f"column '{name}' is missing", where=str(other), why=f"'{path.name}' has it",
                fix="give files of one table, or name those you mean",
            )  # fmt: skip
    for name in theirs:
        if name not in ours:
            raise DataProblem.of(
                f"column '{name}' is not in the first file, '{path.name}'", where=str(other),
                fix="give files of one table, or name those you mean",
            )  # fmt: skip
    for name, dtype in ours.items():
        kinds = {_family(dtype), _family(theirs[name])} - {"nothing"}
        if len(kinds) > 1:
            raise DataProblem.of(
                f"column '{name}' is {_family(theirs[name])}", where=str(other),
                why=f"in '{path.name}' it is {_family(dtype)}", fix="write the column alike in all files",
            )  # fmt: skip


def _family(dtype: pl.DataType) -> str:
    """Types of one family can stand under each other."""
    if dtype == pl.Null:
        return "nothing"
    if dtype.is_numeric():
        return "numbers"
    if dtype in (pl.Date, pl.Datetime):
        return "dates"
    if dtype == pl.String or isinstance(dtype, (pl.Categorical, pl.Enum)):
        return "text"
    return str(dtype)
