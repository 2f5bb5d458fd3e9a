"""The section that says how histories were read."""

from andon.locale import translate
from andon.report.facts import Facts
from andon.report.sections.lives.read import lives_read

BETTER = "clearly better on validation lives than the usual"
FACTS = Facts(
    manifest={
        "reasons": {"series.lookback": BETTER, "network.family": "the run is too short to try others"},
        "choices": {"series.lookback": {"judged": {"160": 0.25, "320": 0.2}}, "network.family": {"judged": {}}},
    },
    plan={"series": {"lookback": 320, "align": "last"}, "network": {"family": "history"}},
)


def test_lookback_alignment_and_family_are_told_with_their_reasons():
    """Whoever reads the page knows what was taken, why, and what else was tried."""
    body = str(lives_read(FACTS, translate("en")).body)

    assert "last 320 rows of its unit (clearly better on validation lives than the usual)" in body
    assert "its last one stands." in body
    assert "family &#39;history&#39; (the run is too short to try others)" in body
    assert "<td>160</td>" in body


def test_it_is_told_in_chinese():
    """Reasons are retold as well."""
    body = str(lives_read(FACTS, translate("zh")).body)

    assert "最近 320 行" in body
    assert "在验证寿命上明显优于通常的方案" in body


def test_sensors_may_be_aligned_each_in_its_way():
    """One line per sensor that the plan names."""
    facts = Facts(manifest={}, plan={"series": {"lookback": 40, "align": {"oil": "mean", "hum": "none"}}})
    body = str(lives_read(facts, translate("en")).body)

    assert "oil: Between two readings of a sensor the mean of those before stands." in body
    assert "hum: Between two readings of a sensor nothing stands" in body


def test_nothing_is_said_where_rows_are_no_histories():
    """Another job has no such section."""
    assert lives_read(Facts(manifest={}, plan={"series": "auto"}), translate("en")) is None
