"""`andon report`: the page of a run, made again from its plain files."""

from __future__ import annotations

from pathlib import Path

from andon.errors import Problem
from andon.report import write_report
from andon.run.folder import open_run


def report(run: str | Path, *, language: str | None = None, out: Path | None = None) -> Path:
    """Write the page; `language` en or zh, default: the plan's."""
    opened = open_run(run)
    if language not in (None, "en", "zh"):
        raise Problem.of(f"there is no report in '{language}'", fix="use en or zh")
    return write_report(opened.folder, language or opened.manifest.get("language", "en"), out=out)
