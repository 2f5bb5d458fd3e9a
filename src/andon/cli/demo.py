"""`andon demo`: a simulated line from records to a report, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    out: Annotated[Path, typer.Option(help="Folder to work in.")] = Path("demo"),
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    rows: Annotated[int, typer.Option(help="Simulated lots.")] = 4000,
) -> None:
    """Simulate a line, check its records, train, export, judge, report and predict."""
    from andon.api.demo import demo

    for line in demo(out, language=language, rows=rows):
        typer.echo(line)
