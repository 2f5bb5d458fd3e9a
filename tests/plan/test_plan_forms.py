"""YAML, words and Python are three ways to say one plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from andon.errors import SettingProblem
from andon.layers import Dense, Flatten, Residual
from andon.plan import Asked, Plan, asked_for, build, from_python, from_text, from_words, seconds, where
from andon.plan.durations import span
from andon.plan.settings import Train

SEED = """
job: classify
data: {rows: {path: mnist/}}
network: [flatten, {dense: 128, activation: relu}, {dense: 10}]
train: {optimizer: adam, batch: 32, epochs: 5}
"""


def test_the_seed_case_is_one_plan_three_ways():
    """File, command line and Python build equal plans."""
    words = ["job=classify", "data=mnist/", "network=flatten,dense:128:relu,dense:10", "optimizer=adam", "batch=32"]
    python = {
        "job": "classify", "data": "mnist/", "network": [Flatten(), Dense(128, "relu"), Dense(10)],
        "optimizer": "adam", "batch": 32, "epochs": 5,
    }  # fmt: skip

    plans = [
        build({}, asked)
        for asked in (from_text(SEED, "plan.yaml"), from_words([*words, "epochs=5"]), from_python(python))
    ]

    assert plans[0] == plans[1] == plans[2]
    assert plans[0].network.layers == ["flatten", {"dense": 128, "activation": "relu"}, {"dense": 10}]


def test_later_sources_win_and_mappings_are_merged():
    """The job's defaults are the weakest, the last source the strongest; a list is replaced as a whole."""
    defaults = {"job": "classify", "train": {"epochs": 9, "batch": 7}, "clean": ["duplicates"]}

    plan = build(defaults, from_words(["epochs=5", "clean=[]"]), from_python({"train": {"epochs": 3}}))

    assert (plan.train.epochs, plan.train.batch, plan.clean) == (3, 7, [])


@pytest.mark.parametrize(
    ("word", "path", "value"),
    [
        ("epochs=5", "train.epochs", 5),
        ("rows.unit=lot", "data.rows.unit", "lot"),
        ("unit=007", "data.rows.unit", "007"),
        ("positive=1", "decide.positive", "1"),
        ("target=null", "target", None),
        ("trees=off", "train.trees", "off"),
        ("after=a,b", "known.after", ["a", "b"]),
        ("after=a", "known.after", ["a"]),
        ("quantiles=[0.1, 0.9]", "quantiles", [0.1, 0.9]),
        ("learning_rate=1e-3", "train.learning_rate", 0.001),
        ("cost.escape=50", "decide.cost.escape", 50.0),
        ("checks.pressure_bar.range=[0, 16]", "checks.pressure_bar.range", [0, 16]),
        ("optimizer={sgd: {momentum: 0.9}}", "train.optimizer", {"sgd": {"momentum": 0.9}}),
        ("split=time", "split.by", "time"),
        ("scale=robust", "scale.method", "robust"),
        ("data=x.csv", "data.rows.path", "x.csv"),
        ("network=dense", "network.family", "dense"),
        ("network=large", "network.size", "large"),
        ("network=dense:10", "network.layers", [{"dense": 10}]),
        ("network=my.nets:Gate", "network.module", "my.nets:Gate"),
        ("report.language=zh", "report.language", "zh"),
        ("clip=1", "train.clip", 1.0),
    ],
)
def test_a_word_sets_what_it_says(word, path, value):
    """Values are YAML; text stays as typed where text is asked; a unique end of a path stands alone."""
    assert from_words([word]).get(path) == value


def test_short_and_long_forms_of_a_section_add_up():
    """`network=dense members=4` and the other way round mean the same."""
    one = build({"job": "classify"}, from_words(["network=dense", "members=4"]))
    other = build({"job": "classify"}, from_words(["members=4", "network=dense"]))

    assert one == other
    assert (one.network.family, one.network.members) == ("dense", 4)


def test_options_of_histories_are_typed_one_by_one():
    """Below `series` a later room knows the names; a number alone is the lookback, whatever stands beside it."""
    typed = from_words(["series=100", "series.against=unit", "series.gap=2 h", "series.align.oil=last"])
    assert typed.get("series") == {"lookback": 100, "against": "unit", "gap": "2 h", "align": {"oil": "last"}}
    added = build({}, from_text("job: remaining_life\nseries: 100\n", "plan.yaml"), from_words(["series.cap=8"]))
    assert added.series == {"lookback": 100, "cap": 8}
    assert build({}, from_python({"job": "remaining_life", "series": "auto"})).series == "auto"


def test_python_values_of_other_libraries_are_taken():
    """NumPy numbers, tuples and paths are what they look like."""
    asked = from_python({"epochs": np.int64(3), "clip": np.float32(2), "quantiles": (0.1, 0.9)})

    plan = build({"job": "regress"}, asked, from_python({"data": {"rows": {"path": Path("a/b")}}}))

    assert (plan.train.epochs, plan.train.clip, plan.quantiles, plan.data.rows.path) == (3, 2.0, [0.1, 0.9], "a/b")


