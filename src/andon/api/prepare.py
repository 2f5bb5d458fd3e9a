"""Records to arrays: read, check, split, check across parts, clean, encode. Shared by `fit`, `check`, `size`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
from msgspec import structs

from andon.api.cleaned import fit_cleaning
from andon.api.histories import aged, history_of
from andon.checks import check_parts, check_records
from andon.checks.finding import Finding
from andon.clean import Cleaning
from andon.encode.arrays import Encoding, encoding_of, specs
from andon.encode.block import Arrays, InputSpec
from andon.encode.schema import Schema
from andon.encode.series import read_series
from andon.encode.store import Stored, store
from andon.encode.windows import taken
from andon.errors import DataProblem, Refused, SettingProblem
from andon.jobs import Job
from andon.plan import Plan
from andon.records import Records, read, reading
from andon.records.lives.histories import as_lives, open_ended
from andon.records.pictures.looked import look
from andon.records.signals import listen
from andon.split import Parts, split
from andon.summary import Finished, fold
from andon.tasks import TASKS, State, Task
from andon.tasks.costs import costs
from andon.tasks.remaining_life import RemainingLife

ALL = slice(None)


@dataclass(frozen=True)
class Judged:
    """Records with the facts and findings about them."""

    records: Records
    rows: int
    summary: Finished
    findings: list[Finding]


@dataclass(frozen=True)
class Prepared:
    """Everything that training needs, and what the run must keep."""

    plan: Plan
    task: Task
    target: str
    records: Records
    findings: list[Finding]
    parts: Parts
    summary: Finished
    "Of the training part, after cleaning."
    schema: Schema
    cleaning: Cleaning
    encoding: Encoding
    specs: list[InputSpec]
    stored: Stored
    raw: np.ndarray
    state: State
    learn: np.ndarray
    "Rows to train on: the training part without rows that cleaning rejects or drops."
    reasons: dict[str, str]
    "Path of a setting -> why it has its value, for what was decided from the data."
    tried: dict[str, Any] = field(default_factory=dict)
    "What was tried out before training, by name, for the run to keep."
    least: np.ndarray | None = None
    "Where the truth of a row is not known, what it is at least (N,), NaN elsewhere; None: all truths are known."
    places: np.ndarray | None = None
    "Of pictures cut into very many tiles, which (N, K) are learnt from; None: all."

    def rows(self, part: str) -> np.ndarray:
        """Rows of a part that can be answered."""
        if part == "train":
            return self.learn
        found = self.parts.rows(part)
        good: np.ndarray = found[~self.stored.reject[found]]
        return good

    def known(self, part: str) -> np.ndarray:
        """Rows of a part that can be answered and whose truth is known: no gap, no class never seen in training."""
        found = self.rows(part)
        target = self.target_of(found)
        if self.task.good_only:
            return np.asarray(found[target == 0])
        good: np.ndarray = found[has_truth(target)]
        return good

    def take(self, rows: np.ndarray) -> Arrays:
        """Arrays of some rows."""
        return taken(self.stored.arrays, rows)

    def portions(self, rows: np.ndarray) -> list[np.ndarray]:
        """The rows in as many pieces as memory asks for: in one, unless their pictures are cut into tiles."""
        most = self.schema.rows_at_once() if any(spec.tiles for spec in self.specs) else len(rows)
        return [rows[start : start + most] for start in range(0, len(rows), max(most, 1))]

    def target_of(self, rows: np.ndarray) -> np.ndarray:
        """Targets as the network sees them."""
        return self.task.target(self.raw[rows], self.state)

    def taught(self, rows: np.ndarray | slice = ALL, times: np.ndarray | float = 1.0) -> np.ndarray:
        """Targets for training: as they are, or beside them (N, 2) what they are at least. `times`: what numbers are
        multiplied by first, where an augmentation asks for it."""
        target = self.task.target(self.raw[rows] if np.isscalar(times) else self.raw[rows] * times, self.state)
        if self.least is None:
            return target
        least = self.task.target(self.least[rows] * times, self.state)
        full = self.task.target(np.full(1, np.inf), self.state)[0]  # as long as answers go: no more is asked
        target = np.where(np.isnan(target) & (least >= full), least, target)
        return np.stack([target, least], axis=1)


def judge_rows(plan: Plan, job: Job, frame: Any = None) -> Judged:
    """Read and check."""
    records = as_read = read(plan, frame, target_names=job.target_names)
    with reading(records):
        if job.histories:
            records = as_lives(records)
        records = listen(look(records))
        kinds = {c.name: c.kind for c in records.columns}
        summary = fold(records.frame, kinds)
        if summary.rows == 0:
            raise DataProblem.of("there are no rows", where=plan.data.rows.path or "the frame", fix="give records")
        findings = check_records(records, summary, plan, read=as_read if job.histories else None)
        return Judged(records, summary.rows, summary, findings)


def prepare(plan: Plan, job: Job, judged: Judged, *, cache: Path | None = None) -> Prepared:
    """All stages up to arrays. Raises `Refused` where a finding of level error forbids to train."""
    records = judged.records
    target = records.the("target")
    if target is None:
        raise SettingProblem.at(
            "target", "no target is named", why=f"none of {', '.join(job.target_names[:6])} … is a column",
            fix="name it: target=COLUMN",
        )  # fmt: skip
    task = TASKS[job.task]
    parts = split(records, plan.split, task=task.name, target=target, whole=job.histories)
    findings = [*judged.findings, *check_parts(records, parts, judged.summary, plan)]
    refuse(findings, plan)
    raw = raw_target(records, target, task)
    ended = open_ended(records) if job.histories else None
    least = None if ended is None else np.where(ended, raw, np.nan)
    raw = raw if ended is None else np.where(ended, np.nan, raw)
    kinds = {c.name: c.kind for c in records.columns}
    in_train = parts.codes == 0
    summary = fold(records.frame, kinds, rows=in_train)
    series, reasons = aged(read_series(plan.series), records, ended)
    plan = structs.replace(plan, series=msgspec.to_builtins(series)) if reasons else plan
    state = task.prepare(raw[in_train], plan.quantiles)
    if isinstance(task, RemainingLife) and series.cap != "auto":
        slope = 0.0 if series.beyond == "auto" else series.beyond
        state = task.capped(raw[in_train], plan.quantiles, float(series.cap), slope)
    schema, cleaning = fit_cleaning(plan, records, summary, in_train, cut=cuttable(plan, records, task, state))
    if not schema.fields:
        raise DataProblem.of(
            "no input column is left", where=plan.data.rows.path or "the frame",
            why="all columns are the target, identifiers, text or known only after the fact", fix="see `andon check`",
        )  # fmt: skip
    if tileable(schema, task) and not task.good_only:
        state = {**state, "good": costs(plan.decide, state).get("good", [])}
    schema = structs.replace(schema, shown=naming(findings, records))
    encoding = encoding_of(schema, history_of(series, records, schema, summary) if job.histories else None)
    kept = in_train & cleaning.rows(records.frame)
    way = (schema, cleaning, encoding)
    stored = store(
        records.frame, judged.rows, way, folder=cache, learn=kept if cleaning.steps else None,
        pictures=records.pictures,
    )  # fmt: skip
    summary = stored.summed.finish(summary)
    learn = np.flatnonzero(kept & ~stored.reject)
    truth = task.target(raw[learn], state)
    taught = truth == 0 if task.good_only else has_truth(truth)
    learn = learn[taught if least is None else taught | np.isfinite(least[learn])]
    return Prepared(
        plan=plan, task=task, target=target, records=records, findings=findings, parts=parts, summary=summary,
        schema=schema, cleaning=cleaning, encoding=encoding, specs=specs(schema, encoding), stored=stored, raw=raw,
        state=state, learn=learn, reasons=reasons, least=least,
    )  # fmt: skip


def refuse(findings: list[Finding], plan: Plan) -> None:
    """Stop where the data would make a lie of the result, unless the plan accepts it by name."""
    errors = [f for f in findings if f.level == "error" and not {f.code, "*"} & set(plan.accept)]
    if errors:
        first = errors[0]
        more = f" (and {len(errors) - 1} more errors; see `andon check`)" if len(errors) > 1 else ""
        raise Refused.of(
            first.what + more, where=f"column '{first.column}'" if first.column else plan.data.rows.path, why=first.why,
            fix=f"{first.fix.rstrip('.')}; or add accept=[{first.code}] if it is meant to be so",
        )  # fmt: skip


def naming(findings: list[Finding], records: Records) -> list[str]:
    """Texts that have a value of its own in nearly every row; those of a folder say no more than the picture's name."""
    said = [name for f in findings if f.code == "identifier_as_input" for name in (f.columns or [f.column])]
    texts = [name for name in said if records.kind(name) == "text" and name in records.named("input")]
    return [name for name in texts if not records.pictures or name not in ("file", "serial")]


