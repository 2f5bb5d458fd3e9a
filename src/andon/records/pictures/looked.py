"""What each picture file is: one look at all of them, decoded once, before anything is decided.

The pixels' hash becomes a column of the records (`<name>.pixels`), so that equal pictures are equal rows to whoever
compares rows: a split, a check, a step of cleaning. Nothing else of the files ever becomes an input.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

from andon.errors import DataProblem
from andon.pictures import decoded, fitted, head, member_of, read_bytes
from andon.records.records import Column, Note, Records
from andon.records.source import with_named

KEPT = 256 << 20
"""Bytes of decoded pictures that are kept until they are encoded; beyond that files are decoded again."""
THUMB = 32
"""Side of the small picture that near duplicates are looked for in."""
PIXELS = "{}.pixels"
SCHEMA = {
    "place": pl.String, "problem": pl.String, "format": pl.String, "mode": pl.String, "bytes": pl.Int64,
    "height": pl.Int64, "width": pl.Int64, "channels": pl.Int64, "pixels": pl.String, "brightness": pl.Float64,
    "contrast": pl.Float64, "sharpness": pl.Float64, "several": pl.Boolean, "coarse": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Looked:
    """The files of one column, row by row: `facts` (columns of `SCHEMA`; `problem` says why one cannot be read), and
    `thumbs` (N, 32, 32) uint8, grey.

    Brightness and contrast are mean and spread of the grey values, in shares of the range; sharpness is the mean
    squared Laplacian (Pertuz et al. 2013, "Analysis of focus measure operators", LAP1) over the variance, on a picture
    of at most 256 pixels a side.
    """

    facts: pl.DataFrame
    thumbs: np.ndarray
    decoded: dict[int, np.ndarray] = field(default_factory=dict, repr=False)
    "Pictures of the first rows, up to `KEPT` bytes; whoever encodes a row takes it out."

    def cells(self, start: int, stop: int) -> list[np.ndarray | str | None]:
        """What to encode some rows from: their pixels where they are still here, else their places."""
        places = self.facts["place"][start:stop].to_list()
        return [self.decoded.pop(row, place) for row, place in enumerate(places, start)]


def look(records: Records) -> Records:
    """The same records with every picture file looked at. What is no file of pictures costs nothing."""
    names = [c.name for c in records.columns if c.kind == "image" and c.role == "input" and c.format == "file"]
    if not names:
        return records
    places = records.frame.select(names).collect()
    records, names = _once(records, places)
    looked = {name: look_at(places[name].to_list()) for name in names}
    hashes = [  # files that cannot be read are not copies of each other
        found.facts.select(pl.coalesce("pixels", "place").alias(PIXELS.format(name))).to_series()
        for name, found in looked.items()
    ]
    frame = pl.concat([records.frame, pl.DataFrame(hashes).lazy()], how="horizontal")
    columns = [Column(PIXELS.format(name), "text", "ignore", "hash of the pixels") for name in names]
    files = with_named(records.files, _lying(looked))
    return replace(records, frame=frame, columns=(*records.columns, *columns), files=files, pictures=looked)


def _lying(looked: Mapping[str, Looked]) -> Iterator[Path]:
    """The files, or archives, that pictures lie in."""
    for found in looked.values():
        for place in found.facts["place"].drop_nulls():
            inside = member_of(place)
            yield inside[0] if inside else Path(place)


def _once(records: Records, places: pl.DataFrame) -> tuple[Records, list[str]]:
    """A column that names the same pictures as one before it, as a joined table does, is left out; with those kept."""
    kept: list[str] = []
    for name in places.columns:
        same = next((other for other in kept if places[other].equals(places[name])), None)
        if same is None:
            kept.append(name)
            continue
        text = f"'{name}' names the same pictures as '{same}' and is left out."
        columns = [replace(c, role="ignore", why=text) if c.name == name else c for c in records.columns]
        notes = (*records.notes, Note("info", "same_pictures", name, text))
        records = replace(records, columns=tuple(columns), notes=notes)
    return records, kept


def look_at(places: list[str | None]) -> Looked:
    """Facts and small pictures of some files; several at a time, since decoding leaves Python free."""
    thumbs = np.zeros((len(places), THUMB, THUMB), np.uint8)
    kept: dict[int, np.ndarray] = {}
    room = [KEPT]

    def fact(row: int) -> tuple[object, ...]:
        place = places[row]
        if place is None:
            return (None, "there is no picture", *[None] * (len(SCHEMA) - 2))
        try:
            content = read_bytes(place)
            top = head(content, place)
            picture = decoded(content, place)
        except DataProblem as problem:
            return (place, str(problem), *[None] * (len(SCHEMA) - 2))
        room[0] -= picture.nbytes
        if room[0] >= 0:
            kept[row] = picture
        grey = fitted(picture, picture.shape[:2])
        grey = grey if grey.dtype == np.uint8 else (grey >> 8).astype(np.uint8)
        thumbs[row] = fitted(grey, (THUMB, THUMB), "stretch")
        return (place, None, top.format, top.mode, len(content), top.height, top.width, top.channels, _hash(picture),
                *_seen(grey), top.several, top.coarse)  # fmt: skip

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = list(pool.map(fact, range(len(places)), chunksize=16))
    return Looked(pl.DataFrame(rows, schema=SCHEMA, orient="row"), thumbs, kept)


def _hash(picture: np.ndarray) -> str:
    """Equal pixels, equal hash, whatever the file; a colour file whose channels are equal is the grey one."""
    if picture.ndim == 3 and (np.ptp(picture, axis=2) == 0).all():
        picture = picture[..., 0]
    digest = hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=8, person=str(picture.shape)[:16].encode())
    return digest.hexdigest()


def _seen(grey: np.ndarray) -> tuple[float, float, float]:
    """Brightness, contrast and sharpness."""
    side = max(grey.shape)
    if side > 256:
        wanted = [max(3, round(s * 256 / side)) for s in grey.shape]
        grey = np.asarray(Image.fromarray(grey).resize((wanted[1], wanted[0]), Image.Resampling.BILINEAR))
    values = grey.astype(np.float32)
    mean, spread = float(values.mean()), float(values.std())
    if min(values.shape) < 3 or spread == 0:
        return mean / 255, spread / 255, 0.0
    middle = values[1:-1, 1:-1]
    curve = 4 * middle - values[:-2, 1:-1] - values[2:, 1:-1] - values[1:-1, :-2] - values[1:-1, 2:]
    return mean / 255, spread / 255, float((curve**2).mean()) / spread**2
