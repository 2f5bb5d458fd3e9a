"""Tables that say what pictures are: beside them in a folder, inside an archive, or with names as people write them."""

from __future__ import annotations

import tarfile
import zipfile

import pytest
from tests.records.test_records_pictures import folder, records

from andon.api.plans import resolve
from andon.errors import DataProblem
from andon.records import Column, read
from andon.records.pictures.looked import look

TABLE = "image,label\n{0}1.png,ok\n{0}2.png,ng\n"


def packed(base, *, ending):
    """The folder as an archive beside it."""
    files = sorted(each for each in base.rglob("*") if each.is_file())
    path = base.with_name(f"p{ending}")
    if ending == ".zip":
        with zipfile.ZipFile(path, "w") as out:
            for file in files:
                out.write(file, file.relative_to(base.parent).as_posix())
    else:
        with tarfile.open(path, "w:gz" if ending.endswith("gz") else "w") as out:
            for file in files:
                out.add(file, file.relative_to(base.parent).as_posix())
    return path


def seen(found):
    """Labels row by row, with the reason why a picture cannot be read."""
    problems = look(found).pictures[found.inputs("image")[0]].facts["problem"].to_list()
    return list(zip(found.frame.collect()[found.the("target")].to_list(), problems, strict=True))


@pytest.fixture
def listed(tmp_path):
    """Pictures in one folder, and a table beside it that says what they are."""
    base = folder(tmp_path / "set", ["pics/1.png", "pics/2.png"])
    (base / "labels.csv").write_text(TABLE.format("pics/"))
    return base


def test_a_table_beside_one_folder_of_pictures_says_what_they_are(listed):
    """The folder's name would be the class of all: the table counts, and what else lies there is named."""
    (listed / "lots.csv").write_text("serial,temp\n1,20\n")
    found = records(listed)
    assert seen(found) == [("ok", None), ("ng", None)]
    assert [note.text for note in found.notes] == ["Not read: lots.csv."]


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz"])
def test_a_table_inside_an_archive_is_read_in_place(listed, ending):
    """Table and pictures of an archive belong together, asked for as a whole or by the table's own place."""
    path = packed(listed, ending=ending)
    assert seen(records(path)) == [("ok", None), ("ng", None)]
    assert seen(records(f"{path}/set/labels.csv")) == [("ok", None), ("ng", None)]
    with pytest.raises(DataProblem, match="no such file"):
        records(f"{path}/set/other.csv")


def test_folders_that_tell_classes_go_before_tables(tmp_path):
    """Boxes or groups beside a folder per class are about its pictures and are no rows."""
    base = folder(tmp_path, ["ok/1.png", "ng/2.png"])
    (base / "boxes.csv").write_text("image,label\nok/1.png,x\nng/2.png,y\n")
    assert sorted(seen(records(base))) == [("ng", None), ("ok", None)]


def test_a_table_of_boxes_is_no_list_of_pictures(tmp_path):
    """A picture that stands in two rows, or a table without labels, leaves the folder as it was."""
    base = folder(tmp_path, ["good/1.png", "good/2.png"])
    (base / "boxes.csv").write_text("image,label\ngood/1.png,x\ngood/1.png,y\ngood/2.png,y\n")
    (base / "groups.csv").write_text("file,group\ngood/1.png,1\ngood/2.png,2\n")
    assert records(base).frame.collect()["label"].to_list() == ["good", "good"]


@pytest.mark.parametrize("written", ["pics\\", "", "{base}/pics/"])
def test_names_are_found_as_people_write_them(listed, written):
    """With Windows' signs between folders, without the folder, or with the whole path: the pictures are found."""
    (listed / "labels.csv").write_text(TABLE.format(written.format(base=listed)))
    assert seen(records(listed / "labels.csv")) == [("ok", None), ("ng", None)]


def test_one_picture_or_a_pattern_of_them_is_a_table(tmp_path):
    """A single file is one row; files by a pattern are rows, their classes by the folders below what they share."""
    base = folder(tmp_path, ["ok/1.png", "ok/2.png", "ng/3.png"])
    assert records(base / "ok/1.png").frame.collect()["picture"].to_list() == [f"{base}/ok/1.png"]
    assert records(base / "*/*.png").frame.collect()["label"].to_list() == ["ng", "ok", "ok"]
    assert records(base / "ok/*.png").frame.collect().columns == ["picture", "file", "serial"]


def test_a_picture_inside_an_archive_is_a_row(listed):
    """The place that an answer names can be asked about again."""
    path = packed(listed, ending=".zip")
    assert records(f"{path}/set/pics/1.png").frame.collect()["serial"].to_list() == ["1"]


def test_pictures_of_formats_that_are_not_read_are_named(tmp_path):
    """A GIF among PNGs is no silence: the rest is read, and it is said."""
    base = folder(tmp_path, ["ok/1.png", "ng/2.png"])
    (base / "ok/3.gif").write_bytes(b"GIF89a")
    (base / "ok/Thumbs.db").write_bytes(b"x")
    assert [note.text for note in records(base).notes] == ["Not read: 3.gif, Thumbs.db."]


def test_masks_of_a_table_are_found_as_its_pictures_are(listed):
    """A column of masks holds places too; a good part has none."""
    text = "image,label,mask\npics/1.png,ok,\npics/2.png,ng,pics/1.png\n"
    (listed / "labels.csv").write_text(text)
    assert records(listed / "labels.csv").frame.collect()["mask"].to_list() == [None, f"{listed}/pics/1.png"]


@pytest.mark.parametrize("trained", ["photo", "picture"])
def test_a_folder_may_be_asked_about_after_learning_from_a_table(listed, trained):
    """The one column of pictures goes by the name that it had in training, whether a folder or a table comes."""
    known = [Column(trained, "image", "input", format="file")]
    plans = [resolve("classify", [str(path)]).plan for path in (listed / "pics", listed / "labels.csv")]
    found = [read(plan, known=known, answering=True).columns for plan in plans]
    assert trained in [column.name for column in found[0] if column.kind == "image"]
    assert [column.name for column in found[1] if column.kind == "image"] == [
        "image" if trained == "photo" else trained
    ]


def test_pictures_that_two_sources_name_are_looked_at_once(listed):
    """A process table that names the pictures, too, brings no second input of them."""
    (listed / "lots.csv").write_text("serial,temp,picture\n1,20,pics/1.png\n2,21,pics/2.png\n")
    beside = {"with": [{"path": str(listed / "lots.csv"), "on": "serial"}]}
    found = look(records(listed / "pics", data=beside))
    assert list(found.pictures) == ["picture"]
    assert found.inputs() == ["picture", "temp"]
    assert "same pictures" in found.notes[-1].text
