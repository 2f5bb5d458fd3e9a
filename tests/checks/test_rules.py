"""Rules of the plan: what breaks them is named, what is wrong with them is said."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from planted import clean, coded, hours, judge, judge_rules

from andon.checks import walk
from andon.errors import SettingProblem

LINE = pl.DataFrame(
    {
        "machine": ["a", "b", "a", "b", "a", "b"],
        "meter": [1.0, 50.0, 2.0, None, 1.5, 40.0],
        "code": ["A-1", "A-22", "B", None, "A-3", "A-4"],
        "state": ["on", "off", "on", "on", "broken", None],
        "step": [1, 2, 3, 3, 9, 2],
    }
)
BROKEN = {
    "range": ({"meter": {"range": [0, 41]}}, "rule_range", [1]),
    "open range": ({"meter": {"range": [1.5, None]}}, "rule_range", [0]),
    "set": ({"state": {"set": ["on", "off"]}}, "rule_set", [4]),
    "set of numbers": ({"step": {"set": [1, 2, 3]}}, "rule_set", [4]),
    "pattern": ({"code": {"pattern": r"A-\d+"}}, "rule_pattern", [2]),
    "missing": ({"meter": {"missing": 0.1}}, "rule_missing", [3]),
    "increasing": ({"meter": {"monotone": "increasing"}}, "rule_monotone", [4, 5]),
    "decreasing": ({"step": {"monotone": "decreasing"}}, "rule_monotone", [2, 3, 4]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_rows_that_break_a_rule_are_an_error_with_their_numbers(name):
    """Missing cells break no rule but `missing`; order is kept per machine."""
    rules, code, rows = BROKEN[name]

    found = judge_rules(LINE, rules, machine="unit")

    assert [(f.code, f.level, f.first_rows, f.rows) for f in found] == [(code, "error", rows, len(rows))]


KEPT = [
    {"meter": {"range": [0, 100], "missing": 0.2}},
    {"state": {"set": ["on", "off", "broken"]}, "code": {"pattern": "[AB].*"}},
]


@pytest.mark.parametrize("rules", KEPT)
def test_a_rule_that_holds_says_nothing(rules):
    """Silence means that the rule was kept."""
    assert judge_rules(LINE, rules, machine="unit") == []


def test_a_set_of_truths_takes_every_spelling():
    """YAML reads `TRUE` as a truth; the cells that say TRUE are in the set all the same, others are not."""
    frame = pl.DataFrame({"ok": ["TRUE", "true", "True", "FALSE", "maybe"]})

    found = judge_rules(frame, {"ok": {"set": [True, False]}})

    assert [f.first_rows for f in found] == [[4]]


def test_the_order_rule_sees_across_blocks(monkeypatch):
    """A meter that falls between two blocks is caught, whatever their size."""
    g = np.random.default_rng(0)
    frame = pl.DataFrame({"machine": g.choice(["a", "b", "c"], 500), "meter": np.cumsum(g.normal(1, 1, 500)).round(2)})
    rules = {"meter": {"monotone": "increasing"}}
    whole = judge_rules(frame, rules, machine="unit")

    monkeypatch.setattr(walk, "BLOCK", 7)

    assert judge_rules(frame, rules, machine="unit") == whole


def test_rules_hold_for_dates_too():
    """A range of dates is written as dates."""
    frame = clean(rows=100).with_columns(hours(100))

    found = judge_rules(frame, {"time": {"range": ["2024-01-01 02:00", date(2024, 1, 4)], "level": "warning"}})

    assert (found[0].level, found[0].first_rows[:3], found[0].rows) == ("warning", [0, 1, 73], 29)


def test_rules_are_part_of_all_checks():
    """`check_records` tells broken rules among the rest."""
    assert coded(judge(clean(), rules={"temperature": {"range": [0, 61]}}), "rule_range")[0].level == "error"


WRONG = {
    "a column that is not there": ({"meteer": {"range": [0, 1]}}, "checks.meteer", "Did you mean 'meter'"),
    "a rule that is not there": ({"meter": {"rnage": [0, 1]}}, "checks.meter.rnage", "Did you mean 'range'"),
    "no rule": ({"meter": 5}, "checks.meter", "{range: [0, 16]}"),
    "one end": ({"meter": {"range": [5]}}, "checks.meter.range", "lowest and the highest"),
    "ends turned round": ({"meter": {"range": [5, 1]}}, "checks.meter.range", "lower end first"),
    "an end that is no number": ({"meter": {"range": ["low", 1]}}, "checks.meter.range", "not a number"),
    "a range of words": ({"state": {"range": [0, 1]}}, "checks.state.range", "no order"),
    "a set of words for numbers": ({"step": {"set": ["one"]}}, "checks.step.set", "not a number"),
    "a broken pattern": ({"code": {"pattern": "("}}, "checks.code.pattern", "regular expression"),
    "a share of 12": ({"meter": {"missing": 12}}, "checks.meter.missing", "0 to 1"),
    "a set that is none": ({"step": {"set": 5}}, "checks.step.set", "it must be a list or null"),
    "another way to be monotone": ({"meter": {"monotone": "up"}}, "checks.meter.monotone", "increasing"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_answered_with_its_key_and_the_right_word(name):
    """A rule that cannot be meant is a sentence, not a silent pass."""
    rules, key, words = WRONG[name]

    with pytest.raises(SettingProblem) as raised:
        judge_rules(LINE, rules)

    assert raised.value.key == key
    assert words in str(raised.value)


@pytest.mark.parametrize("dtype", [pl.UInt8, pl.UInt32, pl.Int8, pl.Float32])
def test_monotone_is_seen_in_numbers_of_any_width(dtype):
    """A fall is a fall where the type knows nothing below zero."""
    frame = pl.DataFrame({"meter": pl.Series([1, 5, 120, 3, 7], dtype=dtype)})

    found = judge_rules(frame, {"meter": {"monotone": "increasing"}})

    assert [f.first_rows for f in found] == [[3]]
