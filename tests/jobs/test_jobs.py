"""Jobs are words and default plans: each speaks both languages and builds a plan."""

from __future__ import annotations

import subprocess
import sys

import pytest

from andon.errors import SettingProblem
from andon.jobs import JOBS, find
from andon.plan import build, from_words

EACH = pytest.mark.parametrize("job", list(JOBS.values()), ids=list(JOBS))


@EACH
def test_a_job_speaks_english_and_chinese(job):
    """A Chinese reader finds no English sentence, and the other way round."""
    for words in (job.summary, job.when, *job.words.values()):
        assert set(words) == {"en", "zh"}
        assert words["en"].isascii()
        assert any("一" <= letter <= "鿿" for letter in words["zh"])
    assert set(job.words) >= {"row", "rows", "target", "answer"}


@EACH
def test_a_jobs_defaults_are_a_plan(job):
    """They build, and are weaker than anything asked."""
    assert build({**job.defaults, "job": job.name}, from_words(["epochs=3"])).train.epochs == 3


@EACH
def test_a_job_is_found_by_its_name(job):
    """The key of the registry is the job's own name, and target names can be compared as they are."""
    assert find(job.name) is job
    assert JOBS[job.name] is job
    assert all(name == name.lower() for name in job.target_names)
    assert len(set(job.target_names)) == len(job.target_names)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("clasify", "'clasify' is not a job. Did you mean 'classify'?"),
        ("Regression", "'Regression' is not a job. Did you mean 'regress'?"),
        ("质量预测", "'质量预测' is not a job. Did you mean 'process_quality'?"),
        ("process-quality", "'process-quality' is not a job. Did you mean 'process_quality'?"),
        (
            "xyz",
            "'xyz' is not a job. Known are: classify, defect_class, process_quality, regress, remaining_life, "
            "several_defects, surface_anomaly.",
        ),
    ],
)
def test_an_unknown_job_is_answered_with_the_nearest(name, sentence):
    """What other people call a job leads to it."""
    with pytest.raises(SettingProblem) as raised:
        find(name)

    assert (str(raised.value), raised.value.key) == (sentence, "job")


def test_no_two_jobs_share_an_alias():
    """A word leads to one job."""
    aliases = [alias for job in JOBS.values() for alias in job.aliases]

    assert len(set(aliases)) == len(aliases)


def test_plans_jobs_and_splits_need_no_torch():
    """`andon jobs` and `new` run on the base install."""
    code = "import sys, andon.plan, andon.jobs, andon.split; print('torch' in sys.modules, 'lightgbm' in sys.modules)"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.split() == ["False", "False"]
