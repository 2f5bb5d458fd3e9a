"""What the page says about escapes, overkills and reviews; and the pictures beside it."""

from __future__ import annotations

import json
import re

import pytest
from synthetic_run import CLASSES, classification, inspected

from andon.locale import translate
from andon.report.facts import read_facts
from andon.report.sections import section_function

MOST_BYTES = 3_000_000
SAY = translate("en")


def section(folder, name):
    """A section of a run as text without its tags; None where it is left out."""
    made = section_function(name)(read_facts(folder), SAY)
    return made if made is None else made.title + re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", made.body))


def told(folder):
    """What the run counted."""
    return json.loads((folder / "metrics.json").read_text("utf-8"))["decision"]


def test_the_decision_tells_counts_bounds_and_what_goes_to_review(tmp_path):
    """Every number of the sentences is the run's own."""
    folder = inspected(tmp_path / "run")
    text, found = section(folder, "decision"), told(folder)

    assert f"{found['rates']['escape']['of']} bad parts in the test part: {found['escape']} escaped" in text
    assert f"at most {SAY.share(found['rates']['escape']['high'])} of bad parts escape" in text
    assert f"{SAY.count(found['review'])} parts ({SAY.share(found['rates']['review']['value'])}) go to review" in text
    assert f"below {SAY.share(found['band'][0])} are passed (ok)" in text
    for words in ("Pass every part", "Stop every part", "Review every part", "Which defect escapes", "this run"):
        assert words in text


def test_a_network_that_does_not_pay_is_called_so(tmp_path):
    """Where reviewing every part is cheaper than what the network decides, the page says so."""
    folder = inspected(tmp_path / "run")
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    assert "does not pay yet" not in section(folder, "decision")

    metrics["decision"]["cost"] = metrics["decision"]["baseline_cost"] * 1.5
    (folder / "metrics.json").write_text(json.dumps(metrics), "utf-8")

    assert "does not pay yet" in section(folder, "decision")


def test_a_review_too_dear_to_be_asked_for_is_named(tmp_path):
    """A band that would be empty is not silently dropped."""
    text = section(inspected(tmp_path / "run", cost={"escape": 2.0, "overkill": 1.0, "review": 5.0}), "decision")

    assert "a review never pays" in text
    assert "Cost of every threshold" in text


def test_pictures_of_defects_get_the_curve_without_costs(tmp_path):
    """Escapes and overkills of the answers as they stand, and how to give them a price; other jobs say nothing."""
    folder = inspected(tmp_path / "run", cost={})
    text = section(folder, "decision")

    assert text.startswith("Escapes and overkills")
    assert "Escapes against overkills" in text
    assert "decide.cost={escape: 50, overkill: 1, review: 0.3}" in text
    assert "What each way costs" not in text

    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "job": "classify"}), "utf-8")
    assert section(folder, "decision") is None


def test_the_largest_mistakes_are_shown_in_pictures(tmp_path):
    """At most four squares, six pictures of each, under the words of the square; none for a run without pictures."""
    body = section_function("confusion")(read_facts(inspected(tmp_path / "run")), SAY).body
    strips = re.findall(r'<div class="strip"><p>(.*?)</p>(.*?)</div>', body)

    assert len(strips) == 4
    assert all(1 <= pictures.count("<img") <= 6 for _, pictures in strips)
    counts = [int(re.search(r"(\d+)×", words)[1]) for words, _ in strips]
    assert counts == sorted(counts, reverse=True)
    assert "<img" not in section_function("confusion")(read_facts(classification(tmp_path / "plain")), SAY).body


def test_what_training_saw_is_a_strip_per_class(tmp_path):
    """The picture as it is stands first, then eight versions; below is what the plan asked."""
    body = section_function("augmented")(read_facts(inspected(tmp_path / "run")), SAY).body

    assert body.count('class="strip"') == len(CLASSES)
    assert body.count("<img") == 9 * len(CLASSES)
    assert body.count('class="plain"') == len(CLASSES)
    assert "flip\nshift: 0.07" in body


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_of_the_noisiest_pictures_stays_small(made, language):
    """A mail takes it."""
    assert made["inspected", language].stat().st_size < MOST_BYTES
