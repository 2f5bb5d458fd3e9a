"""The small parts a page is made of: markup, tables, words, thinned curves, intervals of shares."""

from __future__ import annotations

import re

import polars as pl
import pytest
from markupsafe import Markup

from andon.locale import translate
from andon.report import words
from andon.report.facts import Facts
from andon.report.html import facts_list, tag
from andon.report.sections.asked import came_from
from andon.report.sections.calibration import wilson
from andon.report.sections.curves import MOST_POINTS, thinned
from andon.report.sections.groups import groups
from andon.report.sections.worst import worst
from andon.report.table import Num, table
from andon.score import METRICS

SAY = translate("en")


def test_markup_escapes_what_is_not_markup():
    """Children and attributes are text unless they are markup; None is left out."""
    made = tag("p", "<b>", Markup("<i>x</i>"), None, class_='"', title=None)
    assert made == '<p class="&#34;">&lt;b&gt;<i>x</i></p>'


def test_a_list_leaves_out_what_says_nothing():
    """Names without a value are not shown."""
    made = facts_list([("a", "1"), ("b", None), ("c", ""), ("d", "–")])
    assert re.findall(r"<dt>(.)</dt>", made) == ["a"]


@pytest.mark.parametrize(
    ("said", "whole", "rest"),
    [("96.4%", "96", ".4%"), ("1,234", "1,234", ""), ("70%", "70", "%"), ("−0.5", "−0", ".5"), ("–", "–", ""),
     ("3.1×10⁻⁷", "3", ".1×10⁻⁷"), ("88.1 MB", "88", ".1 MB")],
)  # fmt: skip
def test_a_number_is_cut_at_its_point(said, whole, rest):
    """Digits stand left of the line, point, percent sign and unit right of it."""
    assert (Num(said).whole, Num(said).rest) == (whole, rest)


def test_points_of_a_column_stand_in_line():
    """All cells of a column get the same room behind the point."""
    made = table(["what", "value"], [["a", Num("1")], ["b", Num("22.75")], ["c", Num("0.5")]])
    assert set(re.findall(r"width:(\d+)ch", made)) == {"3"}


def test_a_table_without_rows_has_its_head():
    """Nothing found is still a table that says of what."""
    assert "<th scope=" in table(["what"], [])


@pytest.mark.parametrize("name", list(METRICS))
def test_every_metric_has_a_name_and_a_meaning(name):
    """No metric reaches the page as a Python identifier or unexplained."""
    for language in ("en", "zh"):
        named = words.metric(name, "", translate(language))
        assert named.label != name
        assert named.meaning
    assert named.meaning != words.METRICS[name].meaning


def test_an_unknown_metric_keeps_its_name():
    """A plugin's metric is shown as it calls itself."""
    assert words.metric("my_metric", "", SAY) == words.Named("my_metric", "")
    assert words.metric("my_share", "%", SAY).share


@pytest.mark.parametrize(
    ("value", "width", "said"),
    [(0.8612, 0.04, "0.861"), (5.2137, 0.7, "5.2"), (123.4, 30.0, "123"), (0.5, None, "0.5"), (None, 1.0, "–")],
)
def test_a_value_shows_the_digits_its_interval_supports(value, width, said):
    """More digits than the interval allows would be a boast."""
    assert words.value(value, words.Named("m", ""), SAY, width) == said


def test_the_targets_own_unit_is_not_spelt_out():
    """`target` as a unit means the target's own, whatever it is called."""
    assert words.unit({"unit": "MPa"}, words.Named("RMSE", "")) == " (MPa)"
    assert words.unit({"unit": "target"}, words.Named("RMSE", "")) == ""
    assert words.unit({"unit": "%"}, words.Named("Accuracy", "", True)) == ""


def test_a_long_curve_is_thinned_to_means():
    """A million steps become a few hundred points; nothing is invented, gaps and infinities are left out."""
    steps = pl.int_range(100_000, eager=True)
    frame = pl.DataFrame({"step": steps, "loss": (steps % 2).cast(pl.Float64)})
    points = thinned(frame, "loss")
    assert len(points) == MOST_POINTS
    assert [value for _, value in points] == pytest.approx([0.5] * MOST_POINTS, abs=0.01)
    assert thinned(pl.DataFrame({"step": [1, 2], "loss": [None, float("inf")]}), "loss") == []
    assert thinned(pl.DataFrame({"step": [1, 2], "loss": [3.0, None]}), "loss") == [(1.0, 3.0)]


def test_the_interval_of_a_share_is_wilsons():
    """8 of 10: 0.4902 to 0.9433 (Wilson 1927; value as statsmodels gives it)."""
    assert wilson(0.8, 10) == (pytest.approx(0.4902, abs=2e-4), pytest.approx(0.9433, abs=2e-4))
    assert wilson(1.0, 10)[1] == 1.0


@pytest.mark.parametrize(("count", "told"), [(2, "p/ok/0.png, p/ok/1.png"), (1200, "p, lots.csv (1,200 files)")])
def test_thousands_of_pictures_are_told_by_where_they_lie(count, told):
    """Few files are named; of many the places of the plan and their number."""
    plan = {"data": {"rows": {"path": "p"}, "with": [{"path": "lots.csv"}]}}
    files = [{"path": f"p/ok/{number}.png"} for number in range(count)]
    assert came_from(Facts(manifest={"data": files}, plan=plan), SAY) == told


def test_worst_cases_name_their_pictures():
    """Beside the number of a row stands its file, where the run keeps it."""
    answers = pl.DataFrame({"row": [7, 9], "truth": ["pit", "pit"], "answer": ["good", "good"]}).lazy()
    kept = pl.DataFrame({"row": [7], "place": ["/data/parts/pit/S7.png"]})
    made = worst(Facts(manifest={}, metrics={"task": "classification"}, answers=answers, worst=kept), SAY)
    assert "<td>pit/S7.png</td>" in made.body


def test_a_class_without_rows_has_no_figures():
    """How much was found of what was not there is a dash, not nought."""
    per_class = [{"class": "HOLD", "rows": 0, "recall": 0.0, "precision": 0.0, "f1": 0.0}]

    section = groups(Facts({}, {"per_class": per_class}), translate("en"))

    assert section is not None
    assert str(section.body).count("–") == 2
