"""The section that says when to stop."""

import pytest

from andon.locale import translate
from andon.report.facts import Facts
from andon.report.sections.lives.stops import lives_stops

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
