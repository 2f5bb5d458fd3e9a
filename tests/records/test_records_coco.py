"""COCO's annotations as one class per picture: layouts, several categories, and everything that can be amiss."""

from __future__ import annotations

import io
import json
import tarfile

import numpy as np
import polars as pl
import pytest
from PIL import Image

from andon.api.plans import resolve
from andon.errors import DataProblem
from andon.records import read
from andon.records.opening import open_source

CATEGORIES = [{"id": 1, "name": "crack"}, {"id": 2, "name": "scratch"}]


def coco(names, annotations=(), categories=CATEGORIES):
    """Annotations of pictures by name: (number of the picture, category, area)."""
    images = [{"id": number, "file_name": name, "width": 16, "height": 16} for number, name in enumerate(names)]
    said = [{"image_id": image, "category_id": category, "area": area} for image, category, area in annotations]
    return {"images": images, "annotations": said, "categories": categories}


def laid(base, files):
    """A folder of pictures (by name alone) and of annotations (with what they hold)."""
    for name, content in files.items():
        place = base / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            Image.fromarray(np.random.default_rng(len(name)).integers(0, 256, (16, 16), dtype=np.uint8)).save(place)
        else:
            place.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return base


def labels(source):
    """Name of the file -> its label."""
    return dict(source.sample.select("file", "label").rows())


def codes(source):
    """Codes of the notes."""
    return [note.code for note in source.notes]


@pytest.mark.parametrize("name", ["annotations.json", "_annotations.coco.json", "annotations/instances_default.json"])
def test_a_folder_with_coco_annotations_is_a_table_of_pictures_and_classes(name, tmp_path):
    """Beside the pictures or in a folder of its own; by the folder or by the file; not annotated is good."""
    files = {"images/1.png": None, "images/2.png": None, "images/3.png": None}
    laid(tmp_path, {**files, name: coco(["1.png", "2.png", "3.png"], [(0, 1, 9), (2, 2, 4)])})
    wanted = {"images/1.png": "crack", "images/2.png": "good", "images/3.png": "scratch"}
    assert labels(open_source(str(tmp_path))) == labels(open_source(str(tmp_path / name))) == wanted
    resolved = resolve("defect_class", [str(tmp_path)], {})
    found = read(resolved.plan, target_names=resolved.job.target_names)
    assert (found.inputs(), found.the("target")) == (["picture"], "label")


def test_one_folder_without_more_and_pictures_at_its_top(tmp_path):
    """Pictures and their annotations in one flat folder, a text beside them."""
    laid(tmp_path, {"1.png": None, "README.txt": b"x", "annotations.json": coco(["1.png"], [(0, 2, 1)])})
    assert labels(open_source(str(tmp_path))) == {"1.png": "scratch"}


def test_parts_come_from_the_names_of_annotations(tmp_path):
    """Roboflow's folders and COCO's own names say the part; equal names in two folders are kept apart."""
    laid(tmp_path / "r", {
        "train/1.png": None, "valid/1.png": None, "train/_annotations.coco.json": coco(["1.png"], [(0, 1, 9)]),
        "valid/_annotations.coco.json": coco(["1.png"]),
    })  # fmt: skip
    laid(tmp_path / "c", {
        "train2017/1.png": None, "val2017/1.png": None,
        "annotations/instances_train2017.json": coco(["1.png"], [(0, 1, 9)]),
        "annotations/instances_val2017.json": coco(["1.png"]),
    })  # fmt: skip
    for name in ("r", "c"):
        frame = open_source(str(tmp_path / name)).sample.select("part", "label")
        assert frame["part"].str.head(3).to_list() == ["tra", "val"]
        assert frame["label"].to_list() == ["crack", "good"]


def test_of_several_categories_the_largest_counts_and_all_are_named(tmp_path):
    """Areas add up per category; a box and an outline stand in where no area is given."""
    data = coco(["1.png", "2.png"], [(0, 1, 5), (0, 2, 4), (0, 2, 3)])
    outline = {"image_id": 1, "category_id": 1, "segmentation": [[0, 0, 10, 0, 10, 10, 0, 10]]}
    data["annotations"] += [outline, {"image_id": 1, "category_id": 2, "bbox": [0, 0, 9, 9]}]
    source = open_source(str(laid(tmp_path, {"1.png": None, "2.png": None, "annotations.json": data})))
    assert source.sample.select("label", "categories").rows() == [
        ("scratch", "scratch;crack"),
        ("crack", "crack;scratch"),
    ]
    assert codes(source) == ["several_categories"]
    assert {"label", "categories"} <= source.told.keys()


