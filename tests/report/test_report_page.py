"""The page of a run: made from plain files alone, whatever is missing or hostile in them."""

from __future__ import annotations

import json
import re
import time

import numpy as np
import polars as pl
import pytest
import synthetic_run
from altair.utils import schemapi
from synthetic_lives import lived
from synthetic_run import HOSTILE

from andon.errors import Problem, RunProblem
from andon.locale import translate
from andon.report import render, write_report
from andon.report.charts import VARIABLES
from andon.report.facts import read_facts
from andon.report.sections import SECTIONS, section_function
from conftest import KINDS

OPTIONAL = [
    "metrics.json",
    "findings.json",
    "plan.yaml",
    "history.arrow",
    "optim.json",
    "schema.json",
    "answers.parquet",
    "worst.arrow",
    "augmented.arrow",
    "lives.arrow",
]


@pytest.fixture(scope="module")
def pages(made):
    """Kind -> English page."""
    return {kind: page.read_text("utf-8") for (kind, language), page in made.items() if language == "en"}


@pytest.fixture
def without_pictures(monkeypatch):
    """Pictures are specified but not drawn, for tests that make many pages."""
    monkeypatch.setattr("andon.report.charts.draw", lambda chart, label: "")
    with schemapi.debug_mode(False):
        yield


def ids(page):
    """Names of the sections of a page, in order."""
    return re.findall(r'<section id="(\w+)"', page)


def test_each_kind_of_run_gets_its_sections(pages):
    """Classes get a confusion matrix, costs a decision, numbers their residuals; nobody gets an empty section."""
    both = {
        "glance",
        "asked",
        "findings",
        "split",
        "metrics",
        "calibration",
        "worst",
        "drivers",
        "curves",
        "speed",
        "repeat",
    }
    assert set(ids(pages["classification"])) == both | {"confusion", "groups"}
    assert set(ids(pages["binary"])) == both | {"confusion", "decision"}
    assert set(ids(pages["regression"])) == both | {"residuals", "groups"}
    assert set(ids(pages["inspected"])) == both | {"confusion", "groups", "decision", "contact", "augmented"}
    told = {"regimes", "lives_along", "lives_left", "lives_stops", "lives_sensors", "lives_read", "residuals"}
    assert set(ids(pages["lived"])) == (both | told) - {"worst"}


@pytest.mark.parametrize("name", list(SECTIONS))
def test_every_section_says_nothing_of_an_empty_run(name, tmp_path):
    """A manifest alone breaks no section: each is left out or says what is there."""
    (tmp_path / "manifest.json").write_text("{}")
    section = section_function(name)(read_facts(tmp_path), translate("en"))
    assert section is None or section.title


@pytest.mark.parametrize("name", OPTIONAL)
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_page_is_made_without_any_one_file(kind, name, tmp_path, without_pictures):
    """Only the manifest must be there."""
    folder = KINDS[kind](tmp_path / kind, rows=200)
    (folder / name).unlink(missing_ok=True)
    page = render(read_facts(folder), translate("en"))
    assert "glance" in ids(page)


@pytest.mark.parametrize(
    ("kind", "name"), [*[(kind, "metrics.json") for kind in KINDS], ("regression", "manifest.json")]
)
def test_a_page_is_made_of_any_half_of_the_keys(kind, name, tmp_path, without_pictures):
    """Earlier and later versions write fewer keys, or null in them; none of them needs another."""
    folder = KINDS[kind](tmp_path / kind, rows=200)
    whole = json.loads((folder / name).read_text("utf-8"))
    rng = np.random.default_rng(0)
    for _ in range(6):
        fate = dict(zip(whole, rng.choice(["kept", "kept", "null", "gone"], len(whole)), strict=True))
        half = {key: value if fate[key] == "kept" else None for key, value in whole.items() if fate[key] != "gone"}
        (folder / name).write_text(json.dumps(half), "utf-8")
        assert "glance" in ids(render(read_facts(folder), translate("en"))), fate


@pytest.mark.parametrize("name", ["metrics.json", "manifest.json"])
def test_a_page_is_made_of_nulls(name, tmp_path, without_pictures):
    """Null in every key at once is no trouble either."""
    folder = synthetic_run.binary(tmp_path / "run")
    nulls = dict.fromkeys(json.loads((folder / name).read_text("utf-8")))
    (folder / name).write_text(json.dumps(nulls), "utf-8")
    assert "glance" in ids(render(read_facts(folder), translate("en")))


