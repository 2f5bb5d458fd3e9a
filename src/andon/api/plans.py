"""From what was typed to one plan: job defaults, a plan file, `key.path=value`, Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from andon.clean import STEPS
from andon.errors import Problem, SettingProblem, nearest
from andon.feed import AUGMENT
from andon.jobs import JOBS, Job, find
from andon.losses import LOSSES
from andon.optim import OPTIMIZERS
from andon.plan import Asked, Plan, build, from_python, from_words, json_schema, read_file, where
from andon.plan.durations import seconds


class Resolved(msgspec.Struct, frozen=True):
    """A plan, its job, and what was asked (for names of files and lines in later errors)."""

    plan: Plan
    job: Job
    asked: tuple[Any, ...]

    def locate(self, problem: SettingProblem) -> Problem:
        """Put file and line in front of a setting's problem, where it came from a file."""
        return where(list(self.asked), problem)

    @property
    def file(self) -> Asked | None:
        """What the plan file asked, if there was one: its comments are kept."""
        return next((asked for asked in self.asked if asked.origin), None)


def resolve(job: str, words: list[str], python: dict[str, Any] | None = None) -> Resolved:
    """`job` is a job's name or a plan file. `words` are the data and settings as typed; `python` as given in code."""
    asked: list[Asked] = []
    data, settings = split_words(words)
    if job.endswith((".yaml", ".yml")):
        asked.append(read_file(job))
        name = asked[0].mapping.get("job")
        if not isinstance(name, str):
            raise Problem.of("the plan names no job", where=job, fix="begin it with 'job: process_quality' or another")
    else:
        name = job
    if name not in JOBS and Path(job).exists():
        raise Problem.of(f"'{job}' is data, not a job", fix=f"put the job first: {nearest('', JOBS)}")
    found = find(name)
    asked.append(from_words([f"job={name}", *settings]))
    if data:
        asked.append(from_python({"data": {"rows": {"path": data}}}))
    if python:
        asked.append(from_python(python))
    plan = build(found.defaults, *asked)
    try:
        if plan.train.time_limit is not None:
            seconds(plan.train.time_limit)
    except SettingProblem as problem:
        raise Resolved(plan, found, tuple(asked)).locate(problem) from None
    return Resolved(plan, found, tuple(asked))


def split_words(words: list[str]) -> tuple[str, list[str]]:
    """The first word without `=` is the data; the rest are settings."""
    data = ""
    settings = []
    for word in words:
        if "=" in word and not Path(word).exists():
            settings.append(word)
        elif not data:
            data = word
        else:
            raise Problem.of(
                f"'{word}' is neither a setting nor the data", why=f"the data is '{data}' already",
                fix="write settings as key.path=value, and further sources into data.with of a plan",
            )  # fmt: skip
    return data, settings


def plan_schema() -> dict[str, Any]:
    """JSON Schema of a plan with every registry's entries, for editors."""
    return json_schema({"clean": STEPS, "optimizer": OPTIMIZERS, "loss": LOSSES, "augment": AUGMENT})


def read_plan(path: str | Path) -> Plan:
    """A plan file with its job's defaults filled in. Raises `Problem` with file and line."""
    return resolve(str(path), []).plan
