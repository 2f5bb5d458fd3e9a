"""From a folder of pictures to answers: checked, trained, shipped, asked for new files."""

from __future__ import annotations

import json
import shutil

import numpy as np
import polars as pl
import pytest
from PIL import Image

import andon
from andon.api.fit import ready
from andon.api.plans import resolve
from andon.api.rivals import textured
from andon.cli import main
from andon.errors import DataProblem


def surfaces(base, count=40, side=80):
    """Textures in two classes: scratched ones are `ng`."""
    rng = np.random.default_rng(0)
    for number in range(count):
        picture = rng.normal(120, 8, (side, side))
        if number % 2:
            row = int(rng.integers(10, side - 10))
            picture[row : row + 4, 8:-8] += 90
        place = base / ("ng" if number % 2 else "ok") / f"{int(rng.integers(1 << 30))}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(place)
    return base


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A small run of `defect_class`."""
    folder = tmp_path_factory.mktemp("pictures")
    surfaces(folder / "parts")
    (folder / "parts" / "ok" / "broken.png").write_bytes(b"no picture")
    return andon.fit(
        "defect_class", folder / "parts", runs=folder / "runs", quiet=True, epochs=3, threads=1,
        network={"size": "tiny"}, train={"learning_rate": 0.004, "optimizer": "adamw"},
    )  # fmt: skip


def test_a_broken_file_is_named_and_the_rest_is_trained_on(run):
    """One file cannot be read: a finding with its name, and a run all the same."""
    findings = json.loads((run / "findings.json").read_text())
    broken = [f for f in findings if f["code"] == "picture_unreadable"]
    assert broken[0]["rows"] == 1
    assert "broken.png" in broken[0]["what"]
    assert (run / "report.html").exists()


def test_new_files_are_answered_whatever_their_size_and_broken_ones_listed(run, tmp_path, capsys):
    """A folder of new pictures gets an answer per file; one that is no picture has its reason."""
    surfaces(tmp_path / "new", 6, side=100)
    (tmp_path / "new" / "ok" / "notes.png").write_bytes(b"text")
    with pytest.raises(SystemExit, match="0"):
        main(["predict", str(run.folder), str(tmp_path / "new"), "--out", str(tmp_path / "a.csv")])
    answers = pl.read_csv(tmp_path / "a.csv")
    assert answers.height == 7
    assert answers["problem"].null_count() == 6
    assert answers["answer"].null_count() == 1


def test_one_picture_is_answered_alike_as_path_bytes_and_array(run, tmp_path):
    """The service may hand over a path, the file's bytes or its pixels."""
    place = next((surfaces(tmp_path / "one", 2) / "ok").iterdir())
    model = andon.load(run.folder)
    ways = [str(place), place.read_bytes(), np.asarray(Image.open(place))]
    answers = [model.predict({"picture": way}) for way in ways]
    assert answers[0]["problem"] is None
    assert answers[0] == answers[1] == answers[2]
    assert "no picture" in model.predict({"picture": b"text"})["problem"]


def test_answers_are_the_same_from_a_folder_and_from_a_zip(run, tmp_path):
    """The archive is read in place and gives what the folder gives."""
    surfaces(tmp_path / "parts", 6)
    shutil.make_archive(str(tmp_path / "parts"), "zip", tmp_path / "parts")
    loose = andon.predict(run.folder, tmp_path / "parts")
    packed = andon.predict(run.folder, tmp_path / "parts.zip")
    named = [
        frame.with_columns(pl.col("picture").str.split("/").list.tail(2).list.join("/")) for frame in (loose, packed)
    ]
    assert named[0].sort("picture").equals(named[1].sort("picture"))


def test_an_archive_that_is_none_is_a_sentence(tmp_path):
    """Broken archives are named."""
    (tmp_path / "p.zip").write_bytes(b"PK")
    with pytest.raises(DataProblem, match=r"p\.zip"):
        andon.check(tmp_path / "p.zip")


def test_the_page_shows_the_pictures_to_look_at_first(run):
    """The worst judged pictures are on the page, each with its heat maps of two kinds, inside the file."""
    worst = pl.read_ipc(run / "worst.arrow")
    assert 0 < worst.height <= 24
    assert worst["p_truth"].is_sorted()
    assert worst["agreement"].is_between(-1, 1).all()
    assert worst["picture"][0][:2] == worst["heat"][0][:2] == worst["slope"][0][:2] == b"\xff\xd8"
    page = (run / "report.html").read_text("utf-8")
    contact = page[page.index('id="contact"') :].partition("</section>")[0]
    assert contact.count("data:image/jpeg;base64,") == 3 * worst.height
    assert len(page) < 3_000_000


def test_texture_features_stand_beside_the_network_and_join_its_answer(run):
    """The rival of pictures has its figure on the page and its share in the one file, which passed the gate."""
    metrics = json.loads((run / "metrics.json").read_text())
    assert 0 <= metrics["metrics"]["accuracy"]["texture"] <= 1
    assert metrics["blend"]["network"] + metrics["blend"]["texture"] == pytest.approx(1)
    assert 0 < metrics["blend"]["texture"] <= 1
    assert (metrics["parity"]["flips"], metrics["parity"]["rows"]) == (0, 40)
    page = (run / "report.html").read_text("utf-8")
    assert "texture features + LDA" in page


@pytest.mark.parametrize(
    ("job", "side", "more", "beside"),
    [
        ("defect_class", 80, {}, True), ("defect_class", 80, {"trees": "off"}, False), ("classify", 80, {}, True),
        ("classify", 40, {}, False), ("classify", 80, {"validation": 0.0}, False),
        ("classify", 80, {"network": [{"flatten": {}}, {"dense": 2}]}, False),
    ],
)  # fmt: skip
def test_texture_is_for_photographs_with_a_validation_part_unless_switched_off(job, side, more, beside, tmp_path):
    """Small pictures, a network of one's own or nothing to choose by: the network stands alone."""
    prepared = ready(resolve(job, [str(surfaces(tmp_path / "parts", side=side))], more))
    assert textured(prepared) == beside
    assert prepared.plan.train.trees == ("auto" if beside else "off")