@pytest.mark.parametrize("name", ["manifest.json", *[n for n in OPTIONAL if not n.endswith("yaml")]])
def test_a_broken_file_is_named(name, tmp_path):
    """A file that cannot be read is a broken run, said in one sentence."""
    folder = synthetic_run.regression(tmp_path / "run")
    (folder / name).write_bytes(b"\x00{not a file of a run")
    with pytest.raises(RunProblem, match=re.escape(name)):
        write_report(folder)


@pytest.mark.parametrize("content", [b"job: [", b"\xff\xfe\x00"])
def test_a_broken_plan_is_named(content, tmp_path):
    """The same holds for the plan."""
    folder = synthetic_run.regression(tmp_path / "run")
    (folder / "plan.yaml").write_bytes(content)
    with pytest.raises(RunProblem, match=r"plan\.yaml cannot be read"):
        write_report(folder)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    """Without a manifest there is nothing to report."""
    with pytest.raises(RunProblem, match="manifest.json is missing"):
        write_report(tmp_path)


def test_the_language_is_that_of_the_plan_unless_asked(runs, without_pictures):
    """`report: {language: zh}` in the plan makes a Chinese page; an asked language wins."""
    assert '<html lang="zh-CN">' in write_report(runs["binary"]).read_text("utf-8")
    assert '<html lang="en">' in write_report(runs["binary"], "en").read_text("utf-8")
    assert '<html lang="en">' in write_report(runs["regression"]).read_text("utf-8")
    with pytest.raises(Problem, match="there is no language 'de'"):
        write_report(runs["binary"], "de")


def test_half_a_run_is_named_as_half(tmp_path, without_pictures):
    """Nobody takes an unfinished run for a result."""
    folder = synthetic_run.regression(tmp_path / "run")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "finished": False}), "utf-8")
    assert "Half a run" in write_report(folder).read_text("utf-8")


def test_names_in_the_data_stay_text(pages):
    """A column called like markup is shown, never obeyed; there is no script in any page."""
    for page in pages.values():
        assert HOSTILE not in page
        assert "<script" not in page
        assert "&lt;/style&gt;&lt;script&gt;" in page


def test_a_page_names_no_other_place(pages):
    """No link, picture, font or style from elsewhere: the only addresses are the names of the SVG language."""
    for page in pages.values():
        assert set(re.findall(r"https?://[^\"' )]+", page)) == {"http://www.w3.org/2000/svg"}
        named = set(re.findall(r'(?:src|href)="([^#"]*)"', page))
        assert {name for name in named if not name.startswith("data:image/jpeg;base64,")} <= {"", "data:,"}
        assert "@import" not in page


def test_colours_of_pictures_follow_the_scheme(pages):
    """Every colour in a picture is a variable of the page, so that none vanishes on a dark ground."""
    for page in pages.values():
        pictures = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
        colours = re.findall(r'(?:fill|stroke)="([^"]+)"', pictures)
        assert {c for c in colours if not c.startswith("var(--")} <= {"none", "transparent"}
        assert set(re.findall(r"var\(--([\w-]+)", pictures)) <= set(VARIABLES.values())


def test_every_name_of_an_element_is_given_once(pages):
    """Clips of one picture never cut another."""
    for page in pages.values():
        names = re.findall(r'\bid="([^"]+)"', page)
        assert len(names) == len(set(names))


def test_every_picture_teaches_how_it_is_read(pages):
    """Under each figure stands its glossary line, and a screen reader gets a label."""
    for page in pages.values():
        figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
        assert len(figures) >= 6
        assert all(re.search(r"<figcaption>.{40,}</figcaption>", figure, re.DOTALL) for figure in figures)
        assert all("aria-label=" in figure for figure in figures)


def test_text_in_pictures_is_text(pages):
    """Chinese class names can be read, searched and copied out of a picture."""
    assert re.search(r"<text[^>]*>划痕</text>", pages["classification"])


def test_the_same_run_gives_the_same_page(runs):
    """Two renderings are equal to the byte."""
    facts = read_facts(runs["regression"])
    assert render(facts, translate("zh")) == render(facts, translate("zh"))


