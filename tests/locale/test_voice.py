"""Words and numbers as people of either language write them."""

from __future__ import annotations

import math
from typing import get_args, get_type_hints

import pytest

from andon.errors import Problem
from andon.locale import LANGUAGES, translate
from andon.plan.settings import Report

EN, ZH = translate("en"), translate("zh")


def test_an_unknown_language_is_named_with_those_there_are():
    """`translate("fr")` is the user's mistake, not a traceback."""
    with pytest.raises(Problem, match=r"there is no language 'fr'.*en, zh"):
        translate("fr")


def test_english_stands_in_the_code():
    """A text nobody translated is said in English."""
    assert EN("Accuracy") == "Accuracy"
    assert ZH("a text without translation") == "a text without translation"
    assert ZH("Accuracy") == "准确率"


def test_values_are_filled_in_and_never_read_as_templates():
    """A column called `{0}` stays one."""
    assert EN("By {column}", column="{0}") == "By {0}"
    assert ZH("By {column}", column="{x}") == "按 {x} 分组"


def test_one_and_many_have_their_forms():
    """English has two forms, Chinese one; thousands are grouped."""
    assert [EN.many("{count} row", "{count} rows", n) for n in (0, 1, 12_345)] == ["0 rows", "1 row", "12,345 rows"]
    assert [ZH.many("{count} row", "{count} rows", n) for n in (1, 2)] == ["1 行", "2 行"]


def test_a_count_without_translation_is_said_in_english():
    """An untranslated pair still says the right number."""
    assert ZH.many("{count} thing", "{count} things", 2) == "2 things"


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (3, "3"), (1234.0, "1,234"), (0.0300, "0.03"), (0.27, "0.27"), (12.3456, "12.3"), (-0.5, "−0.5"),
     (3.1e-7, "3.1×10⁻⁷"), (2.5e12, "2.5×10¹²"), (999.96, "1,000"), (None, "–"), (math.nan, "–"), (math.inf, "–")],
)  # fmt: skip
def test_a_number_shows_the_digits_that_count(value, said):
    """Three digits that count, no zeros that say nothing, a dash for what is not there."""
    assert EN.number(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.964, "96.4%"), (0.0, "0.0%"), (0.0004, "0.040%"), (1.0, "100.0%"), (None, "–"), (math.nan, "–")],
)
def test_a_share_is_said_in_percent(value, said):
    """One digit behind the point, more for tiny shares."""
    assert EN.share(value) == said


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [(2.1e-5, "21 µs", "21 微秒"), (0.0042, "4.2 ms", "4.2 毫秒"), (6.1, "6.1 s", "6.1 秒"), (75.3, "1 min 15 s", "1 分 15 秒"),
     (3725, "1 h 2 min", "1 小时 2 分"), (None, "–", "–")],
)  # fmt: skip
def test_a_duration_is_said_in_units_that_fit(seconds, english, chinese):
    """From microseconds to hours."""
    assert (EN.duration(seconds), ZH.duration(seconds)) == (english, chinese)


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 B"), (999, "999 B"), (188_000, "188 kB"), (88_120_331, "88.1 MB"), (4e12, "4 TB"), (None, "–")],
)
def test_a_size_is_said_in_units_that_fit(size, said):
    """Powers of a thousand, as file managers show them."""
    assert EN.size(size) == said


def test_moments_and_listings_follow_the_language():
    """Dates and `a, b and c` as either language writes them; what is no date comes back."""
    assert EN.moment("2026-09-24T10:11:12Z") == "24 Sep 2026, 10:11"
    assert ZH.moment("2026-09-24T10:11:12") == "2026年9月24日 10:11"
    assert EN.moment("yesterday") == "yesterday"
    assert ZH.listing(["甲", "乙", "丙"]) == "甲、乙和丙"
    assert EN.listing([]) == "–"


def test_the_languages_are_those_of_the_plan():
    """`report.language` and the voices know the same languages."""
    assert set(LANGUAGES) == set(get_args(get_type_hints(Report)["language"]))


def test_numbers_beyond_all_digits_are_powers_of_ten():
    """A PHM08 score of answers that come hundreds of hours late is such a number, and the page is written all the same."""
    assert translate("en").fixed(5.2e21, 6) == "5.2×10²¹"
    assert translate("zh").fixed(-5.2e21, 2) == "−5.2×10²¹"
    assert translate("en").fixed(5.2e9, 1) == "5,200,000,000.0"
