"""Several lives of one machine on a page: each by its number, and those that go on counted nowhere."""

from dataclasses import replace

import polars as pl

from andon.locale import translate
from andon.report.facts import Facts
from andon.report.lived import names, told
from andon.report.sections.calibration import calibration
from andon.report.sections.glance import glance
from andon.report.sections.lives import along
from andon.report.sections.lives.sensors import lives_sensors
from andon.report.sections.worst import worst

NAN = float("nan")
ANSWERS = pl.DataFrame(
    {
        "unit": ["P1"] * 40 + ["P2"] * 20,
        "life": [0] * 20 + [1] * 20 + [2] * 20,
        "time": [float(i) for i in range(60)],
        "truth": [NAN] * 20 + [float(20 - i) for i in range(20)] * 2,
        "answer": [float(20 - i) for i in range(20)] * 3,
    }
).with_columns(low=pl.col("answer") - 1, high=pl.col("answer") + 1)
STOP = {"missed": {"of": 5, "count": 0, "high": 0.5}, "given": 2.5, "lived": 6.6}
LIVED = {"cap": 50.0, "unit": "h", "stops": [{"way": "never", "at": None, "cost": 1.0, **STOP},
                                             {"way": "notice", "at": 0.5, "cost": 0.07, **STOP}]}  # fmt: skip
FACTS = Facts(
    manifest={"job": "remaining_life"}, plan={}, answers=ANSWERS.lazy(),
    metrics={"task": "regression", "lives": LIVED, "intervals": {"asked": 0.9, "covered": 1.0, "width": 2.0}},
)  # fmt: skip


def test_lives_of_one_machine_are_told_apart():
    """By their number within the unit, those that go on counted too; a unit of one life keeps its name."""
    assert names(FACTS, translate("en")) == {0: "P1, life 1", 1: "P1, life 2", 2: "P2"}
    assert "P1（第 2 段寿命）" in str(lives_sensors(FACTS, translate("zh")).body)
    assert told(FACTS).height == 2


def test_lives_that_go_on_are_inside_or_outside_of_no_interval():
    """Where nobody knows the truth nothing can miss it."""
    body = str(calibration(FACTS, translate("en")).body)

    assert "100%" in body
    assert "30%" not in body


def test_the_glance_says_what_it_costs_to_wait():
    """How often a stop came too late, and what it cost beside running to failure."""
    body = str(glance(FACTS, translate("en")).body)

    assert "came too late in 0 of them" in body
    assert "cost 7% of running to failure" in body


def test_what_was_not_judged_is_not_ready():
    """Where no life of the test part is seen to its end the page has no green sentence and calls no answer right."""
    unjudged = {"task": "regression", "rows": 0, "unknown": 900, "gap": {"verdict": "fits"}, "parity": {"flips": 0}}
    facts = replace(FACTS, metrics=unjudged, findings=())

    body = str(glance(facts, translate("en")).body)

    assert "Ready" not in body
    assert "the truth of the 900 records that were kept for it is not known" in body
    assert worst(facts, translate("en")) is None


def test_the_worst_rows_are_named_by_unit_and_time():
    """Of each life that was missed by most, when it was recorded and which row was worst, by the clocks of its file."""
    error = pl.when(pl.col("time") == 47).then(9.0).otherwise(0.0)
    answers = ANSWERS.with_columns(
        pl.col("answer") + error, time=pl.datetime(2024, 3, 29) + pl.duration(hours=pl.col("time").cast(pl.Int64))
    )
    column = {"name": "at", "kind": "date", "role": "time", "format": "%d.%m.%Y %H:%M@Europe/Berlin"}
    facts = replace(FACTS, answers=answers.lazy(), manifest={**FACTS.manifest, "columns": [column]})

    body = str(along.lives_along(facts, translate("en")).body)

    assert "2024-03-31 00:00" in body  # hour 47, 23:00 in UTC
    assert "2024-03-30 17:00" in body  # where its life begins
    assert "Missed by most at" in body


def test_answers_are_drawn_at_their_height(monkeypatch):
    """A life told too long is seen to be: no answer is pinned to the upper edge of its picture."""
    charts = []
    monkeypatch.setattr(along, "drawn", lambda title, chart, reading: charts.append(chart.to_dict()) or "")
    long = replace(FACTS, answers=ANSWERS.with_columns(answer=pl.col("answer") + 60).lazy(),
                   metrics={**FACTS.metrics, "lives": {**LIVED, "longest": 60.0}})  # fmt: skip

    along.lives_along(long, translate("en"))

    domains = [layer["encoding"]["y"]["scale"]["domain"]
               for chart in charts for panel in chart["vconcat"] for layer in panel["layer"]]  # fmt: skip
    assert {tuple(domain) for domain in domains} == {(0, 80.0)}
