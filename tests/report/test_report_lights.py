"""The lights: what is well, what to look at, where to stop."""

from __future__ import annotations

import pytest

from andon.checks.finding import Finding
from andon.locale import translate
from andon.report.facts import Facts
from andon.report.lights import SIGNS, calibration_error, compare, lights, word, worst

SAY = translate("en")


def levels(**metrics):
    """Levels of the five lamps for some metrics."""
    return [light.level for light in lights(Facts(manifest={}, metrics=metrics), SAY)]


def finding(level):
    """A finding of some level."""
    return Finding(level=level, code="c", what="w", why="y", fix="f")


@pytest.mark.parametrize(
    ("found", "level"),
    [(None, "off"), ((), "go"), (("info",), "go"), (("info", "warning"), "look"), (("warning", "error"), "stop")],
)
def test_the_data_lamp_shows_the_worst_finding(found, level):
    """Errors stop, warnings ask to look, notes leave it green; unchecked records are said to be unchecked."""
    findings = None if found is None else tuple(finding(one) for one in found)
    assert lights(Facts(manifest={}, findings=findings), SAY)[0].level == level


@pytest.mark.parametrize(
    ("better", "rival", "outcome"),
    [("higher", 0.8, "better"), ("higher", 0.9, "even"), ("higher", 0.99, "worse"), ("lower", 0.8, "worse"),
     ("lower", 0.99, "better"), ("higher", None, "unknown")],
)  # fmt: skip
def test_a_rival_is_beaten_only_beyond_the_interval(better, rival, outcome):
    """A rival inside the interval could be level by chance."""
    assert compare({"value": 0.9, "low": 0.85, "high": 0.95, "better": better}, rival) == outcome


def test_one_unit_shows_nothing_clearly():
    """Without an interval no rival is clearly beaten, and intervals of answers are not called honest."""
    assert compare({"value": 1.2, "low": None, "high": None, "better": "lower"}, 6.3) == "even"
    held = {"task": "regression", "intervals": {"asked": 0.9, "covered": 1.0}, "rows": 91}
    assert [levels(**held, groups=count)[3] for count in (1, 20)] == ["look", "go"]


@pytest.mark.parametrize(
    ("baseline", "trees", "level"),
    [
        (0.5, 0.9, "go"),
        (0.5, 0.99, "look"),
        (0.9, None, "look"),
        (0.99, None, "stop"),
        (None, None, "off"),
        (None, 0.9, "go"),
    ],
)
def test_the_lamp_of_rivals_stops_where_a_simple_rule_wins(baseline, trees, level):
    """Worse than the simple baseline is red; no clear gain, or better trees or texture, is yellow."""
    metric = {"value": 0.9, "low": 0.85, "high": 0.95, "better": "higher", "baseline": baseline}
    for rival in ("trees", "texture"):
        assert levels(main="f1", metrics={"f1": {**metric, rival: trees}})[1] == level


def test_a_linear_model_that_does_better_is_yellow():
    """Whoever loses to a straight line beyond chance is told so, whatever trees do."""
    metric = {"value": 0.9, "low": 0.85, "high": 0.95, "better": "higher", "baseline": 0.5, "trees": 0.6}
    assert [levels(main="f1", metrics={"f1": {**metric, "linear": line}})[1] for line in (0.99, 0.9)] == ["look", "go"]


@pytest.mark.parametrize(
    ("verdict", "level"), [("fits", "go"), ("overfits", "look"), ("underfits", "look"), (None, "off")]
)
def test_the_lamp_of_fit_follows_the_verdict(verdict, level):
    """Overfit and underfit are yellow."""
    assert levels(gap={"verdict": verdict})[2] == level


def test_who_stopped_in_time_is_green():
    """Epochs that were thrown away are no fault of the network that is kept."""
    assert levels(gap={"verdict": "overfits", "caught": True})[2] == "go"
    assert levels(gap={"verdict": "overfits", "caught": False})[2] == "look"


@pytest.mark.parametrize(("covered", "level"), [(0.9, "go"), (0.885, "go"), (0.8, "look"), (0.99, "look")])
def test_the_lamp_of_confidence_holds_intervals_to_their_word(covered, level):
    """Coverage off by more than two points and its own noise is yellow, too wide as well as too narrow."""
    assert levels(task="regression", rows=10_000, intervals={"asked": 0.9, "covered": covered})[3] == level


def test_coverage_on_few_records_is_given_its_noise():
    """Eighteen of twenty-two is no broken promise of 90 %."""
    assert levels(task="regression", rows=22, intervals={"asked": 0.9, "covered": 18 / 22})[3] == "go"


def test_the_lamp_of_confidence_reads_the_reliability():
    """Stated 80 %, right in half of a thousand: yellow."""
    honest = [{"mean": 0.8, "share": 0.79, "rows": 1000}]
    boastful = [{"mean": 0.8, "share": 0.5, "rows": 1000}]
    assert levels(reliability=honest)[3] == "go"
    assert levels(reliability=boastful)[3] == "look"
    assert calibration_error(boastful)[0] == pytest.approx(0.3)
    assert calibration_error([]) is None


@pytest.mark.parametrize(
    ("parity", "level"), [({"flips": 0}, "go"), ({"flips": 2}, "stop"), ({}, "off"), (None, "off")]
)
def test_the_lamp_of_the_file_stops_at_one_flip(parity, level):
    """A shipped file that decides otherwise than the trained network is red."""
    assert levels(parity=parity)[4] == level


def test_the_board_shows_its_worst_lamp():
    """One red lamp makes the verdict red; a board with nothing measured says so."""
    assert (
        worst(lights(Facts(manifest={}, metrics={"gap": {"verdict": "fits"}, "parity": {"flips": 1}}), SAY)) == "stop"
    )
    assert worst(lights(Facts(manifest={}), SAY)) == "off"
    assert worst([]) == "off"


def test_no_lamp_speaks_by_colour_alone():
    """Every level has its own sign and its own word, in both languages."""
    for language in ("en", "zh"):
        assert len({word(level, translate(language)) for level in SIGNS}) == len(SIGNS)
    assert len(set(SIGNS.values())) == len(SIGNS)


def test_a_green_lamp_of_few_records_says_why():
    """Off by much more than three points and still green: the lamp says what chance alone would show."""
    few = [{"mean": 0.5, "share": 0.7, "rows": 10}]
    lamp = lights(Facts(manifest={}, metrics={"reliability": few}), SAY)[3]
    assert (lamp.level, lamp.why.partition(";")[0]) == ("go", "stated confidence is off by 20.0% on average")
    assert "by chance" in lamp.why