def cuttable(plan: Plan, records: Records, task: Task, state: State) -> bool:
    """Whether very large pictures may be cut into tiles unasked: the worst tile speaks where some class is good, or
    good parts alone are learnt from; beside them may stand numbers and words, no second picture."""
    inputs = [name for name in records.inputs() if records.kind(name) != "text"]
    if sum(records.kind(name) in ("image", "signal") for name in inputs) != 1 or task.name != "classification":
        return False
    return len(inputs) == 1 if task.good_only else bool(costs(plan.decide, state).get("good"))


def tileable(schema: Schema, task: Task) -> bool:
    """Whether pictures are cut into tiles; refused where no rule says what their answers make together."""
    tiled = next((f.name for f in schema.fields if f.whole), None)
    if tiled is None:
        return False
    others = [f.name for f in schema.fields if f.name != tiled and (task.good_only or f.shape)]
    if others or task.name != "classification":
        raise SettingProblem.at(
            f"checks.{tiled}.fit", f"'{tiled}' cannot be cut into tiles",
            why=f"'{others[0]}' stands beside it" if others else "only a defect makes one tile speak for the whole",
            fix="leave the other columns out with known.ignore" if others else "take pad, crop or stretch",
        )  # fmt: skip
    return True


def has_truth(target: np.ndarray) -> np.ndarray:
    """Which rows (N,) have a target: no class number below 0, no NaN."""
    known = target >= 0 if target.dtype == np.int64 else np.isfinite(target)
    return np.asarray(known if known.ndim == 1 else known.all(axis=1))


def raw_target(records: Records, target: str, task: Task) -> np.ndarray:
    """Targets as they stand: an object array of words, or float64 with NaN."""
    column = records.frame.select(pl.col(target)).collect()[target]
    if task.name != "regression":
        return words(column)
    if not column.dtype.is_numeric() and column.dtype != pl.Boolean:
        raise SettingProblem.at(
            "target", f"the target '{target}' is not a number",
            why=f"its values look like {column.drop_nulls()[:1].to_list()}",
            fix="use the job 'classify', or name another target",
        )  # fmt: skip
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def words(column: pl.Series) -> np.ndarray:
    """Class names as words: 1.0 and 1 are the same class."""
    if column.dtype.is_float():
        whole = column.drop_nulls()
        if (whole == whole.round(0)).all():
            column = column.cast(pl.Int64)
    return np.array(column.cast(pl.String).to_list(), dtype=object)
