"""Pictures as records: folders per class, MVTec's layout, archives, and tables that name pictures."""

from __future__ import annotations

import io
import os
import zipfile

import numpy as np
import polars as pl
import pytest
from PIL import Image

from andon.api.plans import resolve
from andon.errors import DataProblem
from andon.records import read
from andon.records.pictures import open_pictures
from andon.records.pictures.looked import look


def picture(seed: int, size: tuple[int, int] = (16, 16)) -> Image.Image:
    """A picture of noise."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8))


def folder(base, names):
    """Pictures under these names."""
    for seed, name in enumerate(names):
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        picture(seed).save(base / name)
    return base


def records(path, **settings):
    """Records of a path, as a classification would read them."""
    resolved = resolve("classify", [str(path)], settings)
    return read(resolved.plan, target_names=resolved.job.target_names)


def test_a_folder_per_class_is_a_table(tmp_path):
    """Each folder is a class; the picture is the one input, the class the target."""
    found = records(folder(tmp_path, ["ok/1.png", "ok/2.png", "ng/3.png"]))
    assert found.the("target") == "label"
    assert found.inputs() == ["picture"]
    assert found.frame.collect()["label"].to_list() == ["ng", "ok", "ok"]


def test_mvtec_layout_gives_parts_classes_and_masks(tmp_path):
    """train and test are parts, folders under them classes, and a mask lies beside its picture."""
    names = ["train/good/0.png", "test/good/0.png", "test/crack/0.png", "ground_truth/crack/0_mask.png"]
    frame = open_pictures(folder(tmp_path, names)).sample
    assert frame.select("part", "label").rows() == [("test", "crack"), ("test", "good"), ("train", "good")]
    assert frame["mask"].to_list()[0].endswith("ground_truth/crack/0_mask.png")
    assert frame["mask"].to_list()[1:] == [None, None]


def test_products_above_the_classes_are_a_column(tmp_path):
    """Two products with the same classes: the class is the last folder, the product a column."""
    frame = open_pictures(folder(tmp_path, ["cap/ok/1.png", "cap/ng/2.png", "pin/ok/3.png"])).sample
    assert frame.select("product", "label").rows() == [("cap", "ng"), ("cap", "ok"), ("pin", "ok")]


def test_a_zip_is_read_in_place_and_what_it_refuses_is_named(tmp_path):
    """Pictures come from inside; a name that climbs out is a note; a table inside is said to be passed over."""
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as packed:
        for seed, name in enumerate(["data/ok/1.png", "data/ng/2.png", "../out.png"]):
            file = io.BytesIO()
            picture(seed).save(file, "PNG")
            packed.writestr(name, file.getvalue())
        packed.writestr("data/boxes.csv", "file\n")
    source = open_pictures(tmp_path / "p.zip")
    assert source.sample["label"].to_list() == ["ok", "ng"]
    assert [note.code for note in source.notes] == ["file_refused", "files_passed_over"]


def test_a_table_of_paths_is_relative_to_its_folder(tmp_path, monkeypatch):
    """Names in a table are found beside it, wherever the command runs; a mask column is no input."""
    folder(tmp_path / "set", ["a/1.png", "a/2.png", "m/1.png"])
    text = "image,mask,temp,label\na/1.png,m/1.png,20.5,ok\na/2.png,m/1.png,21.5,ng\n"
    (tmp_path / "set" / "t.csv").write_text(text)
    found = records(tmp_path / "set" / "t.csv")
    assert {c.name: c.kind for c in found.columns} == {
        "image": "image", "mask": "text", "temp": "number", "label": "category",
    }  # fmt: skip
    assert look(found).pictures["image"].facts["problem"].null_count() == 2


def test_pictures_join_process_rows_by_serial(tmp_path):
    """The name of a picture without its ending is its serial number."""
    folder(tmp_path / "pictures", ["P1.png", "P2.png"])
    (tmp_path / "lots.csv").write_text("serial,temp,scrap\nP2,20.5,ng\nP1,21.5,ok\n")
    found = records(
        tmp_path / "lots.csv", target="scrap", data={"with": [{"path": str(tmp_path / "pictures"), "on": "serial"}]}
    )
    assert found.inputs("image") == ["picture"]
    assert [place[-6:] for place in found.frame.collect()["picture"].to_list()] == ["P2.png", "P1.png"]


def test_a_folder_without_pictures_says_so(tmp_path):
    """An empty place is a sentence."""
    (tmp_path / "x").mkdir()
    with pytest.raises(DataProblem, match="no picture"):
        open_pictures(tmp_path / "x")


def test_copies_are_known_by_their_pixels_not_by_their_files(tmp_path):
    """The same picture as PNG and BMP has one hash; a broken file has a reason instead."""
    for name in ("ok/1.png", "ok/1.bmp", "ok/2.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        picture(int(name[3])).save(tmp_path / name)
    (tmp_path / "ok/3.png").write_bytes(b"nothing")
    looked = look(records(tmp_path, target="label"))
    facts = looked.pictures["picture"].facts
    assert facts["pixels"].n_unique() == 3
    assert facts["problem"].is_not_null().to_list() == [False, False, False, True]
    assert looked.identity() == ["picture.pixels"]


def test_frames_of_paths_are_pictures_too(tmp_path):
    """A Polars frame with a column of paths is read like a table."""
    folder(tmp_path, ["1.png", "2.png"])
    frame = pl.DataFrame({"photo": [str(tmp_path / "1.png"), str(tmp_path / "2.png")], "label": ["a", "b"]})
    resolved = resolve("classify", [], {})
    assert read(resolved.plan, frame, target_names=("label",)).inputs("image") == ["photo"]


def test_an_archive_without_a_picture_to_read_says_what_it_holds(tmp_path):
    """Archives inside it, or what is refused, stand in the sentence."""
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as packed:
        packed.writestr("inner.zip", b"x")
        packed.writestr("../1.png", b"x")
    with pytest.raises(DataProblem, match=r"no picture .*1\.png.*leads out.*inner\.zip"):
        open_pictures(tmp_path / "p.zip")


def test_one_file_that_cannot_be_there_does_not_end_the_others(tmp_path):
    """A link that leads nowhere and a name that is no text are rows with a reason; the rest is read."""
    folder(tmp_path, ["ok/1.png", "ng/2.png"])
    (tmp_path / "ok/3.png").symlink_to("nowhere.png")
    with open(os.fsencode(tmp_path) + b"/ng/pr\xfcf.png", "wb") as file:
        file.write(b"x")
    facts = look(records(tmp_path)).pictures["picture"].facts
    assert [bool(problem) for problem in facts["problem"].to_list()] == [False, True, False, True]
    assert "no text" in facts["problem"][1]
    assert "no such file" in facts["problem"][3]


def test_folders_with_nothing_to_read_are_not_called_empty(tmp_path):
    """Classes of GIFs alone: the sentence says that there are folders, and which pictures are read."""
    (tmp_path / "ok").mkdir()
    (tmp_path / "ok/1.gif").write_bytes(b"GIF89a")
    with pytest.raises(DataProblem, match="it holds folders.*JPEG, PNG, BMP, TIFF, WebP"):
        records(tmp_path)


@pytest.mark.parametrize("heading", ["file", "serial", "mask_of", "picture"])
def test_a_table_of_pictures_under_any_heading_is_answered_for_a_folder_of_them(tmp_path, heading):
    """The helper columns `file` and `serial` of a folder give way to the column of pictures that training called so."""
    place = folder(tmp_path / "img", ["1.png", "2.png"])
    pl.DataFrame({heading: ["img/1.png", "img/2.png"], "label": ["ok", "ng"]}).write_csv(tmp_path / "labels.csv")
    resolved = resolve("classify", [str(tmp_path / "labels.csv")], {})
    trained = read(resolved.plan, target_names=resolved.job.target_names)
    assert trained.inputs() == [heading]
    plan = resolve("classify", [str(place)], {}).plan
    new = read(plan, known=trained.columns, answering=True)
    column = next(each for each in new.columns if each.name == heading)
    assert (column.kind, column.role) == ("image", "input")
    assert [os.path.exists(each) for each in new.frame.collect()[heading]] == [True, True]
