"""`Facts`: what the plain files of a run folder say. Whatever is missing is empty; what is broken is a `RunProblem`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from andon.checks.finding import Finding
from andon.errors import RunProblem
from andon.run.files import read_json


@dataclass(frozen=True)
class Facts:
    """The files of a run, read. `answers` stays lazy: it may have millions of rows."""

    manifest: dict[str, Any]
    metrics: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    plan_text: str = ""
    findings: tuple[Finding, ...] | None = None
    history: pl.DataFrame | None = None
    optim: dict[str, Any] = field(default_factory=dict)
    answers: pl.LazyFrame | None = None
    schema: dict[str, Any] = field(default_factory=dict)
    worst: pl.DataFrame | None = None
    "The pictures to look at first."
    augmented: pl.DataFrame | None = None
    "Pictures as training saw them."
    sensors: pl.DataFrame | None = None
    "What the sensors of some lives did."

    @property
    def task(self) -> str:
        """`classification` or `regression`."""
        return str(self.metrics.get("task") or self.manifest.get("task") or "")

    @property
    def table(self) -> dict[str, dict[str, Any]]:
        """Metrics that have a value, the main one first."""
        found: dict[str, dict[str, Any]] = self.metrics.get("metrics") or {}
        metrics = {name: metric for name, metric in found.items() if metric.get("value") is not None}
        main = self.metrics.get("main")
        return dict(sorted(metrics.items(), key=lambda item: item[0] != main))

    @property
    def main(self) -> dict[str, Any]:
        """The main metric, or nothing."""
        return self.table.get(str(self.metrics.get("main")), {})

    @property
    def unit(self) -> str:
        """Unit of the target behind a number, with its space; empty where the run knows none."""
        unit = self.main.get("unit")
        unit = self.lived.get("unit") if unit == "target" else unit
        return f" {unit}" if unit and unit not in ("target", "%") else ""

    @property
    def lived(self) -> dict[str, Any]:
        """What is known of lives, for a run that predicts the life left."""
        return self.metrics.get("lives") or {}

    @property
    def judged(self) -> pl.LazyFrame | None:
        """Answers beside the truth that they are judged by: what lies beyond the longest answer counts as that."""
        cap = number(self.lived.get("longest") or self.lived.get("cap"))
        if self.answers is None or cap is None:
            return self.answers
        return self.answers.with_columns(pl.col("truth").cast(pl.Float64).clip(upper_bound=cap))

    def columns(self) -> list[str]:
        """Names of the answer columns; none where answers may not travel with the run."""
        return [] if self.answers is None else self.answers.collect_schema().names()


def number(value: object) -> float | None:
    """A plain number as it stands in JSON, or None for anything else (`auto`, nothing, a text)."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def read_facts(folder: Path) -> Facts:
    """Read a run folder. Only `manifest.json` must be there."""
    manifest: dict[str, Any] = read_json(folder / "manifest.json")
    text = _text(folder / "plan.yaml")
    answers = folder / "answers.parquet"
    findings = read_json(folder / "findings.json", list[Finding]) if (folder / "findings.json").exists() else None
    return Facts(
        manifest=manifest,
        metrics=_optional(folder / "metrics.json"),
        plan=_yaml(text, folder),
        plan_text=text,
        findings=None if findings is None else tuple(findings),
        history=_history(folder / "history.arrow"),
        optim=_optional(folder / "optim.json"),
        answers=_answers(answers) if answers.exists() else None,
        worst=_history(folder / "worst.arrow"),
        augmented=_history(folder / "augmented.arrow"),
        sensors=_history(folder / "lives.arrow"),
        schema=_optional(folder / "schema.json"),
    )


def _optional(path: Path) -> dict[str, Any]:
    """JSON of a file that need not be there."""
    return read_json(path) if path.exists() else {}


def _text(path: Path) -> str:
    """Text of a file that need not be there."""
    try:
        return path.read_text("utf-8") if path.exists() else ""
    except UnicodeDecodeError as error:
        raise _broken(path, error) from None


def _yaml(text: str, folder: Path) -> dict[str, Any]:
    """The plan as plain values."""
    try:
        plan = YAML(typ="safe").load(text) if text.strip() else {}
    except YAMLError as error:
        raise _broken(folder / "plan.yaml", error) from None
    return plan if isinstance(plan, dict) else {}


def _history(path: Path) -> pl.DataFrame | None:
    """A small table (curves of training, pictures to look at), if there are any rows."""
    if not path.exists():
        return None
    try:
        history = pl.read_ipc(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _broken(path, error) from None
    return history if history.height else None


def _answers(path: Path) -> pl.LazyFrame:
    """The answers row by row, not yet read."""
    try:
        frame = pl.scan_parquet(path)
        frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _broken(path, error) from None
    return frame


def _broken(path: Path, error: Exception) -> RunProblem:
    """A file of the run that cannot be read."""
    return RunProblem.of(
        f"{path.name} cannot be read",
        where=str(path.parent),
        why=str(error).splitlines()[0] if str(error) else type(error).__name__,
        fix="restore the file, or train again",
    )
