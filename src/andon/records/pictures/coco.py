"""COCO's annotations (Lin et al. 2014, arXiv:1405.0312) as one class per picture, or as all its classes.

A picture is of the category that covers most of it, summed over its annotations; without an annotation it is `good`.
A file of the set is only ever looked up among those that were found, so that no path leads anywhere else.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import msgspec

from andon.errors import DataProblem
from andon.pictures import read_bytes
from andon.records.records import Note
from andon.records.words import PART_WORDS

NAME = re.compile(r"(?i)(.*annotations?(\..*)?|.*coco.*|instances.*|labels?|result)\.json")
"""Names that the exports of COCO, CVAT, Roboflow, FiftyOne and Label Studio have."""
GOOD = "good"
"""Class of a picture that was looked at and has no annotation."""
SHOWN = 3
BETWEEN = re.compile(r"\s*[;|,]\s*")
"""Signs that part the names of a cell, and so cannot stand in one."""


class _Image(msgspec.Struct):
    id: Any = None
    file_name: Any = None


class _Annotation(msgspec.Struct):
    image_id: Any = None
    category_id: Any = None
    area: Any = None
    bbox: Any = None
    segmentation: msgspec.Raw = msgspec.Raw(b"null")


class _Category(msgspec.Struct):
    id: Any = None
    name: Any = None


class _Coco(msgspec.Struct):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


@dataclass
class Told:
    """What the files of one set say: place of a picture -> its categories, largest first, and part; what is amiss."""

    categories: dict[str, list[str]] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    broken: list[DataProblem] = field(default_factory=list)
    "Files that cannot be read."

    def columns(self, places: list[str]) -> dict[str, list[str | None]]:
        """`label`; `categories` (all of them, `pit;scratch`) where a picture has several; `part` where files say it."""
        found = [self.categories[place] or [GOOD] for place in places]
        columns: dict[str, list[str | None]] = {"label": [each[0] for each in found]}
        if any(len(each) > 1 for each in found):
            columns["categories"] = [";".join(BETWEEN.sub(" ", name) for name in each) for each in found]
        parts = [self.parts.get(place) for place in places]
        if None not in parts and len(set(parts)) > 1:
            columns["part"] = parts
        return columns


def told(files: Iterable[tuple[str, str]], pictures: Mapping[str, str]) -> Told:
    """Read annotation files, given as (place, path in the set), about `pictures` (path in the set -> place).

    JSON that holds something else is passed over; without a good file `categories` is empty.
    """
    found = Told()
    ends = defaultdict(list)
    for path in pictures:
        ends[PurePosixPath(path).name].append(path)
    for place, path in files:
        try:
            coco = read_coco(place)
        except DataProblem as problem:
            found.broken.append(problem)
            continue
        if coco is not None:
            _take(found, coco, place, _Lookup(path, pictures, ends))
    several = sum(len(each) > 1 for each in found.categories.values())
    if several:
        found.notes.append(Note(
            "info", "several_categories", "",
            f"Of several categories on one picture ({several:,} of {len(found.categories):,}) the one that covers most "
            "of it is the 'label'; the column 'categories' names all, for the job 'several_defects'.",
        ))  # fmt: skip
    return found


def read_coco(place: str, *, sure: bool = False) -> _Coco | None:
    """An annotation file; None for JSON of another kind, unless it is `sure` to be meant. Raises `DataProblem`."""
    content = read_bytes(place).removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(content, type=_Coco)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        why = str(error)
    try:
        other = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise DataProblem.of("the annotations are no JSON", where=place, why=why, fix="write them again") from None
    if not sure and not (isinstance(other, dict) and {"images", "annotations"} <= other.keys()):
        return None
    raise DataProblem.of(
        "it holds no COCO annotations", where=place, why=why,
        fix="it needs lists of images, annotations and categories; a table goes as one object per line, as .jsonl",
    )  # fmt: skip


@dataclass(frozen=True)
class _Lookup:
    """Finds the picture that a file name of an annotation file means."""

    path: str
    "Of the annotation file in the set."
    pictures: Mapping[str, str]
    ends: Mapping[str, list[str]]

    def find(self, name: Any) -> tuple[str, str]:
        """Path in the set and why there is none: beside the annotations, from the root, or the nearest that ends so."""
        if not isinstance(name, str) or not name:
            return "", "without a file name"
        name = name.replace("\\", "/")
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), name))
        if name.startswith("/") or name[1:2] == ":" or beside.startswith("../"):
            return "", "leading out of the folder"
        for path in (beside, posixpath.normpath(name)):
            if path in self.pictures:
                return path, ""
        end = f"/{posixpath.normpath(name)}"
        near = [path for path in self.ends.get(posixpath.basename(name), ()) if f"/{path}".endswith(end)]
        return (min(near, key=self._far), "") if near else ("", "not there")

    def _far(self, path: str) -> tuple[bool, int, str]:
        """A folder that the annotations are called after goes before the nearest: instances_val2017.json, val2017/."""
        named = any(
            folder.lower() in PurePosixPath(self.path).stem.lower() for folder in PurePosixPath(path).parts[:-1]
        )
        return not named, -len(posixpath.commonpath([path, self.path])), path


def _take(found: Told, coco: _Coco, place: str, lookup: _Lookup) -> None:
    """Add what one file says of its pictures. One whose every annotation is of no known category is left out: it is not
    good."""
    names = {_key(c.id): str(c.name) for c in coco.categories if c.name is not None}
    paths: dict[Any, str] = {}
    amiss: dict[str, list[str]] = defaultdict(list)
    for image in coco.images:
        path, why = lookup.find(image.file_name)
        if not why and (lookup.pictures[path] in found.categories or _key(image.id) in paths):
            why = "described twice"
        if why:
            amiss[why].append(str(image.file_name)[:80])
        else:
            paths[_key(image.id)] = path
            found.categories[lookup.pictures[path]] = []
    covered: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    doubtful: set[str] = set()
    listed = {_key(image.id) for image in coco.images}
    for number, each in enumerate(coco.annotations):
        image_id, category = _key(each.image_id), names.get(_key(each.category_id))
        if image_id not in listed or category is None:
            amiss["of no picture or category in it"].append(f"annotation {number}")
            doubtful |= {paths[image_id]} if image_id in paths else set()
        elif image_id in paths:
            covered[paths[image_id]][category] += _area(each)
    for path, areas in covered.items():
        found.categories[lookup.pictures[path]] = sorted(areas, key=lambda name: (-areas[name], name))
    for path in sorted(doubtful - covered.keys()):
        del found.categories[lookup.pictures[path]]
        amiss["with annotations of no category in it"].append(path)
    if word := _part(lookup.path):
        found.parts |= {lookup.pictures[path]: word for path in paths.values()}
    for why, which in amiss.items():
        shown = ", ".join(f"'{each}'" for each in which[:SHOWN]) + (" …" if len(which) > SHOWN else "")
        text = f"Left out, {why} ({len(which):,}): {shown}."
        found.notes.append(Note("warning", "annotation_amiss", place, text, "export the annotations again"))


def _key(number: Any) -> Any:
    """Identifiers as they are compared: some tools write 7, others "7"."""
    return str(number) if isinstance(number, (int, str)) else None


def _part(path: str) -> str:
    """The part that the name of a file or its folders say: train/_annotations.coco.json, instances_val2017.json."""
    words = re.findall(r"[a-z]+|[\u4e00-\u9fff]+", path.lower())
    return next((word for word in reversed(words) if word in PART_WORDS), "")


def _area(each: _Annotation) -> float:
    """Pixels that an annotation covers: as it says itself, else of its box, else of its outline or run lengths."""
    if _positive(each.area):
        return float(each.area)
    box = each.bbox
    if isinstance(box, list) and len(box) == 4 and _positive(box[2]) and _positive(box[3]):
        return float(box[2] * box[3])
    drawn = msgspec.json.decode(each.segmentation)
    if isinstance(drawn, dict):
        counts = drawn.get("counts")
        return float(sum(filter(_positive, counts[1::2]))) if isinstance(counts, list) else 0.0
    return sum(map(_outline, drawn)) if isinstance(drawn, list) else 0.0


def _outline(points: Any) -> float:
    """Area of a polygon x0, y0, x1, y1 … by the shoelace formula."""
    if not isinstance(points, list) or len(points) < 6 or not all(isinstance(p, (int, float)) for p in points):
        return 0.0
    x, y = points[::2], points[1::2]
    following = zip(x, y, x[1:] + x[:1], y[1:] + y[:1], strict=False)
    return float(abs(sum(a * d - c * b for a, b, c, d in following)) / 2)


def _positive(value: Any) -> bool:
    return isinstance(value, (int, float)) and value > 0