def test_what_is_amiss_is_named_and_the_rest_goes_on(tmp_path):
    """Missing files, climbing and absolute paths, unknown identifiers, doubles and pictures without an entry."""
    names = ["1.png", "gone.png", "../out.png", "/etc/x.png", "1.png", None, "C:\\x.png"]
    data = coco(names, [(0, 1, 9), (0, 77, 9), (99, 1, 9), (1, 1, 9)])
    data["annotations"] += [{}, {"image_id": [1], "category_id": {}, "area": "much"}]
    laid(tmp_path / "set", {"1.png": None, "new.png": None, "annotations.json": data})
    laid(tmp_path, {"out.png": None})
    source = open_source(str(tmp_path / "set"))
    assert labels(source) == {"1.png": "crack"}
    text = " ".join(note.text for note in source.notes)
    for said in (
        "Left out, not there (1): 'gone.png'.",
        "Left out, leading out of the folder (3): '../out.png', '/etc/x.png', 'C:\\x.png'.",
        "Left out, described twice (1): '1.png'.", "Left out, without a file name (1): 'None'.",
        "Left out, of no picture or category in it (4): 'annotation 1', 'annotation 2', 'annotation 4' ….",
        "Left out, without an entry in the annotations (1): new.png.",
    ):  # fmt: skip
        assert said in text


def test_a_picture_whose_category_nobody_knows_is_never_good(tmp_path):
    """A defect that the list of categories lacks must not be learnt as a good part: the picture is left out by name."""
    data = coco(["1.png", "2.png"], [(0, 77, 9)])
    source = open_source(str(laid(tmp_path, {"1.png": None, "2.png": None, "annotations.json": data})))
    assert labels(source) == {"2.png": "good"}
    assert "Left out, with annotations of no category in it (1): '1.png'." in [note.text for note in source.notes]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"images": 3, "annotations": [], "categories": []}']
)
def test_broken_annotations_are_named_and_others_go_on(content, tmp_path):
    """A broken file is a sentence with its name; beside a good one, or folders per class, it is a finding."""
    broken = laid(tmp_path / "a", {"1.png": None, "annotations.json": content})
    for path in (broken, broken / "annotations.json"):
        with pytest.raises(DataProblem, match=r"annotations\.json"):
            open_source(str(path))
    good = {"train/1.png": None, "test/2.png": None, "test/annotations.json": coco(["2.png"], [(0, 1, 1)])}
    source = open_source(str(laid(tmp_path / "b", {**good, "train/annotations.json": content})))
    assert labels(source) == {"test/2.png": "crack"}
    assert codes(source) == ["annotations_unreadable", "picture_without_entry"]
    source = open_source(str(laid(tmp_path / "c", {"ok/1.png": None, "ng/2.png": None, "annotations.json": content})))
    assert labels(source) == {"ng/2.png": "ng", "ok/1.png": "ok"}
    assert codes(source) == ["annotations_unreadable"]


def test_json_that_tells_of_something_else_is_no_annotation(tmp_path):
    """Any other JSON in a folder of pictures is passed over; named as the data it is refused with what is read."""
    laid(tmp_path, {"ok/1.png": None, "ng/2.png": None, "labels.json": {"1": "ok"}})
    assert labels(open_source(str(tmp_path))) == {"ng/2.png": "ng", "ok/1.png": "ok"}
    with pytest.raises(DataProblem, match=r"no COCO annotations.*\.jsonl"):
        open_source(str(tmp_path / "labels.json"))


def test_annotations_whose_pictures_are_elsewhere_say_so(tmp_path):
    """Not one picture of the file is found: said with the first names."""
    laid(tmp_path, {"1.png": None, "annotations.json": coco(["a.png", "b.png"])})
    for path in (tmp_path, tmp_path / "annotations.json"):
        with pytest.raises(DataProblem, match=r"annotations\.json.*not there \(2\): 'a\.png', 'b\.png'"):
            open_source(str(path))


def test_a_table_with_json_beside_it_stays_a_table(tmp_path):
    """Settings kept as JSON beside a CSV do not stop it from being read."""
    laid(tmp_path, {"lots.csv": b"a,b\n1,2\n3,4\n", "meta.json": {"x": 1}})
    assert open_source(str(tmp_path)).sample.height == 2


def test_annotations_in_an_archive_are_read_in_place(tmp_path):
    """The same in a .tar.gz, read like a folder."""
    laid(
        tmp_path / "set",
        {"images/1.png": None, "images/2.png": None, "a/instances.json": coco(["1.png", "2.png"], [(1, 2, 3)])},
    )
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as file:
        file.add(tmp_path / "set", "set")
        entry = tarfile.TarInfo("set/notes.md")
        file.addfile(entry, io.BytesIO())
    source = open_source(str(tmp_path / "set.tar.gz"))
    assert labels(source) == {"set/images/1.png": "good", "set/images/2.png": "scratch"}
    assert "instances" not in " ".join(note.text for note in source.notes)
    assert isinstance(source.sample, pl.DataFrame)
