"""`andon reproduce`: trains a run's plan again and compares the weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(run: Annotated[Path, typer.Argument(help="A run folder.")]) -> None:
    """Do the run again from its plan; exit code 1 if the weights differ."""
    from andon.api.reproduce import reproduce

    same, folder = reproduce(run)
    typer.echo(f"{folder}: {'equal to the bit' if same else 'other weights'}")
    raise typer.Exit(0 if same else 1)
