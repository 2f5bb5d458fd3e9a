"""Settings meet the records: classes are called as the target calls them, and what would have no effect is refused."""

from __future__ import annotations

import polars as pl
import pytest
from tests.conftest import lots

import andon
from andon.api.plans import resolve
from andon.api.ready import ready, refuse_idle
from andon.errors import SettingProblem
from andon.jobs import JOBS
from andon.plan import Plan


def test_a_class_called_true_has_its_cost_and_keeps_its_name():
    """The plan of the run names classes as the target does, whatever YAML took them for."""
    frame = lots(200).with_columns(scrap=pl.Series(["TRUE", "FALSE", "FALSE", "FALSE"] * 50))
    words = ["target=scrap", "decide.cost={TRUE: 50, FALSE: 1}", "decide.positive=True"]

    plan = ready(resolve("classify", words), frame).plan

    assert (plan.decide.cost, plan.decide.positive) == ({"TRUE": 50, "FALSE": 1}, "TRUE")


@pytest.mark.parametrize(
    ("job", "words", "says"),
    [
        ("process_quality", "quantiles=[0.1,0.9]", "quantiles are of numbers"),
        ("several_defects", "quantiles=[0.1,0.9]", "quantiles are of numbers"),
        ("process_quality", "series={lookback: 10}", "'series' has no effect here"),
        ("regress", "series=10", "'series' has no effect here"),
        ("regress", "scale.regimes=[machine]", "'scale.regimes' has no effect here"),
    ],
)
def test_a_setting_without_effect_is_refused(job, words, says):
    """Whoever asks for what this job cannot do is told so before anything is trained or planned."""
    with pytest.raises(SettingProblem, match=says) as problem:
        ready(resolve(job, [words]), lots(100))
    assert problem.value.key == words.partition("=")[0]


@pytest.mark.parametrize("job", JOBS)
def test_what_jobs_and_plans_say_by_themselves_is_not_refused(job):
    """Defaults, a plan of `auto`, and settings that ask for nothing pass in every job."""
    asked = resolve(job, ["series=auto", "scale.regimes=none", "quantiles=[]"])

    for plan in (Plan(job=job), resolve(job, []).plan, asked.plan):
        assert refuse_idle(plan, JOBS[job]) is None


@pytest.mark.parametrize("job", ["classify", "remaining_life"])
def test_a_slip_in_series_is_told_by_check_too(job):
    """What training would refuse is said before it, whatever the job."""
    with pytest.raises(SettingProblem, match="'series.lookbak' is not a setting. Did you mean 'lookback'"):
        andon.check(lots(100), job=job, series={"lookbak": 10})
