"""`andon check --labels`: planted slips are found, in tables and in pictures, and what cannot be judged is a sentence."""

from __future__ import annotations

import contextlib
import io
import json

import numpy as np
import polars as pl
import pytest
from PIL import Image
from tests.conftest import lots

import andon
from andon.api.labels import folds
from andon.api.labels.listed import place_of
from andon.api.plans import resolve
from andon.api.prepare import judge_rows
from andon.cli import _run
from andon.errors import DataProblem, SettingProblem

QUICK = {"train": {"threads": 1, "epochs": 8, "optimizer": "adamw"}, "network": {"members": 1}}


def slips(rows=400, count=12):
    """Pressed parts of three grades and a serial number, with some grades swapped; and the rows that were."""
    frame = lots(rows).drop("quality", "made", "strength")
    pressure = frame["pressure_bar"].to_numpy()
    grade = np.select([pressure < 95, pressure < 105], ["soft", "good"], "hard").astype(object)
    wrong = np.random.default_rng(5).permutation(np.flatnonzero(np.abs(pressure - 100) > 8))[:count]
    grade[wrong] = np.where(grade[wrong] == "soft", "hard", "soft")
    serial = [f"SN-{i:05d}-{i * 7919 % 977}" for i in range(rows)]
    return frame.with_columns(grade=pl.Series(grade, dtype=pl.String), serial=pl.Series(serial)), wrong


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """The command, once, over a table with slips and a class of two rows: its folder, the slips, and what it said."""
    folder, (frame, wrong) = tmp_path_factory.mktemp("labels"), slips()
    rare = pl.int_range(pl.len()).is_in([3, 4])
    frame.with_columns(grade=pl.when(rare).then(pl.lit("sotf")).otherwise("grade")).write_csv(folder / "lots.csv")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = _run(
            ["check", str(folder / "lots.csv"), "target=grade", "job=classify", "--labels", "--out", str(folder / "out"),
             "train.threads=1", "epochs=8", "optimizer=adamw", "members=1", "report.language=zh"], debug=True,
        )  # fmt: skip
    assert code == 0, "suspect labels are a warning"
    return folder / "out", np.setdiff1d(wrong, [3, 4]), out.getvalue(), err.getvalue()


def test_slips_in_a_table_are_at_the_top_of_every_list(checked):
    """The list, the findings and the terminal name the rows that were swapped, and what speaks for it."""
    folder, wrong, said, progress = checked

    listed = pl.read_csv(folder / "suspects.csv")
    findings = {f["code"]: f for f in json.loads((folder / "findings.json").read_text())}
    assert np.isin(wrong, listed["row"][: len(wrong) + 6]).mean() > 0.8
    assert listed["given_probability"].is_sorted()
    assert listed.height == 398
    assert findings["suspect_labels"]["level"] == "warning"
    assert set(findings["suspect_labels"]["first_rows"]) <= set(listed.filter("suspect")["row"])
    assert "'sotf' (2)" in findings["labels_not_judged"]["what"]
    assert listed["at_serial"][0] in said
    assert "suspects.csv" in said
    assert "pressure_bar" in said.partition("what speaks for it")[2]
    assert "fold 4 of 4" in progress
    assert {p.name for p in folder.iterdir()} == {"findings.json", "findings.html", "suspects.csv"}


def test_the_page_tells_it_in_chinese(checked):
    """Section, table and findings of a Chinese page are Chinese."""
    page = (checked[0] / "findings.html").read_text("utf-8")

    assert "应查看的标签" in page
    assert "SN-" in page
    for english in ("Labels to look at", "are suspect", "were not judged", "Look at these", "mend", "surer"):
        assert english not in page


def test_pictures_stand_beside_the_words(tmp_path):
    """Swapped pictures are found, shown as they are, and a page of many stays small."""
    rng = np.random.default_rng(0)
    for number in range(60):
        picture = rng.normal(120, 8, (80, 80))
        if number % 2:
            picture[30 + number % 7 : 36 + number % 7, 8:-8] += 90
        shown = "ng" if number % 2 == (number not in (10, 21)) else "ok"
        place = tmp_path / "parts" / shown / f"{int(rng.integers(1 << 30))}-{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(place)

    code = _run(
        ["check", str(tmp_path / "parts"), "job=defect_class", "--labels", "--quiet", "--out", str(tmp_path / "out"),
         "network.size=tiny", "optimizer=adamw", "learning_rate=0.004", "epochs=8", "threads=1"], debug=True,
    )  # fmt: skip

    listed = pl.read_csv(tmp_path / "out/suspects.csv")
    page = (tmp_path / "out/findings.html").read_text("utf-8")
    assert code == 0
    assert {name.rpartition("-")[2] for name in listed["at_picture"][:3]} >= {"10.png", "21.png"}
    assert 15 <= page.count("data:image/jpeg;base64,") <= 60
    assert len(page) < 1_000_000


