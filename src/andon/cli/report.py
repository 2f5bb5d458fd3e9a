"""`andon report`: makes the page of a run again, in either language."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    language: Annotated[str, typer.Option(help="en or zh.")] = "",
    out: Annotated[Path | None, typer.Option(help="Where to write the page; default: into the run.")] = None,
) -> None:
    """Write the report page of a run."""
    from andon.api.report import report

    typer.echo(f"page  {report(run, language=language or None, out=out)}")