def test_many_rows_and_classes_keep_the_page_small(tmp_path):
    """Thousands of answers are drawn as squares, of eighty classes the worst twenty."""
    many = synthetic_run.classification(tmp_path / "classes", num_classes=80, rows=4_000)
    page = write_report(many, "en").read_text("utf-8")
    assert len(page) < 300_000
    assert "Of 80 classes, the 20 with the most mistakes are shown." in page

    numbers = synthetic_run.regression(tmp_path / "numbers", rows=50_000)
    assert len(write_report(numbers, "en").read_text("utf-8")) < 500_000

    lives = lived(tmp_path / "lives", rows=50_000)
    assert len(write_report(lives, "en").read_text("utf-8")) < 500_000


def test_a_page_is_made_within_five_seconds_of_work(runs):
    """Making a page again is no reason to wait."""
    start = time.process_time()
    write_report(runs["classification"], "zh")
    assert time.process_time() - start < 5


def test_cells_that_are_not_numbers_do_no_harm(tmp_path):
    """Answers with missing and infinite values, a training loss that blew up: still a page."""
    folder = synthetic_run.regression(tmp_path / "run", rows=50)
    answers = pl.read_parquet(folder / "answers.parquet")
    holes = [None, float("nan"), float("inf"), *answers["truth"][3:]]
    answers.with_columns(pl.Series("truth", holes)).write_parquet(folder / "answers.parquet")
    history = pl.read_ipc(folder / "history.arrow")
    broken = pl.Series("train_loss", np.where(np.arange(history.height) > 5, np.inf, 0.5))
    history.with_columns(broken).write_ipc(folder / "history.arrow")
    assert "residuals" in ids(write_report(folder).read_text("utf-8"))


def test_answers_without_a_single_mistake_are_said_so(tmp_path, without_pictures):
    """A perfect test part has no worst cases and no mistakes, and its page says that."""
    folder = synthetic_run.classification(tmp_path / "run")
    answers = pl.read_parquet(folder / "answers.parquet")
    answers.with_columns(answer=pl.col("truth")).write_parquet(folder / "answers.parquet")
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    metrics["confusion"]["counts"] = [[5, 0, 0], [0, 5, 0], [0, 0, 5]]
    (folder / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    page = write_report(folder, "en").read_text("utf-8")
    assert "No record was answered wrongly." in page
    assert "No mistakes." in page


def test_without_a_test_part_the_page_says_what_stood_in(tmp_path, without_pictures):
    """Figures of the validation part are never called figures of unseen records."""
    folder = synthetic_run.regression(tmp_path / "run")
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    (folder / "metrics.json").write_text(json.dumps({**metrics, "part": "validation"}), "utf-8")
    page = write_report(folder, "en").read_text("utf-8")
    assert "validation records (no test part)" in page
    assert "had never seen" not in page


@pytest.mark.parametrize(("language", "said"), [("en", "Cut into tiles"), ("zh", "边长 120 像素的缺陷只剩 3 像素")])
def test_the_page_says_why_pictures_were_cut(language, said, tmp_path, without_pictures):
    """Nobody asked for tiles: the reason stands with what was asked, in the page's language."""
    folder = synthetic_run.KINDS["classification"](tmp_path / "run")
    schema = json.loads((folder / "schema.json").read_text())
    schema["fields"][0]["why"] = (
        "4,000 x 3,000 pixels are far more than the 100 x 75 that they would be shrunk to: "
        "a defect of 120 pixels a side would be 3 then"
    )
    (folder / "schema.json").write_text(json.dumps(schema))
    assert said in write_report(folder, language).read_text("utf-8")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "all (no class is like the mirror image of another)"), ("zh", "all（没有哪个类别像另一个类别的镜像）")],
)
def test_what_was_tried_is_a_line_for_people(language, said, tmp_path, without_pictures):
    """Of what was tried stands what was taken, and why, in the reader's language; no names of fields."""
    folder = synthetic_run.regression(tmp_path / "run")
    path = folder / "manifest.json"
    symmetry = {"symmetry": "all", "guess": "all", "why": "no class is like the mirror image of another", "judged": {},
                "steps": 0, "spent": 0}  # fmt: skip
    choices = {
        "symmetry": symmetry,
        "views": {"views": 2, "once": 0.5, "often": 0.4},
        "series.align": {"taken": "last"},
    }
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"choices": choices}))

    page = write_report(folder, language).read_text("utf-8")

    assert said in page
    assert "guess: " not in page
    assert "once: " not in page
