"""`andon.fit`: from records to a run folder that is trained, exported, judged and reported.

The stages in order, each a function below or in a neighbouring file: prepare, begin, learn, ship, evaluate, report.
Whatever stops it (a kill, a power cut), the same command goes on; what was asked wrongly leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from andon.api.finish import finish
from andon.api.learning.family import with_family
from andon.api.learning.learn import learn
from andon.api.learning.symmetry import symmetric
from andon.api.plans import Resolved, resolve
from andon.api.prepare import Prepared
from andon.api.ready import ready, scaling_of
from andon.api.waiting import waiting
from andon.encode.windows import Windows
from andon.errors import Problem, SettingProblem
from andon.plan import to_yaml
from andon.run.files import write_bytes, write_json, write_text
from andon.run.folder import Run, begin, discard


@dataclass
class Clock:
    """Seconds per stage; unless `quiet`, its words while it lasts."""

    quiet: bool = True
    seconds: dict[str, float] = field(default_factory=dict)
    since: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        """The time since the last lap belongs to this stage."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self.since
        self.since = now

    @contextmanager
    def stage(self, name: str, words: str, *, said: bool = True) -> Iterator[None]:
        """Around a stage that shows no progress of its own; see `waiting`."""
        with waiting(words, quiet=self.quiet, said=said):
            yield
        self.lap(name)


def fit(job: str, data: Any = None, *, name: str | None = None, runs: str | Path = "runs", quiet: bool = False,
        **settings: Any) -> Run:  # fmt: skip
    """Train on a path or a frame (Polars, pandas, Arrow, dict of arrays) and give the finished run.

    `settings` are those of a plan: nested (`train={"epochs": 5}`), by unique leaf name (`epochs=5`) or by whole path
    (`**{"data.rows.group": "mix"}`). `runs` is the folder of the runs, `name` the run's name there (default: the
    job's). Raises `Problem` and its kinds.
    """
    path = [str(data)] if isinstance(data, (str, Path)) else []
    frame = None if isinstance(data, (str, Path)) else data
    return _fit(resolve(job, path, settings), frame, name=name, runs=Path(runs), quiet=quiet)


def fit_words(
    job: str, words: list[str], *, name: str | None, runs: Path, quiet: bool, choices: Path | None = None
) -> Run:
    """What the command does with its words. `choices`: those of another run, to be obeyed."""
    return _fit(resolve(job, words), None, name=name, runs=runs, quiet=quiet, choices=choices)


def _fit(
    resolved: Resolved, frame: Any, *, name: str | None, runs: Path, quiet: bool, choices: Path | None = None
) -> Run:
    """Prepare outside the run folder, so that a problem of the data leaves nothing behind; then the rest inside."""
    clock = Clock(quiet)
    runs.mkdir(parents=True, exist_ok=True)
    cache = Path(tempfile.mkdtemp(prefix=".arrays-", dir=runs))
    try:
        with clock.stage("prepare", "reading and checking the records", said=False):
            prepared = ready(resolved, frame, cache)
        run, resumed = begin(runs, name or prepared.plan.job, identity(prepared))
        try:
            write_prepared(run, prepared, resolved)
            if choices is not None and choices.exists():
                write_bytes(run / "state/choices.json", choices.read_bytes())
            asked = prepared.plan
            with waiting("trying what the network may take for granted", quiet=quiet):
                prepared = with_family(run, symmetric(run, prepared))
            if prepared.plan is not asked:  # the run keeps the plan with what was found, for whoever trains from it
                write_text(run / "plan.yaml", plan_text(prepared, resolved))
            learnt = learn(run, prepared, quiet=quiet)
        except Problem:
            if not resumed and not any((run / "checkpoint").glob("*")):  # nothing was learnt: leave nothing behind
                discard(run)
            raise
        clock.lap("train")
        finish(run, prepared, learnt, clock=clock)
        return run
    except SettingProblem as problem:
        raise resolved.locate(problem) from None
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def identity(prepared: Prepared) -> str:
    """Hash of plan and data: the same command on the same records finds its unfinished run by it."""
    digest = hashlib.sha256(msgspec.json.encode(prepared.plan))
    for file in prepared.records.files:
        digest.update(f"{file.path}|{file.bytes}|{file.modified}".encode())
    if not prepared.records.files:
        for name in sorted(prepared.stored.arrays):
            array = prepared.stored.arrays[name]
            digest.update((array.flat if isinstance(array, Windows) else array).tobytes())
    return digest.hexdigest()


def write_prepared(run: Run, prepared: Prepared, resolved: Resolved) -> None:
    """What is known before training: the plan as resolved, schema, cleaning, encoding, scaling, findings."""
    for folder in ("state", "checkpoint"):
        (run / folder).mkdir(exist_ok=True)
    write_text(run / "plan.yaml", plan_text(prepared, resolved))
    write_json(run / "schema.json", prepared.schema)
    write_json(run / "state/cleaning.json", prepared.cleaning.to_json())
    write_json(run / "state/encoding.json", prepared.encoding)
    write_json(run / "findings.json", prepared.findings)
    write_json(run / "state/scaling.json", scaling_of(prepared))


def plan_text(prepared: Prepared, resolved: Resolved) -> str:
    """The plan as resolved, the user's comments kept."""
    return to_yaml(prepared.plan, defaults=resolved.job.defaults, kept=resolved.file)
