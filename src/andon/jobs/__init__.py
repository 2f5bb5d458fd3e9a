"""One file per job: default plan, words, and the names of its task. A new job is one new file and one line here."""

from andon.errors import SettingProblem, nearest
from andon.jobs.classify import JOB as CLASSIFY
from andon.jobs.defect_class import JOB as DEFECT_CLASS
from andon.jobs.job import Job
from andon.jobs.process_quality import JOB as PROCESS_QUALITY
from andon.jobs.regress import JOB as REGRESS
from andon.jobs.remaining_life import JOB as REMAINING_LIFE
from andon.jobs.several_defects import JOB as SEVERAL_DEFECTS
from andon.jobs.surface_anomaly import JOB as SURFACE_ANOMALY

__all__ = ["JOBS", "Job", "find", "looks_back"]

JOBS: dict[str, Job] = {
    "classify": CLASSIFY,
    "regress": REGRESS,
    "process_quality": PROCESS_QUALITY,
    "defect_class": DEFECT_CLASS,
    "several_defects": SEVERAL_DEFECTS,
    "surface_anomaly": SURFACE_ANOMALY,
    "remaining_life": REMAINING_LIFE,
}
"""Name in a plan -> job."""


def find(name: str) -> Job:
    """The job of a name. Raises `SettingProblem` (key `job`) with the nearest one for a name nobody knows."""
    if name in JOBS:
        return JOBS[name]
    known = {alias: job.name for job in JOBS.values() for alias in job.aliases}
    word = name.strip().lower().replace("-", "_").replace(" ", "_")
    fix = f"Did you mean '{known[word]}'?" if word in known else nearest(word, JOBS)
    raise SettingProblem.at("job", f"'{name}' is not a job", fix=fix)


def looks_back(name: str) -> bool:
    """Whether a job takes the rows of a unit as its history; one that nobody knows does not."""
    return name in JOBS and JOBS[name].histories