def test_labels_of_a_frame_are_judged_without_a_file(tmp_path, monkeypatch):
    """In Python nothing is written, and the progress is silent where asked."""
    monkeypatch.chdir(tmp_path)
    frame, wrong = slips(240, 6)

    found = andon.check(frame, target="grade", labels=True, quiet=True, **QUICK)

    assert found.labels is not None
    assert set(found.labels.listed["row"][:12]) & set(wrong)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_search_leaves_nothing_behind(tmp_path, monkeypatch, capsys):
    """Ctrl-C in the second fold: no folder, no scratch files, exit code 130."""
    frame, _ = slips(120, 4)
    frame.write_csv(tmp_path / "lots.csv")
    scratch, trained = tmp_path / "scratch", folds.asked
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    monkeypatch.chdir(tmp_path)
    calls = []

    def interrupted(*words, **more):
        calls.append(words)
        if len(calls) == 2:
            assert list(scratch.iterdir())
            raise KeyboardInterrupt
        return trained(*words, **more)

    monkeypatch.setattr(folds, "asked", interrupted)
    words = ["check", "lots.csv", "target=grade", "--labels", "--quiet", "epochs=1", "threads=1", "members=1"]

    assert _run([*words, "optimizer=adamw"], debug=False) == 130
    assert [p for p in scratch.iterdir() if not p.name.startswith("torchinductor")] == []  # that one is torch's own
    assert [p.name for p in tmp_path.iterdir() if p.is_dir()] == ["scratch"]
    assert "goes on where it stopped" not in capsys.readouterr().err


def test_a_number_has_no_wrong_class():
    """A job that predicts numbers is refused with the jobs that have labels."""
    with pytest.raises(SettingProblem, match=r"'regress' predicts a number.*defect_class"):
        andon.check(lots(60), job="regress", target="strength", labels=True, quiet=True)


def test_without_two_classes_of_enough_rows_it_says_so():
    """Three rows of the second class are too few to be held out in turn."""
    frame = (
        lots(60)
        .drop("strength", "quality")
        .with_columns(grade=pl.when(pl.int_range(pl.len()) < 3).then(pl.lit("b")).otherwise(pl.lit("a")))
    )
    with pytest.raises(DataProblem, match=r"column 'grade'.*fewer than two classes have 4 rows.*[Gg]ive more records"):
        andon.check(frame, target="grade", labels=True, quiet=True)


def test_one_unit_cannot_be_held_out():
    """Rows of a single machine stay together, so that nothing is left to learn from."""
    frame = slips(120, 4)[0].with_columns(station=pl.lit("A"))
    with pytest.raises(DataProblem, match="one unit or group"):
        andon.check(frame, target="grade", labels=True, quiet=True,
                    split={"test": 0.0, "validation": 0.0, "calibration": 0.0}, **{"data.rows.unit": "station"})  # fmt: skip


def test_records_with_errors_are_mended_first():
    """A column that gives the class away would only repeat its slips: nothing is trained, and the findings say so."""
    frame, _ = slips(200, 5)
    frame = frame.with_columns(copy=pl.col("grade"))

    found = andon.check(frame, target="grade", labels=True, quiet=True)

    assert found.labels is None
    assert any(f.code == "labels_not_judged" and "have errors" in f.what for f in found.findings)


def test_units_are_held_out_whole_and_no_row_judges_itself():
    """Every row is asked in one fold; rows of one unit in the same one, and neither learns nor chooses there."""
    frame = slips(240, 6)[0].with_columns(unit=pl.int_range(pl.len()) // 6)
    resolved = resolve("classify", ["target=grade"], {"data.rows.unit": "unit"})
    with folds.scratch() as folder:
        judged = judge_rows(resolved.plan, resolved.job, frame)
        prepared, fold, few = folds.dealt(folds.prepared_for_folds(resolved.plan, resolved.job, judged, folder))
        one = folds.without(prepared, fold, 2)

    assert few == {}
    assert sorted(set(fold)) == [0, 1, 2, 3]
    assert all(len(set(fold[start : start + 6])) == 1 for start in range(0, 240, 6))
    held, chosen = one.rows("test"), one.rows("validation")
    assert set(held) == set(np.flatnonzero(fold == 2))
    units = [set(frame["unit"].to_numpy()[rows]) for rows in (held, chosen, one.learn)]
    assert sum(len(some) for some in units) == len(set.union(*units)) == 40


def test_a_class_of_one_unit_alone_is_named_and_not_judged():
    """All its rows are held out at once, so that no network can know it."""
    frame = slips(240, 6)[0].with_columns(unit=pl.int_range(pl.len()) // 6)
    frame = frame.with_columns(grade=pl.when(pl.col("unit") == 7).then(pl.lit("mixed")).otherwise("grade"))
    resolved = resolve("classify", ["target=grade"], {"data.rows.unit": "unit"})
    with folds.scratch() as folder:
        judged = judge_rows(resolved.plan, resolved.job, frame)
        prepared, fold, few = folds.dealt(folds.prepared_for_folds(resolved.plan, resolved.job, judged, folder))

    assert few == {"mixed": 6}
    assert np.flatnonzero(fold < 0).tolist() == list(range(42, 48))
    assert prepared.state["classes"] == ["good", "hard", "soft"]
    assert not set(range(42, 48)) & set(prepared.learn)


def test_a_row_is_named_once():
    """Place, file and serial of a picture say the same: the place is told, and what else names the row."""
    assert place_of(["/data/p/good/S1.png", "good/S1.png", "S1"]) == "good/S1.png"
    assert place_of(["M3", "good/S1.png", "lot 7"]) == "M3 · good/S1.png · lot 7"
