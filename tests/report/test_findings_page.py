"""The page of `andon check`."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import polars as pl
import pytest
from synthetic_run import HOSTILE, findings

from andon.checks.finding import Finding
from andon.records.records import Column
from andon.report import findings_page
from andon.report.suspects import Doubted, Look
from andon.summary import summarise

FOUND = msgspec.convert(findings(), list[Finding])


def test_findings_stand_worst_first_and_alike_ones_once():
    """Three sensors with gaps are one item that names the other two; the note comes after the warning."""
    page = findings_page(FOUND, "lots.csv", "en")
    assert page.index("torque_nm") < page.index("3.0 in every row")
    assert "Also in 2 other places: speed_rpm, air_temperature_k" in page
    assert "3 warnings" in page
    assert HOSTILE not in page


def test_a_column_is_not_another_place_than_itself():
    """Two parts that lack a class of one target are one item, which does not name the target again."""
    same = [
        Finding(
            level="warning", code="class_missing_in_part", column="y", what=f"{part} lacks it", why="so", fix="more"
        )
        for part in ("validation", "test")
    ]
    assert "other place" not in findings_page(same, "lots.csv", "en")


def test_findings_are_told_in_chinese():
    """Sentences the checks have filled in come out in Chinese."""
    page = findings_page(FOUND, "批次.csv", "zh")
    assert "“torque_nm”在 320 行中缺失（3.2 %）" in page
    assert "is missing" not in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_found_is_said(language):
    """An empty list is good news, not an empty page."""
    said = {"en": "Nothing was found that stands in the way.", "zh": "未发现任何妨碍使用的问题。"}
    assert said[language] in findings_page([], "x", language)


def test_columns_come_with_their_kind_and_shape():
    """Each column has its kind, role, gaps, reach and a small picture; troubled ones come first."""
    frame = pl.DataFrame({"a": [1.0, 2.0, None, 4.0], "torque_nm": [1.0, 1.0, 2.0, 9.0], "m": ["x", "y", "x", "x"],
                          "day": pl.Series([1, 2, 3, 4]).cast(pl.Date), "note": ["p", "q", "r", "s"]})  # fmt: skip
    kinds = {"a": "number", "torque_nm": "number", "m": "category", "day": "date"}
    columns = [Column(name, kinds.get(name, "text"), "input") for name in frame.columns]
    summary = summarise(frame.select(list(kinds)), kinds).finish()

    page = findings_page(FOUND, "x", "en", columns=columns, summary=summary)

    assert "4 rows" in page
    assert "25<" in page
    assert "1 to 4" in page
    assert "2 values" in page
    assert page.count('class="shape"') == 3
    assert page.index(">torque_nm ") < page.index(">a</th>")


def test_columns_are_listed_without_a_summary():
    """Kinds and roles alone are an overview too."""
    page = findings_page([], "x", "en", columns=[Column("a", "number", "target")])
    assert "to be predicted" in page
    assert "Missing" not in page


def test_many_kinds_and_columns_keep_the_page_bounded():
    """Hundreds of findings and thousands of columns are cut, and the page says so."""
    many = [Finding(level="info", code=f"c{i}", column=f"k{i}", what="w", why="y", fix="f") for i in range(500)]
    columns = [Column(f"k{i}", "number", "input") for i in range(5000)]
    page = findings_page(many, "x", "en", columns=columns)
    assert "440 more kinds are in findings.json." in page
    assert "Of 5,000 columns, 400 are shown." in page
    assert len(page) < 300_000


def test_the_page_of_a_check_needs_no_picture_library():
    """`andon check` doesn't wait for Altair, and no room that imports the report does."""
    code = "import sys, andon.report; andon.report.findings_page([], 'x', 'en'); print('altair' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("picture", [None, b"\xff\xd8"])
def test_labels_to_look_at_are_marked_with_a_word_and_escaped(picture):
    """A suspect is called one beside its colour, rows that are none are not, and hostile names stay text."""
    looks = [Look(7, HOSTILE, "ok", HOSTILE, 0.02, 0.9, True, "pressure 9 (3; 8)", picture),
             Look(9, "", "ok", "ng", 0.4, 0.6, False, "", picture)]  # fmt: skip
    page = findings_page([], "x", "en", labels=Doubted(120, 1, 2.4, [("ok", HOSTILE, 2.4)], looks))
    assert HOSTILE not in page
    assert page.count(">suspect<") == 1
    assert ("pressure 9 (3; 8)" in page) == (picture is None)
    assert page.count("data:image/jpeg;base64,") == (0 if picture is None else 2)
