"""The section that says when to stop."""

import pytest

from andon.locale import translate
from andon.report.facts import Facts
from andon.report.sections.lives.stops import lives_stops, reading_of

UNSAFE = {"value": 0.1, "low": 0.02, "high": 0.3}


def _page(lives: int | None, language: str = "en") -> str:
    """The section's body where `safe_until` stands on so many lives."""
    told = {"unsafe": UNSAFE, "miss_chance": 1 / 11, "stands": lives}
    section = lives_stops(Facts(metrics={"lives": told}, manifest={}), translate(language))
    assert section is not None
    return str(section.body)


@pytest.mark.parametrize(("language", "told"), [("en", "taken from 12 lives"), ("zh", "12 条寿命")])
def test_few_lives_are_said_where_the_promise_is(language, told):
    """A margin taken from twelve machines says little of one that is like none of them."""
    assert told in _page(12, language)


@pytest.mark.parametrize("lives", [20, None])
def test_nothing_is_said_where_lives_are_many_or_not_counted(lives):
    """Only what somebody has to know."""
    assert "taken from" not in _page(lives)


@pytest.mark.parametrize(
    ("needed", "language", "told"),
    [(1000, "en", "200 planned stops asks for 1,000 calibration rows, and there are 460"), (1000, "zh", "1,000"),
     (None, "en", "give decide.cost.stop above nought"), (None, "zh", "decide.cost.stop")],
)  # fmt: skip
def test_why_there_is_no_safe_until_is_said(needed, language, told):
    """Whoever set dear failures reads how many rows they take, not that nothing was measured."""
    lived = {"miss_chance": 1 / 201 if needed else 0.0, "lacks": {"rows": 460, "needed": needed}}

    section = lives_stops(Facts(metrics={"lives": lived}, manifest={}), translate(language))

    assert section is not None
    assert told in str(section.body)


@pytest.mark.parametrize(
    ("still", "language", "told"),
    [
        (81, "en", "19 lives of the training part seen to their end alone"),
        (81, "zh", "19 段寿命；另有 81 段"),
        (5, "en", ""),
    ],
)
def test_an_age_taken_from_few_of_the_lives_says_so(still, language, told):
    """Lives that are not over would ask for a later change; where they are few there is nothing to say."""
    missed = {"count": 0, "of": 9, "high": 0.3}
    stops = [{"way": way, "at": 25.0, "cost": 0.5, "given": 3.0, "lived": 20.0, "missed": missed}
             for way in ("notice", "age")]  # fmt: skip
    law = {"failed": 19, "open": still, "shape": 3.0, "scale": 100.0}

    page = reading_of(stops, Facts(metrics={"lives": {"law": law}}, manifest={}), translate(language))

    assert told in page
    assert ("81" in page) == bool(told)
