"""NumPy's .npy and .npz, and IDX, the format of MNIST. Headers are checked against the size before anything is read."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl

from andon.errors import DataProblem
from andon.records.faults import naming
from andon.records.source import Source, of_frame, source_file
from andon.records.text import unpacked

MOST_COLUMNS = 20_000
IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
IDX_NAME = re.compile(
    r"(?:(?P<part>.*?)[-_.]?(?P<what>images|labels)[-_.])?.*idx\d?(?:-ubyte)?(?:\.gz)?", re.IGNORECASE
)


def open_npy(path: Path) -> Source:
    """One array: a structured one gives its fields, a matrix `column_1`…, pictures `image`, a vector `value`."""
    files = (source_file(path),)
    with naming(path), path.open("rb") as file:
        array = _array(file, files[0].bytes, str(path))
        return of_frame(_frame(columns_of("", array, str(path)), str(path)), files)


def open_npz(path: Path) -> Source:
    """Several arrays of one length, a column (or block of columns) each. Keys `x_train`, `y_train`, `x_test`, … are
    put under each other with a column `part`."""
    files = (source_file(path),)
    with naming(path), zipfile.ZipFile(path) as archive:
        arrays = {}
        for entry in archive.infolist():
            where = f"{path}, array '{entry.filename.removesuffix('.npy')}'"
            with archive.open(entry) as file:
                arrays[entry.filename.removesuffix(".npy")] = _array(file, entry.file_size, where)
        parts = _by_part(arrays)
        frames = []
        for part, group in parts.items():
            columns: dict[str, pl.Series] = {}
            for key, array in group.items():
                columns |= columns_of(key, array, str(path))
            frame = _frame(columns, str(path))
            frames.append(frame.with_columns(part=pl.lit(part)) if part else frame)
        return of_frame(pl.concat(frames), files)


def open_idx(path: Path) -> Source:
    """One IDX file: pictures as `image`, labels as `label`."""
    files = (source_file(path),)
    match = IDX_NAME.fullmatch(path.name)
    array = read_idx(path)
    what = (match["what"] or "").lower() if match else ""
    name = "label" if what == "labels" else ("image" if array.ndim == 3 else "label" if array.ndim == 1 else "")
    with naming(path):
        return of_frame(_frame(columns_of(name, array, str(path)), str(path)), files)


def open_idx_folder(paths: list[Path], folder: Path) -> Source:
    """Pairs of pictures and labels (`train-images-idx3-ubyte.gz`, `train-labels-idx1-ubyte.gz`, `t10k-…`): columns
    `image`, `label`, and `part` with the words train and test. Raises `DataProblem` for a file without its pair."""
    pairs: dict[str, dict[str, Path]] = {}
    for path in paths:
        match = IDX_NAME.fullmatch(path.name)
        if match is None or not match["what"]:
            raise DataProblem.of(
                "its name tells neither images nor labels", where=str(path), fix="name it as MNIST does"
            )
        pairs.setdefault(match["part"] or "", {})[match["what"].lower()] = path
    frames = []
    for stem in sorted(pairs, key=lambda stem: (_part(stem) != "train", stem)):
        pair = pairs[stem]
        missing = {"images", "labels"} - pair.keys()
        if missing:
            there = next(iter(pair.values()))
            raise DataProblem.of(
                f"its {missing.pop()} are missing", where=str(there), fix="put both files into the folder"
            )
        images, labels = read_idx(pair["images"]), read_idx(pair["labels"])
        if len(images) != len(labels):
            raise DataProblem.of(
                f"{len(images)} pictures and {len(labels)} labels",
                where=str(pair["labels"]),
                fix="give the two that belong together",
            )
        columns = columns_of("image", images, str(pair["images"])) | columns_of("label", labels, str(pair["labels"]))
        frames.append(pl.DataFrame(columns).with_columns(part=pl.lit(_part(stem))))
    with naming(folder, "the files do not fit together"):
        return of_frame(pl.concat(frames), tuple(source_file(path) for path in paths))


def read_idx(path: Path) -> np.ndarray:
    """The array of one IDX file, .gz or not. A header that asks for more or fewer bytes than follow is refused."""
    with naming(path):
        blocks = unpacked(path)
        content = bytearray(next(blocks, b""))
        if len(content) < 4 or content[0] or content[1] or content[2] not in IDX_TYPES or not content[3]:
            raise DataProblem.of(
                "it is no IDX file", where=str(path), why="its first four bytes are wrong", fix="write it again"
            )
        dtype, dims = np.dtype(IDX_TYPES[content[2]]), content[3]
        head = 4 + 4 * dims
        shape = tuple(int(n) for n in np.frombuffer(bytes(content[4:head]), ">u4"))
        want = head + math.prod(shape) * dtype.itemsize if len(shape) == dims else head
        for block in blocks:
            content += block
            if len(content) > want:
                break
        if len(content) != want:
            size = "×".join(map(str, shape))
            more = "more follow" if len(content) > want else f"it has {len(content)}"
            raise DataProblem.of(
                f"its header asks for {want} bytes and {more}", where=str(path), why=f"it says {size} values",
                fix="copy the file again",
            )  # fmt: skip
        array = np.frombuffer(bytes(content[head:]), dtype).reshape(shape)
        return array.astype(dtype.newbyteorder("="), copy=False)


def columns_of(name: str, array: np.ndarray, where: str) -> dict[str, pl.Series]:
    """Columns for one array, rows first. Windows and pictures become one column of arrays, a matrix many columns."""
    if array.dtype.names:
        return {
            field: series for field in array.dtype.names for series in columns_of(field, array[field], where).values()
        }
    if array.dtype.kind not in "biufSUM" or array.dtype == np.float16:
        if array.dtype != np.float16:
            raise DataProblem.of(
                f"arrays of type {array.dtype} are not read", where=where, fix="store numbers or words"
            )
        array = array.astype(np.float32)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8")
    array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="), copy=False))
    if array.ndim == 0:
        array = array.reshape(1)
    if array.ndim == 1:
        return {name or "value": pl.Series(array)}
    if array.ndim == 2 and name != "image":
        if array.shape[1] > MOST_COLUMNS:
            raise DataProblem.of(
                f"an array of {array.shape[1]:,} columns", where=where, fix="give windows three dimensions"
            )
        stem = f"{name}_" if name else "column_"
        return {f"{stem}{i + 1}": pl.Series(np.ascontiguousarray(array[:, i])) for i in range(array.shape[1])}
    if array.ndim > 4 or 0 in array.shape[1:]:
        raise DataProblem.of(f"an array of shape {array.shape}", where=where, fix="give two, three or four dimensions")
    array = array if array.dtype in (np.uint8, np.float32) else array.astype(np.float32)
    return {name or "image": pl.Series(array)}


def _array(file: IO[bytes], size: int, where: str) -> np.ndarray:
    """One .npy array, its header checked against the bytes that are there."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise DataProblem.of(
            "it holds Python objects", where=where, why="they could run code", fix="store numbers or words"
        )
    want = math.prod(shape) * dtype.itemsize
    if want > size:
        raise DataProblem.of(
            f"its header asks for {want} bytes and the file has {size}", where=where, why=f"it says shape {shape}",
            fix="copy the file again",
        )  # fmt: skip
    content = file.read(want)
    if len(content) != want:
        raise DataProblem.of(
            f"{want - len(content)} bytes are missing", where=where, why="it was cut off", fix="copy it again"
        )
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")


def _frame(columns: Mapping[str, pl.Series], where: str) -> pl.DataFrame:
    """Columns of one length as a table."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} {length}" for name, length in list(lengths.items())[:4])
        raise DataProblem.of(
            "its arrays have different lengths", where=where, why=shown, fix="store arrays of one length"
        )
    return pl.DataFrame(dict(columns))


def _by_part(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """`x_train`, `y_train`, `x_test`… → part → key → array, if all keys end so; else all under no part."""
    ends = {key: re.fullmatch(r"(.+?)[_-](train|valid|validation|val|test|calibration)", key) for key in arrays}
    if not arrays or any(match is None for match in ends.values()):
        return {"": dict(arrays)}
    parts: dict[str, dict[str, np.ndarray]] = {}
    for key, match in ends.items():
        assert match is not None
        array = arrays[key]
        stem = "image" if match[1].lower() in ("x", "images", "image") and array.ndim >= 3 else match[1]
        parts.setdefault("validation" if match[2].startswith("val") else match[2], {})[stem] = array
    return parts


def _part(stem: str) -> str:
    """`train` and `t10k` as people mean them; any other word as it is."""
    word = stem.lower()
    return "train" if "train" in word else "test" if "t10k" in word or "test" in word else word or "all"