def test_a_section_may_be_given_as_its_struct():
    """What is read from one plan can be put into another."""
    plan = build({"job": "classify"}, from_python({"train": Train(epochs=3, patience=0)}))

    assert plan.train == Train(epochs=3, patience=0)


def test_structs_nest():
    """Layers within layers are written out too."""
    asked = from_python({"network": [Residual((Dense(8, "relu"), Dense(8)))]})

    assert asked.get("network.layers") == [{"residual": [{"dense": 8, "activation": "relu"}, {"dense": 8}]}]


def test_a_class_of_ones_own_is_not_imported_to_read_a_plan():
    """A plan can be read where its own module is not installed."""
    asked = from_text("job: classify\nnetwork: [flatten, 'nowhere.nets:Gate:4', {dense: 2}]\n", "plan.yaml")

    assert asked.get("network.layers")[1] == "nowhere.nets:Gate:4"


def test_one_joined_source_needs_no_list():
    """`with` takes one source or several."""
    text = "job: classify\ndata:\n  rows: a.csv\n  with: {path: b.csv, on: lot, tolerance: 5 min}\n"

    (joined,) = build({}, from_text(text, "plan.yaml")).data.with_

    assert (joined.path, joined.on, joined.tolerance) == ("b.csv", "lot", "5 min")


def test_a_problem_found_later_gets_its_file_and_line():
    """A registry knows the key; the plan's source knows where it stands."""
    text = "job: classify\nclean:\n  - duplicates\n  - missing: previous\n    limit: -1\n"
    asked = from_text(text, "plan.yaml")
    words = from_words(["epochs=3"])
    problem = SettingProblem.at("clean.1.limit", "'clean.1.limit' is -1", fix="raise it")

    assert str(where([asked, words], problem)) == "plan.yaml, line 5: 'clean.1.limit' is -1. Raise it."
    assert str(where(words, problem)) == "'clean.1.limit' is -1. Raise it."
    assert str(where(asked, where(asked, problem))).count("line 5") == 1


def test_a_problem_of_a_section_points_at_the_section():
    """Where the key itself is not written, the nearest line above it is named."""
    asked = from_text("job: classify\nnetwork:\n  - {dense: 3}\n", "plan.yaml")

    located = asked.locate(SettingProblem.at("network.layers.0.bias", "wrong"))

    assert str(located) == "plan.yaml, line 3: wrong."


def test_what_was_asked_is_told_from_defaults():
    """The strongest source that says something counts; a job's defaults don't."""
    file, words = from_text("job: classify\ntrain: {epochs: 3}\n", "p.yaml"), from_words(["epochs=5"])

    assert asked_for("train.epochs", file, words) == 5
    assert asked_for("train.batch", file, words) is None
    assert isinstance(file, Asked)
    assert isinstance(build({}, file), Plan)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("5 min", 300),
        ("2h", 7200),
        ("1.5 d", 129600),
        ("90 秒", 90),
        ("2 小时", 7200),
        ("3 weeks", 1814400),
        ("20 ms", 0.02),
    ],
)
def test_lengths_of_time_are_read_as_written(text, length):
    """English and Chinese units, with or without a space."""
    assert seconds(text) == pytest.approx(length)


@pytest.mark.parametrize("text", ["5", "min", "-3 s", "5 lightyears", "", "1e999 s"])
def test_a_length_of_time_needs_a_number_and_a_unit(text):
    """A bare number is never guessed to be seconds or minutes."""
    with pytest.raises(SettingProblem, match="a length of time"):
        seconds(text)


@pytest.mark.parametrize(
    ("gap", "dated", "length"),
    [("2 h", True, 7200), ("30", False, 30), (0.00005, False, 0.00005), ("2 h", None, 7200), (30.0, None, 30)],
)
def test_a_gap_is_in_the_unit_of_its_times(gap, dated, length):
    """Seconds of dates, its own of numbers; what is a length of time itself knows both."""
    assert span(gap, "series.gap", column="at", dated=dated) == length


@pytest.mark.parametrize(
    ("gap", "dated", "sentence"),
    [
        (4.0, True, "'series.gap' is '4' ('at' holds dates). Write it as '4 min'."),
        ("4", True, "'series.gap' is '4' ('at' holds dates). Write it as '4 min'."),
        ("2 h", False, "'series.gap' is '2 h' ('at' holds numbers, not dates). Give the gap as a number of the same kind."),
        ("auto", True, "'series.gap' is 'auto' (a length of time is a number and a unit: ms, s, min, h, d or w). "
         "Write it as '5 min'."),
    ],
)  # fmt: skip
def test_a_gap_in_another_unit_than_its_times_is_refused(gap, dated, sentence):
    """A bare number beside dates is no hours, and a length of time says nothing of cycles."""
    with pytest.raises(SettingProblem) as caught:
        span(gap, "series.gap", column="at", dated=dated)
    assert str(caught.value) == sentence


@dataclass
class Strange:
    """No plain value."""


def test_a_strange_value_is_refused_by_its_setting():
    """Whatever Python hands over, the answer names the setting."""
    with pytest.raises(SettingProblem, match=r"'train\.epochs' is .*Strange"):
        from_python({"epochs": Strange()})
